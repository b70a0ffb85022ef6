"""The group that each row belongs to, named as slices name groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from roadworthy.data.values import value_text
from roadworthy.errors import DataError
from roadworthy.records.slices import MISSING

JOIN = ", "
"""Stands between the values of an intersection: `25-44, Female`."""


def group_names(rows: pa.Table, attributes: Sequence[str]) -> NDArray[np.object_]:
    """The group of each row: its values of these attributes, in their order, as text.

    A null or a NaN is the group `(missing)`.

    >>> rows = pa.table({"sex": ["Female", None], "age": [30, 41]})
    >>> list(group_names(rows, ["age", "sex"]))
    ['30, Female', '41, (missing)']

    Raises:
        DataError: an attribute is not a column of the rows.
    """
    for attribute in attributes:
        if attribute not in rows.column_names:
            raise DataError.from_missing_column(attribute, rows.column_names, role="protected")
    parts = [column_text(rows.column(attribute)) for attribute in attributes]
    if not parts:
        return np.full(rows.num_rows, "all", dtype=object)
    names = parts[0]
    for part in parts[1:]:
        names = names + JOIN + part
    return names


def column_text(column: pa.ChunkedArray[Any]) -> NDArray[np.object_]:
    """The values of a column as text, as SQL casts them; nulls and NaN read `(missing)`."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    distinct: pa.Array[Any] = pc.unique(column)  # type: ignore[arg-type]
    codes = pc.index_in(column, value_set=distinct).to_numpy()
    names = [_text(value) for value in _values(distinct)]
    return np.array(names, dtype=object)[codes] if names else np.empty(0, dtype=object)


def _values(distinct: pa.Array[Any]) -> list[object]:
    if pa.types.is_float32(distinct.type):  # 0.1 in 32 bits is not the 0.1 of 64 bits
        return [v if v is None or np.isnan(v) else str(np.float32(v)) for v in distinct.to_pylist()]
    return list(distinct.to_pylist())


def _text(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124 - only NaN differs
        return MISSING
    return value_text(value)
