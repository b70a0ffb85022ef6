"""Columns as small codes, and what a range of codes means in plain words and in SQL.

Numbers with many values are cut into bins of about equal numbers of rows, with the shortest edges
that still do so; numbers with few values keep them, in order. Text keeps its most frequent values;
all others share a code. Missing values have a code of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf, isfinite, log10
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from roadworthy.data.profile import NUMBERS, PLAIN
from roadworthy.data.sql_names import quote_name, quote_text
from roadworthy.data.values import value_text
from roadworthy.records.versions import Column
from roadworthy.records.weak_slices import SliceCondition
from roadworthy.stats.slice_search import Codes

BINS = 10
"""Bins of a number, about."""

FEW = 12
"""Numbers with at most this many distinct values keep them."""

VALUES = 20
"""Values of a text that have a code of their own at most."""

GLANCE = 100_000
"""Values, evenly spaced, from which the edges of bins are chosen."""

NEAR = 0.02
"""How far from its quantile, as a share of rows, an edge may be moved to be a shorter number."""

FEWEST_BINS = 3
"""Bins of the values beside those that fill a bin alone, at least."""

_Values: TypeAlias = "pa.ChunkedArray[Any]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeatureCodes:
    """A column as codes: bins or values first, then other values, then missing ones.

    Attributes:
        column: the column.
        codes: shape (rows,).
        edges: the inner edges of a number's bins; a bin begins with its edge.
        values: the values that have a code of their own.
        has_other: true if there are further values.
        has_missing: true if some are missing.
        alone: the only value in a bin, by its code, where there is one.
    """

    column: Column
    codes: Codes
    edges: tuple[float, ...] = ()
    values: tuple[Any, ...] = ()
    has_other: bool = False
    has_missing: bool = False
    alone: Mapping[int, float] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """The number of codes."""
        return self._plain + self.has_other + self.has_missing

    @property
    def ordered(self) -> int:
        """How many of the first codes stand in an order; 0 of text."""
        return self._plain if self.column.type in NUMBERS else 0

    @property
    def _plain(self) -> int:
        return len(self.values) if self.values else len(self.edges) + 1

    def condition(self, first: int, last: int) -> SliceCondition:
        """What the rows with codes from `first` to `last` have in common."""
        if last < self._plain:
            text, where = self._range(first, last)
        else:
            is_other = self.has_other and last == self._plain
            text, where = self._other() if is_other else self._missing()
        return SliceCondition(attribute=self.column.name, text=text, where=where)

    def _missing(self) -> tuple[str, str]:
        name = quote_name(self.column.name)
        nan = f"({name} IS NULL OR isnan({name}))"
        return f"{self.column.name} is missing", (
            nan if self.column.type == "real" else f"{name} IS NULL"
        )

    def _other(self) -> tuple[str, str]:
        listed = ", ".join(map(_sql, self.values))
        return (
            f"{self.column.name} is none of its {len(self.values)} most frequent values",
            f"{quote_name(self.column.name)} NOT IN ({listed})",
        )

    def _range(self, first: int, last: int) -> tuple[str, str]:
        if first == last and first in self.alone:
            return self._just(self.alone[first])
        if not self.values:
            return self._between(
                self.edges[first - 1] if first else -inf,
                self.edges[last] if last < len(self.edges) else inf,
            )
        name, low, high = self.column.name, self.values[first], self.values[last]
        if first == last:
            return self._just(low)
        sql = f"{quote_name(name)} >= {_sql(low)} AND {quote_name(name)} <= {_sql(high)}"
        return f"{name} is {_said(low)} to {_said(high)}", sql

    def _just(self, value: object) -> tuple[str, str]:
        name = self.column.name
        return f"{name} is {_said(value)}", f"{quote_name(name)} = {_sql(value)}"

    def _between(self, low: float, high: float) -> tuple[str, str]:
        """From `low` on and below `high`; of whole numbers, the highest is named."""
        name, quoted = self.column.name, quote_name(self.column.name)
        parts = [f"{quoted} >= {_sql(low)}"] if isfinite(low) else []
        parts += [f"{quoted} < {_sql(high)}"] if isfinite(high) else []
        if self.column.type == "real" and not isfinite(high):  # in SQL, NaN is above every number
            parts.append(f"NOT isnan({quoted})")
        where = " AND ".join(parts) or f"{quoted} IS NOT NULL"
        if not isfinite(low):
            said = f"is below {_said(high)}" if isfinite(high) else "is known"
        elif not isfinite(high):
            said = f"is {_said(low)} or more"
        elif self.column.type == "integer":
            highest = ceil(high) - 1
            one = highest == ceil(low)
            said = f"is {_said(low)}" if one else f"is {_said(low)} to {_said(highest)}"
        else:
            said = f"is from {_said(low)} to below {_said(high)}"
        return f"{name} {said}", where


def encode_feature(item: Column, values: _Values, *, fewest: int) -> FeatureCodes | str:
    """The column as codes, or why it cannot part rows into slices.

    Args:
        item: the column.
        values: its values.
        fewest: rows that a value of a text must hold to have a code of its own.
    """
    if item.type not in PLAIN:
        return f"columns of type {item.type} are not cut into bins"
    made = _numbers(item, values) if item.type in NUMBERS else _texts(item, values, fewest)
    counts = np.bincount(made.codes, minlength=made.cells)
    if not ((counts >= fewest) & (counts <= len(made.codes) - fewest)).any():
        return f"no value or bin parts {fewest:,} rows from the others"
    return made


def _numbers(item: Column, values: _Values) -> FeatureCodes:
    distinct = pc.unique(values)
    if len(distinct) <= FEW + 2:  # null and NaN
        known = sorted(v for v in distinct.to_pylist() if v is not None and v == v)  # noqa: PLR0124
        if len(known) <= FEW:
            return _by_value(item, values, known)
    numbers = values.cast(pa.float64(), safe=False).to_numpy()  # null becomes NaN
    missing = np.isnan(numbers)
    edges = choose_edges(numbers[~missing], bins=BINS)
    codes = np.searchsorted(edges, numbers, side="right").astype(np.uint8)
    codes[missing] = len(edges) + 1
    return FeatureCodes(
        column=item,
        codes=codes,
        edges=edges,
        has_missing=bool(missing.any()),
        alone=_alone(numbers, codes, len(edges) + 1),
    )


def _alone(numbers: NDArray[np.float64], codes: Codes, bins: int) -> dict[int, float]:
    """The only value of each bin that has one."""
    low, high = np.full(bins, inf), np.full(bins, -inf)
    for code in range(bins):
        inside = numbers[codes == code]
        if len(inside):
            low[code], high[code] = inside.min(), inside.max()
    return {int(code): float(low[code]) for code in np.flatnonzero(low == high)}


def _texts(item: Column, values: _Values, fewest: int) -> FeatureCodes:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    counted: Any = pc.value_counts(values.drop_null())
    rows = counted.field("counts").to_numpy()
    few = len(rows) <= VALUES
    frequent = np.flatnonzero(rows >= (1 if few else fewest))
    known = counted.field("values").take(pa.array(frequent)).to_pylist()
    ordered = sorted(zip((-rows[frequent]).tolist(), known, strict=True))
    enough = sum(-negative >= fewest for negative, _ in ordered)
    if few and enough == len(ordered) - 1:  # the others would be one value
        enough += 1
    return _by_value(item, values, [value for _, value in ordered[: min(enough, VALUES)]])


def _by_value(item: Column, values: _Values, kept: Sequence[Any]) -> FeatureCodes:
    known = pa.array(kept, values.type)
    found = pc.index_in(values, value_set=known).fill_null(len(kept)).to_numpy()
    missing = values.is_null(nan_is_null=True).to_numpy()
    has_other = bool(((found == len(kept)) & ~missing).any())
    codes = found.astype(np.uint8)
    codes[missing] = len(kept) + has_other
    return FeatureCodes(
        column=item,
        codes=codes,
        values=tuple(kept),
        has_other=has_other,
        has_missing=bool(missing.any()),
    )


# --- edges ---------------------------------------------------------------------------------------


def choose_edges(numbers: NDArray[np.float64], *, bins: int) -> tuple[float, ...]:
    """Inner edges that part the numbers into about as many bins of about equal numbers of rows.

    A value that fills a bin alone shares it with no other, and does not count where the others are
    parted, into a few bins at least. Edges are the shortest numbers near their quantiles.

    >>> choose_edges(np.arange(1000.0), bins=4)
    (250.0, 500.0, 750.0)
    """
    ordered = np.sort(numbers[:: max(len(numbers) // GLANCE, 1)])
    if not len(ordered):
        return ()
    values, counts = np.unique(ordered, return_counts=True)
    is_heavy = counts * bins >= len(ordered)
    heavy = values[is_heavy]
    edges = {float(value) for value in heavy}
    for value in map(float, heavy):
        above = values[int(np.searchsorted(values, value)) + 1 :]
        edges |= {shortest_between(value, float(above[0]))} if len(above) else set()
    light = np.repeat(values[~is_heavy], counts[~is_heavy])
    parts = max(round(bins * len(light) / len(ordered)), FEWEST_BINS)
    near = max(round(NEAR * len(light) * bins / parts), 1)
    for part in range(1, parts if len(light) else 1):
        quantile = part * len(light) // parts
        low, high = light[max(quantile - near, 0)], light[min(quantile + near, len(light) - 1)]
        if low < high:
            edges.add(shortest_between(float(low), float(high)))
    return tuple(sorted(edge for edge in edges if edge > values[0] and isfinite(edge)))


def shortest_between(low: float, high: float) -> float:
    """The number in (low, high] with the fewest digits; the one nearest the middle among them.

    >>> shortest_between(36.7, 43.2), shortest_between(0.0, 114.0), shortest_between(0.123, 0.131)
    (40.0, 100.0, 0.13)
    """
    width = high - low
    if not isfinite(width):
        return high
    for place in range(floor(log10(width)) + 1, floor(log10(width)) - 17, -1):
        for digit in (10, 5, 1):
            step = digit * 10.0 ** (place - 1)
            wanted = round((low + high) / 2 / step)
            inside = [
                number
                for number in (float(f"{(wanted + more) * step:.15g}") for more in (0, -1, 1))
                if low < number <= high
            ]
            if inside:
                return inside[0]
    return high


def _said(value: object) -> str:
    """A value as people write it: numbers in short, with commas from ten thousand on."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value_text(value)
    many = 10_000
    return f"{value:,.10g}" if abs(value) >= many else f"{value:.10g}"


def _sql(value: object) -> str:
    if isinstance(value, bool):
        return value_text(value)
    if isinstance(value, float):
        return f"{value:.17g}" if float(f"{value:.15g}") != value else f"{value:.15g}"
    return str(value) if isinstance(value, int) else quote_text(str(value))
