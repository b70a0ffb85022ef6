"""Predicted intervals: how often they hold the truth, and how wide they are to do so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import ClassVar

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import group_families, on_every_slice, unmeasured
from roadworthy.checks.numbers import lacking_numbers
from roadworthy.checks.performance import measures
from roadworthy.checks.performance import regression_measures as named
from roadworthy.records.evidence import Evidence, MeasureSpec
from roadworthy.records.versions import Task
from roadworthy.stats import regression_losses as losses
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.regression_tally import RegressionTable

NOT_STATED = "the confidence of the predicted intervals was not stated"

ALWAYS: Mapping[MeasureSpec, Callable[[RegressionTable], Estimates]] = {
    named.INTERVAL_COVERAGE: losses.interval_coverage,
    named.INTERVAL_MISS_BELOW: partial(losses.interval_misses, side="under"),
    named.INTERVAL_MISS_ABOVE: partial(losses.interval_misses, side="over"),
    named.INTERVAL_WIDTH: losses.interval_width,
}
STATED: Mapping[MeasureSpec, Callable[[RegressionTable, float], Estimates]] = {
    named.COVERAGE_ERROR: losses.coverage_error,
    named.INTERVAL_SCORE: lambda table, _: losses.interval_score(table),
}
"""Measures that need to know how often the intervals should hold the truth."""


class PredictedIntervals:
    """How often predicted intervals hold the truth, and how wide they are."""

    spec: ClassVar = CheckSpec(
        slug="predicted-intervals",
        version=1,
        pillar=measures.PILLAR,
        title="Predicted intervals",
        assumptions="an interval includes its limits; rows that lack a label or a limit are left "
        "out",
        source=named.GNEITING,
        measures=(*ALWAYS, *STATED),
        tasks=(Task.REGRESSION,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure everybody, every group and every intersection; nothing without intervals."""
        if not subject.roles.interval:
            return
        table = subject.errors.slices(group_families(subject))
        reason = lacking_numbers(subject, label=True, interval=True)
        if reason is not None:
            yield from unmeasured(subject, (*ALWAYS, *STATED), table.slices, reason)
            return
        stated = table.plan.confidence
        for spec, function in ALWAYS.items():
            yield from on_every_slice(subject, spec, table.slices, function(table))
        if stated is None:
            yield from unmeasured(subject, STATED, table.slices, NOT_STATED)
            return
        for spec, of_stated in STATED.items():
            yield from on_every_slice(
                subject,
                spec,
                table.slices,
                of_stated(table, stated),
                common={"interval_confidence": stated},
            )


PREDICTED_INTERVALS = PredictedIntervals()
