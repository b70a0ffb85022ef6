"""Groups by the text of a column's values, asked of any engine and read from what it answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.data.expression import CastType, Expression, case, cast, column, is_nan
from roadworthy.errors import DataError
from roadworthy.records.slices import MISSING

GROUPED = ("integer", "real", "text", "boolean", "time")
"""The types of values that make groups."""


def group_key(name: str, kind: str) -> Expression:
    """The text of a column's value; of reals, NaN counts as null and both zeros as one.

    Raises:
        DataError: values of this type make no groups.
    """
    if kind not in GROUPED:
        raise DataError(
            f"protected column {name!r} holds values of type {kind}; "
            "expected plain values to group by"
        )
    value: Expression = column(name)
    if kind == "real":
        value = case((is_nan(value), None), (value.eq(0), 0), otherwise=value)
    return value if kind == "text" else cast(value, CastType.TEXT)


def group_codes(values: pa.ChunkedArray[Any]) -> tuple[list[str], NDArray[np.int64]]:
    """The names of the groups, and which one each row of an answer has; null is `(missing)`."""
    coded = values.cast(pa.string()).combine_chunks().dictionary_encode()
    names = [str(text) for text in coded.dictionary.to_pylist()] + [MISSING]
    codes = coded.indices.fill_null(len(names) - 1).to_numpy(zero_copy_only=False)
    if MISSING in names[:-1]:  # a value that spells the name of the missing group
        codes = np.where(codes == len(names) - 1, names.index(MISSING), codes)
        names = names[:-1]
    return names, np.asarray(codes, dtype=np.int64)
