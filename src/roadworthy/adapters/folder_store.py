"""The embedded store: a `.roadworthy/` folder with one SQLite file and content-addressed files.

    .roadworthy/
    ├── .gitignore       the store is not part of a repository
    ├── store.sqlite     records, names, ledger
    └── objects/ab/...   artefacts, read-only, named by their SHA-256

Every operation opens its own connection, so one store object serves any number of threads and
processes. A write is one `BEGIN IMMEDIATE` transaction, flushed to the disk before it is confirmed.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from roadworthy.adapters.files import file_aside, host_errors, write_bytes
from roadworthy.data.manifest import digest_of_file
from roadworthy.errors import DataError, HostError, TrustError, UsageError
from roadworthy.records.canonical import digest_of_bytes, from_bytes, to_bytes
from roadworthy.records.record import Record
from roadworthy.records.release import LedgerEntry
from roadworthy.records.versions import FileEntry
from roadworthy.registry.ledger import next_entry, read_chain
from roadworthy.registry.store import Event

R = TypeVar("R", bound=Record)

_VERSION = 1
_WAIT_SECONDS = 30.0
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_TABLES = """
CREATE TABLE IF NOT EXISTS records (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    digest   TEXT NOT NULL UNIQUE,
    schema   TEXT NOT NULL,
    content  TEXT,
    bytes    BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS records_by_schema ON records (schema, sequence);
CREATE INDEX IF NOT EXISTS records_by_content ON records (schema, content);
CREATE TABLE IF NOT EXISTS names (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    schema   TEXT NOT NULL,
    name     TEXT NOT NULL,
    digest   TEXT NOT NULL REFERENCES records (digest)
) STRICT;
CREATE INDEX IF NOT EXISTS names_by_name ON names (schema, name, sequence);
CREATE TABLE IF NOT EXISTS ledger (
    place INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS ledger_is_not_changed BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS ledger_is_not_shortened BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""


class FolderStore:
    """A store in one folder, made when it is first opened.

    Raises:
        HostError: the folder cannot be made or written, or a newer Roadworthy made it.
        TrustError: the store's file is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._objects = folder / "objects"
        self._file = folder / "store.sqlite"
        with host_errors(f"make the store {folder}"):
            self._objects.mkdir(parents=True, exist_ok=True)
            if not (folder / ".gitignore").exists():
                write_bytes(folder / ".gitignore", b"*\n")
        self._prepare()

    def put(self, record: Record, *, name: str | None = None, event: Event | None = None) -> str:
        """Keep a record, its name and the ledger's entry, all or none; gives its digest."""
        kind = type(record)
        if not kind.schema:
            raise UsageError(f"a {kind.__name__} is a part of a record, not a record of its own")
        data = to_bytes(record)
        digest = digest_of_bytes(data)
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO records (digest, schema, content, bytes) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (digest) DO NOTHING",
                (digest, kind.schema, getattr(record, "digest", None), data),
            )
            if name is not None and _latest(connection, kind, name) != digest:
                connection.execute(
                    "INSERT INTO names (schema, name, digest) VALUES (?, ?, ?)",
                    (kind.schema, name, digest),
                )
            if event is not None:
                subject = event.subject or digest
                _append(connection, event.event, subject, name=event.name, at=event.at)
        return digest

    def get(self, kind: type[R], digest: str) -> R:
        """The record of this kind with this digest."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT bytes FROM records WHERE digest = ?", (digest,)
            ).fetchone()
        if row is None:
            raise UsageError(f"the store {self.folder} holds no {_words(kind)} {digest}")
        return _verified(kind, digest, row[0])

    def resolve(self, kind: type[Record], reference: str) -> str:
        """The digest that a name, a digest or the unique beginning of a digest stands for."""
        names = self.names(kind)
        if reference in names:
            return names[reference]
        known = self.digests(kind)
        wanted = reference if reference.startswith("sha256:") else f"sha256:{reference}"
        hexadecimal = wanted.removeprefix("sha256:")
        found = [digest for digest in known if hexadecimal and digest.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                f"{reference!r} is the beginning of {len(found)} digests of a {_words(kind)}; "
                "give more of it"
            )
        near = get_close_matches(reference, list(names), n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        listed = ", ".join(sorted(names)[:20]) or "none"
        raise UsageError(
            f"the store {self.folder} holds no {_words(kind)} named {reference!r}{hint} "
            f"Names found: {listed}"
        )

    def digests(self, kind: type[Record]) -> tuple[str, ...]:
        """The digests of all records of a kind, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT digest FROM records WHERE schema = ? ORDER BY sequence", (kind.schema,)
            ).fetchall()
        return tuple(row[0] for row in rows)

    def names(self, kind: type[Record]) -> Mapping[str, str]:
        """For each name of a kind, the digest of the record that it points at now."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT name, digest FROM names WHERE schema = ? ORDER BY sequence", (kind.schema,)
            ).fetchall()
        latest = dict(rows)
        return {name: latest[name] for name in sorted(latest)}

    def history(self, kind: type[Record], name: str) -> tuple[str, ...]:
        """Every digest that a name has pointed at, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT digest FROM names WHERE schema = ? AND name = ? ORDER BY sequence",
                (kind.schema, name),
            ).fetchall()
        return tuple(row[0] for row in rows)

    def with_content(self, kind: type[R], content: str) -> tuple[R, ...]:
        """The records whose own `digest` field is `content`, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT digest, bytes FROM records WHERE schema = ? AND content = ? "
                "ORDER BY sequence",
                (kind.schema, content),
            ).fetchall()
        return tuple(_verified(kind, digest, data) for digest, data in rows)

    def put_bytes(self, data: bytes) -> str:
        """Keep bytes and give their digest."""
        digest = digest_of_bytes(data)
        target = self._path(digest)
        if not target.exists():
            with file_aside(target, mode=0o444) as aside:
                aside.write_bytes(data)
        return digest

    def put_file(self, source: Path, *, path: str | None = None) -> FileEntry:
        """Keep a copy of a file; the entry is named `path`, or as the file is."""
        if not source.is_file():
            raise DataError(f"there is no file at {source}; nothing was stored")
        digest, size = digest_of_file(source)
        target = self._path(digest)
        if not target.exists():
            with file_aside(target, mode=0o444) as aside:
                shutil.copyfile(source, aside)
                if digest_of_file(aside)[0] != digest:
                    raise DataError(f"{source} changed while it was stored; try again")
        return FileEntry(path=path or source.name, size=size, digest=digest)

    def read(self, digest: str) -> bytes:
        """The bytes with this digest."""
        target = self._held(digest)
        with host_errors(f"read {target}"):
            data = target.read_bytes()
        if digest_of_bytes(data) != digest:
            raise TrustError(_changed(target, digest, digest_of_bytes(data)))
        return data

    def locate(self, digest: str) -> Path:
        """A read-only local file with this digest, verified before it is handed out."""
        target = self._held(digest)
        found, _ = digest_of_file(target)
        if found != digest:
            raise TrustError(_changed(target, digest, found))
        return target

    def append(self, *, event: str, subject: str, name: str = "", at: datetime) -> LedgerEntry:
        """Append an event to the ledger and give its entry."""
        with self._writing() as connection:
            return _append(connection, event, subject, name=name, at=at)

    def ledger(self) -> tuple[LedgerEntry, ...]:
        """Every entry, oldest first, with the whole chain verified."""
        with self._reading() as connection:
            rows = connection.execute("SELECT bytes FROM ledger ORDER BY place").fetchall()
        return read_chain(row[0] for row in rows)

    def _prepare(self) -> None:
        with self._connected() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > _VERSION:
                raise HostError(
                    f"the store {self.folder} has format {version}, and this Roadworthy knows "
                    f"format {_VERSION}; install a newer Roadworthy"
                )
            if version == _VERSION:
                return
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(
                f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT;"
            )

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self._file, timeout=_WAIT_SECONDS, isolation_level=None)
            try:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                yield connection
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise _plain(error, self._file) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as connection:
            yield connection

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise UsageError(f"expected a digest such as sha256:e3b0c4..., found {digest!r}")
        name = digest.removeprefix("sha256:")
        return self._objects / name[:2] / name[2:]

    def _held(self, digest: str) -> Path:
        target = self._path(digest)
        if not target.is_file():
            raise UsageError(f"the store {self.folder} holds no file {digest}")
        return target


def _append(
    connection: sqlite3.Connection, event: str, subject: str, *, name: str, at: datetime
) -> LedgerEntry:
    row = connection.execute("SELECT bytes FROM ledger ORDER BY place DESC LIMIT 1").fetchone()
    last = None if row is None else from_bytes(LedgerEntry, row[0])
    entry = next_entry(last, event=event, subject=subject, name=name, at=at)
    connection.execute(
        "INSERT INTO ledger (place, bytes) VALUES (?, ?)", (entry.index, to_bytes(entry))
    )
    return entry


def _latest(connection: sqlite3.Connection, kind: type[Record], name: str) -> str | None:
    row = connection.execute(
        "SELECT digest FROM names WHERE schema = ? AND name = ? ORDER BY sequence DESC LIMIT 1",
        (kind.schema, name),
    ).fetchone()
    return None if row is None else str(row[0])


def _words(kind: type[Record]) -> str:
    """A kind of record in words: dataset version."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).lower()


def _verified(kind: type[R], digest: str, data: bytes) -> R:
    if digest_of_bytes(data) != digest:
        raise TrustError(
            f"the stored {kind.__name__} {digest} was changed: its bytes now have the digest "
            f"{digest_of_bytes(data)}"
        )
    return from_bytes(kind, data)


def _changed(target: Path, expected: str, found: str) -> str:
    return f"the stored file {target} was changed: expected {expected}, found {found}"


def _plain(error: sqlite3.Error, file: Path) -> HostError | TrustError:
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return TrustError(f"the store's file {file} is damaged ({error}); restore it from a backup")
    causes = {
        sqlite3.SQLITE_FULL: "the disk is full; free some space and try again",
        sqlite3.SQLITE_BUSY: f"another process kept it locked for {_WAIT_SECONDS:.0f} s; try again",
        sqlite3.SQLITE_READONLY: "it is read-only; check its permissions",
        sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check the folder's permissions",
        sqlite3.SQLITE_PERM: "permission was denied; check its permissions",
        sqlite3.SQLITE_IOERR: "reading or writing failed; check the disk and its free space",
    }
    cause = causes.get(primary or -1, f"SQLite answered: {error}")
    return HostError(f"the store's file {file} could not be used: {cause}")
