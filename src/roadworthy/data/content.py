"""The digest of a table's content, for tables that are not files.

The digest depends on the names of the columns, their logical types and the values in their order.
It does not depend on how a library lays them out: chunks, dictionaries, 32-bit or 64-bit, offsets.

A table that lives elsewhere is `Digested` there: its rows are hashed where they lie, in any order,
as a database keeps none. Its format is part of such a digest, which equals none of another kind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from roadworthy.data.engine import Table
from roadworthy.records.canonical import canonical_json, digest_of_bytes
from roadworthy.records.record import JSON
from roadworthy.records.versions import Column


class Hash(Protocol):
    """A running digest."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take in further bytes."""


@runtime_checkable
class Digested(Protocol):
    """A table whose engine hashes its content where the rows are."""

    def digest(self) -> str:
        """The digest of names, types and values; the same for the same rows in any order."""


_VERSION = "roadworthy/content/1"


AT_ONCE = 1 << 23
"""Values that are read at a time, a few columns of a long table: some 64 MiB."""


def digest_of_table(table: Table) -> str:
    """The digest of a table's content: made where it lives, or of its rows in their order."""
    if isinstance(table, Digested):
        return table.digest()
    names = [column.name for column in table.columns]
    several = max(AT_ONCE // max(table.rows, 1), 1)
    parts = (table.read(names[at : at + several]) for at in range(0, len(names), several))
    return _digest(table.rows, [item for part in parts for item in _digest_columns(part)])


def digest_of_parts(
    form: str, columns: Sequence[Column], parts: Sequence[Mapping[str, str | int]]
) -> str:
    """The digest of a table from digests of parts of its rows.

    Args:
        form: how rows are hashed and parted, such as `postgresql-rows/1`.
        columns: the columns, whose names and types count.
        parts: the number, the rows and the digest of each part, in a fixed order.
    """
    described: list[JSON] = [[column.name, column.type] for column in columns]
    listed: list[JSON] = [dict(part) for part in parts]
    return digest_of_bytes(
        canonical_json({"format": f"roadworthy/{form}", "columns": described, "parts": listed})
    )


def digest_of_rows(table: pa.Table) -> str:
    """The digest of a table's columns, in their order, with their values.

    >>> narrow = pa.table({"x": pa.array([1, None], pa.int8())})
    >>> wide = pa.table({"x": pa.chunked_array([[1], [None]], pa.int64())})
    >>> digest_of_rows(narrow) == digest_of_rows(wide)
    True
    """
    return _digest(table.num_rows, _digest_columns(table))


def _digest(rows: int, columns: list[JSON]) -> str:
    return digest_of_bytes(canonical_json({"format": _VERSION, "rows": rows, "columns": columns}))


def _digest_columns(table: pa.Table) -> list[JSON]:
    return [
        [name, *_digest_column(table.column(index))]
        for index, name in enumerate(table.column_names)
    ]


def _digest_column(column: pa.ChunkedArray[Any]) -> list[JSON]:
    kind, normal, feed = _plan(column.type)
    missing, lengths, values = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
    for chunk in column.chunks:
        array = normal(chunk)
        missing.update(np.asarray(array.is_null()).astype(np.uint8).tobytes())
        feed(array, lengths, values)
    return [kind, missing.hexdigest(), lengths.hexdigest(), values.hexdigest()]


Array: TypeAlias = "pa.Array[Any]"
_Feed: TypeAlias = Callable[[Array, Hash, Hash], None]
_Normal: TypeAlias = Callable[[Array], Array]


def _plan(kind: pa.DataType) -> tuple[str, _Normal, _Feed]:
    """The logical type, how to bring an array to its normal form, and how to hash that form."""
    if pa.types.is_dictionary(kind):
        inner, normal, feed = _plan(kind.value_type)
        return inner, lambda array: normal(array.dictionary_decode()), feed
    if pa.types.is_null(kind):
        return "text", _to(pa.large_binary()), _feed_bytes
    if pa.types.is_boolean(kind):
        return "boolean", _to(pa.uint8()), _feed_fixed
    if pa.types.is_integer(kind) and kind != pa.uint64():
        return "integer", _to(pa.int64()), _feed_fixed
    if pa.types.is_floating(kind):
        return "real", _to(pa.float64()), _feed_real
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return "time", _to_time, _feed_fixed
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return "binary", _to(pa.large_binary()), _feed_bytes
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or str(kind) == "string_view":
        return "text", _to(pa.large_binary()), _feed_bytes
    return str(kind), _to_text, _feed_bytes


def _to(target: pa.DataType) -> _Normal:
    def normal(array: Array) -> Array:
        if str(array.type) == "string_view":
            array = array.cast(pa.large_string())
        return array.cast(target)

    return normal


def _to_time(array: Array) -> Array:
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("ms"))
    return array.cast(pa.timestamp("ns", tz=getattr(array.type, "tz", None))).cast(pa.int64())


def _to_text(array: Array) -> Array:
    """Any other type, by the text of its values."""
    return pa.array(
        [None if v is None else repr(v).encode() for v in array.to_pylist()], pa.large_binary()
    )


def _feed_fixed(array: Array, lengths: Hash, values: Hash) -> None:
    del lengths
    values.update(np.ascontiguousarray(_filled(array)).tobytes())


def _feed_real(array: Array, lengths: Hash, values: Hash) -> None:
    """Reals: every NaN is the same NaN, and minus zero is zero."""
    del lengths
    numbers = np.array(_filled(array), copy=True) + 0.0
    numbers[np.isnan(numbers)] = np.nan
    values.update(numbers.tobytes())


def _feed_bytes(array: Array, lengths: Hash, values: Hash) -> None:
    filled: Any = array.fill_null(b"") if array.null_count else array
    lengths.update(np.asarray(pc.binary_length(filled)).astype(np.int64).tobytes())
    _, offsets, data = filled.buffers()
    if len(filled) and data is not None:
        window = np.frombuffer(offsets, np.int64)[filled.offset : filled.offset + len(filled) + 1]
        values.update(memoryview(data)[window[0] : window[-1]])


def _filled(array: Array) -> np.ndarray:
    return np.asarray(array.fill_null(0) if array.null_count else array)
