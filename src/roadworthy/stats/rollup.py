"""From finest cells to the dense counts of slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from roadworthy.records.slices import Slice
from roadworthy.stats.cells import pack, sum_by
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.plan import TallyPlan
from roadworthy.stats.slice_list import Groups, SliceList, groups_of

_UNIT = 2.0**-30

SCORE_SUMS = ("score_sum", "score_square_sum")
"""The sums of scores; a plan may leave them out."""


class Cells(Protocol):
    """Finest cells, sorted by the codes of their attributes first; see `Tally`."""

    @property
    def plan(self) -> TallyPlan: ...  # noqa: D102 - described by Tally
    @property
    def categories(self) -> tuple[tuple[str, ...], ...]: ...  # noqa: D102 - described by Tally
    @property
    def codes(self) -> NDArray[np.int32]: ...  # noqa: D102 - described by Tally
    @property
    def label(self) -> NDArray[np.int32]: ...  # noqa: D102 - described by Tally
    @property
    def predicted(self) -> NDArray[np.int32]: ...  # noqa: D102 - described by Tally
    @property
    def cell(self) -> NDArray[np.int32]: ...  # noqa: D102 - described by Tally
    @property
    def sums(self) -> Mapping[str, NDArray[np.int64]]: ...  # noqa: D102 - described by Tally


@dataclass(frozen=True, slots=True)
class _Family:
    """The groups of one family, and the group of each finest cell."""

    groups: Groups
    group: NDArray[np.intp]


def roll_up(cells: Cells, families: Sequence[tuple[str, ...]], *, histogram: bool) -> SliceTable:
    """The counts of every group that occurs in each family."""
    combinations, combination = _combinations(cells)
    parts = [_family(cells, family, combinations, combination) for family in families]
    return slice_table(
        cells.plan,
        SliceList(part.groups for part in parts),
        _confusion(cells, parts),
        _histograms(cells, parts) if histogram else None,
    )


def slice_table(
    plan: TallyPlan,
    slices: Sequence[Slice],
    decisions: Mapping[str, NDArray[np.int64]],
    scores: Mapping[str, NDArray[np.int64]] | None,
) -> SliceTable:
    """Fixed-point totals of S slices as the numbers that measures read.

    Args:
        plan: what was counted.
        slices: the slices.
        decisions: `rows`, `weight` and `weight_squared` (if rows have weights) by label and
            prediction, shape (S, K+1, K+1).
        scores: `rows`, `weight` and `score_sum` (if they were added up) by label and score cell,
            shape (S, K+1, cells); `score_square_sum` by label, shape (S, K+1). None without scores.
    """
    unit = 2.0 ** (plan.weight_exponent or 0)
    rows = decisions["rows"]
    weights = squares = rows.astype(np.float64)
    if "weight" in decisions:
        weights = np.asarray(decisions["weight"] * (_UNIT * unit))
        squares = np.asarray(decisions["weight_squared"] * (_UNIT * unit**2))
    return SliceTable(
        slices=slices,
        grid=plan.grid,
        counts=rows,
        weights=weights,
        weights_squared=squares,
        **({} if scores is None else _scores(scores, _UNIT * unit)),
    )


def _scores(totals: Mapping[str, NDArray[np.int64]], unit: float) -> dict[str, NDArray[Any]]:
    rows = totals["rows"]
    weighted = totals["weight"] * unit if "weight" in totals else rows.astype(np.float64)
    sums = {name: totals[name] * unit for name in SCORE_SUMS if name in totals}
    return {"histogram_rows": rows, "histogram": weighted, **sums}


def _combinations(cells: Cells) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """The combinations of attribute values that occur, and which one each cell has."""
    if not cells.plan.attributes:
        return np.zeros((1, 0), np.int32), np.zeros(len(cells.label), np.intp)
    keys = pack(list(cells.codes.T), [len(values) for values in cells.categories])
    begins = np.diff(keys, prepend=-1) != 0
    return cells.codes[begins], np.cumsum(begins) - 1


def _family(
    cells: Cells,
    family: tuple[str, ...],
    combinations: NDArray[np.int32],
    combination: NDArray[np.intp],
) -> _Family:
    groups, group = groups_of(family, cells.plan.attributes, cells.categories, combinations)
    return _Family(groups, group[combination])


def _total(
    families: Sequence[_Family],
    values: NDArray[np.int64],
    parts: NDArray[np.integer],
    shape: tuple[int, ...],
) -> NDArray[np.int64]:
    """Sums by slice and part, shape (slices, *shape); parts count through `shape`."""
    size = prod(shape)
    found = [
        sum_by(family.group * size + parts, values, len(family.groups) * size).reshape(-1, *shape)
        for family in families
    ]
    return np.concatenate([np.zeros((0, *shape), dtype=np.int64), *found])


def _confusion(cells: Cells, families: Sequence[_Family]) -> dict[str, NDArray[np.int64]]:
    classes = len(cells.plan.classes) + 1
    parts = cells.label.astype(np.int64) * classes + cells.predicted
    return {
        name: _total(families, cells.sums[name], parts, (classes, classes))
        for name in ("rows", "weight", "weight_squared")
        if name in cells.sums
    }


def _histograms(cells: Cells, families: Sequence[_Family]) -> dict[str, NDArray[np.int64]]:
    classes, size = len(cells.plan.classes) + 1, cells.plan.grid.cells
    parts = cells.label.astype(np.int64) * size + cells.cell
    totals = {
        name: _total(families, cells.sums[name], parts, (classes, size))
        for name in ("rows", "weight", "score_sum")
        if name in cells.sums
    }
    if "score_square_sum" in cells.sums:
        squares = cells.sums["score_square_sum"]
        totals["score_square_sum"] = _total(families, squares, cells.label, (classes,))
    return totals
