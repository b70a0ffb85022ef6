"""`PostgresEngine`: tables in PostgreSQL, asked by SQL where they live; only answers come here.

A table is opened by a URL that names it, or by its name alone in an engine that has the connection:

    engine.open("postgresql://ada@db.example.org/bank?table=lending.loans")
    PostgresEngine(host="db.example.org", dbname="bank", user="ada").open("lending.loans")

What the URL leaves out comes from where libpq takes it: PGHOST, PGPASSWORD, ~/.pgpass and so on.
Nothing is written on the server.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
import pyarrow as pa

from roadworthy.adapters.duckdb import DuckDBEngine, DuckDBTable
from roadworthy.adapters.local_copy import local_copy, shared_here
from roadworthy.adapters.parquet_writer import write_parquet
from roadworthy.adapters.postgres_catalog import find_relation, parse_table_name
from roadworthy.adapters.postgres_session import PostgresSession, connection_parameters
from roadworthy.adapters.sql_connection import Relation
from roadworthy.adapters.sql_table import SqlTable, inhabited
from roadworthy.data.batches import BatchFunction
from roadworthy.data.content import digest_of_parts
from roadworthy.data.engine import CsvOptions, Table
from roadworthy.data.sql_names import quote_name
from roadworthy.errors import UsageError

SCHEMES = ("postgresql://", "postgres://")
"""How the address of a table in PostgreSQL begins."""


class PostgresEngine:
    """Opens tables, views and foreign tables of a PostgreSQL database.

    Args:
        conninfo: a URL or `key=value` pairs, as libpq reads them, for tables opened by name.
        connection: an open connection of psycopg, whose address and credentials are used; it is
            itself left alone, so that temporary tables and what it has not committed are not seen.
        parameters: further parameters of libpq, such as `host`, `dbname` or `user`.

    Raises:
        UsageError: `conninfo` is no address of a database.
    """

    def __init__(
        self,
        conninfo: str = "",
        *,
        connection: psycopg.Connection[Any] | None = None,
        **parameters: object,
    ) -> None:
        if connection is not None:
            own = connection.info.get_parameters()
            parameters = {**own, "password": connection.info.password or None, **parameters}
        self._parameters = connection_parameters(conninfo, **parameters)
        self._local = DuckDBEngine()
        self._version = ""

    def __repr__(self) -> str:
        return "PostgresEngine()"  # what it was given may hold a password

    @property
    def name(self) -> str:
        """`postgresql`, and the version of the server that was opened last."""
        return f"postgresql {self._version}".strip()

    def open(
        self,
        data: object,
        *,
        name: str | None = None,
        csv: CsvOptions | None = None,  # noqa: ARG002 - there are no CSV files here
    ) -> PostgresTable:
        """Open a table by its URL, or by its name in the database that the engine was made with.

        Every table has a connection of its own and sees the database as it was when it was opened,
        whoever writes meanwhile, until it is let go.

        Raises:
            DataError: there is no such table, it may not be read, or it has no rows.
            HostError: the server cannot be reached or does not let the user in.
            UsageError: the object names no table.
        """
        if isinstance(data, PostgresTable):
            self._version = data.version
            return data
        if not isinstance(data, str) or not data.strip():
            raise UsageError(
                "expected a table's URL such as postgresql://USER@HOST/DATABASE?table=SCHEMA.TABLE "
                f"or the name of a table, found a {type(data).__name__}"
            )
        parameters, wanted = self._parameters, data
        if data.startswith(SCHEMES):
            address, wanted = _split(data)
            parameters = connection_parameters(address, **self._parameters)
        session = PostgresSession(parameters)
        relation, found = find_relation(session, parse_table_name(wanted))
        table = PostgresTable(session, relation, name or str(found), self._local)
        self._version = table.version
        inhabited(table)
        return table

    def transform(self, sql: str, inputs: Mapping[str, Table], *, name: str) -> DuckDBTable:
        """Run one SELECT of the embedded engine on copies of the inputs, made here.

        A server cannot promise that a statement sees its inputs and nothing else: other tables, the
        clock and chance are within its reach. So the rows are copied to a scratch file here, and
        the statement means what it means for files.

        Raises:
            DataError: the statement fails, or gives no rows; the message quotes DuckDB's.
        """
        copies = {
            key: table.copied if isinstance(table, PostgresTable) else table
            for key, table in inputs.items()
        }
        return self._local.transform(sql, copies, name=name)

    def write(self, table: Table, path: str | os.PathLike[str]) -> None:
        """Write a table as Parquet, whole or not at all, with the same bytes for the same rows.

        Raises:
            HostError: the disk is full or cannot be written to, or the connection is lost.
        """
        if not isinstance(table, PostgresTable):
            self._local.write(table, path)
            return
        with table.batches() as batches:
            first = next(batches)
            write_parquet(
                Path(path), first.schema, (b for part in ([first], batches) for b in part)
            )


class PostgresTable(SqlTable):
    """Rows that PostgreSQL reads; each question is one statement.

    Rows come in the order of the primary key; without one, in that of their places on disk, which
    lasts until somebody writes; those of views and foreign tables in the order of their values.
    """

    def __init__(
        self, session: PostgresSession, relation: Relation, name: str, local: DuckDBEngine
    ) -> None:
        super().__init__(session, relation, name)
        self._session = session
        self._local = local

    @property
    def version(self) -> str:
        """The server's version, such as `18.4`."""
        return self._session.version.split(" ")[0]

    @cached_property
    def copied(self) -> DuckDBTable:
        """The rows in a scratch file here, read once through a cursor, in their order."""
        with self.batches() as batches:
            return local_copy(self._local, batches, name=self.name)

    def with_columns(self, columns: pa.Table) -> DuckDBTable:
        """A copy of the rows on this machine with further columns beside it, row by row in order.

        Raises:
            UsageError: the numbers of rows differ, or a name is taken.
        """
        return self.copied.with_columns(columns)

    def map_batches(
        self, function: BatchFunction, *, reads: Sequence[str], adds: pa.Schema
    ) -> DuckDBTable:
        """A copy of the rows on this machine with the columns that a function makes of batches.

        Raises:
            DataError: a column to read is missing.
            UsageError: a name is taken, or the function makes something else than `adds`.
            HostError: a worker ended before its work was done.
        """
        self._check_columns(reads)
        self._check_new(adds.names)
        return self.copied.map_batches(function, reads=reads, adds=adds)

    def digest(self) -> str:
        """The digest of the rows in any order, computed on the server.

        Each row is hashed with SHA-256, and the sorted hashes again, in 256 parts: rows of other
        values, or another number of the same rows, give another digest.
        """
        listed = ", ".join(quote_name(item.name) for item in self.columns)
        hashed = (
            f"SELECT sha256(convert_to(CAST(ROW({listed}) AS text), 'UTF8')) AS h FROM {self._from}"
        )
        parts = self._run(
            "SELECT get_byte(h, 0) AS part, COUNT(*) AS n, "
            "encode(sha256(string_agg(h, ''::bytea ORDER BY h)), 'hex') AS digest "
            f"FROM ({hashed}) AS r GROUP BY 1 ORDER BY 1"
        )
        return digest_of_parts("postgresql-rows/1", self.columns, parts.to_pylist())

    def _shared_here(self, other: Table, columns: Sequence[str]) -> int:
        """What `shared` gives for a table elsewhere: these columns are compared here."""
        return shared_here(self._local, self, other, columns)

    def _derived(self, sql: str, columns: tuple[Any, ...]) -> PostgresTable:
        relation = Relation(sql=sql, columns=columns, order=self._relation.order)
        return PostgresTable(self._session, relation, self._name, self._local)


def _split(url: str) -> tuple[str, str]:
    """The address of the database, and the table that the URL names."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    named = [value for key, value in query if key == "table"]
    if len(named) != 1:
        raise UsageError(
            f"the URL names {len(named) or 'no'} tables; expected one, as in "
            f"postgresql://USER@HOST/DATABASE?table=SCHEMA.TABLE"
        )
    rest = urlencode([pair for pair in query if pair[0] != "table"], quote_via=quote)
    return urlunsplit(parts._replace(query=rest)), named[0]
