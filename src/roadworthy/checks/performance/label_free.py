"""Performance without labels: what the measures of decisions and scores are expected to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import ClassVar

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import decision_table, on_every_slice, unmeasured
from roadworthy.checks.performance import measures
from roadworthy.checks.unlabelled import (
    ASSUMPTIONS,
    SOURCE,
    Expectation,
    expectations,
    expected,
    is_unlabelled,
    obstacle,
)
from roadworthy.records.evidence import Evidence, MeasureSpec
from roadworthy.records.versions import Task
from roadworthy.stats import confusion, losses, ranking, rates
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.rates import RATES
from roadworthy.stats.scorebins import ScoreBins

SHARES: dict[MeasureSpec, Callable[[SliceTable], Estimates]] = {
    expected(spec): partial(rates.estimate, rate=RATES[name])
    for spec, name in (
        (measures.BASE_RATE, "base-rate"),
        (measures.ACCURACY, "accuracy"),
        (measures.PRECISION, "positive-predictive-value"),
        (measures.RECALL, "true-positive-rate"),
        (measures.SPECIFICITY, "true-negative-rate"),
    )
}
SHARES |= {
    expected(measures.BALANCED_ACCURACY): confusion.balanced_accuracy,
    expected(measures.F1): confusion.f1,
}
"""Measures between 0 and 1 of the confusion matrix."""

CORRELATION = expected(measures.MATTHEWS)

OF_SCORES: dict[MeasureSpec, Callable[[ScoreBins], Estimates]] = {
    expected(measures.ROC_AUC): ranking.area_under_roc,
    expected(measures.AVERAGE_PRECISION): ranking.average_precision,
    expected(measures.LOG_LOSS): losses.log_loss,
    expected(measures.BRIER_SCORE): losses.brier_score,
}
"""Measures of scores by label."""


class LabelFree:
    """What the quality of decisions and scores is expected to be, before labels are known."""

    spec: ClassVar = CheckSpec(
        slug="performance-without-labels",
        version=1,
        pillar=measures.PILLAR,
        title="Performance without labels",
        assumptions=ASSUMPTIONS,
        source=SOURCE,
        measures=(*SHARES, CORRELATION, *OF_SCORES),
        tasks=(Task.BINARY,),
        each_part=True,
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure everybody, every group and every intersection; nothing where labels are known."""
        if not is_unlabelled(subject):
            return
        reason = obstacle(subject)
        if reason is not None:
            slices = decision_table(subject).slices
            yield from unmeasured(subject, self.spec.measures, slices, reason)
            return
        for expectation in expectations(subject):
            yield from _measure(subject, expectation)


def _measure(subject: Subject, found: Expectation) -> Iterator[Evidence]:
    table, scored = found.table, found.expected
    estimates = {spec: scored.share(function, table) for spec, function in SHARES.items()}
    estimates[CORRELATION] = scored.measure(confusion.matthews_correlation, table)
    estimates |= {spec: scored.score_measure(function) for spec, function in OF_SCORES.items()}
    for spec, values in estimates.items():
        yield from on_every_slice(
            subject,
            spec,
            table.slices,
            values,
            parameters={"calibrated_on": scored.calibrated_on.tolist()},
        )


LABEL_FREE = LabelFree()
