"""Labels: how good answers to several labels are together, for everybody and for every group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import (
    AWAITED,
    NO_DECISION,
    decision_table,
    group_families,
    on_every_slice,
    unmeasured,
)
from roadworthy.checks.performance import class_measures, measures
from roadworthy.checks.unlabelled import awaits_labels
from roadworthy.checks.views import ALL_RIGHT, SHARE_WRONG
from roadworthy.records.evidence import Evidence, MeasureSpec
from roadworthy.records.versions import Task
from roadworthy.stats import confusion, rates
from roadworthy.stats.averages import average, mean_score
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats
from roadworthy.stats.rates import FALSE_NEGATIVE, FALSE_POSITIVE, RATES, TRUE_POSITIVE
from roadworthy.stats.scorebins import score_bins

_NOBODY = "no row has all labels and all answers"


def _precision(table: SliceTable) -> Estimates:
    return rates.estimate(table, RATES["positive-predictive-value"])


def _recall(table: SliceTable) -> Estimates:
    return rates.estimate(table, RATES["true-positive-rate"])


def _selected(table: SliceTable) -> Floats:
    return rates.weight_of(table, (TRUE_POSITIVE, FALSE_POSITIVE))


def _true(table: SliceTable) -> Floats:
    return rates.weight_of(table, (TRUE_POSITIVE, FALSE_NEGATIVE))


def _either(table: SliceTable) -> Floats:
    return _selected(table) + _true(table)


@dataclass(frozen=True, slots=True)
class Averaged:
    """A measure of each label, and how much each label weighs: the same, if nothing says."""

    of_label: Callable[[SliceTable], Estimates]
    weight: Callable[[SliceTable], Floats] | None = None


AVERAGES: dict[MeasureSpec, Averaged] = {
    class_measures.MACRO_PRECISION: Averaged(_precision),
    class_measures.MACRO_RECALL: Averaged(_recall),
    class_measures.MACRO_F1: Averaged(confusion.f1),
    class_measures.MICRO_PRECISION: Averaged(_precision, _selected),
    class_measures.MICRO_RECALL: Averaged(_recall, _true),
    class_measures.MICRO_F1: Averaged(confusion.f1, _either),
    class_measures.WEIGHTED_PRECISION: Averaged(_precision, _true),
    class_measures.WEIGHTED_RECALL: Averaged(_recall, _true),
    class_measures.WEIGHTED_F1: Averaged(confusion.f1, _true),
}
"""What is averaged over labels. All labels taken together are a weighted average, too."""


class Labels:
    """How good the answers to several labels are together."""

    spec: ClassVar = CheckSpec(
        slug="labels",
        version=1,
        pillar=measures.PILLAR,
        title="Quality of answers to several labels",
        assumptions="intervals of averages over labels hold however labels hang together, and are "
        "wider than needed where they do not; what is counted row by row needs all labels and "
        "answers of the row",
        source=class_measures.SOKOLOVA,
        measures=(*AVERAGES, class_measures.SUBSET_ACCURACY, class_measures.HAMMING_LOSS),
        tasks=(Task.MULTILABEL,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure everybody, every group and every intersection."""
        if not subject.views:
            slices = decision_table(subject).slices
            reason = AWAITED if awaits_labels(subject) else NO_DECISION
            yield from unmeasured(subject, self.spec.measures, slices, reason)
            return
        tables = [decision_table(part.subject) for part in subject.parts]
        names = [str(part.question) for part in subject.parts]
        for spec, averaged in AVERAGES.items():
            found = _average(averaged, tables, names)
            yield from on_every_slice(
                subject, spec, tables[0].slices, found, common={"labels": len(names)}
            )
        table = decision_table(subject.views[ALL_RIGHT])
        right = rates.estimate(table, RATES["base-rate"])
        yield from on_every_slice(subject, class_measures.SUBSET_ACCURACY, table.slices, right)
        for family in group_families(subject):
            table = subject.views[SHARE_WRONG].tally.slices([family])
            wrong = mean_score(score_bins(table), reason=_NOBODY)
            yield from on_every_slice(subject, class_measures.HAMMING_LOSS, table.slices, wrong)


def _average(averaged: Averaged, tables: Sequence[SliceTable], names: Sequence[str]) -> Estimates:
    weights = None
    if averaged.weight is not None:
        weights = np.stack([averaged.weight(table) for table in tables], axis=1)
    return average(
        [averaged.of_label(table) for table in tables],
        names,
        rows=tables[0].rows,
        weights=weights,
    )


LABELS = Labels()
