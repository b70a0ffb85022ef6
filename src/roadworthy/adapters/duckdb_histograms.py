"""Histograms of what DuckDB reads: straight from Parquet files, or as DuckDB streams the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from roadworthy.adapters.arrow_histograms import HistogramCounter
from roadworthy.adapters.duckdb_session import Session, Source, explained
from roadworthy.adapters.parquet_histograms import can_count, count_parquet
from roadworthy.adapters.sql import to_sql
from roadworthy.data.column_counts import ColumnGrid, Histogram
from roadworthy.data.expression import Expression
from roadworthy.data.sql_names import quote_name
from roadworthy.records.versions import Column
from roadworthy.stats.number_grid import NumberGrid

_BATCH = 1 << 16
_TYPES = {"real": "DOUBLE", "text": "VARCHAR", "boolean": "BOOLEAN"}


def count_source(
    session: Session,
    source: Source,
    grids: Mapping[str, ColumnGrid],
    columns: Mapping[str, Column],
    where: Expression | None,
    *,
    about: str,
) -> dict[str, Histogram]:
    """The histograms of some columns of a source, which is read once.

    Args:
        session: who reads.
        source: the rows.
        grids: what to count of which column.
        columns: those columns.
        where: count the rows that satisfy it; None counts all.
        about: opens the message if reading fails.
    """
    with explained(about):
        if where is None and can_count(source.parquet, grids):
            return count_parquet(source.parquet, grids)
    listed = ", ".join(_selected(columns[name], grid) for name, grid in grids.items())
    kept = "" if where is None else f" WHERE {to_sql(where)}"
    counter = HistogramCounter(grids)
    with (
        session.stream(
            f"SELECT {listed} FROM ({source.sql}) AS t{kept}", batch=_BATCH, about=about
        ) as batches,
        explained(about),
    ):
        for batch in batches:
            for place, name in enumerate(grids):
                counter.add(name, _in_64_bits(batch.column(place)))
    return counter.histograms()


def _selected(column: Column, grid: ColumnGrid) -> str:
    kind = "DOUBLE" if isinstance(grid, NumberGrid) else _TYPES.get(column.type)
    name = quote_name(column.name)
    return name if kind is None else f"CAST({name} AS {kind}) AS {name}"


def _in_64_bits(values: pa.Array[Any]) -> pa.Array[Any]:
    """Integers of 128 bits, which DuckDB gives as decimals, in 64."""
    return values.cast(pa.int64()) if pa.types.is_decimal(values.type) else values
