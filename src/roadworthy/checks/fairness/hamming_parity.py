"""Hamming parity: how differently the share of wrong labels falls from group to group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from roadworthy.checks.across import Compared, Kind, compare
from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.fairness import measures
from roadworthy.checks.groups import (
    AWAITED,
    NO_DECISION,
    comparisons_of,
    families_of,
    group_families,
    unmeasured,
)
from roadworthy.checks.unlabelled import awaits_labels
from roadworthy.checks.views import SHARE_WRONG
from roadworthy.records.evidence import Evidence
from roadworthy.records.versions import Task
from roadworthy.stats.averages import mean_score
from roadworthy.stats.scorebins import score_bins


class HammingParity:
    """How differently the share of wrong labels falls from group to group."""

    spec: ClassVar = CheckSpec(
        slug="hamming-parity",
        version=1,
        pillar=measures.PILLAR,
        title="Wrong labels by group",
        assumptions="all labels are equally important; only rows with all labels and answers count",
        source=measures.HAMMING_LOSS_DIFFERENCE.source,
        measures=(measures.HAMMING_LOSS_DIFFERENCE,),
        tasks=(Task.MULTILABEL,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Compare the groups of every attribute and of every intersection."""
        if SHARE_WRONG not in subject.views:
            across = comparisons_of(subject)
            reason = AWAITED if awaits_labels(subject) else NO_DECISION
            yield from unmeasured(subject, self.spec.measures, across, reason)
            return
        for family in filter(None, group_families(subject)):
            table = subject.views[SHARE_WRONG].tally.slices([family])
            wrong = mean_score(
                score_bins(table), reason="no row with all labels and all answers is"
            )
            yield from compare(
                subject,
                measures.HAMMING_LOSS_DIFFERENCE,
                kind=Kind.DIFFERENCE,
                slices=table.slices,
                families=families_of(table.slices),
                compared=[Compared(name="hamming-loss", estimates=wrong, higher_is_worse=True)],
            )


HAMMING_PARITY = HammingParity()
