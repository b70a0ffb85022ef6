"""How the tables of servers are counted: see `roadworthy.stats.server_strategy`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

import pyarrow as pa

from roadworthy.adapters.dense import NotDenseError, count_dense
from roadworthy.adapters.dense_columns import Array
from roadworthy.adapters.sql_answers import as_texts
from roadworthy.data.cells import CellQuery, cell_query, dense_columns, shape_query, tally_of
from roadworthy.data.expression import Expression
from roadworthy.records.versions import Column
from roadworthy.stats.cube import Cube
from roadworthy.stats.cube_cells import cube_of_cells
from roadworthy.stats.cube_counter import DenseLimitError
from roadworthy.stats.families import Families
from roadworthy.stats.server_strategy import ServerStrategy, Way, choose_server_strategy
from roadworthy.stats.strategy import Strategy
from roadworthy.stats.tally import Tally, TallyPlan

MOST_BYTES = 1 << 30
"""Counts take no more memory than this on this machine."""


class ServerRows(Protocol):
    """Rows of a server, as counting asks for them."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in their order, with logical types."""

    @property
    def rows(self) -> int:
        """The number of rows."""

    def grouped(self, keys: Mapping[str, Expression], select: Mapping[str, Expression]) -> pa.Table:
        """Sums of groups, by one statement."""

    def unordered(
        self, columns: Mapping[str, Expression]
    ) -> AbstractContextManager[Iterable[pa.RecordBatch]]:
        """Columns of every row in any order, a batch at a time."""


def count_on_server(
    rows: ServerRows,
    plan: TallyPlan,
    families: Families | None,
    *,
    sizes: Mapping[str, int],
    reading: float | None,
    most_bytes: int = MOST_BYTES,
) -> Tally | Cube:
    """The counts of some rows, by whichever way is cheapest.

    Args:
        rows: the rows.
        plan: what to count, with the unit of weights.
        families: the sets of attributes that will be asked for; None if any may be.
        sizes: how many values each attribute has, about.
        reading: what reading a row costs, as a multiple of grouping it; None: rows are not read.
        most_bytes: the memory that counts may take.

    Raises:
        DataError: a label is outside the plan's classes, an attribute has too many values, a weight
            cannot be used.
        UsageError: the counts do not fit into memory.
    """
    plain = dense_columns(plan, rows.columns)
    chosen = choose_server_strategy(
        plan,
        families,
        rows=rows.rows,
        sizes=sizes,
        budget=most_bytes,
        reading=None if plain is None else reading,
    )
    reason = chosen.reason
    try:
        if families is not None and chosen.way is Way.GROUPED:
            return _by_sets(rows, plan, families, chosen, 2 * most_bytes)
        if families is not None and plain is not None and chosen.way is Way.READ:
            return _by_reading(rows, plan, families, chosen, plain, 2 * most_bytes)
    except (DenseLimitError, NotDenseError) as obstacle:
        reason = f"dense counts failed: {obstacle}"
    query = cell_query(plan, rows.columns)
    return replace(_tally(rows, plan, query), reason=reason)


def _by_sets(
    rows: ServerRows, plan: TallyPlan, families: Families, chosen: ServerStrategy, limit: int
) -> Cube:
    parts = []
    for shape in chosen.shapes:
        own, query = shape_query(plan, shape, rows.columns)
        parts.append((shape, _tally(rows, own, query)))
    return cube_of_cells(plan, families, parts, reason=chosen.reason, limit=limit)


def _by_reading(
    rows: ServerRows,
    plan: TallyPlan,
    families: Families,
    chosen: ServerStrategy,
    columns: Mapping[str, Expression],
    limit: int,
) -> Cube:
    strategy = Strategy(shapes=chosen.shapes, reason=chosen.reason)
    with rows.unordered(columns) as batches:
        return count_dense(plan, families, strategy, batches, texts=_texts, limit=limit)


def _tally(rows: ServerRows, plan: TallyPlan, query: CellQuery) -> Tally:
    cells = rows.grouped(query.keys, query.select)
    # Text is made of the few groups, not of the many rows.
    return tally_of(plan, as_texts(cells, list(query.text_keys)))


def _texts(values: Array) -> Sequence[str | None]:
    return list(as_texts(pa.table({"v": values}), ["v"])["v"].to_pylist())
