"""Classification: how good the decisions are, for everybody and for every group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import (
    amounts,
    decision_parameters,
    decision_table,
    lacking,
    on_every_slice,
    unmeasured,
)
from roadworthy.checks.performance import measures
from roadworthy.records.evidence import Evidence, MeasureSpec
from roadworthy.records.versions import Task
from roadworthy.stats import confusion, rates
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.rates import RATES

SHARES: dict[MeasureSpec, str] = {
    measures.BASE_RATE: "base-rate",
    measures.ACCURACY: "accuracy",
    measures.PRECISION: "positive-predictive-value",
    measures.RECALL: "true-positive-rate",
    measures.SPECIFICITY: "true-negative-rate",
}
"""The measures that are plain rates, with the rates they are."""

OTHERS: dict[MeasureSpec, Callable[[SliceTable], Estimates]] = {
    measures.BALANCED_ACCURACY: confusion.balanced_accuracy,
    measures.F1: confusion.f1,
    measures.MATTHEWS: confusion.matthews_correlation,
}
"""The measures of all four confusion cells."""


class Classification:
    """How good decisions are: rates and measures of the confusion matrix."""

    spec: ClassVar = CheckSpec(
        slug="classification",
        version=1,
        pillar=measures.PILLAR,
        title="Quality of decisions",
        assumptions="two classes; a row without a label or without a prediction is left out of "
        "what needs it, and counted",
        source=measures.FAWCETT,
        measures=(*SHARES, *OTHERS),
        tasks=(Task.BINARY,),
        each_part=True,
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure everybody, every group and every intersection."""
        table = decision_table(subject)
        common = decision_parameters(subject)
        for spec, name in SHARES.items():
            rate = RATES[name]
            reason = lacking(subject, label=rate.labelled, decision=rate.predicted)
            if reason is not None:
                yield from unmeasured(subject, [spec], table.slices, reason)
                continue
            counts = rates.count(table, rate)
            yield from on_every_slice(
                subject,
                spec,
                table.slices,
                rates.estimate(table, rate),
                parameters={
                    "numerator": amounts(counts.numerator),
                    "denominator": amounts(counts.denominator),
                },
                common=common if rate.predicted else None,
            )
        reason = lacking(subject, label=True, decision=True)
        for spec, function in OTHERS.items():
            if reason is not None:
                yield from unmeasured(subject, [spec], table.slices, reason)
                continue
            yield from on_every_slice(subject, spec, table.slices, function(table), common=common)


CLASSIFICATION = Classification()
