"""The columns of two tables side by side: how each is counted, and the counts in common bins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from roadworthy.data.bins import FEW, OTHER
from roadworthy.data.column_counts import (
    ColumnGrid,
    Histogram,
    NumberCounts,
    ValueCounts,
    ValueGrid,
    value_order,
)
from roadworthy.data.engine import Table
from roadworthy.data.expression import Value, count_if
from roadworthy.data.profile import NUMBERS, is_missing
from roadworthy.records.slices import MISSING
from roadworthy.records.versions import Column
from roadworthy.stats.drift import Cells, categories_apart, equal_mass, grid_cells
from roadworthy.stats.number_grid import choose_grid

BINS, CATEGORIES = 10, 20
MANY = 1000
"""Columns with more different values in the look at the reference are not counted by value."""

Counts: TypeAlias = NDArray[np.int64]
_Values: TypeAlias = "pa.ChunkedArray[Any]"


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """One column of the reference (`before`) and of the current table (`now`)."""

    column: Column
    before: Histogram
    now: Histogram

    @cached_property
    def rows(self) -> tuple[int, int]:
        """All rows of both tables."""
        return self.before.rows, self.now.rows

    @cached_property
    def known(self) -> tuple[int, int]:
        """The rows of both tables where the value is not missing."""
        return self.before.rows - self.before.missing, self.now.rows - self.now.missing

    @property
    def is_categorical(self) -> bool:
        """True for text, truth values, and numbers of which the reference has few."""
        few = isinstance(self.before, ValueCounts) and 0 < len(self.before.counts) <= FEW
        return self.column.type not in NUMBERS or few

    @cached_property
    def values(self) -> tuple[tuple[Value, ...], Counts, Counts]:
        """Every value of either table that was told apart, and its rows in both."""
        before, now = self.before, self.now
        if isinstance(before, NumberCounts) or isinstance(now, NumberCounts):
            return (), np.zeros(0, np.int64), np.zeros(0, np.int64)
        values = tuple(sorted({*before.counts, *now.counts}, key=value_order))
        first = np.array([before.counts.get(value, 0) for value in values], dtype=np.int64)
        second = np.array([now.counts.get(value, 0) for value in values], dtype=np.int64)
        return values, first, second

    @cached_property
    def cells(self) -> Cells:
        """The numbers in ascending cells; the column must hold numbers."""
        if isinstance(self.before, NumberCounts) and isinstance(self.now, NumberCounts):
            return grid_cells(self.before.grid, self.before.counts, self.now.counts)
        values, first, second = self.values
        at = np.array(values, dtype=np.float64)
        return Cells(low=at, high=at, first=first, second=second)

    @cached_property
    def bins(self) -> Bins:
        """About ten bins of equal mass, or the most frequent values and others; and missing."""
        own = self._categories() if self.is_categorical else self._ranges()
        missing = self.before.missing, self.now.missing
        return Bins(
            names=(*own.names, MISSING),
            before=np.append(own.before, missing[0]),
            now=np.append(own.now, missing[1]),
        )

    def _categories(self) -> Bins:
        values, first, second = self.values
        kept = categories_apart(first, second, self.known, most=CATEGORIES)
        rest = [
            known - int(x[kept].sum()) for known, x in zip(self.known, (first, second), strict=True)
        ]
        return Bins(
            names=(*(str(values[at]) for at in kept), OTHER),
            before=np.append(first[kept], rest[0]),
            now=np.append(second[kept], rest[1]),
        )

    def _ranges(self) -> Bins:
        cells = self.cells
        if not cells.first.size:
            return Bins(names=("any",), before=np.zeros(1, np.int64), now=np.zeros(1, np.int64))
        starts = equal_mass(cells.first, BINS)
        edges = [f"{edge:.6g}" for edge in cells.low[starts[1:]].tolist()]
        inner = [f"{low} to {high}" for low, high in pairwise(edges)]
        ends = (f"below {edges[0]}", f"{edges[-1]} and above") if edges else ("any",)
        return Bins(
            names=(ends[0], *inner, *ends[1:]),
            before=np.add.reduceat(cells.first, starts),
            now=np.add.reduceat(cells.second, starts),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bins:
    """A few bins, and the rows of both tables in each: `before` and `now`, shape (bins,)."""

    names: tuple[str, ...]
    before: Counts
    now: Counts

    @property
    def moved_most(self) -> str:
        """The bin whose share changed most, in words."""
        shares = self.before / self.before.sum(), self.now / self.now.sum()
        at = int(np.abs(shares[1] - shares[0]).argmax())
        return f"{self.names[at]}: {shares[0][at]:.1%} -> {shares[1][at]:.1%}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The reference (`before`), the current table (`now`), and how many first rows are seen."""

    before: Table
    now: Table
    look: int


def count_pairs(before: Table, now: Table, columns: Iterable[Column], look: int) -> dict[str, Pair]:
    """The columns of both tables, each table read once.

    A second reading counts anew the columns that turn out to have too many values to tell apart.

    Args:
        before: the reference.
        now: the current table.
        columns: what to count; both tables have it, as the same plain type.
        look: from how many first rows of the reference it is chosen how to count.
    """
    wanted = {item.name: item for item in columns}
    if not wanted:
        return {}
    seen = before.read(list(wanted), first=look)
    tables = Tables(before=before, now=now, look=look)
    many = [item for name, item in wanted.items() if not _has_few(seen[name])]
    grids = {**dict.fromkeys(wanted, ValueGrid()), **_coarse_grids(many, seen, tables)}
    first, second = before.histograms(grids), now.histograms(grids)
    again = _coarse_grids(
        [
            wanted[name]
            for name in wanted
            if any(_is_overfull(grids[name], found[name]) for found in (first, second))
        ],
        seen,
        tables,
    )
    if again:
        first = {**first, **before.histograms(again)}
        second = {**second, **now.histograms(again)}
    return {
        name: Pair(column=item, before=first[name], now=second[name])
        for name, item in wanted.items()
    }


def _has_few(seen: _Values) -> bool:
    """True if no more than `MANY` values differ; mostly the first rows tell."""
    return all(
        len(pc.unique(seen.slice(0, rows)).drop_null()) <= MANY for rows in (2 * MANY, len(seen))
    )


def _coarse_grids(
    columns: Iterable[Column], seen: pa.Table, tables: Tables
) -> dict[str, ColumnGrid]:
    """How to count columns with many values: numbers in bins, of texts only the frequent ones."""
    texts = [item.name for item in columns if item.type not in NUMBERS]
    theirs = tables.now.read(texts, first=tables.look) if texts else None
    grids: dict[str, ColumnGrid] = {}
    for item in columns:
        if item.type in NUMBERS:
            known = seen[item.name].drop_null().to_numpy()
            grids[item.name] = choose_grid(np.asarray(known, dtype=np.float64))
        elif theirs is not None:
            grids[item.name] = _frequent(seen[item.name], theirs[item.name], tables)
    return grids


def _frequent(here: _Values, there: _Values, tables: Tables) -> ValueGrid:
    """The values to tell apart, chosen from the first rows of both tables alike."""
    found = [Counter(item.drop_null().to_pylist()) for item in (here, there)]
    values = sorted({*found[0], *found[1]}, key=value_order)
    first, second = (np.array([x[value] for value in values], np.int64) for x in found)
    kept = categories_apart(
        first,
        second,
        (len(here), len(there)),
        most=CATEGORIES,
        rows=(tables.before.rows, tables.now.rows),
    )
    return ValueGrid(values=tuple(values[at] for at in kept))


def _is_overfull(grid: ColumnGrid, found: Histogram) -> bool:
    """True if values were to be told apart, but are too many."""
    every = isinstance(grid, ValueGrid) and grid.values is None
    return every and isinstance(found, ValueCounts) and found.other > 0


def missing_rows(table: Table, columns: Sequence[Column]) -> list[int]:
    """In how many rows each column is null or NaN, in one pass."""
    select = {str(at): count_if(is_missing(item)) for at, item in enumerate(columns)}
    (found,) = table.aggregate(select).to_pylist()
    return [int(found[str(at)] or 0) for at in range(len(columns))]


def knows_every_value(pair: Pair) -> bool:
    """True if all values of both tables were told apart."""
    both = (pair.before, pair.now)
    return all(isinstance(item, ValueCounts) and not item.other for item in both)


def grid_of(pair: Pair) -> Mapping[str, float | int]:
    """How a number's fine bins lie, for the evidence; nothing if it was counted by value."""
    if not isinstance(pair.before, NumberCounts):
        return {}
    grid = pair.before.grid
    return {"grid_center": grid.center, "grid_unit": grid.unit, "grid_per_octave": grid.per_octave}
