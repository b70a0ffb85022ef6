"""Row-wise work: a function of some rows at a time, applied to a table of any size in order.

The rows are cut at fixed places, whatever reads them and wherever the function runs, so that the
same function makes the same columns in one process, in many, or on a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import pyarrow as pa

from roadworthy.errors import UsageError

BATCH = 65_536
"""Rows in a batch."""

BatchFunction: TypeAlias = Callable[[pa.Table], pa.Table]
"""Makes further columns of some rows: as many rows as it is given, in their order."""


def applied(function: BatchFunction, rows: pa.Table, adds: pa.Schema) -> pa.Table:
    """What the function makes of these rows: the columns of `adds`, in that order.

    Raises:
        UsageError: the function gives other columns, other types or another number of rows.
    """
    made = function(rows)
    if isinstance(made, pa.RecordBatch):
        made = pa.Table.from_batches([made])
    if not isinstance(made, pa.Table):
        raise UsageError(
            f"the function gave a {type(made).__name__}; expected an Arrow table of {_shown(adds)}"
        )
    if sorted(_types(made.schema)) != sorted(_types(adds)):
        raise UsageError(
            f"the function gave the columns {_shown(made.schema)}; expected {_shown(adds)}"
        )
    if made.num_rows != rows.num_rows:
        raise UsageError(f"the function gave {made.num_rows:,} rows for {rows.num_rows:,}")
    return made.select(adds.names).cast(adds)


def regrouped(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, size: int
) -> Iterator[pa.Table]:
    """The same rows in tables of `size` rows each, the last one of those that are left."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= size:
            table = pa.Table.from_batches(waiting, schema)
            whole = rows - rows % size
            for start in range(0, whole, size):
                yield table.slice(start, size).combine_chunks()
            waiting = table.slice(whole).to_batches()
            rows -= whole
    if rows:
        yield pa.Table.from_batches(waiting, schema).combine_chunks()


def _types(schema: pa.Schema) -> list[tuple[str, str]]:
    return [(field.name, str(field.type)) for field in schema]


def _shown(schema: pa.Schema) -> str:
    return ", ".join(f"{name} ({kind})" for name, kind in _types(schema)) or "none"
