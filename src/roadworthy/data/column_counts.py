"""What is counted of a column, its values or the bins of its numbers, and the counts themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from roadworthy.data.expression import Value
from roadworthy.errors import UsageError
from roadworthy.stats.number_grid import NumberGrid

MOST_VALUES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueGrid:
    """Count the values of a column, whatever they are; NaN is missing, as null is.

    Attributes:
        values: the values to count, all others together; None counts every value there is.
        most: without `values`, a column with more different values than these gets no counts by
            value: all of its rows are others. So an identifier cannot fill the memory.
    """

    values: tuple[Value, ...] | None = None
    most: int = MOST_VALUES

    def __post_init__(self) -> None:
        if self.most < 1:
            raise UsageError(f"expected at least one value to be told apart, found {self.most}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NumberCounts:
    """The rows in each cell of a number grid: `counts`, shape (cells,)."""

    grid: NumberGrid
    counts: NDArray[np.int64]

    @property
    def missing(self) -> int:
        """The rows that are null or NaN."""
        return int(self.counts[self.grid.missing] + self.counts[self.grid.nan])

    @property
    def rows(self) -> int:
        """All rows."""
        return int(self.counts.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCounts:
    """The rows with each value, in ascending order of the values; others; missing ones."""

    counts: Mapping[Value, int]
    other: int
    missing: int

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.counts.values()) + self.other + self.missing


ColumnGrid: TypeAlias = NumberGrid | ValueGrid
Histogram: TypeAlias = NumberCounts | ValueCounts


def value_counts(grid: ValueGrid, found: Mapping[Value, int], *, other: int = 0) -> ValueCounts:
    """What the grid asks for, from the rows with each value; None stands for what is missing.

    Args:
        grid: which values are told apart.
        found: the rows with each value.
        other: rows with further values, none of which the grid tells apart.
    """
    known: dict[Value, int] = {
        value: rows for value, rows in found.items() if value is not None and rows
    }
    if grid.values is not None:
        kept = {value: known.get(value, 0) for value in grid.values}
    else:
        kept = known if len(known) <= grid.most else {}
    rest = other + sum(known.values()) - sum(kept.values())
    ascending = {value: kept[value] for value in sorted(kept, key=value_order)}
    return ValueCounts(counts=ascending, other=rest, missing=found.get(None, 0))


def value_order(value: Value) -> tuple[bool, float, str]:
    """Numbers in their order, then texts in theirs."""
    number = isinstance(value, int | float)
    return (not number, float(value) if isinstance(value, int | float) else 0.0, str(value))


def tally_values(values: Sequence[Any], rows: NDArray[np.int64]) -> dict[Value, int]:
    """The rows with each value; NaN is None, both zeros are one, as they are in a `ValueGrid`."""
    found: dict[Value, int] = {}
    for value, number in zip(values, rows.tolist(), strict=True):
        if isinstance(value, float):
            value = None if value != value else value + 0.0  # noqa: PLR0124, PLW2901 - NaN differs from itself
        found[value] = found.get(value, 0) + number
    return found
