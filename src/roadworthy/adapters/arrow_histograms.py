"""Histograms of Arrow columns: bins by the bits of numbers, values by dictionary codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from roadworthy.data.column_counts import (
    ColumnGrid,
    Histogram,
    NumberCounts,
    ValueGrid,
    tally_values,
    value_counts,
)
from roadworthy.data.expression import Value
from roadworthy.stats.number_grid import NumberGrid
from roadworthy.stats.whole_numbers import WholeCounts, count_whole

_Array: TypeAlias = "pa.Array[Any]"

_NONE = WholeCounts(low=0, rows=np.zeros(0, dtype=np.int64))


class HistogramCounter:
    """Counts columns piece by piece, in any order; counters of parts of a table add up."""

    def __init__(self, grids: Mapping[str, ColumnGrid]) -> None:
        self._cells = {
            name: _Cells(grid) for name, grid in grids.items() if isinstance(grid, NumberGrid)
        }
        self._values = {
            name: _Values(grid) for name, grid in grids.items() if isinstance(grid, ValueGrid)
        }
        self._names = tuple(grids)

    def add(self, name: str, values: pa.ChunkedArray[Any] | _Array) -> None:
        """Count further values of a column: numbers, texts or truth values."""
        column = self._cells.get(name) or self._values[name]
        for chunk in values.chunks if isinstance(values, pa.ChunkedArray) else [values]:
            column.add(chunk)

    def merge(self, other: HistogramCounter) -> None:
        """Add what another counter of the same grids has counted."""
        for name, cells in other._cells.items():
            self._cells[name].merge(cells)
        for name, values in other._values.items():
            self._values[name].merge(values)

    def histograms(self) -> dict[str, Histogram]:
        """What was counted so far."""
        found: dict[str, _Cells | _Values] = {**self._cells, **self._values}
        return {name: found[name].histogram() for name in self._names}


class _Cells:
    """The rows in each cell of a number grid."""

    def __init__(self, grid: NumberGrid) -> None:
        self._grid = grid
        self._counts = np.zeros(grid.cells, dtype=np.int64)

    def add(self, chunk: _Array) -> None:
        self._counts += self._grid.count(_numbers(chunk))
        self._counts[self._grid.missing] += chunk.null_count

    def merge(self, other: _Cells) -> None:
        self._counts += other._counts

    def histogram(self) -> NumberCounts:
        return NumberCounts(grid=self._grid, counts=self._counts.copy())


class _Values:
    """The rows with each value; whole numbers that are close together stay in an array."""

    def __init__(self, grid: ValueGrid) -> None:
        self._grid = grid
        self._found: dict[Value, int] = {None: 0}
        self._whole = _NONE
        self._are_real = False
        self._other = 0
        self._overfull = False

    def add(self, chunk: _Array) -> None:
        self._found[None] += chunk.null_count
        if self._overfull:
            self._other += len(chunk) - chunk.null_count
            return
        whole = _whole_numbers(chunk)
        if whole is not None:
            self._add_whole(whole, are_real=pa.types.is_floating(chunk.type))
        else:
            self._add_values(*_counted(chunk))
        self._forget_if_overfull()

    def merge(self, other: _Values) -> None:
        self._add_whole(other._whole, are_real=other._are_real)
        _merge(self._found, other._found)
        self._other += other._other
        self._overfull |= other._overfull
        self._forget_if_overfull()

    def histogram(self) -> Histogram:
        return value_counts(self._grid, self._every(), other=self._other)

    def _add_whole(self, whole: WholeCounts, *, are_real: bool) -> None:
        joined = self._whole.joined(whole)
        if joined is None:
            self._found, joined = self._every(), whole
        self._whole = joined
        self._are_real |= are_real

    def _add_values(self, values: _Array, rows: NDArray[np.int64]) -> None:
        values.validate(full=True)  # text of a file may be malformed
        chosen = self._grid.values
        if chosen is not None and _is_text(values.type):  # make no objects of the others
            wanted = pc.is_in(values, value_set=pa.array(chosen, values.type))
            kept = np.asarray(wanted.to_numpy(zero_copy_only=False), dtype=np.bool_)
            self._other += int(rows[~kept].sum())
            values, rows = values.filter(wanted), rows[kept]
        _merge(self._found, tally_values(values.to_pylist(), rows))

    def _every(self) -> dict[Value, int]:
        """The rows with each value, those in the array too; None stands for what is missing."""
        found = dict(self._found)
        numbers, rows = self._whole.used()
        values = numbers.astype(np.float64) if self._are_real else numbers
        _merge(found, dict(zip(values.tolist(), rows.tolist(), strict=True)))
        return found

    def _forget_if_overfull(self) -> None:
        """Stop telling apart the values of a column that has too many."""
        if self._grid.values is None and not self._overfull:
            most = self._grid.most
            perhaps = len(self._found) - 1 + int(np.count_nonzero(self._whole.rows))
            self._overfull = perhaps > most and len(self._every()) - 1 > most
        if self._overfull:
            found = self._every()
            missing = found.pop(None)
            self._other += sum(found.values())
            self._found = {None: missing}
            self._whole = _NONE


def _numbers(chunk: _Array) -> NDArray[np.float64]:
    """The numbers that are not null, without a copy where they are reals already."""
    known = chunk.drop_null() if chunk.null_count else chunk
    numbers = known.to_numpy(zero_copy_only=False)
    return np.asarray(numbers, dtype=np.float64)


def _merge(into: dict[Value, int], counts: Mapping[Value, int]) -> None:
    for value, rows in counts.items():
        into[value] = into.get(value, 0) + rows


def _whole_numbers(chunk: _Array) -> WholeCounts | None:
    """The rows with each number, if all are whole and close together."""
    if not (pa.types.is_integer(chunk.type) or pa.types.is_floating(chunk.type)):
        return None
    known = chunk.drop_null() if chunk.null_count else chunk
    return count_whole(known.to_numpy(zero_copy_only=False))


def _counted(chunk: _Array) -> tuple[_Array, NDArray[np.int64]]:
    """The distinct values that are not null, each perhaps more than once, and their rows."""
    if isinstance(chunk, pa.DictionaryArray):
        codes = chunk.indices.drop_null() if chunk.null_count else chunk.indices
        rows = np.bincount(codes.to_numpy(zero_copy_only=False), minlength=len(chunk.dictionary))
        return chunk.dictionary, rows
    known = chunk.drop_null() if chunk.null_count else chunk
    distinct = pc.value_counts(known)
    return distinct.field("values"), distinct.field("counts").to_numpy()


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
