"""A release bundle: what lies where in it.

release.json              the root: what was decided about which bytes, and the list of files
assessment.json           the evidence
policy.json               what the evidence had to show
decision.json             what the policy concluded
system.json               the system (if given)
model.json, model/...     the model version (if any), and its artefact
datasets/NAME.json        the dataset versions
datasheets/NAME.json      their datasheets
ledger.jsonl              the ledger up to the release
cards/..., exports/...    documents made from the records
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.decision import Decision
from roadworthy.records.manifest import Mismatch
from roadworthy.records.policy import Policy
from roadworthy.records.release import LedgerEntry, Release
from roadworthy.records.system import System
from roadworthy.records.versions import DatasetVersion, ModelVersion

RELEASE = "release.json"
"""The root of a bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleContent:
    """What goes into a bundle.

    `model_files` are the artefact's files by the paths of the model version; `documents` are other
    files (cards, exports) by their path in the bundle.
    """

    assessment: AssessmentRecord
    policy: Policy
    decision: Decision
    datasets: tuple[DatasetVersion, ...]
    model: ModelVersion | None = None
    system: System | None = None
    datasheets: tuple[Datasheet, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    model_files: Mapping[str, bytes] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleCheck:
    """What a bundle holds and what is wrong with it; a record that cannot be read is absent."""

    mismatches: tuple[Mismatch, ...]
    files: int
    release: Release | None = None
    assessment: AssessmentRecord | None = None
    policy: Policy | None = None
    decision: Decision | None = None
    model: ModelVersion | None = None
    system: System | None = None
    datasets: tuple[DatasetVersion, ...] = ()
    datasheets: tuple[Datasheet, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()

    @property
    def holds(self) -> bool:
        """True if nothing is wrong."""
        return not self.mismatches


def file_name(name: str) -> str:
    """A name made fit for a file: letters, digits, `.`, `_` and `-`; the rest becomes `-`.

    >>> file_name("ACS 2015/train")
    'ACS-2015-train'
    """
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name)
    return kept.strip(".-") or "unnamed"
