"""`Session`: one DuckDB database in this process, and its errors in our words."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import threading
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from roadworthy.data.sql_names import quote_name
from roadworthy.errors import DataError, HostError, RoadworthyError, UsageError

_LONGEST_MESSAGE = 600


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Registered:
    """An Arrow object that a session knows by a name, for as long as this is held."""

    name: str
    data: Any = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Rows as a SELECT statement, with what another session would need to run it.

    Attributes:
        sql: the statement.
        registered: the objects that it names.
        paths: the files that it reads.
        parquet: the Parquet files whose rows these are, all of them and unchanged, if that is so.
    """

    sql: str
    registered: tuple[Registered, ...] = ()
    paths: tuple[str, ...] = ()
    parquet: tuple[str, ...] = ()


class Session:
    """A database in memory that spills to a folder of its own, removed with the session."""

    def __init__(
        self,
        *,
        threads: int | None = None,
        memory_limit: str | None = None,
        spill: Path | None = None,
    ) -> None:
        """Open the database; `spill` is the folder in which it makes its own."""
        with explained("the scratch folder cannot be made"):
            self.scratch = Path(tempfile.mkdtemp(prefix="roadworthy-", dir=spill))
        weakref.finalize(self, shutil.rmtree, self.scratch, ignore_errors=True)
        config = {
            "temp_directory": str(self.scratch / "spill"),
            # else a statement that names an extension would have it fetched from the network
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        config |= {"threads": str(threads)} if threads is not None else {}
        config |= {"memory_limit": memory_limit} if memory_limit is not None else {}
        try:
            self._connection = duckdb.connect(":memory:", config=config)
        except duckdb.Error as error:
            raise UsageError(f"DuckDB refuses {config!r}: {_quoted(error)}") from error
        with explained("the database cannot be opened"):
            self._connection.execute("SET python_enable_replacements = false")
            self._connection.execute("SET TimeZone = 'UTC'")
            self._connection.execute("SET enable_progress_bar = false")
        self.threads = threads
        self._lock = threading.RLock()
        self._numbers = itertools.count()
        self._dropped: deque[str] = deque()

    def run(self, sql: str, *, about: str) -> pa.Table:
        """The rows of a statement; `about` opens the message if it fails."""
        with self._lock, explained(about):
            self._forget()
            rows: pa.Table = self._connection.sql(sql).to_arrow_table()
            return rows

    def execute(self, sql: str, *, about: str) -> None:
        """Run a statement for its effect."""
        with self._lock, explained(about):
            self._forget()
            self._connection.execute(sql)

    @contextmanager
    def stream(self, sql: str, *, batch: int, about: str) -> Iterator[pa.RecordBatchReader]:
        """The rows of a statement, in batches, in order; `about` opens the message if it fails.

        Reading a batch may fail too, in DuckDB's words: `explained` belongs around that.
        """
        with self._lock:
            with explained(about):
                self._forget()
                rows = self._connection.sql(sql)
                # before DuckDB 2 the method had another name
                read = getattr(rows, "to_arrow_reader", None) or rows.fetch_arrow_reader
                reader = read(batch)
            try:
                yield reader
            finally:
                reader.close()  # an open result would block every later statement

    def register(self, data: pa.Table) -> Registered:
        """Make an Arrow table or dataset known to statements, until the result is let go."""
        held = Registered(f"registered_{next(self._numbers)}", data)
        with self._lock, explained("the table cannot be read"):
            self._connection.register(held.name, data)
        weakref.finalize(held, self._dropped.append, held.name)
        return held

    def adopt(self, source: Source) -> None:
        """Make another session's registered objects known here, for good."""
        for held in source.registered:
            self._connection.register(held.name, held.data)

    def new_file(self, suffix: str) -> Path:
        """A path in the scratch folder that is not in use."""
        return self.scratch / f"{next(self._numbers)}{suffix}"

    def _forget(self) -> None:
        """Unregister what was let go; not when it happens, which may be amid a statement."""
        while self._dropped:
            self._connection.unregister(self._dropped.popleft())


@contextmanager
def explained(about: str) -> Iterator[None]:
    """Errors of DuckDB, Arrow and the system as ours, their message quoted after `about`."""
    try:
        yield
    except RoadworthyError:
        raise
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except (duckdb.Error, pa.ArrowException, OSError, RuntimeError) as error:
        if "interrupted" in str(error).lower():
            raise KeyboardInterrupt from error
        raise _explain(error, about) from error


def select_all(name: str) -> str:
    """A statement for all rows of a table."""
    return f"SELECT * FROM {quote_name(name)}"


def _quoted(error: Exception) -> str:
    """The message without the excerpt of a statement that the user did not write."""
    text = str(error).split("\n\nLINE ")[0].strip()
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + " ..."


def _explain(error: Exception, about: str) -> RoadworthyError:
    text = _quoted(error)
    if "No space left on device" in text or "not enough disk space" in text.lower():
        return HostError(f"{about}: the disk is full; free some space and run it again ({text})")
    if isinstance(error, duckdb.OutOfMemoryException):
        return HostError(
            f"{about}: memory ran out; raise the engine's memory limit, or give it a folder with "
            f"more space to spill to ({text})"
        )
    if isinstance(error, duckdb.InternalException | duckdb.FatalException | PermissionError):
        return HostError(f"{about}: {text}")
    if isinstance(error, OSError) and not isinstance(error, pa.ArrowException | FileNotFoundError):
        return HostError(f"{about}: {text}")
    if type(error) is duckdb.Error:  # of no kind: what a reader says of bytes it cannot decode
        text = f"the bytes are damaged ({text})"
    return DataError(f"{about}: {text}")


_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


def logical_type(kind: str) -> str:
    """The logical type of a type of DuckDB."""
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return "other"
    if kind.removeprefix("U") in _INTEGERS:
        return "integer"
    if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        return "real"
    if kind in ("VARCHAR", "UUID", "TEXT") or kind.startswith("ENUM"):
        return "text"
    if kind == "BOOLEAN":
        return "boolean"
    if kind == '"NULL"':  # a column of nulls only: SQL gives it the type of an integer
        return "integer"
    return "time" if kind.startswith(("DATE", "TIME", "INTERVAL")) else "other"
