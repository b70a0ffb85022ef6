"""The engine follows from the data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.adapters.engines import engine_for
from roadworthy.adapters.postgres import PostgresEngine
from roadworthy.errors import HostError, UsageError


@pytest.mark.parametrize(
    "data", ["loans.parquet", Path("postgresql"), ["a.csv", "b.csv"], pa.table({"a": [1]}), 7]
)
def test_all_else_is_for_the_embedded_engine(data: object) -> None:
    """Files, frames and what nobody knows go to the embedded engine, which says what is wrong."""
    assert isinstance(engine_for(data, embedded=DuckDBEngine), DuckDBEngine)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_urls_choose_postgresql(scheme: str) -> None:
    """A URL of a database chooses its engine, before anything is opened."""
    url = f"{scheme}://ada@example.org/bank?table=loans"
    assert isinstance(engine_for(url, embedded=DuckDBEngine), PostgresEngine)


def test_open_tables_choose_their_engine(postgres: Any) -> None:
    """A table that is open already goes to the engine that it came from."""
    table = PostgresEngine().open(postgres.put(pa.table({"a": [1]})))
    engine = engine_for(table, embedded=DuckDBEngine)
    assert engine.open(table) is table
    assert engine.name == f"postgresql {table.version}"


def test_lists_hold_no_tables_of_databases() -> None:
    """Tables of a database are put together there."""
    parts = ["a.parquet", "postgresql://ada@example.org/bank?table=loans"]
    with pytest.raises(UsageError, match=r"a part that PostgreSQL opens; .* as a view"):
        engine_for(parts, embedded=DuckDBEngine)


@pytest.mark.parametrize(
    "url", ["mysql://ada:s3cret@h/bank", "mssql+pyodbc://ada:s3cret@h/d", "snowflake://a:s3cret@b"]
)
def test_other_databases_are_refused_in_words(url: str) -> None:
    """The address of a database that nothing here reads is answered with what is read."""
    with pytest.raises(UsageError, match=r"no engine reads tables of (mysql|mssql|snow)") as caught:
        engine_for(url, embedded=DuckDBEngine)
    assert "s3cret" not in str(caught.value)


def test_missing_extras_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its library an engine says what to install."""
    monkeypatch.delitem(sys.modules, "roadworthy.adapters.postgres")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(HostError, match=r"pip install 'roadworthy\[postgres\]'"):
        engine_for("postgresql://h/d?table=t", embedded=DuckDBEngine)
