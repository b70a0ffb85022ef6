"""The first rows of Parquet files, decoded here: a planned statement starts every row group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def first_rows(paths: Sequence[str], columns: Sequence[str], first: int) -> pa.Table | None:
    """The first rows of some columns; None if this is for an engine to answer.

    It is where files are remote, the rows reach into a second file, or values have a type that
    engines convert.

    Args:
        paths: the files, in the order of their rows.
        columns: the columns wanted, in order.
        first: how many rows.
    """
    if not paths or "://" in paths[0] or first < 1:
        return None
    with pq.ParquetFile(paths[0], memory_map=True) as file:
        fields = [_plain_field(file.schema_arrow, name) for name in columns]
        plain = [field for field in fields if field is not None]
        if len(plain) < len(fields) or (file.metadata.num_rows < first and len(paths) > 1):
            return None
        batches: list[pa.RecordBatch] = []
        for batch in file.iter_batches(first, columns=list(columns), use_threads=False):
            batches.append(batch)
            if sum(item.num_rows for item in batches) >= first:
                break
    read = pa.Table.from_batches(batches, None if batches else pa.schema(plain))
    found = read.select(list(columns)).slice(0, first).cast(pa.schema(plain))
    found.validate(full=True)  # text may be malformed
    return found


def _plain_field(schema: pa.Schema, name: str) -> pa.Field[Any] | None:
    """A column with the type that every engine gives it, if that is a plain one."""
    places = schema.get_all_field_indices(name)
    if len(places) != 1:
        return None
    kind = schema.field(places[0]).type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pa.field(name, pa.string())
    number = pa.types.is_float32(kind) or pa.types.is_float64(kind) or pa.types.is_integer(kind)
    return pa.field(name, kind) if number or pa.types.is_boolean(kind) else None
