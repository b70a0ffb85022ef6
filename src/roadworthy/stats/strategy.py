"""How to count a table: by finest cells or densely, decided from its sizes alone.

Finest cells (one grouped query) are cheap while few combinations can occur, and stop compressing
when the combinations approach the rows: with a score, at about five attributes. Dense counts cost a
step for each row and set of attributes, however many combinations occur, but hold every
combination that could. Grouping the raw rows anew for every set is never worth it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from roadworthy.errors import UsageError
from roadworthy.stats.cover import cells_of, cover, groups_of
from roadworthy.stats.families import Families, Shape, largest_shapes
from roadworthy.stats.plan import TallyPlan
from roadworthy.stats.waiting_rows import SEVERAL

FEW = 10_000
"""So few rows, or combinations without a score, are grouped before a dense count has begun."""

COMPRESSES = 8
"""Finest cells that are streamed compress if each has so many rows."""

_FEW_ALIKE = 1 << 12
"""So few rows a state, on average, are counted in 16 bits, though some states have more of them."""

_FINEST_COPIES = 7
"""How often finest cells lie in memory while they are fetched and put in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """How to count.

    Attributes:
        shapes: the sets of attributes to count densely; none means finest cells.
        reason: why, in words that follow "because".
    """

    shapes: tuple[Shape, ...] = ()
    reason: str

    @property
    def dense(self) -> bool:
        """True for dense counts."""
        return bool(self.shapes)


def choose_strategy(
    plan: TallyPlan,
    families: Families | None,
    *,
    rows: int,
    sizes: Mapping[str, int],
    budget: int,
    decoded: bool,
) -> Strategy:
    """The cheaper way to count that fits into memory.

    Args:
        plan: what is counted.
        families: the sets of attributes that will be asked for; None if any may be.
        rows: how many rows there are.
        sizes: how many values each attribute has, about.
        budget: the bytes that the counts may take.
        decoded: the columns can be read as codes, as those of local files; others are streamed.

    Raises:
        UsageError: neither way fits into memory.
    """
    if families is None:
        return Strategy(reason="any set of attributes may be asked for")
    if rows <= FEW:
        return Strategy(reason=f"there are only {rows:,} rows")
    states = likely_states(plan)
    possible = prod(sizes[name] for name in plan.attributes) * states
    placed = decoded and plan.score is not None  # a table places scores faster than a query does
    if possible <= FEW and not placed:
        return Strategy(reason=f"about {possible:,} combinations are likely")
    if not decoded and possible * COMPRESSES <= rows:
        return Strategy(reason=f"{rows:,} rows fall into about {possible:,} combinations")
    largest = largest_shapes(plan, families)
    dense = dense_bytes(plan, largest, sizes, states, rows=rows)
    finest = min(rows, possible) * _finest_bytes(plan)
    if dense <= budget:
        shapes = cover(largest, sizes, rows=rows, states=states)
        if dense_bytes(plan, shapes, sizes, states, rows=rows) > budget:
            shapes = largest
        reason = f"{rows:,} rows may fall into {min(rows, possible):,} combinations"
        return Strategy(shapes=shapes, reason=reason)
    if finest <= budget:
        return Strategy(reason=f"dense counts would take {_mib(dense)}, more than {_mib(budget)}")
    raise UsageError(
        f"counts of {len(families)} sets of {len(plan.attributes)} attributes would take "
        f"{_mib(min(dense, finest))} of memory, and {_mib(budget)} may be used; ask for "
        "intersections of fewer attributes, take coarser score bins, put the values of attributes "
        "into fewer bands, or raise the engine's memory limit"
    )


def likely_states(plan: TallyPlan) -> int:
    """The states that are likely: every bin with every label, with one prediction each."""
    labels = len(plan.classes) if plan.label is not None else 1
    if plan.score is not None:
        return labels * plan.grid.bins
    return labels * (len(plan.classes) if plan.prediction is not None else 1)


def dense_bytes(
    plan: TallyPlan,
    shapes: tuple[Shape, ...],
    sizes: Mapping[str, int],
    states: int,
    *,
    rows: int | None = None,
) -> int:
    """The bytes of dense counts: 4 for rows, 8 for each other sum by state.

    Given the number of rows, 2 for rows where so few are likely to share a state that 16 bits hold
    their counts. Where they do not, counts take up to twice as much.
    """
    others = len({"weight", "score_sum"} & set(plan.sums))
    several = sum(shape.scored for shape in shapes) * (1 + others) >= SEVERAL
    short = rows is not None and several and rows <= states * _FEW_ALIKE
    wide = (2 if short else 4) + 8 * others
    narrow = 8 * len({"weight_squared", "score_square_sum"} & set(plan.sums))
    parts = (len(plan.classes) + 1) ** 2
    return sum(
        cells_of(shape, sizes, states) * (wide if shape.scored else 0)
        + groups_of(shape, sizes) * parts * (narrow if shape.scored else wide + narrow)
        for shape in shapes
    )


def _finest_bytes(plan: TallyPlan) -> int:
    """The bytes of one finest cell, with the copies that putting them in order takes."""
    return _FINEST_COPIES * (4 * (len(plan.attributes) + 3) + 8 * len(plan.sums))


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"
