"""Several labels before they are known: what measures of all labels together are expected to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import decision_table, on_every_slice, unmeasured
from roadworthy.checks.performance import class_measures, measures
from roadworthy.checks.performance.labels import AVERAGES, Averaged
from roadworthy.checks.unlabelled import (
    ASSUMPTIONS,
    SOURCE,
    Expectation,
    awaits_labels,
    expected,
    expected_hamming_loss,
    label_expectations,
    obstacle_of_labels,
)
from roadworthy.records.evidence import Evidence, MeasureSpec
from roadworthy.records.versions import Task
from roadworthy.stats.averages import average
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.expected_counts import with_counts

TOGETHER = (
    "whether all labels of a row are right depends on how labels hang together, which the scores "
    "of single labels do not tell"
)

OF_LABELS: dict[MeasureSpec, Averaged] = {
    expected(spec): averaged for spec, averaged in AVERAGES.items()
}
"""What is averaged over labels."""

SUBSET_ACCURACY = expected(class_measures.SUBSET_ACCURACY)
HAMMING_LOSS = expected(class_measures.HAMMING_LOSS)


class LabelsAwaited:
    """How good the answers to several labels are expected to be together."""

    spec: ClassVar = CheckSpec(
        slug="several-labels-without-labels",
        version=1,
        pillar=measures.PILLAR,
        title="Several labels before they are known",
        assumptions=f"{ASSUMPTIONS}; intervals of averages hold however labels hang together",
        source=SOURCE,
        measures=(*OF_LABELS, HAMMING_LOSS, SUBSET_ACCURACY),
        tasks=(Task.MULTILABEL,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure everybody, every group and every intersection; nothing where labels are known."""
        if not awaits_labels(subject):
            return
        slices = decision_table(subject).slices
        reason = obstacle_of_labels(subject)
        if reason is not None:
            yield from unmeasured(subject, (*OF_LABELS, HAMMING_LOSS), slices, reason)
        yield from unmeasured(subject, [SUBSET_ACCURACY], slices, TOGETHER)
        if reason is None:
            names = [str(part.question) for part in subject.parts]
            for found in label_expectations(subject):
                yield from _measure(subject, found, names)


def _measure(
    subject: Subject, found: Sequence[Expectation], names: Sequence[str]
) -> Iterator[Evidence]:
    slices = found[0].table.slices
    estimates = {spec: _average(averaged, found, names) for spec, averaged in OF_LABELS.items()}
    estimates[HAMMING_LOSS] = expected_hamming_loss(found, names)
    for spec, values in estimates.items():
        yield from on_every_slice(subject, spec, slices, values, common={"labels": len(names)})


def _average(averaged: Averaged, found: Sequence[Expectation], names: Sequence[str]) -> Estimates:
    weights = None
    if averaged.weight is not None:
        tables = [with_counts(one.table, one.expected.counts) for one in found]
        weights = np.stack([averaged.weight(table) for table in tables], axis=1)
    return average(
        [one.expected.share(averaged.of_label, one.table) for one in found],
        names,
        rows=found[0].expected.scored.rows,
        weights=weights,
    )


LABELS_AWAITED = LabelsAwaited()
