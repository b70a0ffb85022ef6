"""The rows of local Parquet files and Arrow tables in batches, without a query engine."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from roadworthy.adapters.duckdb_session import Source, select_all
from roadworthy.adapters.frames import is_dataset

_PIECE = 1 << 16
_COLUMNS = 32

Batches: TypeAlias = Generator[pa.RecordBatch, None, None]


def plain_rows(source: Source, columns: Mapping[str, str]) -> Batches | None:
    """Batches of some columns; None if the source is no plain table, or of types read otherwise.

    Texts come as dictionary codes where the file holds them so.

    Args:
        source: the rows.
        columns: the logical type of each column that is asked for.
    """
    names = list(columns)
    if source.parquet and not any("://" in path for path in source.parquet):
        schemas = [pq.read_schema(path) for path in source.parquet]
        if all(_are_plain(schema, columns) for schema in schemas):
            texts = [name for name in names if columns[name] == "text"]
            return _ahead(_parquet(source.parquet, names, texts, at_a_time(len(names))))
    data = source.registered[0].data if len(source.registered) == 1 else None
    if data is not None and source.sql == select_all(source.registered[0].name):
        if isinstance(data, pa.Table) and _are_plain(data.schema, columns):
            return _each(data.select(names).to_batches(max_chunksize=_PIECE))
        if is_dataset(data) and _are_plain(data.schema, columns):
            size = at_a_time(len(names))
            return _each(data.to_batches(columns=names, batch_size=size, use_threads=False))
    return None


def at_a_time(columns: int) -> int:
    """How many rows of so many columns are read at a time: few MiB, in a processor's reach.

    >>> at_a_time(6), at_a_time(320)
    (65536, 6553)
    """
    return _PIECE * _COLUMNS // max(columns, _COLUMNS)


def _each(batches: Iterable[pa.RecordBatch]) -> Batches:
    yield from batches


def _parquet(
    paths: Sequence[str], names: Sequence[str], texts: Sequence[str], size: int
) -> Batches:
    for path in paths:
        with pq.ParquetFile(path, read_dictionary=list(texts), pre_buffer=False) as file:
            yield from file.iter_batches(size, columns=list(names), use_threads=False)


def _ahead(batches: Batches) -> Batches:
    """The batches, the next one decoded by another thread while one is used."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _are_plain(schema: pa.Schema, columns: Mapping[str, str]) -> bool:
    """True if each column is there once, in an Arrow type that means what its logical type says."""
    places = {name: schema.get_all_field_indices(name) for name in columns}
    return all(
        len(places[name]) == 1 and _is_plain(schema.field(places[name][0]).type, kind)
        for name, kind in columns.items()
    )


def _is_plain(found: pa.DataType, kind: str) -> bool:
    if kind == "text":
        found = found.value_type if pa.types.is_dictionary(found) else found
        return bool(pa.types.is_string(found) or pa.types.is_large_string(found))
    if kind == "boolean":
        return bool(pa.types.is_boolean(found))
    if kind == "integer":
        return bool(pa.types.is_integer(found))
    return kind == "real" and bool(pa.types.is_float32(found) or pa.types.is_float64(found))
