"""Several classes without labels: what the measures of all classes together are expected to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import decision_table, on_every_slice, unmeasured
from roadworthy.checks.performance import class_measures, measures
from roadworthy.checks.performance.classes import confusion_parameters
from roadworthy.checks.unlabelled import (
    OF_CLASSES,
    SOURCE,
    expected,
    expected_classes,
    is_unlabelled,
    obstacle_of_classes,
)
from roadworthy.records.evidence import Evidence, MeasureSpec
from roadworthy.records.record import JSON
from roadworthy.records.versions import Task
from roadworthy.stats import multiclass, ranking
from roadworthy.stats.averages import average
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.expected_classes import ExpectedClasses, brier_score, log_loss
from roadworthy.stats.groups import SliceTable

ACCURACY = expected(measures.ACCURACY)

SHARES: dict[MeasureSpec, Callable[[SliceTable], Estimates]] = {
    ACCURACY: multiclass.accuracy,
    expected(measures.BALANCED_ACCURACY): multiclass.macro_recall,
    expected(class_measures.MACRO_PRECISION): multiclass.macro_precision,
    expected(class_measures.MACRO_F1): multiclass.macro_f1,
    expected(class_measures.WEIGHTED_PRECISION): multiclass.weighted_precision,
    expected(class_measures.WEIGHTED_F1): multiclass.weighted_f1,
}
"""Measures between 0 and 1 of the whole confusion matrix."""

SIGNED: dict[MeasureSpec, Callable[[SliceTable], Estimates]] = {
    expected(class_measures.COHEN_KAPPA): multiclass.cohen_kappa,
    expected(measures.MATTHEWS): multiclass.matthews_correlation,
}
"""Measures between -1 and 1 of the whole confusion matrix."""

AREAS = {
    expected(class_measures.MACRO_ROC_AUC): False,
    expected(class_measures.WEIGHTED_ROC_AUC): True,
}
"""Averages of areas over classes, and whether classes weigh by their size."""

LOG_LOSS = expected(measures.LOG_LOSS)
BRIER_SCORE = expected(class_measures.BRIER_OF_CLASSES)


class ClassesWithoutLabels:
    """How good decisions between classes and their probabilities are expected to be."""

    spec: ClassVar = CheckSpec(
        slug="classes-without-labels",
        version=1,
        pillar=measures.PILLAR,
        title="Several classes without labels",
        assumptions=OF_CLASSES,
        source=SOURCE,
        measures=(*SHARES, *SIGNED, *AREAS, LOG_LOSS, BRIER_SCORE),
        tasks=(Task.MULTICLASS,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure everybody, every group and every intersection; nothing where labels are known."""
        if not is_unlabelled(subject):
            return
        reason = obstacle_of_classes(subject)
        if reason is not None:
            slices = decision_table(subject).slices
            yield from unmeasured(subject, self.spec.measures, slices, reason)
            return
        for found in expected_classes(subject):
            yield from _measure(subject, found)


def _measure(subject: Subject, found: ExpectedClasses) -> Iterator[Evidence]:
    table, matrix, names = found.table, found.matrix, subject.roles.classes
    classes = [one for _, one in found.classes]
    estimates = {spec: matrix.share(function, table) for spec, function in SHARES.items()}
    estimates |= {spec: matrix.measure(function, table) for spec, function in SIGNED.items()}
    areas = [one.score_measure(ranking.area_under_roc) for one in classes]
    sizes = matrix.counts.sum(axis=2)
    for spec, weighted in AREAS.items():
        estimates[spec] = average(
            areas, names, rows=areas[0].rows, weights=sizes if weighted else None
        )
    estimates[LOG_LOSS] = log_loss(classes)
    estimates[BRIER_SCORE] = brier_score(classes)
    fewest = np.min([one.calibrated_on for one in classes], axis=0)
    parameters: dict[str, list[JSON]] = {"calibrated_on": fewest.tolist()}
    for spec, values in estimates.items():
        for item in on_every_slice(subject, spec, table.slices, values, parameters=parameters):
            if spec is ACCURACY and not item.slice.terms:
                more = confusion_parameters(names, np.round(matrix.counts[0], 1))
                yield subject.evidence(spec, item.slice, item.outcome, **item.parameters, **more)
            else:
                yield item


CLASSES_WITHOUT_LABELS = ClassesWithoutLabels()
