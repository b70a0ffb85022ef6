"""Class parity: how far apart groups are in the class, or the label, where they are furthest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import ClassVar

from roadworthy.checks.across import Compared, Kind, Round, contrast_of
from roadworthy.checks.check import CheckSpec, Part, Subject
from roadworthy.checks.fairness import measures
from roadworthy.checks.fairness.parity import DEFINITIONS, Parity, compared_rate
from roadworthy.checks.groups import (
    Family,
    comparisons_of,
    decision_table,
    families_of,
    lacking,
    unmeasured,
)
from roadworthy.records.evidence import Evidence, MeasureSpec
from roadworthy.records.record import JSON
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Task
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.multiclass import confusion_rate

MOST_CLASSES = 30
"""With more classes than this, their confusions with each other are too many to compare."""


class ClassParity:
    """How far apart groups are, in the class or label where that is worst.

    The rows behind a comparison are those of one question, on average over the questions.
    """

    spec: ClassVar = CheckSpec(
        slug="class-parity",
        version=1,
        pillar=measures.PILLAR,
        title="Differences between groups, over all classes",
        assumptions="each class is set against the rest, and the worst one counts; every class "
        "occurs in every group; intervals hold for all pairs of groups in all classes together",
        source="Putzel and Lee (2022), Blackbox post-processing for multiclass fairness",
        measures=tuple(parity.spec for parity in DEFINITIONS),
        tasks=(Task.MULTICLASS, Task.MULTILABEL),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Compare the groups of every attribute and of every intersection."""
        tables = [decision_table(part.subject) for part in subject.parts]
        for parity in DEFINITIONS:
            reason = _reason(subject, parity)
            if reason is not None:
                yield from unmeasured(subject, [parity.spec], comparisons_of(subject), reason)
                continue
            rates = [
                (part, compared_rate(table, name))
                for part, table in zip(subject.parts, tables, strict=True)
                for name in parity.rates
            ]
            for family in families_of(tables[0].slices):
                if family.attributes:
                    yield worst_question(
                        subject, parity.spec, parity.kind, tables[0].slices, family, rates
                    )


def _reason(subject: Subject, parity: Parity) -> str | None:
    reasons = [parity.lacking(part.subject) for part in subject.parts]
    return next((reason for reason in reasons if reason is not None), None)


def worst_question(
    subject: Subject,
    spec: MeasureSpec,
    kind: Kind,
    slices: Sequence[Slice],
    family: Family,
    rates: Sequence[tuple[Part, Compared]],
) -> Evidence:
    """The comparison of a family's groups in the class or label where they are furthest apart."""
    rounds = [
        Round(compared=compared, members=family.members, stratum=str(part.question))
        for part, compared in rates
    ]
    outcome, names = contrast_of(kind, slices, rounds, subject.confidence)
    worst = names.pop("worst_stratum", None)
    parameters: dict[str, JSON] = {**names, "questions": len(subject.parts)}
    for part, _ in rates:
        if str(part.question) == worst:
            parameters[f"worst_{part.question.attribute}"] = part.question.value
    across = Slice.across(family.attributes)
    outcome = replace(outcome, rows=outcome.rows // len(subject.parts))
    return subject.evidence(spec, across, outcome, **parameters)


class ConfusionParity:
    """How differently classes are taken for each other from group to group."""

    spec: ClassVar = CheckSpec(
        slug="confusion-parity",
        version=1,
        pillar=measures.PILLAR,
        title="Confusions by group",
        assumptions="every class occurs in every group; intervals hold for all pairs of groups "
        "and of classes together",
        source=measures.CONFUSION_RATE_DIFFERENCE.source,
        measures=(measures.CONFUSION_RATE_DIFFERENCE,),
        tasks=(Task.MULTICLASS,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Compare the groups of every attribute and of every intersection."""
        classes = subject.plan.classes
        reason = lacking(subject, label=True, decision=True) or too_many(classes)
        if reason is not None:
            yield from unmeasured(subject, self.spec.measures, comparisons_of(subject), reason)
            return
        table = decision_table(subject)
        pairs = confusions(classes, lambda i, j: confusion_rate(table, i, j))
        for family in families_of(table.slices):
            if family.attributes:
                yield furthest_confusion(
                    subject, measures.CONFUSION_RATE_DIFFERENCE, table.slices, family, pairs
                )


def too_many(classes: Sequence[str]) -> str | None:
    """Why confusions between so many classes are not compared; None if they are."""
    if len(classes) <= MOST_CLASSES:
        return None
    return f"with {len(classes)} classes, over {MOST_CLASSES}, confusions are too many"


def confusions(
    classes: Sequence[str], rate: Callable[[int, int], Estimates]
) -> dict[str, Compared]:
    """How often each class is taken for each other one, by name."""
    return {
        f"{classes[i]} taken for {classes[j]}": Compared(
            name="confusion-rate", estimates=rate(i, j), higher_is_worse=True
        )
        for i, j in permutations(range(len(classes)), 2)
    }


def furthest_confusion(
    subject: Subject,
    spec: MeasureSpec,
    slices: Sequence[Slice],
    family: Family,
    pairs: Mapping[str, Compared],
) -> Evidence:
    """The comparison of a family's groups in the confusion where they are furthest apart."""
    rounds = [
        Round(compared=compared, members=family.members, stratum=name)
        for name, compared in pairs.items()
    ]
    outcome, names = contrast_of(Kind.DIFFERENCE, slices, rounds, subject.confidence)
    names["confusion"] = names.pop("worst_stratum", None)
    across = Slice.across(family.attributes)
    others = len(subject.roles.classes) - 1
    outcome = replace(outcome, rows=outcome.rows // others)
    return subject.evidence(spec, across, outcome, **names)


CLASS_PARITY = ClassParity()
CONFUSION_PARITY = ConfusionParity()
