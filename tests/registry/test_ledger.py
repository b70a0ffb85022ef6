"""The ledger is a chain; whoever touches it is found, and the bad entry is named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.errors import TrustError
from roadworthy.records.canonical import digest, to_bytes
from roadworthy.records.release import LedgerEntry
from roadworthy.registry.ledger import next_entry, read_chain

AT = datetime(2026, 1, 2, tzinfo=UTC)


def chain(length: int) -> list[bytes]:
    """An honest ledger."""
    lines: list[bytes] = []
    last: LedgerEntry | None = None
    for number in range(length):
        last = next_entry(last, event=f"event-{number}", subject=f"sha256:{number}", at=AT)
        lines.append(to_bytes(last))
    return lines


def test_an_honest_chain_is_read_in_order() -> None:
    """Every entry comes back, in its place."""
    entries = read_chain(chain(3))
    assert [(entry.index, entry.event) for entry in entries] == [
        (0, "event-0"),
        (1, "event-1"),
        (2, "event-2"),
    ]
    assert read_chain([]) == ()


@given(st.integers(2, 12), st.data())
def test_dropping_an_entry_names_its_place(length: int, data: st.DataObject) -> None:
    """Whichever entry but the last is dropped, its place is named."""
    place = data.draw(st.integers(0, length - 2))
    lines = chain(length)
    del lines[place]
    with pytest.raises(TrustError, match=f"ledger entry {place} is missing"):
        read_chain(lines)


@given(st.integers(2, 12), st.data())
def test_swapping_two_entries_names_the_first(length: int, data: st.DataObject) -> None:
    """Entries that stand in another order are found at the first that is out of place."""
    lines = chain(length)
    first = data.draw(st.integers(0, length - 2))
    second = data.draw(st.integers(first + 1, length - 1))
    lines[first], lines[second] = lines[second], lines[first]
    with pytest.raises(TrustError, match=f"ledger entry {first} is missing"):
        read_chain(lines)


@given(st.integers(2, 12), st.data())
def test_rewriting_an_entry_is_found_at_the_next(length: int, data: st.DataObject) -> None:
    """An entry rewritten in valid form breaks the link after it, which names both."""
    place = data.draw(st.integers(0, length - 2))
    lines = chain(length)
    before = read_chain(lines)[place]
    lines[place] = to_bytes(
        LedgerEntry(
            index=before.index,
            previous=before.previous,
            event="forged",
            subject=before.subject,
            at=before.at,
        )
    )
    with pytest.raises(TrustError, match=f"Entry {place} or {place + 1} was changed"):
        read_chain(lines)


def test_rewriting_from_an_entry_on_needs_the_head() -> None:
    """A chain rewritten to its end, or cut short, is whole; a head kept elsewhere finds it."""
    lines = chain(4)
    head = digest(read_chain(lines)[-1])
    assert len(read_chain(lines, head=head)) == 4
    with pytest.raises(TrustError, match=r"ledger ends after 3 entries.*dropped from the end"):
        read_chain(lines[:-1], head=head)
    with pytest.raises(TrustError, match="ledger ends after 0 entries with nothing"):
        read_chain([], head=head)


def test_a_first_entry_that_claims_a_predecessor_is_named() -> None:
    """The chain starts with an entry that has none before it."""
    entry = LedgerEntry(index=0, previous="sha256:aa", event="x", subject="sha256:bb", at=AT)
    with pytest.raises(TrustError, match=r"there is none before it. Entry 0 was changed"):
        read_chain([to_bytes(entry)])


def test_unreadable_bytes_are_named_by_place() -> None:
    """Garbage, and JSON with other spacing, are found where they stand."""
    lines = chain(2)
    with pytest.raises(TrustError, match="ledger entry 1 cannot be read"):
        read_chain([lines[0], b"{"])
    with pytest.raises(TrustError, match="ledger entry 1 is not in canonical form"):
        read_chain([lines[0], lines[1].replace(b":", b": ", 1)])
