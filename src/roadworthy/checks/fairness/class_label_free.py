"""Fairness over all classes, or all labels, without labels: differences where they are largest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from roadworthy.checks.across import Compared, Kind, compare
from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.fairness import measures
from roadworthy.checks.fairness.class_parity import (
    confusions,
    furthest_confusion,
    too_many,
    worst_question,
)
from roadworthy.checks.fairness.label_free import ACROSS, compared_rate, expected_rates
from roadworthy.checks.groups import comparisons_of, families_of, unmeasured
from roadworthy.checks.unlabelled import (
    ASSUMPTIONS,
    OF_CLASSES,
    SOURCE,
    Expectation,
    awaits_labels,
    expected,
    expected_classes,
    expected_hamming_loss,
    is_unlabelled,
    label_expectations,
    obstacle_of_classes,
    obstacle_of_labels,
)
from roadworthy.records.evidence import Evidence
from roadworthy.records.versions import Task
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.expected_classes import ExpectedClasses
from roadworthy.stats.multiclass import confusion_rate

CONFUSIONS = expected(measures.CONFUSION_RATE_DIFFERENCE)
HAMMING_LOSS = expected(measures.HAMMING_LOSS_DIFFERENCE)


class ClassFairnessWithoutLabels:
    """How far apart groups are expected to be, in the class where that is worst."""

    spec: ClassVar = CheckSpec(
        slug="class-fairness-without-labels",
        version=1,
        pillar=measures.PILLAR,
        title="Differences over all classes without labels",
        assumptions=OF_CLASSES,
        source=SOURCE,
        measures=(*ACROSS, CONFUSIONS),
        tasks=(Task.MULTICLASS,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Compare the groups of every attribute; nothing where labels are known."""
        if not is_unlabelled(subject):
            return
        reason = obstacle_of_classes(subject)
        if reason is not None:
            yield from unmeasured(subject, self.spec.measures, comparisons_of(subject), reason)
            return
        idle = too_many(subject.roles.classes)
        if idle is not None:
            yield from unmeasured(subject, [CONFUSIONS], comparisons_of(subject), idle)
        for found in expected_classes(subject):
            parts = [Expectation(table=table, expected=one) for table, one in found.classes]
            yield from _worst(subject, parts)
            if idle is None:
                yield from _confusions(subject, found)


class LabelFairnessAwaited:
    """How far apart groups are expected to be, in the label where that is worst."""

    spec: ClassVar = CheckSpec(
        slug="label-fairness-without-labels",
        version=1,
        pillar=measures.PILLAR,
        title="Differences over all labels before they are known",
        assumptions=ASSUMPTIONS,
        source=SOURCE,
        measures=(*ACROSS, HAMMING_LOSS),
        tasks=(Task.MULTILABEL,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Compare the groups of every attribute; nothing where labels are known."""
        if not awaits_labels(subject):
            return
        reason = obstacle_of_labels(subject)
        if reason is not None:
            yield from unmeasured(subject, self.spec.measures, comparisons_of(subject), reason)
            return
        names = [str(part.question) for part in subject.parts]
        for parts in label_expectations(subject):
            yield from _worst(subject, parts)
            slices = parts[0].table.slices
            wrong = expected_hamming_loss(parts, names)
            yield from compare(
                subject,
                HAMMING_LOSS,
                kind=Kind.DIFFERENCE,
                slices=slices,
                families=families_of(slices),
                compared=[Compared(name="hamming-loss", estimates=wrong, higher_is_worse=True)],
            )


def _worst(subject: Subject, found: Sequence[Expectation]) -> Iterator[Evidence]:
    """The comparisons of one family of groups, for the class or the label where each is worst."""
    slices = found[0].table.slices
    rates = [expected_rates(one) for one in found]
    for family in families_of(slices):
        for spec, names in ACROSS.items() if family.attributes else ():
            compared = [
                (part, compared_rate(name, own[name]))
                for part, own in zip(subject.parts, rates, strict=True)
                for name in names
            ]
            yield worst_question(subject, spec, Kind.DIFFERENCE, slices, family, compared)


def _confusions(subject: Subject, found: ExpectedClasses) -> Iterator[Evidence]:
    table = found.table

    def rate(i: int, j: int) -> Estimates:
        return found.matrix.share(partial(confusion_rate, label=i, prediction=j), table)

    for family in families_of(table.slices):
        if family.attributes:
            pairs = confusions(subject.roles.classes, rate)
            yield furthest_confusion(subject, CONFUSIONS, table.slices, family, pairs)


CLASS_FAIRNESS_WITHOUT_LABELS = ClassFairnessWithoutLabels()
LABEL_FAIRNESS_AWAITED = LabelFairnessAwaited()
