"""Arrow columns as codes: each distinct value is looked at once, each row only numbered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from roadworthy.data.arrow_values import nulls_of, values_of
from roadworthy.data.values import value_text

Array: TypeAlias = "pa.Array[Any]"
Codes: TypeAlias = NDArray[np.int32]
Texts: TypeAlias = Callable[[Array], Sequence[str | None]]
Places: TypeAlias = Callable[[Sequence[str | None]], Sequence[int]]

_MOST_SPAN = 1 << 16
_UNKNOWN = -1


class CodedColumn:
    """Numbers the values of a column, piece by piece.

    Args:
        places: gives the codes of values as text, null as None. Each value is asked about once or a
            few times; those of one piece together, in the order of their appearance.
        texts: gives distinct values as text; needed for reals only.
    """

    def __init__(self, places: Places, texts: Texts) -> None:
        self._places = places
        self._texts = texts
        self._low = 0
        self._table = np.zeros(0, dtype=np.int32)
        self._as_they_are = False
        self._values: Array | None = None
        self._of_value = np.zeros(0, dtype=np.int32)
        self._in_order = False

    def codes(self, column: Array) -> Codes:
        """The code of each row's value."""
        if not column.null_count:
            return self._known(column)
        gone = nulls_of(column)
        null = np.int32(self._places([None])[0])
        if gone.all():
            return np.full(len(column), null, dtype=np.int32)
        found = self._known(column).copy()
        found[gone] = null
        return found

    def _known(self, column: Array) -> Codes:
        """The codes; any number where the value is null."""
        kind = column.type
        if pa.types.is_boolean(kind):
            return self._integers(column.cast(pa.uint8()), as_value=bool)
        if pa.types.is_integer(kind) and not pa.types.is_uint64(kind):
            low, high = _extremes(column)
            if len(self._table):
                low, high = min(low, self._low), max(high, self._low + len(self._table) - 1)
            if high - low < _MOST_SPAN:
                self._widen(low, high)
                return self._integers(column, as_value=int)
        return self._dictionary(column)

    def _integers(self, column: Array, *, as_value: Callable[[int], object]) -> Codes:
        """The codes of integers that lie close together, from a table of what each one means."""
        if not len(self._table):
            self._widen(0, 1)
        filled = column.fill_null(pc.min(column)) if column.null_count else column
        if self._as_they_are:
            return values_of(filled).astype(np.int32)
        steps = np.subtract(values_of(filled), self._low, dtype=np.int64)
        found = self._table.take(steps)
        if found.min() == _UNKNOWN:
            new = np.unique(steps[found == _UNKNOWN])
            values = [as_value(step + self._low) for step in new.tolist()]
            self._table[new] = self._places([value_text(value) for value in values])
            self._as_they_are = self._low == 0 and _is_range(self._table)
            found = self._table.take(steps)
        return np.asarray(found)

    def _widen(self, low: int, high: int) -> None:
        """Let the table begin at `low` or before, and end at `high` or later."""
        if len(self._table) == high + 1 - low and self._low == low:
            return
        wide = np.full(high + 1 - low, _UNKNOWN, dtype=np.int32)
        wide[self._low - low :][: len(self._table)] = self._table
        self._low, self._table = low, wide
        self._as_they_are = low == 0 and _is_range(wide)

    def _dictionary(self, column: Array) -> Codes:
        if not isinstance(column, pa.DictionaryArray):
            column = column.dictionary_encode()
        values, indices = column.dictionary, column.indices
        if self._values is None or not values.equals(self._values):
            self._of_value = np.array(self._places(self._text_of(values)), dtype=np.int32)
            self._values = values
            self._in_order = _is_range(self._of_value)
        filled = indices.fill_null(0) if indices.null_count else indices
        if self._in_order:
            return values_of(filled).astype(np.int32, copy=False)
        return np.asarray(self._of_value.take(values_of(filled)))

    def _text_of(self, values: Array) -> Sequence[str | None]:
        kind = values.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return list(values.to_pylist())
        if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
            return [None if value is None else str(value) for value in values.to_pylist()]
        return self._texts(values)


def _extremes(column: Array) -> tuple[int, int]:
    """The smallest and the largest integer."""
    if column.null_count:
        return pc.min(column).as_py(), pc.max(column).as_py()
    values = values_of(column)
    return int(values.min()), int(values.max())


def _is_range(codes: Codes) -> bool:
    """True for 0, 1, 2 ...: values that are their own codes."""
    return np.array_equal(codes, np.arange(len(codes)))


def numbers(column: Array) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    """The numbers of a column, and where they are null (where any number stands); None: nowhere."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    gone = None
    if column.null_count:
        gone = nulls_of(column)
        column = column.fill_null(0)
    return values_of(column).astype(np.float64, copy=False), gone
