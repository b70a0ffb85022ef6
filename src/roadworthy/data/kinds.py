"""What a column holds: quantities, which can be a little more or less, or categories."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

CODES = 20
"""Whole numbers with at most this many different values are taken for codes, not quantities."""


def holds_quantities(column: pa.ChunkedArray[Any]) -> bool:
    """True for reals, and for whole numbers with many values.

    >>> holds_quantities(pa.chunked_array([[1, 2, 3]])), holds_quantities(pa.chunked_array([[0.5]]))
    (False, True)
    """
    if pa.types.is_floating(column.type):
        return True
    return bool(pa.types.is_integer(column.type) and pc.count_distinct(column).as_py() > CODES)


def holds_categories(column: pa.ChunkedArray[Any]) -> bool:
    """True for text, truth values, and whole numbers with few values.

    >>> holds_categories(pa.chunked_array([["a"]])), holds_categories(pa.chunked_array([[0.5]]))
    (True, False)
    """
    kind = column.type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or str(kind) == "string_view"
    if text or pa.types.is_dictionary(kind) or pa.types.is_boolean(kind):
        return True
    return bool(pa.types.is_integer(kind) and not holds_quantities(column))
