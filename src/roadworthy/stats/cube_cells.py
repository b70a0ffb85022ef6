"""A `Cube` of cells that were grouped elsewhere, one set of attributes at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from roadworthy.errors import DataError
from roadworthy.stats.blocks import BY_STATE, Block
from roadworthy.stats.cells import sum_by
from roadworthy.stats.cube import Cube
from roadworthy.stats.cube_counter import DenseLimitError
from roadworthy.stats.families import Families, Shape
from roadworthy.stats.plan import TallyPlan
from roadworthy.stats.rollup import SCORE_SUMS
from roadworthy.stats.states import Integers, Numbering
from roadworthy.stats.tally import Tally

Parts = Sequence[tuple[Shape, Tally]]


def cube_of_cells(
    plan: TallyPlan, families: Families, parts: Parts, *, reason: str, limit: int
) -> Cube:
    """The cube of the finest cells of some sets of attributes, each counted from all rows.

    Args:
        plan: what was counted.
        families: the sets of attributes that will be asked for, as `asked_families` puts them.
        parts: sets in which all families are contained, with the cells of each.
        reason: why the rows were counted so.
        limit: the most bytes that the counts may take.

    Raises:
        DenseLimitError: the counts would take more memory.
        DataError: the sets do not have the same number of rows: these changed meanwhile.
    """
    found = {int(cells.rows.sum()) for _, cells in parts}
    if len(found) > 1:
        raise DataError(
            f"the rows change while they are counted: {min(found):,} in one query, {max(found):,} "
            f"in another; count a copy that stays as it is (on Spark: cache the frame)"
        )
    categories = _categories(parts)
    numbering = Numbering.of(plan)
    states = np.unique(
        np.concatenate(
            [np.zeros(0, np.int64), *(_states(c, numbering) for s, c in parts if s.scored)]
        )
    )
    blocks = []
    for shape, cells in parts:
        limit -= _bytes(plan, shape, categories, len(states), numbering)
        if limit < 0:
            raise DenseLimitError("the counts of the values that were found take more memory")
        blocks.append(_block(plan, shape, cells, categories, states, numbering))
    return Cube.of(plan, families, categories, states, blocks, reason)


def _categories(parts: Parts) -> dict[str, tuple[str, ...]]:
    """The values of each attribute, sorted."""
    found: dict[str, set[str]] = {}
    for shape, cells in parts:
        for name, values in zip(shape.attributes, cells.categories, strict=True):
            found.setdefault(name, set()).update(values)
    return {name: tuple(sorted(values)) for name, values in found.items()}


def _part(cells: Tally, numbering: Numbering) -> NDArray[np.int64]:
    return cells.label.astype(np.int64) * numbering.classes + cells.predicted


def _states(cells: Tally, numbering: Numbering) -> NDArray[np.int64]:
    return _part(cells, numbering) * numbering.cells + cells.cell


def _names(plan: TallyPlan, shape: Shape) -> list[str]:
    return [name for name in plan.sums if shape.scored or name not in SCORE_SUMS]


def _bytes(
    plan: TallyPlan,
    shape: Shape,
    categories: Mapping[str, Sequence[str]],
    states: int,
    numbering: Numbering,
) -> int:
    groups = prod(len(categories[name]) for name in shape.attributes)
    return 8 * sum(
        groups * (states if shape.scored and name in BY_STATE else numbering.parts)
        for name in _names(plan, shape)
    )


def _block(
    plan: TallyPlan,
    shape: Shape,
    cells: Tally,
    categories: Mapping[str, tuple[str, ...]],
    states: NDArray[np.int64],
    numbering: Numbering,
) -> Block:
    """The cells of one set of attributes, each in its place."""
    group = np.zeros(len(cells.rows), dtype=np.int64)
    lengths = [len(categories[name]) for name in shape.attributes]
    for axis, name in enumerate(shape.attributes):
        place = np.searchsorted(np.array(categories[name], object), cells.categories[axis])
        group = group * lengths[axis] + place[cells.codes[:, axis]]
    part = _part(cells, numbering)
    state = np.searchsorted(states, _states(cells, numbering))
    sums: dict[str, Integers] = {}
    for name in _names(plan, shape):
        wide = shape.scored and name in BY_STATE
        width, last = (len(states), state) if wide else (numbering.parts, part)
        sums[name] = _placed(group * width + last, cells.sums[name], (*lengths, width), once=wide)
    return Block(shape=shape, sums=sums)


def _placed(
    place: NDArray[np.int64],
    values: NDArray[np.int64],
    lengths: tuple[int, ...],
    *,
    once: bool,
) -> NDArray[np.int64]:
    """Values at some places of an array; added up unless each place comes once."""
    if not once:
        return sum_by(place, values, prod(lengths)).reshape(lengths)
    found = np.zeros(lengths, dtype=np.int64)
    found.reshape(-1)[place] = values
    return found
