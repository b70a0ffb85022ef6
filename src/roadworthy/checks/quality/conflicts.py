"""Do rows that look the same carry different labels?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.quality.columns import NO_LABEL, PILLAR, exact, feature_columns
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec, Unmeasured
from roadworthy.records.slices import ALL
from roadworthy.records.versions import Task

RATE = MeasureSpec(
    slug="conflicting-labels-rate",
    pillar=PILLAR,
    title="Conflicting labels",
    plain="The share of rows that agree in every feature with a row of another label.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    assumptions=(
        "Rows without a label are left out; missing features agree with each other. Few and coarse "
        "features conflict by nature: `best_accuracy` is what no model of them can exceed here."
    ),
    source="Northcutt et al. (2021), Confident Learning",
)

NO_LISTS = tuple(task for task in Task if task is not Task.RANKING)
"""Every task but rankings, whose lists may well hold the same row again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictingLabelsCheck:
    """Groups rows by all features, where the table lives."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """One rate, exact for this table, with the accuracy that the conflicts leave possible."""
        label = subject.roles.label
        features = feature_columns(subject)
        if label is None or not features:
            reason = NO_LABEL if label is None else "there is no feature to compare"
            yield subject.evidence(RATE, ALL, Unmeasured(reason=reason))
            return
        found = subject.table.conflicts([item.name for item in features], label)
        if not found.rows:
            yield subject.evidence(RATE, ALL, Unmeasured(reason="no row has a label"))
            return
        yield subject.evidence(
            RATE,
            ALL,
            exact(found.conflicting / found.rows, found.rows, subject.confidence),
            conflicting=found.conflicting,
            patterns=found.patterns,
            best_accuracy=found.majority / found.rows,
            features=len(features),
        )


CONFLICTING_LABELS = ConflictingLabelsCheck(
    spec=CheckSpec(
        slug="conflicting-labels",
        version=1,
        pillar=PILLAR,
        title="Conflicting labels",
        assumptions=RATE.assumptions,
        source=RATE.source,
        measures=(RATE,),
        tasks=NO_LISTS,
    )
)
