"""What is done here with the few rows that an SQL engine answers, so that all answer alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from roadworthy.data.sql_names import quote_name
from roadworthy.errors import DataError


def narrowed(table: pa.Table, about: str) -> pa.Table:
    """Wide totals as 64-bit integers, and exact decimals as reals.

    Raises:
        DataError: a total leaves 64 bits; `about` opens the message.
    """
    for index, field in enumerate(table.schema):
        if not pa.types.is_decimal(field.type):
            continue
        narrow = pa.int64() if field.type.scale == 0 else pa.float64()
        try:
            column = table.column(index).cast(narrow)
        except pa.ArrowInvalid as error:
            raise DataError(
                f"{about}: the total {field.name!r} leaves 64 bits; measure fewer rows at once, or "
                f"values of a smaller size"
            ) from error
        table = table.set_column(index, field.name, column)
    return table


def ordered(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The rows in ascending order of these columns: NaN above all numbers, null last.

    >>> ordered(pa.table({"a": ["b", None, "B"]}), ["a"])["a"].to_pylist()
    ['B', 'b', None]
    """
    sortable = [key for key in keys if not pa.types.is_null(table.schema.field(key).type)]
    if not sortable:
        return table
    by: list[tuple[str, Literal["ascending", "descending"]]] = [
        (key, "ascending") for key in sortable
    ]
    return table.take(pc.sort_indices(table, sort_keys=by))  # null comes last by default


def as_texts(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """These columns as text, as DuckDB writes it; times of a zone in UTC.

    >>> as_texts(pa.table({"a": [1.0, None]}), ["a"])["a"].to_pylist()
    ['1.0', None]
    """
    if not names:
        return table
    texts = ", ".join(f"CAST({quote_name(n)} AS VARCHAR) AS {quote_name(n)}" for n in names)
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("answer", table)
        found: pa.Table = connection.sql(f"SELECT * REPLACE ({texts}) FROM answer").to_arrow_table()
        return found
