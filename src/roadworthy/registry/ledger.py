"""The ledger: an append-only list of events, each chained to the one before by its digest.

Changing, dropping or reordering an entry breaks the chain at a place that `read_chain` names.
Dropping entries from the end leaves a shorter chain that is whole; it is found by comparing with a
digest of the last entry that was kept elsewhere (`head`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from roadworthy.errors import TrustError
from roadworthy.records.canonical import digest, digest_of_bytes, from_bytes, to_bytes
from roadworthy.records.release import LedgerEntry


def next_entry(
    last: LedgerEntry | None, *, event: str, subject: str, name: str = "", at: datetime
) -> LedgerEntry:
    """The entry that follows `last`, or the first one."""
    return LedgerEntry(
        index=0 if last is None else last.index + 1,
        previous=None if last is None else digest(last),
        event=event,
        subject=subject,
        name=name,
        at=at,
    )


def read_chain(lines: Iterable[bytes], *, head: str | None = None) -> tuple[LedgerEntry, ...]:
    """Read the entries from their bytes and check every link.

    Arguments:
        lines: the canonical bytes of the entries, oldest first.
        head: the digest that the last entry is known to have, if it was kept elsewhere.

    Raises:
        TrustError: an entry was changed, dropped or moved; the message names the first bad one.
    """
    entries: list[LedgerEntry] = []
    previous: str | None = None
    for place, line in enumerate(lines):
        entry = _read(place, line)
        _check_link(place, entry, previous)
        entries.append(entry)
        previous = digest_of_bytes(line)
    if head is not None and previous != head:
        raise TrustError(
            f"the ledger ends after {len(entries)} entries with {previous or 'nothing'}; expected "
            f"its last entry to be {head}. Entries were dropped from the end, or the last one was "
            "changed"
        )
    return tuple(entries)


def _read(place: int, line: bytes) -> LedgerEntry:
    try:
        entry = from_bytes(LedgerEntry, line)
    except TrustError as error:
        raise TrustError(f"ledger entry {place} cannot be read: {error}") from error
    if to_bytes(entry) != line:
        raise TrustError(f"ledger entry {place} is not in canonical form; its bytes were changed")
    return entry


def _check_link(place: int, entry: LedgerEntry, previous: str | None) -> None:
    if entry.index != place:
        raise TrustError(
            f"ledger entry {place} is missing: found entry {entry.index} ({entry.event!r}) in its "
            "place. An entry was dropped, added or moved"
        )
    if entry.previous != previous:
        before = f"entry {place - 1} is {previous}" if place else "there is none before it"
        raise TrustError(
            f"ledger entry {place} ({entry.event!r}) says that the entry before it is "
            f"{entry.previous}, but {before}. "
            + (f"Entry {place - 1} or {place} was changed" if place else "Entry 0 was changed")
        )
