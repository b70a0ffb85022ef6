"""Row-wise work on the rows of a statement: streamed out, worked on, kept beside the rows."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from roadworthy.adapters.duckdb_session import Session, Source, explained
from roadworthy.adapters.duckdb_source import registered
from roadworthy.adapters.process_pool import map_in_order
from roadworthy.adapters.sql_answers import narrowed
from roadworthy.data.batches import BATCH, BatchFunction, regrouped
from roadworthy.data.sql_names import quote_text

IN_MEMORY = 1 << 20
"""Up to this many rows, what the function makes stays in memory; more go to a scratch file."""


def mapped(
    session: Session,
    sql: str,
    function: BatchFunction,
    adds: pa.Schema,
    *,
    count: int,
    name: str,
) -> Source:
    """The columns that a function makes of the rows of a statement, in their order.

    Args:
        session: runs the statement.
        sql: the statement.
        function: makes the columns of `adds` from a batch of rows.
        adds: the columns that the function makes.
        count: how many rows the statement gives.
        name: what errors call the rows.

    Raises:
        UsageError: the function makes other columns, other types or another number of rows.
        HostError: a worker ended before its work was done, or the disk is full.
        Exception: whatever the function raises, with a note of the rows that it concerns.
    """
    about = f"cannot read {name}"
    with session.stream(sql, batch=BATCH, about=about) as reader:
        batches = regrouped(_read(reader, about), reader.schema, BATCH)
        made = map_in_order(
            function,
            (narrowed(batch, about) for batch in batches),
            adds,
            rows=count,
            name=name,
            processes=session.threads,
        )
        if count <= IN_MEMORY:
            return registered(session, pa.concat_tables([adds.empty_table(), *made]))
        path = session.new_file(".parquet")
        with pq.ParquetWriter(path, adds) as out:
            for part in made:
                with explained(f"what was made of {name} cannot be kept in the scratch folder"):
                    out.write_table(part)
    return Source(sql=f"SELECT * FROM read_parquet({quote_text(str(path))})", paths=(str(path),))


def _read(reader: pa.RecordBatchReader, about: str) -> Iterator[pa.RecordBatch]:
    """The batches; what fails in reading is said in our words, what fails in the work is not."""
    batches = iter(reader)
    while True:
        with explained(about):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch
