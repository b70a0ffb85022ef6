"""How often each value, or each bin of numbers, occurs in many columns: asked in one pass.

A grid says what is counted of a column: `NumberGrid` the bins of a number, `ValueGrid` its values.
`histogram_query` is the one statement that any SQL engine can answer, a `GROUP BY` with a grouping
set for each column; an engine may count in another way as long as it counts the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.data.column_counts import (
    ColumnGrid,
    Histogram,
    NumberCounts,
    tally_values,
    value_counts,
)
from roadworthy.data.expression import Expression, case, column
from roadworthy.data.number_cells import number_cell
from roadworthy.data.profile import NUMBERS, PLAIN, is_missing
from roadworthy.errors import DataError, UsageError
from roadworthy.records.versions import Column
from roadworthy.stats.number_grid import NumberGrid


def check_grids(grids: Mapping[str, ColumnGrid], columns: Iterable[Column]) -> dict[str, Column]:
    """The columns that the grids are for.

    Raises:
        DataError: a column is missing, or of a type that its grid cannot count.
        UsageError: there is no grid.
    """
    known = {item.name: item for item in columns}
    if not grids:
        raise UsageError("expected at least one column to count, found none")
    for name, grid in grids.items():
        if name not in known:
            raise DataError.from_missing_column(name, known, role="counted")
        allowed = NUMBERS | {"boolean"} if isinstance(grid, NumberGrid) else PLAIN
        if known[name].type not in allowed:
            expected = "numbers" if isinstance(grid, NumberGrid) else "plain values"
            raise DataError(
                f"the column {name!r} holds values of type {known[name].type}; expected {expected}"
            )
    return {name: known[name] for name in grids}


# --- one statement for any engine ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramQuery:
    """One aggregation that groups by several sets of keys, counting the rows of each group.

    The first key of each set is null nowhere but in the groups of the other sets.

    Attributes:
        keys: the keys by name.
        sets: the names of the keys of each grouping set, one set for each column.
    """

    keys: Mapping[str, Expression]
    sets: tuple[tuple[str, ...], ...]


def histogram_query(grids: Mapping[str, ColumnGrid], columns: Iterable[Column]) -> HistogramQuery:
    """The aggregation that counts what the grids ask for on a table with these columns.

    Raises:
        DataError: a column is missing, or of a type that its grid cannot count.
        UsageError: there is no grid.
    """
    asked = check_grids(grids, columns)
    keys: dict[str, Expression] = {}
    sets: list[tuple[str, ...]] = []
    for place, (name, grid) in enumerate(grids.items()):
        if isinstance(grid, NumberGrid):
            keys[f"cell_{place}"] = number_cell(grid, name)
            sets.append((f"cell_{place}",))
        else:
            gone = is_missing(asked[name])
            keys[f"known_{place}"] = case((gone, 0), otherwise=1)
            keys[f"value_{place}"] = case((gone, None), otherwise=_plain(asked[name]))
            sets.append((f"known_{place}", f"value_{place}"))
    return HistogramQuery(keys=keys, sets=tuple(sets))


def histograms_of(
    grids: Mapping[str, ColumnGrid], groups: pa.Table, *, rows: str = "rows"
) -> dict[str, Histogram]:
    """The histograms, from the groups of `histogram_query` in any order.

    Args:
        grids: what was asked for.
        groups: a column for each key, and one of the rows in each group.
        rows: what the column of rows is called.
    """
    counted = _array(groups[rows])
    found: dict[str, Histogram] = {}
    for place, (name, grid) in enumerate(grids.items()):
        if isinstance(grid, NumberGrid):
            cells = groups[f"cell_{place}"]
            own = np.flatnonzero(cells.is_valid().to_numpy())
            counts = np.zeros(grid.cells, dtype=np.int64)
            counts[_array(cells.take(own))] = counted[own]
            found[name] = NumberCounts(grid=grid, counts=counts)
        else:
            own = np.flatnonzero(groups[f"known_{place}"].is_valid().to_numpy())
            values = groups[f"value_{place}"].take(own).to_pylist()
            found[name] = value_counts(grid, tally_values(values, counted[own]))
    return found


def _plain(item: Column) -> Expression:
    value = column(item.name)
    return case((value.eq(0), 0.0), otherwise=value) if item.type == "real" else value


def _array(values: pa.ChunkedArray[Any]) -> NDArray[np.int64]:
    return np.asarray(values.cast(pa.int64()).to_numpy(), dtype=np.int64)
