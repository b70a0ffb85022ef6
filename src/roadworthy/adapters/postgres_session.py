"""`PostgresSession`: one read-only transaction on a server, its answers as Arrow.

All questions are asked within one transaction that sees one state of the database, so that every
number of an assessment is about the same rows, whoever writes meanwhile. The connection is closed,
and the transaction with it, when the last table that uses it is let go.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from roadworthy.adapters.sql_connection import SqlConnection
from roadworthy.adapters.sqlglot_printer import POSTGRES, SqlDialect
from roadworthy.errors import DataError, HostError, RoadworthyError, UsageError

BATCH = 10_000
"""Rows that are fetched at a time."""

_SETTINGS = (
    "SET LOCAL search_path = pg_catalog",  # what a name means is nobody's to change
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL standard_conforming_strings = on",
    "SET LOCAL jit = off",  # compiling a long CASE takes longer than it saves
)
_LOST = ("", "080", "57P")
"""How the codes of errors begin that end a connection; libpq's own errors have none."""

_ARROW: Mapping[int, pa.DataType] = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int64(),
    23: pa.int64(),
    25: pa.string(),
    700: pa.float32(),
    701: pa.float64(),
    705: pa.string(),  # a literal
    1082: pa.date32(),
    1083: pa.time64("us"),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", tz="UTC"),
    1700: pa.decimal128(38, 0),  # only totals of integers: decimal columns are read as doubles
}
"""The Arrow type of each type that our statements give, by its number in the catalogue."""


class PostgresSession:
    """A connection and its transaction, which only reads and sees one state of the database.

    Args:
        parameters: of the connection, as libpq calls them.

    Raises:
        HostError: the server cannot be reached or does not let the user in.
    """

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._secret = str(parameters.get("password") or "")
        with self.explained("cannot connect to PostgreSQL"):
            settings = {"application_name": "roadworthy", **parameters}
            self._connection: psycopg.Connection[Any] = psycopg.connect(**settings)
        self._closing = weakref.finalize(self, self._connection.close)
        self._connection.read_only = True
        self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._numbers = itertools.count()
        self._lock = threading.RLock()
        with self.explained("cannot begin to read from PostgreSQL"):
            state = "SELECT current_schemas(false), CAST(pg_current_snapshot() AS text)"
            (found,) = self._connection.execute(state).fetchall()
            self.schemas: Sequence[str] = found[0]
            self._snapshot: str = found[1]
            for setting in _SETTINGS:
                self._connection.execute(setting)

    def __repr__(self) -> str:
        return f"PostgresSession({self.place})"

    @property
    def place(self) -> str:
        """The user, server and database, without the password."""
        info = self._connection.info
        return f"{info.user}@{info.host}:{info.port}/{info.dbname}"

    @property
    def version(self) -> str:
        """The server's version, such as `18.4`."""
        return self._connection.info.parameter_status("server_version") or "of unknown version"

    @property
    def dialect(self) -> SqlDialect:
        """PostgreSQL's."""
        return POSTGRES

    def run(self, sql: str, *, about: str) -> pa.Table:
        """The rows of a statement; `about` opens the message if it fails.

        Raises:
            DataError: the server refuses the statement, or meets a value that it cannot handle.
            HostError: the connection is lost, or the server ran out of something.
        """
        with (
            self._lock,
            self.explained(about),
            self._connection.transaction(),
            self._connection.cursor(binary=True) as cursor,
        ):
            cursor.execute(sql.encode())
            return pa.Table.from_batches(list(_batches(cursor)))

    def look_up(self, sql: str, values: Sequence[object], *, about: str) -> list[tuple[Any, ...]]:
        """The rows of a statement about the catalogue, with values in place of `%s`."""
        with self._lock, self.explained(about), self._connection.transaction():
            found: list[tuple[Any, ...]] = self._connection.execute(sql.encode(), values).fetchall()
            return found

    @contextmanager
    def stream(self, sql: str, *, about: str) -> Iterator[Iterator[pa.RecordBatch]]:
        """The rows of a statement through a cursor on the server, a batch at a time."""
        name = f"roadworthy_{next(self._numbers)}"
        with (
            self._lock,
            self.explained(about),
            self._connection.transaction(),
            self._connection.cursor(name) as cursor,
        ):
            cursor.execute(sql.encode(), binary=True)
            yield _batches(cursor)

    def reaches(self, other: SqlConnection) -> bool:
        """True for the same database in the same state, seen by the same user."""
        return (
            isinstance(other, PostgresSession)
            and other.place == self.place
            and other._snapshot == self._snapshot  # noqa: SLF001 - the same class
        )

    def close(self) -> None:
        """End the transaction and the connection; tables that use it cannot be read any more."""
        self._closing()

    @contextmanager
    def explained(self, about: str) -> Iterator[None]:
        """Errors of the server and of the connection as ours, quoted after `about`."""
        try:
            yield
        except RoadworthyError:
            raise
        except psycopg.Error as error:
            connected = hasattr(self, "_connection")
            raise _explain(error, about, self._secret, connected=connected) from None


def connection_parameters(conninfo: str, **further: object) -> dict[str, Any]:
    """What libpq makes of a URL or of `key=value` pairs, with further parameters.

    Raises:
        UsageError: it is neither; the message does not repeat it, as it may hold a password.
    """
    try:
        return dict(conninfo_to_dict(conninfo, **further))
    except psycopg.ProgrammingError:
        raise UsageError(
            "the address of the database cannot be read; expected "
            "postgresql://USER@HOST:PORT/DATABASE, with special characters percent-encoded"
        ) from None


def _explain(error: psycopg.Error, about: str, secret: str, *, connected: bool) -> RoadworthyError:
    said = error.diag.message_primary or str(error).strip()
    text = said.replace(secret, "***") if secret else said
    match error:
        case errors.InsufficientPrivilege():
            return DataError(f"{about}: {text}; ask the owner to GRANT SELECT ON it to you")
        case errors.InvalidPassword() | errors.InvalidAuthorizationSpecification():
            return HostError(f"{about}: {text}; check the user and the password")
        case errors.InvalidCatalogName():
            return DataError(f"{about}: {text}; check the name of the database")
        case errors.DiskFull() | errors.OutOfMemory():
            return HostError(f"{about}: the server ran out of room: {text}")
        case errors.QueryCanceled():
            return HostError(
                f"{about}: the server ended the statement: {text}; if that was its "
                f"statement_timeout, ask for a longer one for this user, or name a smaller view"
            )
        case psycopg.Error() if connected and _is_lost(error):
            return HostError(
                f"{about}: {text}; the connection is lost, and with it the state of the rows that "
                f"was measured: run it again when the server answers"
            )
        case psycopg.OperationalError() if error.sqlstate is None:
            return HostError(
                f"{about}: {text}; check that the server runs, that host, port, user and database "
                f"are right, and that the password stands in ~/.pgpass or PGPASSWORD"
            )
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return HostError(f"{about}: {text}")
    return DataError(f"{about}: {text}")


def _is_lost(error: psycopg.Error) -> bool:
    """True if the error is the end of the connection, whoever ended it."""
    ends = psycopg.OperationalError | psycopg.InterfaceError
    patience = errors.IdleInTransactionSessionTimeout
    state = error.sqlstate or ""
    return isinstance(error, patience) or (isinstance(error, ends) and state[:3] in _LOST)


def _batches(
    cursor: psycopg.Cursor[tuple[Any, ...]] | psycopg.ServerCursor[tuple[Any, ...]],
) -> Iterator[pa.RecordBatch]:
    rows = cursor.fetchmany(BATCH)
    schema = _schema(cursor)
    yield _batch(rows, schema)
    while len(rows) == BATCH:
        rows = cursor.fetchmany(BATCH)
        yield _batch(rows, schema)


def _schema(cursor: psycopg.Cursor[Any] | psycopg.ServerCursor[Any]) -> pa.Schema:
    return pa.schema(
        [(item.name, _ARROW.get(item.type_code, pa.string())) for item in cursor.description or ()]
    )


def _batch(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
