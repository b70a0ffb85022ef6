"""Evidence about differences between groups: one comparison for each set of attributes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from roadworthy.checks.check import Subject
from roadworthy.checks.groups import Family
from roadworthy.records.evidence import Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import Slice
from roadworthy.stats.comparisons import (
    Contest,
    Contrast,
    Positions,
    largest_difference,
    smallest_ratio,
)
from roadworthy.stats.estimates import Estimates

NAMED = 3
"""Groups without a value that a reason names before it only counts them."""


class Kind(StrEnum):
    """How groups are compared."""

    DIFFERENCE = "difference"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """A measure whose values are compared across groups.

    Attributes:
        name: what is compared, as parameters name it.
        estimates: its values, slice by slice.
        higher_is_worse: which end of the comparison is the worse off.
    """

    name: str
    estimates: Estimates
    higher_is_worse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Round:
    """Groups to compare with each other by one measure; `stratum` tells rounds apart."""

    compared: Compared
    members: Positions
    stratum: str = ""


def compare(
    subject: Subject,
    spec: MeasureSpec,
    *,
    kind: Kind,
    slices: Sequence[Slice],
    families: Sequence[Family],
    compared: Sequence[Compared],
) -> Iterator[Evidence]:
    """Evidence for each family: the largest difference, or smallest ratio, between its groups."""
    for family in families:
        if not family.attributes:
            continue
        rounds = [Round(compared=item, members=family.members) for item in compared]
        outcome, parameters = contrast_of(kind, slices, rounds, subject.confidence)
        if len(compared) > 1 and isinstance(outcome, Measured):
            parameters = {**parameters, "rates": [item.name for item in compared]}
        yield subject.evidence(spec, Slice.across(family.attributes), outcome, **parameters)


def contrast_of(
    kind: Kind, slices: Sequence[Slice], rounds: Sequence[Round], confidence: float
) -> tuple[Measured | Unmeasured, dict[str, JSON]]:
    """The most extreme comparison among rounds of groups, and what to know about it."""
    rows = sum(int(item.compared.estimates.rows[item.members].sum()) for item in rounds)
    reason = obstacle(slices, rounds)
    if reason is not None:
        return Unmeasured(reason=reason, rows=rows), {}
    contests = [Contest(estimates=item.compared.estimates, members=item.members) for item in rounds]
    contrast = (
        largest_difference(contests, confidence)
        if kind is Kind.DIFFERENCE
        else smallest_ratio(contests, confidence)
    )
    if contrast is None:
        return Unmeasured(reason=_all_zero(rounds), rows=rows), {}
    if not np.isfinite([contrast.low, contrast.high]).all():
        return Unmeasured(reason="a group has too few rows for an interval", rows=rows), {}
    outcome = Measured(
        value=contrast.value,
        low=contrast.low,
        high=contrast.high,
        rows=rows,
        method=contrast.method,
        confidence=confidence,
    )
    return outcome, _names(slices, rounds, contests, contrast)


def obstacle(slices: Sequence[Slice], rounds: Sequence[Round]) -> str | None:
    """Why the groups cannot be compared: a group has no value, or there is only one."""
    for item in rounds:
        defined = item.compared.estimates.defined[item.members]
        stratum = f" ({item.stratum})" if item.stratum else ""
        empty = [f"{slices[position]}{stratum}" for position in item.members[~defined]]
        if empty:
            more = f" and {len(empty) - NAMED} more groups" if len(empty) > NAMED else ""
            named = "; ".join(empty[:NAMED]) + more
            return f"{item.compared.estimates.reason} in {named}"
    if not rounds or all(len(item.members) == 1 for item in rounds):
        alone = f" ({slices[rounds[0].members[0]]})" if rounds else ""
        return f"only one group occurs{alone}, so there is nothing to compare"
    return None


def _all_zero(rounds: Sequence[Round]) -> str:
    zero = next(
        item for item in rounds if item.compared.estimates.value[item.members].max() == 0
    ).compared
    return f"the {zero.name} of every group is 0, so there is no ratio"


def _names(
    slices: Sequence[Slice],
    rounds: Sequence[Round],
    contests: Sequence[Contest],
    contrast: Contrast,
) -> dict[str, JSON]:
    """Which groups stand at the ends of the comparison, with their values and rows."""
    chosen = rounds[contrast.contest]
    estimates = chosen.compared.estimates
    worst = contrast.highest if chosen.compared.higher_is_worse else contrast.lowest
    names: dict[str, JSON] = {
        "groups": max(len(item.members) for item in rounds),
        "pairs": sum(contest.pairs for contest in contests),
        "compared": chosen.compared.name,
        "worst_group": str(slices[worst]),
    }
    if chosen.stratum:
        names["worst_stratum"] = chosen.stratum
    for end, position in (("highest", contrast.highest), ("lowest", contrast.lowest)):
        names[f"{end}_group"] = str(slices[position])
        names[f"{end}_rows"] = int(estimates.rows[position])
        names[f"{end}_value"] = float(estimates.value[position])
    return names
