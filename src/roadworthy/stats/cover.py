"""Which sets of attributes to count together, so that few passes over the rows give all shapes.

Counting a set once costs a step for each row; every shape within it is then a sum over its cells.
So a larger set pays while it has far fewer cells than there are rows. The choice is a weighted set
cover, for which the greedy choice is a good one (Chvatal 1979).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import prod

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.families import Shape

_ROW_COST = 4.0
"""What counting one row costs, as a multiple of adding one cell to a sum."""

_MOST_CANDIDATES = 30_000


def cover(
    shapes: Sequence[Shape], sizes: Mapping[str, int], *, rows: int, states: int
) -> tuple[Shape, ...]:
    """Shapes to count, in which all of the given ones are contained.

    Args:
        shapes: the shapes that are wanted, none of them part of another.
        sizes: the number of values of each attribute, about, in the plan's order.
        rows: the number of rows, about.
        states: the number of cells that a group with score histograms has, about.
    """
    scored = [shape for shape in shapes if shape.scored]
    plain = [shape for shape in shapes if not shape.scored]
    return (*_cover(scored, sizes, rows, states), *_cover(plain, sizes, rows, 1))


def cells_of(shape: Shape, sizes: Mapping[str, int], states: int) -> int:
    """How many counters a shape has, about."""
    return groups_of(shape, sizes) * (states if shape.scored else 1)


def groups_of(shape: Shape, sizes: Mapping[str, int]) -> int:
    """How many groups a shape has, about."""
    return prod(sizes[name] for name in shape.attributes)


def _cover(
    shapes: Sequence[Shape], sizes: Mapping[str, int], rows: int, states: int
) -> list[Shape]:
    if not shapes:
        return []
    wanted = _members(shapes, sizes)
    candidates = _candidates(shapes, sizes)
    lacking = wanted @ (1 - _members(candidates, sizes)).T
    covers = (lacking == 0).T
    cells = np.array([float(cells_of(made, sizes, states)) for made in candidates])
    gains = covers.sum(axis=1)
    missing = np.ones(len(shapes), dtype=bool)
    chosen: list[Shape] = []
    while missing.any():
        cost = rows * _ROW_COST + cells * (1 + gains)
        best = int(np.argmin(np.where(gains > 0, cost / np.maximum(gains, 1), np.inf)))
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
