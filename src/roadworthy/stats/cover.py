"""Which sets of attributes to count together, so that few passes over the rows give all shapes.

Counting a set once costs a step for each row; every shape within it is then a sum over its cells.
So a larger set pays while it has far fewer cells than there are rows. The choice is a weighted set
cover, for which the greedy choice is a good one (Chvatal 1979).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.families import Shape

_MOST_CANDIDATES = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What it costs to count one set of attributes, in any unit.

    Attributes:
        row: of counting one row.
        cell: of one cell that there may be.
        filled: of one cell that rows fall into.
        total: of adding one cell to a set within this one.
    """

    row: float
    cell: float = 0.0
    filled: float = 0.0
    total: float


IN_PLACE = Cost(row=4, cell=1, total=1)
"""Rows are read once, and added in place to dense arrays."""


def cover(
    shapes: Sequence[Shape],
    sizes: Mapping[str, int],
    *,
    rows: int,
    states: int,
    cost: Cost = IN_PLACE,
) -> tuple[Shape, ...]:
    """Shapes to count, in which all of the given ones are contained.

    Args:
        shapes: the shapes that are wanted, none of them part of another.
        sizes: the number of values of each attribute, about, in the plan's order.
        rows: the number of rows, about.
        states: the number of cells that a group with score histograms has, about.
        cost: what counting costs.
    """
    scored = [shape for shape in shapes if shape.scored]
    plain = [shape for shape in shapes if not shape.scored]
    return (*_cover(scored, sizes, rows, states, cost), *_cover(plain, sizes, rows, 1, cost))


def cells_of(shape: Shape, sizes: Mapping[str, int], states: int) -> int:
    """How many counters a shape has, about."""
    return groups_of(shape, sizes) * (states if shape.scored else 1)


def groups_of(shape: Shape, sizes: Mapping[str, int]) -> int:
    """How many groups a shape has, about."""
    return prod(sizes[name] for name in shape.attributes)


def _cover(
    shapes: Sequence[Shape], sizes: Mapping[str, int], rows: int, states: int, cost: Cost
) -> list[Shape]:
    if not shapes:
        return []
    wanted = _members(shapes, sizes)
    candidates = _candidates(shapes, sizes)
    lacking = wanted @ (1 - _members(candidates, sizes)).T
    covers = (lacking == 0).T
    cells = np.array([float(cells_of(made, sizes, states)) for made in candidates])
    fixed = rows * cost.row + cells * cost.cell + np.minimum(cells, rows) * cost.filled
    gains = covers.sum(axis=1)
    missing = np.ones(len(shapes), dtype=bool)
    chosen: list[Shape] = []
    while missing.any():
        price = fixed + cells * cost.total * gains
        best = int(np.argmin(np.where(gains > 0, price / np.maximum(gains, 1), np.inf)))
        chosen.append(candidates[best])
        found = covers[best] & missing
        gains = gains - covers[:, found].sum(axis=1)
        missing &= ~found
    return chosen


def _members(shapes: Sequence[Shape], sizes: Mapping[str, int]) -> NDArray[np.float32]:
    """1 where a shape has an attribute, shape (shapes, attributes)."""
    rows = [[name in shape.attributes for name in sizes] for shape in shapes]
    return np.array(rows, dtype=np.float32).reshape(len(shapes), len(sizes))


def _candidates(shapes: Sequence[Shape], sizes: Mapping[str, int]) -> list[Shape]:
    """The shapes themselves, all attributes together, and shapes with one or two more."""
    sets = [frozenset(shape.attributes) for shape in shapes]
    everything = frozenset[str]().union(*sets)
    found = dict.fromkeys([*sets, everything])
    for more in (1, 2):
        if len(sets) * len(everything) ** more <= _MOST_CANDIDATES:
            pairs = (
                (held, more_names)
                for held in sets
                for more_names in combinations(sorted(everything - held), more)
            )
            found |= dict.fromkeys(held.union(names) for held, names in pairs)
    return [
        Shape(tuple(name for name in sizes if name in names), shapes[0].scored) for names in found
    ]
