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

_Array: TypeAlias = "pa.Array[Any]"

_WHOLE = 2.0**52
_CLOSE = 1 << 16
"""Whole numbers that span less than this are counted by their distance from the smallest."""


class HistogramCounter:
    """Counts columns piece by piece, in any order; counters of parts of a table add up."""

    def __init__(self, grids: Mapping[str, ColumnGrid]) -> None:
        self._grids = grids
        self._numbers = {
            name: np.zeros(grid.cells, dtype=np.int64)
            for name, grid in grids.items()
            if isinstance(grid, NumberGrid)
        }
        self._values: dict[str, dict[Value, int]] = {
            name: {} for name, grid in grids.items() if isinstance(grid, ValueGrid)
        }
        self._others = dict.fromkeys(self._values, 0)
        self._overfull: set[str] = set()

    def add(self, name: str, values: pa.ChunkedArray[Any] | _Array) -> None:
        """Count further values of a column: numbers, texts or truth values."""
        chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
        grid = self._grids[name]
        for chunk in chunks:
            if isinstance(grid, NumberGrid):
                counts = self._numbers[name]
                counts += grid.count(_numbers(chunk))
                counts[grid.missing] += chunk.null_count
            else:
                self._add_values(name, grid, chunk)

    def merge(self, other: HistogramCounter) -> None:
        """Add what another counter of the same grids has counted."""
        for name, counts in other._numbers.items():
            self._numbers[name] += counts
        for name, values in other._values.items():
            _merge(self._values[name], values)
            self._others[name] += other._others[name]
            self._overfull |= other._overfull & {name}
            self._forget_if_overfull(name)

    def histograms(self) -> dict[str, Histogram]:
        """What was counted so far."""
        found: dict[str, Histogram] = {}
        for name, grid in self._grids.items():
            if isinstance(grid, NumberGrid):
                found[name] = NumberCounts(grid=grid, counts=self._numbers[name].copy())
            else:
                found[name] = value_counts(grid, self._values[name], other=self._others[name])
        return found

    def _add_values(self, name: str, grid: ValueGrid, chunk: _Array) -> None:
        found = self._values[name]
        found[None] = found.get(None, 0) + chunk.null_count
        if name in self._overfull:
            self._others[name] += len(chunk) - chunk.null_count
            return
        values, rows = _counted(chunk)
        if grid.values is not None and _is_text(values.type):  # make no objects of the others
            wanted = pc.is_in(values, value_set=pa.array(grid.values, values.type))
            kept = np.asarray(wanted.to_numpy(zero_copy_only=False), dtype=np.bool_)
            self._others[name] += int(rows[~kept].sum())
            values, rows = values.filter(wanted), rows[kept]
        _merge(found, tally_values(values.to_pylist(), rows))
        self._forget_if_overfull(name)

    def _forget_if_overfull(self, name: str) -> None:
        """Stop telling apart the values of a column that has too many."""
        found, grid = self._values[name], self._grids[name]
        if isinstance(grid, ValueGrid) and grid.values is None:
            self._overfull |= {name} if len(found.keys() - {None}) > grid.most else set()
        if name in self._overfull:
            missing = found.pop(None, 0)
            self._others[name] += sum(found.values())
            self._values[name] = {None: missing}


def _numbers(chunk: _Array) -> NDArray[np.float64]:
    """The numbers that are not null, without a copy where they are reals already."""
    known = chunk.drop_null() if chunk.null_count else chunk
    numbers = known.to_numpy(zero_copy_only=False)
    return np.asarray(numbers, dtype=np.float64)


def _merge(into: dict[Value, int], counts: Mapping[Value, int]) -> None:
    for value, rows in counts.items():
        into[value] = into.get(value, 0) + rows


def _counted(chunk: _Array) -> tuple[_Array, NDArray[np.int64]]:
    """The distinct values that are not null, each perhaps more than once, and their rows."""
    if isinstance(chunk, pa.DictionaryArray):
        codes = chunk.indices.drop_null() if chunk.null_count else chunk.indices
        rows = np.bincount(codes.to_numpy(zero_copy_only=False), minlength=len(chunk.dictionary))
        return chunk.dictionary, rows
    known = chunk.drop_null() if chunk.null_count else chunk
    whole = _whole_numbers(known)
    if whole is not None:
        low, offsets = whole
        rows = np.bincount(offsets)
        used = np.flatnonzero(rows)
        return pa.array(used + low).cast(known.type), rows[used]
    distinct = pc.value_counts(known)
    return distinct.field("values"), distinct.field("counts").to_numpy()


def _whole_numbers(known: _Array) -> tuple[int, NDArray[np.int64]] | None:
    """The smallest number and what each exceeds it by, if all are whole and close together."""
    if not (pa.types.is_integer(known.type) or pa.types.is_floating(known.type)) or not len(known):
        return None
    numbers = known.to_numpy(zero_copy_only=False)
    low, high = numbers.min(), numbers.max()
    if not (abs(float(low)) < _WHOLE and abs(float(high)) < _WHOLE and high - low < _CLOSE):
        return None  # NaN fails these too
    whole = numbers.astype(np.int64)
    if not (whole == numbers).all():
        return None
    return int(low), whole - int(low)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
