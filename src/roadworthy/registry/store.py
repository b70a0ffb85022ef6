"""The store port: what Roadworthy asks of whatever keeps its records, artefacts and ledger.

Everything is addressed by the digest of its bytes, so putting a thing twice is putting it once, and
a store can never hand back other bytes than were put. A name points at the latest record of its
kind; what it pointed at before stays. Implementations must pass the examination in
`roadworthy.testing.store`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from roadworthy.records.record import Record
from roadworthy.records.release import LedgerEntry
from roadworthy.records.versions import FileEntry

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What the ledger is told of a record: what happened, when, and under which name.

    `subject` is the digest that the entry names, the record's own if None.
    """

    event: str
    at: datetime
    name: str = ""
    subject: str | None = None


class Store(Protocol):
    """Keeps records, artefacts and the ledger; safe for several threads and processes at once."""

    def put(self, record: Record, *, name: str | None = None, event: Event | None = None) -> str:
        """Keep a record and give its digest; `name`, if given, points at it from now on.

        With an `event`, the record, its name and the ledger's entry are kept together or not at
        all.

        Raises:
            HostError: the disk is full, or the store cannot be written.
        """

    def get(self, kind: type[R], digest: str) -> R:
        """The record of this kind with this digest.

        Raises:
            UsageError: the store does not hold it.
            TrustError: its bytes are not those that were put, or it is of another kind.
        """

    def resolve(self, kind: type[Record], reference: str) -> str:
        """The digest that a name, a digest or the unique beginning of a digest stands for.

        Raises:
            UsageError: nothing matches, or a beginning matches more than one record.
        """

    def digests(self, kind: type[Record]) -> tuple[str, ...]:
        """The digests of all records of a kind, oldest first."""

    def names(self, kind: type[Record]) -> Mapping[str, str]:
        """For each name of a kind, the digest of the record that it points at now."""

    def history(self, kind: type[Record], name: str) -> tuple[str, ...]:
        """Every digest that a name has pointed at, oldest first."""

    def with_content(self, kind: type[R], content: str) -> tuple[R, ...]:
        """The records whose own `digest` field is `content` (versions of the same bytes)."""

    def put_bytes(self, data: bytes) -> str:
        """Keep bytes and give their digest."""

    def put_file(self, source: Path, *, path: str | None = None) -> FileEntry:
        """Keep a copy of a file; the entry is named `path`, or as the file is.

        Raises:
            DataError: the file is missing or changed while it was read.
            HostError: the disk is full, or the store cannot be written.
        """

    def read(self, digest: str) -> bytes:
        """The bytes with this digest.

        Raises:
            UsageError: the store does not hold them.
            TrustError: they are not the bytes that were put.
        """

    def locate(self, digest: str) -> Path:
        """A read-only local file with this digest, verified before it is handed out.

        Raises:
            UsageError: the store does not hold it.
            TrustError: its bytes are not those that were put.
        """

    def append(self, *, event: str, subject: str, name: str = "", at: datetime) -> LedgerEntry:
        """Append an event to the ledger and give its entry."""

    def ledger(self) -> tuple[LedgerEntry, ...]:
        """Every entry, oldest first, with the whole chain verified.

        Raises:
            TrustError: an entry was changed, dropped or moved; the message names the first bad one.
        """
