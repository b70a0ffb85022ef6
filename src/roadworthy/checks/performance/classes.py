"""Classes: how good decisions between several classes are, for everybody and for every group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import (
    amounts,
    decision_table,
    lacking,
    on_every_slice,
    unmeasured,
)
from roadworthy.checks.performance import class_measures, measures
from roadworthy.records.evidence import Evidence, MeasureSpec
from roadworthy.records.record import JSON
from roadworthy.records.versions import Task
from roadworthy.stats import multiclass
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable

MEASURES: dict[MeasureSpec, Callable[[SliceTable], Estimates]] = {
    measures.ACCURACY: multiclass.accuracy,
    measures.BALANCED_ACCURACY: multiclass.macro_recall,
    class_measures.MACRO_PRECISION: multiclass.macro_precision,
    class_measures.MACRO_F1: multiclass.macro_f1,
    class_measures.WEIGHTED_PRECISION: multiclass.weighted_precision,
    class_measures.WEIGHTED_F1: multiclass.weighted_f1,
    class_measures.COHEN_KAPPA: multiclass.cohen_kappa,
    measures.MATTHEWS: multiclass.matthews_correlation,
}
"""The measures of the whole confusion matrix."""


class Classes:
    """How good decisions between several classes are."""

    spec: ClassVar = CheckSpec(
        slug="classes",
        version=1,
        pillar=measures.PILLAR,
        title="Quality of decisions between classes",
        assumptions="a row without a label or without a prediction is left out, and counted; a "
        "class without rows in a group leaves averages over classes unmeasured there",
        source=class_measures.SOKOLOVA,
        measures=tuple(MEASURES),
        tasks=(Task.MULTICLASS,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure everybody, every group and every intersection."""
        table = decision_table(subject)
        reason = lacking(subject, label=True, decision=True)
        for spec, function in MEASURES.items():
            if reason is not None:
                yield from unmeasured(subject, [spec], table.slices, reason)
                continue
            found = on_every_slice(subject, spec, table.slices, function(table))
            if spec is measures.ACCURACY:
                found = _with_confusion(subject, table, found)
            yield from found


def _with_confusion(
    subject: Subject, table: SliceTable, found: Iterator[Evidence]
) -> Iterator[Evidence]:
    """The evidence, of everybody with the weight of each label (down) and prediction (across)."""
    for item in found:
        if item.slice.terms:
            yield item
            continue
        classes = subject.plan.classes
        weights = table.weights[0, : len(classes), : len(classes)]
        more = confusion_parameters(classes, weights)
        yield subject.evidence(
            measures.ACCURACY, item.slice, item.outcome, **item.parameters, **more
        )


def confusion_parameters(classes: Sequence[str], weights: NDArray[np.float64]) -> dict[str, JSON]:
    """The names of the classes, and the weight of each label (down) and prediction (across)."""
    return {"classes": list(classes), "confusion": [amounts(row) for row in weights]}


CLASSES = Classes()
