"""`Release`: data, model, evidence and decision bound together by their digests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from roadworthy.records.record import Record
from roadworthy.records.versions import FileEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Record):
    """What was decided about which bytes; the root of a bundle.

    Digests name the records; `files` lists every file of the bundle but this one.
    """

    schema: ClassVar[str] = "roadworthy/release/1"

    system: str
    name: str
    datasets: tuple[str, ...]
    model: str | None = None
    assessment: str
    policy: str
    decision: str
    verdict: str
    files: tuple[FileEntry, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry(Record):
    """One line of the append-only ledger: what happened, chained to the line before it.

    `previous` is the digest of the entry before; `subject` is the digest of the record concerned.
    """

    schema: ClassVar[str] = "roadworthy/ledger-entry/1"

    index: int
    previous: str | None = None
    event: str
    subject: str
    name: str = ""
    at: datetime
