"""What group thresholds should aim at, read off the findings that a model does not pass.

A finding that asks for enough found in each group leads to a floor; one that bounds the gap between
true-positive rates, to equal opportunity; one that bounds the gap between selection rates, to
demographic parity. Each is aimed at with a margin, since what is reached on validation data is
reached elsewhere only up to chance, and the policy may ask that the whole interval holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from roadworthy.records.decision import Finding, Verdict
from roadworthy.records.evidence import Measured
from roadworthy.records.policy import Proof, Requirement
from roadworthy.stats.groups import SliceTable
from roadworthy.training.thresholds import (
    GroupThresholds,
    demographic_parity,
    equal_opportunity,
    recall_floor,
)

MOST_ATTRIBUTES = 3
"""Thresholds for the intersections of more columns than these would rest on too few rows."""

MARGINS = (2, 3)
"""How many half-intervals inside the bound an aim lies."""

HIGHEST_FLOOR = 0.99


class AimKind(StrEnum):
    """What the thresholds of the groups are chosen for."""

    FLOOR = "floor"
    OPPORTUNITY = "equal opportunity"
    PARITY = "demographic parity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Thresholds for the groups of `attributes`: a floor, or a bound on a gap, of `level`."""

    kind: AimKind
    attributes: tuple[str, ...]
    level: float

    @property
    def name(self) -> str:
        """The aim in a few words."""
        across = " × ".join(self.attributes)
        if self.kind is AimKind.FLOOR:
            share = round(100 * self.level, 1)
            return f"thresholds by {across}: find at least {share:g}% of each"
        spread = f" within {100 * self.level:.1f} points" if self.level else ""
        return f"thresholds by {across}: {self.kind}{spread}"

    def choose(self, table: SliceTable, overall: float) -> GroupThresholds:
        """The thresholds, from the score histograms of the groups on validation data."""
        if self.kind is AimKind.FLOOR:
            return recall_floor(table, self.attributes, floor=self.level, overall=overall)
        method = equal_opportunity if self.kind is AimKind.OPPORTUNITY else demographic_parity
        return method(table, self.attributes, bound=self.level, overall=overall)


_FLOORS = frozenset({"true-positive-rate", "recall", "false-negative-rate"})
_OPPORTUNITIES = frozenset(
    {
        "equal-opportunity-difference",
        "equalized-odds-difference",
        "equalized-odds-ratio",
        "false-negative-rate-parity-difference",
        "true-positive-rate-difference",
    }
)
_PARITIES = frozenset(
    {
        "demographic-parity-difference",
        "demographic-parity-ratio",
        "conditional-demographic-parity-difference",
        "selection-rate-difference",
        "selection-rate-ratio",
    }
)


def aims_of(findings: Iterable[Finding], protected: Collection[str]) -> tuple[Aim, ...]:
    """The aims that these findings lead to, the most pressing columns first; none if all pass."""
    open_ = [
        finding
        for finding in findings
        if finding.counts is not Verdict.PASS
        and finding.slice.attributes
        and set(finding.slice.attributes) <= set(protected)
        and _kind(finding.requirement) is not None
    ]
    pressing = _by_pressure(open_)
    aims: dict[Aim, None] = {}
    for kind in AimKind:
        mine = [finding for finding in open_ if _kind(finding.requirement) is kind]
        for attributes in _sets(kind, mine, pressing):
            for level in _levels(kind, mine):
                aims[Aim(kind=kind, attributes=attributes, level=level)] = None
    return tuple(aims)


def shortfall(finding: Finding) -> float:
    """How far the estimate lies outside the requirement's bounds; 0 inside or if unmeasured."""
    if not isinstance(finding.outcome, Measured):
        return 0.0
    value, asked = finding.outcome.value, finding.requirement
    below = 0.0 if asked.at_least is None else asked.at_least - value
    above = 0.0 if asked.at_most is None else value - asked.at_most
    return max(below, above, 0.0)


def _kind(requirement: Requirement) -> AimKind | None:
    if requirement.measure in _FLOORS:
        return AimKind.FLOOR
    if requirement.measure in _OPPORTUNITIES:
        return AimKind.OPPORTUNITY
    return AimKind.PARITY if requirement.measure in _PARITIES else None


def _by_pressure(findings: Sequence[Finding]) -> list[str]:
    """The columns that the findings are about, those furthest from passing first."""
    pressure: dict[str, tuple[int, float]] = {}
    for finding in findings:
        for attribute in finding.slice.attributes:
            here = (int(finding.counts), shortfall(finding))
            pressure[attribute] = max(pressure.get(attribute, (0, 0.0)), here)
    return sorted(pressure, key=lambda name: (-pressure[name][0], -pressure[name][1], name))


def _sets(kind: AimKind, mine: Sequence[Finding], pressing: list[str]) -> list[tuple[str, ...]]:
    """The columns that each of the worst findings is about, then the most pressing ones together.

    A floor lowers thresholds only, so it may take in the columns that fail otherwise; aiming at
    equal rates for a column that does not need them would cost somebody something for nothing.
    """
    worst = _worst(mine)
    ordered = _by_pressure(worst)
    reach = pressing if kind is AimKind.FLOOR else _by_pressure(mine)
    together = [*ordered, *(name for name in reach if name not in ordered)] if mine else []
    sizes = range(2, min(len(together), MOST_ATTRIBUTES) + 1)
    joint = dict.fromkeys(tuple(sorted(together[:size])) for size in sizes)
    own = dict.fromkeys(finding.slice.attributes for finding in worst)
    few = [attributes for attributes in own if len(attributes) <= MOST_ATTRIBUTES]
    return list(dict.fromkeys([*sorted(few, key=lambda a: (len(a), ordered.index(a[0]))), *joint]))


def _levels(kind: AimKind, findings: Sequence[Finding]) -> list[float]:
    """Two levels, two and three half-intervals inside the bound.

    One half-interval is chance on the rows that the thresholds are chosen on, which looks like
    success there; a second one is chance on the rows that the repair will be judged by.
    """
    bounds = [_bound(finding.requirement) for finding in findings]
    known = [bound for bound in bounds if bound is not None]
    if not known:
        return []
    half = max(_half_width(finding) for finding in _worst(findings))
    if kind is AimKind.FLOOR:
        levels = [max(known) + margins * half for margins in MARGINS]
        return sorted({round(min(level, HIGHEST_FLOOR), 3) for level in levels})
    levels = [min(known) - margins * half for margins in MARGINS]
    return sorted({round(max(level, 0.0), 3) for level in levels}, reverse=True)


def _worst(findings: Sequence[Finding]) -> list[Finding]:
    """The findings with the worst verdict among these."""
    worst = max((finding.counts for finding in findings), default=Verdict.PASS)
    return [finding for finding in findings if finding.counts is worst]


def _bound(requirement: Requirement) -> float | None:
    """The bound as a least share found, or as a largest gap."""
    if requirement.measure == "false-negative-rate":
        return None if requirement.at_most is None else 1 - requirement.at_most
    if requirement.measure in _FLOORS:
        return requirement.at_least
    if requirement.measure.endswith("-ratio"):
        return 0.0
    sides = [requirement.at_most, None if requirement.at_least is None else -requirement.at_least]
    return min((abs(side) for side in sides if side is not None), default=None)


def _half_width(finding: Finding) -> float:
    if finding.requirement.proof is Proof.POINT or not isinstance(finding.outcome, Measured):
        return 0.0
    return (finding.outcome.high - finding.outcome.low) / 2
