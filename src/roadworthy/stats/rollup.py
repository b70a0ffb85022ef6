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

_UNIT = 2.0**-30


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

    slices: list[Slice]
    group: NDArray[np.intp]


def roll_up(cells: Cells, families: Sequence[tuple[str, ...]], *, histogram: bool) -> SliceTable:
    """The counts of every group that occurs in each family."""
    combinations, combination = _combinations(cells)
    parts = [_family(cells, family, combinations, combination) for family in families]
    return SliceTable(
        slices=tuple(slice_ for part in parts for slice_ in part.slices),
        grid=cells.plan.grid,
        **_confusion(cells, parts),
        **(_histograms(cells, parts) if histogram else {}),
    )


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
    if not family:
        return _Family([Slice()], np.zeros(len(combination), np.intp))
    columns = [cells.plan.attributes.index(name) for name in family]
    codes = combinations[:, columns]
    keys = pack(list(codes.T), [len(cells.categories[column]) for column in columns])
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    values = [cells.categories[column] for column in columns]
    slices = [
        Slice.of({name: own[code] for name, own, code in zip(family, values, row, strict=True)})
        for row in codes[first].tolist()
    ]
    return _Family(slices, group[combination])


def _total(
    families: Sequence[_Family],
    values: NDArray[np.int64],
    parts: NDArray[np.integer],
    shape: tuple[int, ...],
) -> NDArray[np.int64]:
    """Sums by slice and part, shape (slices, *shape); parts count through `shape`."""
    size = prod(shape)
    found = [
        sum_by(family.group * size + parts, values, len(family.slices) * size).reshape(-1, *shape)
        for family in families
    ]
    return np.concatenate([np.zeros((0, *shape), dtype=np.int64), *found])


def _confusion(cells: Cells, families: Sequence[_Family]) -> dict[str, NDArray[Any]]:
    classes = len(cells.plan.classes) + 1
    parts = cells.label.astype(np.int64) * classes + cells.predicted
    totals = {
        name: _total(families, cells.sums[name], parts, (classes, classes))
        for name in ("rows", "weight", "weight_squared")
        if name in cells.sums
    }
    counts = totals["rows"]
    unit = 2.0 ** (cells.plan.weight_exponent or 0)
    weighted = "weight" in totals
    ones = counts.astype(np.float64)
    return {
        "counts": counts,
        "weights": totals["weight"] * (_UNIT * unit) if weighted else ones,
        "weights_squared": totals["weight_squared"] * (_UNIT * unit**2) if weighted else ones,
    }


def _histograms(cells: Cells, families: Sequence[_Family]) -> dict[str, NDArray[Any]]:
    classes, size = len(cells.plan.classes) + 1, cells.plan.grid.cells
    parts = cells.label.astype(np.int64) * size + cells.cell
    totals = {
        name: _total(families, cells.sums[name], parts, (classes, size))
        for name in ("rows", "weight", "score_sum")
        if name in cells.sums
    }
    squares = _total(families, cells.sums["score_square_sum"], cells.label, (classes,))
    unit = _UNIT * 2.0 ** (cells.plan.weight_exponent or 0)
    rows = totals["rows"]
    return {
        "histogram_rows": rows,
        "histogram": totals["weight"] * unit if "weight" in totals else rows.astype(np.float64),
        "score_sum": totals["score_sum"] * unit,
        "score_square_sum": squares * unit,
    }
