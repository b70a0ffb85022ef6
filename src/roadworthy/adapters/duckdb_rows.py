"""What `SqlTable` needs of DuckDB: who runs statements, and rows that are described when asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property

import pyarrow as pa

from roadworthy.adapters.duckdb_session import Session, Source, explained, logical_type
from roadworthy.adapters.sql import to_sql
from roadworthy.adapters.sql_connection import SqlConnection
from roadworthy.data.batches import BATCH
from roadworthy.data.expression import Expression
from roadworthy.data.sql_names import quote_name
from roadworthy.records.versions import Column


class DuckDBDialect:
    """DuckDB's SQL, from the printer that needs no library."""

    def quote(self, name: str) -> str:
        """A name in double quotes."""
        return quote_name(name)

    def print(self, node: Expression, kinds: Mapping[str, str]) -> str:
        """An expression; DuckDB needs no kinds."""
        del kinds
        return to_sql(node)


class DuckDBConnection:
    """Runs statements in a session."""

    dialect = DuckDBDialect()

    def __init__(self, session: Session) -> None:
        self.session = session

    def run(self, sql: str, *, about: str) -> pa.Table:
        """The rows of a statement; `about` opens the message if it fails."""
        return self.session.run(sql, about=about)

    @contextmanager
    def stream(self, sql: str, *, about: str) -> Iterator[Iterator[pa.RecordBatch]]:
        """The rows of a statement, a batch at a time; at least one batch, which may be empty."""
        with self.session.stream(sql, batch=BATCH, about=about) as reader:
            yield _batches(reader, about)

    def reaches(self, other: SqlConnection) -> bool:
        """True for the same session."""
        return isinstance(other, DuckDBConnection) and other.session is self.session


class DescribedRows:
    """The rows of a source, whose columns DuckDB tells when they are first asked for."""

    order = ()

    def __init__(self, session: Session, source: Source, name: str) -> None:
        self._session = session
        self._name = name
        self.sql = source.sql

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns in their order, with logical types."""
        about = f"cannot read {self._name}"
        described = self._session.run(f"DESCRIBE {self.sql}", about=about).to_pylist()
        return tuple(
            Column(name=row["column_name"], type=logical_type(row["column_type"]))
            for row in described
        )


def _batches(reader: pa.RecordBatchReader, about: str) -> Iterator[pa.RecordBatch]:
    """At least one batch; what fails in reading is said in our words."""
    with explained(about):
        yield next(reader, pa.RecordBatch.from_pylist([], reader.schema))
        yield from reader
