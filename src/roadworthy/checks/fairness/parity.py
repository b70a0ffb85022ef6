"""Parity: how far apart groups are, by each definition of fairness that counts can tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from roadworthy.checks.across import Compared, Kind, compare
from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.fairness import measures
from roadworthy.checks.groups import (
    Family,
    amounts,
    comparisons_of,
    decision_parameters,
    decision_table,
    families_of,
    lacking,
    unmeasured,
)
from roadworthy.records.evidence import Evidence, Measured, MeasureSpec
from roadworthy.records.record import JSON
from roadworthy.records.versions import Task
from roadworthy.stats import confusion, rates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.rates import RATES

FOUR_FIFTHS = 0.8

HIGHER_IS_WORSE = {"false-positive-rate", "false-negative-rate", "treatment-ratio"}
"""Rates of which the group with the highest is the worse off."""


@dataclass(frozen=True, slots=True)
class Parity:
    """One definition of fairness: which rates are compared, and how."""

    spec: MeasureSpec
    kind: Kind
    rates: tuple[str, ...]

    def lacking(self, subject: Subject) -> str | None:
        """Why these rates cannot be taken of a subject; None if they can."""
        known = [RATES.get(name) for name in self.rates]
        return lacking(
            subject,
            label=any(rate is None or rate.labelled for rate in known),
            decision=any(rate is None or rate.predicted for rate in known),
        )


DEFINITIONS = (
    Parity(measures.BASE_RATE_DIFFERENCE, Kind.DIFFERENCE, ("base-rate",)),
    Parity(measures.BASE_RATE_RATIO, Kind.RATIO, ("base-rate",)),
    Parity(measures.DEMOGRAPHIC_PARITY_DIFFERENCE, Kind.DIFFERENCE, ("selection-rate",)),
    Parity(measures.DEMOGRAPHIC_PARITY_RATIO, Kind.RATIO, ("selection-rate",)),
    Parity(measures.EQUAL_OPPORTUNITY_DIFFERENCE, Kind.DIFFERENCE, ("true-positive-rate",)),
    Parity(measures.FALSE_POSITIVE_RATE_PARITY, Kind.DIFFERENCE, ("false-positive-rate",)),
    Parity(measures.FALSE_NEGATIVE_RATE_PARITY, Kind.DIFFERENCE, ("false-negative-rate",)),
    Parity(
        measures.EQUALIZED_ODDS_DIFFERENCE,
        Kind.DIFFERENCE,
        ("true-positive-rate", "false-positive-rate"),
    ),
    Parity(
        measures.EQUALIZED_ODDS_RATIO, Kind.RATIO, ("true-positive-rate", "false-positive-rate")
    ),
    Parity(measures.PREDICTIVE_PARITY_DIFFERENCE, Kind.DIFFERENCE, ("positive-predictive-value",)),
    Parity(measures.TREATMENT_EQUALITY_DIFFERENCE, Kind.DIFFERENCE, ("treatment-ratio",)),
    Parity(measures.ACCURACY_PARITY_DIFFERENCE, Kind.DIFFERENCE, ("accuracy",)),
)


class GroupParity:
    """How far apart groups are."""

    spec: ClassVar = CheckSpec(
        slug="parity",
        version=1,
        pillar=measures.PILLAR,
        title="Differences between groups",
        assumptions="every group counts, however small: one without a denominator leaves the "
        "comparison unmeasured; intervals hold for all pairs of groups together",
        source="Barocas, Hardt and Narayanan (2023), Fairness and machine learning; Newcombe "
        "(1998); Sidak (1967)",
        measures=tuple(parity.spec for parity in DEFINITIONS),
        tasks=(Task.BINARY,),
        each_part=True,
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Compare the groups of every attribute and of every intersection."""
        table = decision_table(subject)
        families = [family for family in families_of(table.slices) if family.attributes]
        for parity in DEFINITIONS:
            reason = parity.lacking(subject)
            if reason is not None:
                yield from unmeasured(subject, [parity.spec], comparisons_of(subject), reason)
                continue
            found = compare(
                subject,
                parity.spec,
                kind=parity.kind,
                slices=table.slices,
                families=families,
                compared=[compared_rate(table, name) for name in parity.rates],
            )
            if parity.spec is measures.DEMOGRAPHIC_PARITY_RATIO:
                found = _four_fifths(subject, table, families, found)
            yield from found


def compared_rate(table: SliceTable, name: str) -> Compared:
    """A rate by its name, ready to be compared across groups."""
    return Compared(
        name=name,
        estimates=rates.estimate(table, RATES[name])
        if name in RATES
        else confusion.treatment_ratio(table),
        higher_is_worse=name in HIGHER_IS_WORSE,
    )


def _four_fifths(
    subject: Subject, table: SliceTable, families: list[Family], found: Iterator[Evidence]
) -> Iterator[Evidence]:
    """The evidence with the counts that the four-fifths rule asks for, and its flag."""
    counts = rates.count(table, RATES["selection-rate"])
    selected, total = amounts(counts.numerator), amounts(counts.denominator)
    for item, family in zip(found, families, strict=True):
        more: dict[str, JSON] = {
            **decision_parameters(subject),
            "selected": _by_name(table, family, selected),
            "total": _by_name(table, family, total),
        }
        if isinstance(item.outcome, Measured):
            more["below_four_fifths"] = item.outcome.value < FOUR_FIFTHS
        yield subject.evidence(
            measures.DEMOGRAPHIC_PARITY_RATIO, item.slice, item.outcome, **item.parameters, **more
        )


def _by_name(table: SliceTable, family: Family, values: list[JSON]) -> dict[str, JSON]:
    return {str(table.slices[member]): values[member] for member in family.members.tolist()}


PARITY = GroupParity()
