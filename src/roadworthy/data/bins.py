"""Bins of a column, chosen from a sample of rows and counted over all rows in one pass.

Numbers get bins of about equal numbers of rows, so that one outlier cannot squeeze all others into
a single bin, and a value that many rows share has a bin of its own. Few distinct values, and text,
get a bin each for the most frequent ones and one for every other value, seen or not. Missing values
have a bin of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.data.engine import Table
from roadworthy.data.expression import Expression, Value, column, count, count_if
from roadworthy.data.profile import NUMBERS, PLAIN, is_missing
from roadworthy.records.slices import MISSING
from roadworthy.records.versions import Column

FEW = 12
"""Numbers with at most this many distinct values are treated as categories."""

OTHER = "(other)"

_Values: TypeAlias = "pa.ChunkedArray[Any]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """The bins of one column: by `edges` (x < edge) or by `values`; then others; then missing."""

    column: Column
    edges: tuple[float, ...] = ()
    values: tuple[Value, ...] = ()

    @property
    def cells(self) -> int:
        """The number of bins, the one for missing values included."""
        return (len(self.values) if self.values else len(self.edges)) + 2

    @property
    def names(self) -> tuple[str, ...]:
        """What each bin holds, in order."""
        if self.values:
            return (*map(str, self.values), OTHER, MISSING)
        texts = [f"{edge:g}" for edge in self.edges]
        inner = [f"{low} to {high}" for low, high in pairwise(texts)]
        ends = (f"below {texts[0]}", f"{texts[-1]} and above") if texts else ("any",)
        return (ends[0], *inner, *ends[1:], MISSING)

    def select(self, prefix: str) -> dict[str, Expression]:
        """The counts that an engine is asked for; edges count cumulatively."""
        value = column(self.column.name)  # NaN is above every edge and equal to no value
        asked = (
            [value.eq(item) for item in self.values]
            if self.values
            else [value < edge for edge in self.edges]
        )
        wanted = {f"{prefix}-{place}": count_if(item) for place, item in enumerate(asked)}
        return {**wanted, f"{prefix}-missing": count_if(is_missing(self.column))}

    def counts(self, row: Mapping[str, Any], prefix: str, rows: int) -> NDArray[np.int64]:
        """The rows in each bin, shape (cells,), from the engine's answers."""
        missing = int(row[f"{prefix}-missing"] or 0)
        size = self.cells - 2
        found = np.array([int(row[f"{prefix}-{place}"] or 0) for place in range(size)], np.int64)
        if self.values:
            return np.array([*found, rows - missing - found.sum(), missing], np.int64)
        return np.array([*np.diff([0, *found, rows - missing]), missing], np.int64)


def choose_bins(item: Column, sample: _Values, *, cells: int, categories: int) -> Bins | None:
    """Bins for a column, from its values in a sample; None if its type has no plain values.

    Args:
        item: the column.
        sample: its values in some rows.
        cells: how many bins numbers get at most.
        categories: how many values get a bin of their own at most.
    """
    if item.type not in PLAIN:
        return None
    known = [value for value in sample.to_pylist() if value is not None and value == value]  # noqa: PLR0124 - NaN differs from itself
    distinct = Counter(known)
    if item.type in NUMBERS and len(distinct) > FEW:
        return Bins(column=item, edges=_quantile_edges(known, cells))
    frequent = sorted(distinct.items(), key=lambda pair: (-pair[1], str(pair[0])))[:categories]
    return Bins(column=item, values=tuple(sorted((v for v, _ in frequent), key=_order)))


def count_bins(
    table: Table,
    bins: Sequence[Bins],
    *,
    by: Mapping[str, Expression] | None = None,
    where: Expression | None = None,
) -> list[tuple[dict[str, Any], list[NDArray[np.int64]]]]:
    """For each group (or for the whole table), its keys and the rows in each bin of each column."""
    select: dict[str, Expression] = {}
    for place, item in enumerate(bins):
        select |= item.select(str(place))
    answer = table.aggregate({"rows": count(), **select}, by=by, where=where)
    found = []
    for row in answer.to_pylist():
        keys = {name: row[name] for name in by or {}}
        counts = [item.counts(row, str(at), int(row["rows"])) for at, item in enumerate(bins)]
        found.append((keys, counts))
    return found


def _quantile_edges(known: Sequence[float], cells: int) -> tuple[float, ...]:
    """Edges at quantiles; a value that fills a bin on its own shares it with no other."""
    ordered = np.sort(np.asarray(known, dtype=np.float64))
    values, counts = np.unique(ordered, return_counts=True)
    quantiles = ordered[np.arange(1, cells) * len(ordered) // cells]
    heavy = np.flatnonzero(counts * cells >= len(ordered))
    after = values[np.minimum(heavy + 1, len(values) - 1)]
    edges = np.unique(np.concatenate([quantiles, values[heavy], after]))
    return tuple(float(edge) for edge in edges if edge > values[0] and np.isfinite(edge))


def _order(value: Value) -> tuple[bool, float, str]:
    number = isinstance(value, int | float)
    return (not number, float(value) if isinstance(value, int | float) else 0.0, str(value))
