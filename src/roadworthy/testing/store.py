"""The examination that every store must pass.

    class TestMyStore(StoreExamination):
        @pytest.fixture
        def open_store(self, tmp_path):
            return lambda: MyStore(tmp_path)

`open_store` opens the same store each time it is called, so that the examination can look twice.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import pytest

from roadworthy.errors import DataError, TrustError, UsageError
from roadworthy.records.canonical import digest, digest_of_bytes
from roadworthy.records.datasheet import Datasheet, Entry, Section
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Column, DatasetVersion, FileEntry
from roadworthy.registry.store import Event, Store

OpenStore: TypeAlias = Callable[[], Store]

_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_WRITES = 24
_ABSENT = "sha256:" + "0" * 64


def dataset(name: str = "people", content: str = "sha256:aa") -> DatasetVersion:
    """A small dataset version to put into a store."""
    return DatasetVersion(
        name=name,
        digest=content,
        files=(FileEntry(path="a.csv", size=2, digest="sha256:bb"),),
        rows=1,
        columns=(Column(name="age", type="integer"),),
        created=_AT,
    )


def datasheet() -> Datasheet:
    """A small record of another kind."""
    entry = Entry(key="purpose", section=Section.MOTIVATION, question="Why?")
    return Datasheet(dataset="sha256:aa", name="people", title="People", entries=(entry,), at=_AT)


class StoreExamination:
    """What must hold for every store."""

    @pytest.fixture
    def store(self, open_store: OpenStore) -> Store:
        """The store under examination."""
        return open_store()

    def test_a_record_comes_back_equal_and_by_its_digest(self, store: Store) -> None:
        """What is put is what is got, and its address is its canonical digest."""
        record = dataset()
        address = store.put(record)
        assert address == digest(record)
        assert store.get(DatasetVersion, address) == record

    def test_putting_twice_is_putting_once(self, store: Store) -> None:
        """The same record has one address and is listed once, and its name is not repeated."""
        assert store.put(dataset(), name="people") == store.put(dataset(), name="people")
        assert len(store.digests(DatasetVersion)) == 1
        assert len(store.history(DatasetVersion, "people")) == 1

    def test_a_part_of_a_record_is_refused(self, store: Store) -> None:
        """Only records that have a schema of their own are kept."""
        with pytest.raises(UsageError, match="FileEntry is a part of a record"):
            store.put(FileEntry(path="a", size=1, digest="sha256:aa"))

    def test_a_record_outlives_the_object_that_put_it(self, open_store: OpenStore) -> None:
        """Another opening of the same store finds the record, its name and the ledger."""
        address = open_store().put(dataset(), name="people")
        open_store().append(event="added", subject=address, name="people", at=_AT)
        again = open_store()
        assert again.get(DatasetVersion, address) == dataset()
        assert again.names(DatasetVersion) == {"people": address}
        assert [entry.event for entry in again.ledger()] == ["added"]

    def test_an_absent_record_is_misuse_with_its_digest(self, store: Store) -> None:
        """Asking for what was never put names what was asked for."""
        with pytest.raises(UsageError, match="holds no dataset version sha256:000"):
            store.get(DatasetVersion, _ABSENT)

    def test_a_record_of_another_kind_is_not_handed_out(self, store: Store) -> None:
        """A digest of one kind asked for as another is distrusted, naming both schemas."""
        address = store.put(datasheet())
        with pytest.raises(TrustError, match=r"dataset-version/1.*datasheet/1"):
            store.get(DatasetVersion, address)

    def test_a_name_moves_to_the_latest_record_and_keeps_its_history(self, store: Store) -> None:
        """A name points at what was put last; what it pointed at before stays, in order."""
        first = store.put(dataset(content="sha256:01"), name="people")
        second = store.put(dataset(content="sha256:02"), name="people")
        assert store.names(DatasetVersion) == {"people": second}
        assert store.history(DatasetVersion, "people") == (first, second)
        assert store.digests(DatasetVersion) == (first, second)
        store.put(dataset(content="sha256:01"), name="people")
        assert store.names(DatasetVersion) == {"people": first}
        assert store.history(DatasetVersion, "people") == (first, second, first)

    def test_kinds_do_not_share_names(self, store: Store) -> None:
        """The same name may point at one record of each kind."""
        version, sheet = store.put(dataset(), name="people"), store.put(datasheet(), name="people")
        assert store.names(DatasetVersion) == {"people": version}
        assert store.names(Datasheet) == {"people": sheet}
        assert store.names(Slice) == {}

    def test_a_reference_is_a_name_a_digest_or_its_beginning(self, store: Store) -> None:
        """All three lead to the same record, with and without `sha256:`."""
        address = store.put(dataset(), name="people")
        for reference in ("people", address, address[:15], address.removeprefix("sha256:")[:6]):
            assert store.resolve(DatasetVersion, reference) == address

    def test_an_unknown_reference_suggests_the_nearest_name(self, store: Store) -> None:
        """A mistyped name is answered with the name that was probably meant."""
        store.put(dataset(), name="people")
        with pytest.raises(UsageError, match=r"'peple'; did you mean 'people'\?"):
            store.resolve(DatasetVersion, "peple")

    def test_a_beginning_of_several_digests_is_refused(self, store: Store) -> None:
        """A beginning that fits more than one record is never guessed."""
        for number in range(20):
            store.put(dataset(content=f"sha256:{number:02}"))
        digits = [address.removeprefix("sha256:")[0] for address in store.digests(DatasetVersion)]
        shared = next(digit for digit in digits if digits.count(digit) > 1)
        with pytest.raises(UsageError, match="is the beginning of"):
            store.resolve(DatasetVersion, shared)

    def test_versions_of_the_same_bytes_are_found_by_content(self, store: Store) -> None:
        """Records are found by the content that they are versions of."""
        store.put(dataset("one", "sha256:01"))
        store.put(dataset("two", "sha256:01"))
        store.put(dataset("three", "sha256:02"))
        found = store.with_content(DatasetVersion, "sha256:01")
        assert [version.name for version in found] == ["one", "two"]
        assert store.with_content(DatasetVersion, "sha256:03") == ()

    def test_bytes_come_back_and_are_kept_once(self, store: Store, tmp_path: Path) -> None:
        """Bytes and a file with the same bytes have one address, and come back as they were."""
        data = b"model" * 1000
        source = tmp_path / "model.bin"
        source.write_bytes(data)
        entry = store.put_file(source, path="weights/model.bin")
        assert store.put_bytes(data) == entry.digest == digest_of_bytes(data)
        assert (entry.path, entry.size) == ("weights/model.bin", len(data))
        assert store.read(entry.digest) == data
        assert store.locate(entry.digest).read_bytes() == data

    def test_no_bytes_are_bytes_too(self, store: Store) -> None:
        """An empty artefact is kept like any other."""
        assert store.read(store.put_bytes(b"")) == b""

    def test_absent_bytes_are_misuse(self, store: Store) -> None:
        """Asking for bytes that were never put, or by something that is no digest, says so."""
        with pytest.raises(UsageError, match="holds no file sha256:000"):
            store.read(_ABSENT)
        with pytest.raises(UsageError, match=r"expected a digest .*'../../etc/passwd'"):
            store.read("../../etc/passwd")

    def test_an_absent_file_is_a_fault_of_the_data(self, store: Store, tmp_path: Path) -> None:
        """Storing a file that is not there names it."""
        with pytest.raises(DataError, match=r"no file at .*absent\.bin"):
            store.put_file(tmp_path / "absent.bin")

    def test_the_ledger_keeps_order_and_chain(self, store: Store) -> None:
        """Entries come back in their order, each naming the digest of the one before."""
        for number in range(5):
            store.append(event=f"event-{number}", subject=f"sha256:{number}", at=_AT)
        entries = store.ledger()
        assert [entry.event for entry in entries] == [f"event-{n}" for n in range(5)]
        assert entries[0].previous is None
        for before, after in pairwise(entries):
            assert after.previous == digest(before)

    def test_a_record_and_its_event_are_kept_together(self, store: Store) -> None:
        """The ledger tells of every record that is put with an event, and of no other."""
        address = store.put(dataset(), name="people", event=Event(event="added", at=_AT, name="n"))
        (entry,) = store.ledger()
        assert (entry.event, entry.subject, entry.name) == ("added", address, "n")
        store.put(datasheet(), event=Event(event="written", at=_AT, subject="sha256:aa"))
        assert store.ledger()[-1].subject == "sha256:aa"
        with pytest.raises(ValueError, match="time zone"):
            store.put(dataset("b"), name="b", event=Event(event="added", at=datetime(2026, 1, 1)))  # noqa: DTZ001 - the time that cannot be written
        assert store.digests(DatasetVersion) == (address,)
        assert store.names(DatasetVersion) == {"people": address}
        assert len(store.ledger()) == 2  # noqa: PLR2004 - one for each record

    def test_an_empty_ledger_is_empty(self, store: Store) -> None:
        """A new store has no history."""
        assert store.ledger() == ()

    def test_threads_write_at_once_without_loss(self, open_store: OpenStore) -> None:
        """Threads put and append through one store; everything is there, the chain is whole."""
        store = open_store()

        def work(number: int) -> None:
            address = store.put(dataset(content=f"sha256:{number}"), name=f"data-{number}")
            store.put_bytes(b"same bytes for all")
            store.append(event="added", subject=address, at=_AT)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(_WRITES)))
        assert len(store.ledger()) == len(store.names(DatasetVersion)) == _WRITES
