"""Rows of another engine, copied to this machine for what only the embedded engine can do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from roadworthy.adapters.duckdb import DuckDBEngine, DuckDBTable
from roadworthy.adapters.duckdb_session import Source
from roadworthy.adapters.duckdb_source import registered
from roadworthy.adapters.parquet_writer import write_parquet
from roadworthy.data.engine import Table
from roadworthy.data.sql_names import quote_text


def local_copy(
    engine: DuckDBEngine, batches: Iterable[pa.RecordBatch], *, name: str
) -> DuckDBTable:
    """The rows in a scratch file of the engine, which lasts as long as a table needs it.

    Args:
        engine: the embedded engine, which reads the copy.
        batches: the rows, a batch at a time; at least one batch, which may be empty.
        name: what errors call the table.

    Raises:
        HostError: the disk is full or cannot be written to.
    """
    session = engine._session  # noqa: SLF001 - the copy must last as long as the session
    path = session.new_file(".parquet")
    waiting = iter(batches)
    first = next(waiting)
    write_parquet(path, first.schema, _chained(first, waiting))
    sql = f"SELECT * FROM read_parquet({quote_text(str(path))})"
    return DuckDBTable(session, Source(sql=sql, paths=(str(path),)), name)


def shared_here(engine: DuckDBEngine, mine: Table, other: Table, columns: Sequence[str]) -> int:
    """How many rows of one table, perhaps of none, occur in another: these columns come here.

    Args:
        engine: the embedded engine, which compares them.
        mine: whose rows are counted.
        other: where they are looked for.
        columns: what is compared; both tables have them.
    """
    session = engine._session  # noqa: SLF001 - as above
    rows = registered(session, mine.read(columns))
    return DuckDBTable(session, rows, mine.name).shared(other, columns)


def _chained(first: pa.RecordBatch, others: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
    yield first
    yield from others
