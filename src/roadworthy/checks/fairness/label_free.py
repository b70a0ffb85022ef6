"""Fairness without labels: what the differences between groups are expected to be."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from roadworthy.checks.across import Compared, Kind, compare
from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.fairness import measures
from roadworthy.checks.groups import (
    comparisons_of,
    decision_table,
    families_of,
    on_every_slice,
    unmeasured,
)
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
from roadworthy.stats import rates
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.rates import RATES

OF_GROUPS: dict[str, MeasureSpec] = {
    spec.slug: expected(spec)
    for spec in (
        measures.TRUE_POSITIVE_RATE,
        measures.FALSE_POSITIVE_RATE,
        measures.TRUE_NEGATIVE_RATE,
        measures.FALSE_NEGATIVE_RATE,
        measures.POSITIVE_PREDICTIVE_VALUE,
        measures.NEGATIVE_PREDICTIVE_VALUE,
    )
}
"""The expected rates of a group, by the rate that they are."""

ACROSS: dict[MeasureSpec, tuple[str, ...]] = {
    expected(measures.EQUAL_OPPORTUNITY_DIFFERENCE): ("true-positive-rate",),
    expected(measures.FALSE_POSITIVE_RATE_PARITY): ("false-positive-rate",),
    expected(measures.FALSE_NEGATIVE_RATE_PARITY): ("false-negative-rate",),
    expected(measures.EQUALIZED_ODDS_DIFFERENCE): ("true-positive-rate", "false-positive-rate"),
    expected(measures.PREDICTIVE_PARITY_DIFFERENCE): ("positive-predictive-value",),
    expected(measures.ACCURACY_PARITY_DIFFERENCE): ("accuracy",),
}
"""The expected differences between groups, by the rates that are compared."""

HIGHER_IS_WORSE = {"false-positive-rate", "false-negative-rate"}


class FairnessWithoutLabels:
    """How far apart groups are expected to be, before labels are known."""

    spec: ClassVar = CheckSpec(
        slug="fairness-without-labels",
        version=1,
        pillar=measures.PILLAR,
        title="Fairness without labels",
        assumptions=ASSUMPTIONS,
        source=SOURCE,
        measures=(*OF_GROUPS.values(), *ACROSS),
        tasks=(Task.BINARY,),
        each_part=True,
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure every group and compare them; nothing where labels are known."""
        if not is_unlabelled(subject):
            return
        reason = obstacle(subject)
        if reason is not None:
            slices = decision_table(subject).slices
            yield from unmeasured(subject, OF_GROUPS.values(), slices, reason)
            yield from unmeasured(subject, ACROSS, comparisons_of(subject), reason)
            return
        for expectation in expectations(subject):
            yield from _measure(subject, expectation)


def _measure(subject: Subject, found: Expectation) -> Iterator[Evidence]:
    table, scored, estimates = found.table, found.expected, expected_rates(found)
    for name, spec in OF_GROUPS.items():
        yield from on_every_slice(
            subject,
            spec,
            table.slices,
            estimates[name],
            parameters={"calibrated_on": scored.calibrated_on.tolist()},
        )
    for spec, names in ACROSS.items():
        yield from compare(
            subject,
            spec,
            kind=Kind.DIFFERENCE,
            slices=table.slices,
            families=families_of(table.slices),
            compared=[compared_rate(name, estimates[name]) for name in names],
        )


def expected_rates(found: Expectation) -> dict[str, Estimates]:
    """The expected rates of each slice, by name."""
    return {
        name: found.expected.share(partial(rates.estimate, rate=RATES[name]), found.table)
        for name in (*OF_GROUPS, "accuracy")
    }


def compared_rate(name: str, estimates: Estimates) -> Compared:
    """An expected rate, ready to be compared across groups."""
    return Compared(name=name, estimates=estimates, higher_is_worse=name in HIGHER_IS_WORSE)


FAIRNESS_WITHOUT_LABELS = FairnessWithoutLabels()
