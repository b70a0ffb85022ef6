"""`Decision`: what the policy concluded from the evidence, finding by finding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import ClassVar

from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.records.policy import Requirement, Waiver
from roadworthy.records.record import Record
from roadworthy.records.slices import Slice


class Verdict(IntEnum):
    """Ordered from best to worst, so that the worst finding wins.

    The numbers are for ordering only; the exit codes are 0 for pass, 1 for fail, 2 for unknown.

    >>> print(Verdict.FAIL), f"{max(Verdict.PASS, Verdict.UNKNOWN)}"
    FAIL
    (None, 'UNKNOWN')
    """

    PASS = 0
    UNKNOWN = 1
    FAIL = 2

    def __str__(self) -> str:
        return self.name

    def __format__(self, spec: str) -> str:
        return format(self.name, spec)

    @property
    def exit_code(self) -> int:
        """0 for pass, 1 for fail, 2 for unknown."""
        return {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNKNOWN: 2}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Record):
    """One requirement, judged on one slice.

    `outcome` is the evidence's outcome with the interval that was judged (widened, if the policy
    asks for simultaneous intervals over a family), or None if nobody measured it. `reason` is one
    sentence for a person. `rows_needed` estimates how many rows of this slice would settle an
    interval that straddles its bound. A waived finding keeps its verdict, and the decision lets it
    pass. `set_aside` marks a slice too small to judge that the policy says to ignore: it passes and
    says so.
    """

    requirement: Requirement
    slice: Slice
    verdict: Verdict
    outcome: Measured | Unmeasured | None = None
    evidence: str | None = None
    reason: str
    remedy: str = ""
    rows_needed: int | None = None
    waiver: Waiver | None = None
    worst_group: str | None = None
    set_aside: bool = False

    @property
    def counts(self) -> Verdict:
        """The verdict that enters the decision: a waived finding passes."""
        return Verdict.PASS if self.waiver else self.verdict


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Decision(Record):
    """The findings of one policy on one assessment, at one time; the worst finding is the verdict.

    `policy` and `assessment` are digests, so that anybody can judge again and compare. `not_asked`
    are the ids of requirements that speak of other kinds of systems.
    """

    schema: ClassVar[str] = "roadworthy/decision/1"

    policy: str
    policy_name: str
    assessment: str
    dataset: str
    model: str | None = None
    findings: tuple[Finding, ...]
    not_asked: tuple[str, ...] = ()
    at: datetime

    @property
    def verdict(self) -> Verdict:
        """The worst verdict among the findings, waivers considered."""
        return max(finding.counts for finding in self.findings)

    def __repr__(self) -> str:
        verdicts = [finding.counts for finding in self.findings]
        counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in Verdict)
        verdict = self.verdict if self.findings else "without findings"
        return f"<Decision {verdict} by policy {self.policy_name}: {counts}>"
