"""The embedded store passes the examination, survives processes, and finds tampering."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from roadworthy.adapters.folder_store import FolderStore
from roadworthy.errors import DataError, HostError, TrustError
from roadworthy.records.canonical import to_bytes
from roadworthy.records.versions import DatasetVersion
from roadworthy.testing.store import OpenStore, StoreExamination, dataset

AT = datetime(2026, 1, 2, tzinfo=UTC)

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from roadworthy.adapters.folder_store import FolderStore
from roadworthy.testing.store import dataset
store = FolderStore(Path(sys.argv[1]))
for number in range(15):
    address = store.put(dataset(content=f"sha256:{sys.argv[2]}{number}"), name=sys.argv[2])
    store.put_bytes(b"shared artefact")
    store.append(event=sys.argv[2], subject=address, at=datetime(2026, 1, 1, tzinfo=UTC))
"""

ENDLESS = """
import itertools, sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from roadworthy.adapters.folder_store import FolderStore
from roadworthy.records.versions import FileEntry
from roadworthy.registry.store import Event
from roadworthy.testing.store import dataset
store, at = FolderStore(Path(sys.argv[1])), datetime(2026, 1, 1, tzinfo=UTC)
print("ready", flush=True)
for number in itertools.count(len(store.ledger())):
    data = b"%d" % number * 100_000
    entry = FileEntry(path="a", size=len(data), digest=store.put_bytes(data))
    record = replace(dataset(content=f"sha256:{number}"), files=(entry,))
    store.put(record, name="d", event=Event(event="added", at=at))
"""


class TestFolderStore(StoreExamination):
    """The embedded store, examined like every other."""

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> OpenStore:
        """Opens the store of this test's folder."""
        return lambda: FolderStore(tmp_path / ".roadworthy")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """A new store."""
    return FolderStore(tmp_path / ".roadworthy")


def test_processes_write_at_once_without_loss(tmp_path: Path) -> None:
    """Three processes that make one store at the same time lose nothing and keep the chain."""
    folder = tmp_path / ".roadworthy"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder), name]) for name in "abc"
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    store = FolderStore(folder)
    assert len(store.ledger()) == 45
    assert len(store.digests(DatasetVersion)) == 45
    assert sorted(store.names(DatasetVersion)) == ["a", "b", "c"]


def test_the_store_keeps_itself_out_of_version_control(store: FolderStore) -> None:
    """The folder ignores itself, so that nobody commits it by accident."""
    assert (store.folder / ".gitignore").read_text() == "*\n"


def test_nothing_is_left_beside_the_artefacts(store: FolderStore) -> None:
    """After writing there is one read-only file for each artefact and nothing else."""
    address = store.put_bytes(b"model")
    store.put_bytes(b"model")
    files = [path for path in (store.folder / "objects").rglob("*") if path.is_file()]
    assert files == [store.locate(address)]
    assert files[0].stat().st_mode & 0o222 == 0


def test_a_file_that_changes_while_it_is_stored_is_refused(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes are never kept under the digest of others, and nothing is left of the attempt."""
    source = tmp_path / "model.bin"
    source.write_bytes(b"model")

    def copy_late(given: Path, target: Path) -> None:
        del given
        target.write_bytes(b"other")

    monkeypatch.setattr("roadworthy.adapters.folder_store.shutil.copyfile", copy_late)
    with pytest.raises(DataError, match="changed while it was stored"):
        store.put_file(source)
    assert not [path for path in (store.folder / "objects").rglob("*") if path.is_file()]


def test_a_changed_artefact_is_found(store: FolderStore) -> None:
    """Bytes that were changed behind the store's back are never handed out."""
    address = store.put_bytes(b"model")
    path = store.locate(address)
    path.chmod(0o644)
    path.write_bytes(b"other")
    with pytest.raises(TrustError, match=r"was changed: expected sha256:.*found sha256:"):
        store.read(address)
    with pytest.raises(TrustError, match="was changed"):
        store.locate(address)


def _open(store: FolderStore) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(store.folder / "store.sqlite", isolation_level=None))


def test_a_changed_record_is_found(store: FolderStore) -> None:
    """A record that was changed in the file is never handed out."""
    address = store.put(dataset())
    with _open(store) as connection:
        connection.execute("UPDATE records SET bytes = ?", (to_bytes(dataset("other")),))
    with pytest.raises(TrustError, match=f"stored DatasetVersion {address} was changed"):
        store.get(DatasetVersion, address)


def test_the_ledger_table_refuses_changes(store: FolderStore) -> None:
    """The file itself refuses to change or drop an entry of the ledger."""
    store.append(event="added", subject="sha256:aa", at=AT)
    with _open(store) as connection:
        for statement in ("UPDATE ledger SET bytes = x'00'", "DELETE FROM ledger"):
            with pytest.raises(sqlite3.IntegrityError, match="the ledger is append-only"):
                connection.execute(statement)


def test_a_ledger_changed_by_force_names_the_bad_entry(store: FolderStore) -> None:
    """An entry that was dropped in spite of the guard is found and named."""
    for number in range(4):
        store.append(event=f"event-{number}", subject="sha256:aa", at=AT)
    with _open(store) as connection:
        connection.execute("DROP TRIGGER ledger_is_not_shortened")
        connection.execute("DELETE FROM ledger WHERE place = 1")
    with pytest.raises(TrustError, match=r"ledger entry 1 is missing: found entry 2 \('event-2'\)"):
        store.ledger()


def test_a_damaged_file_is_distrusted(tmp_path: Path) -> None:
    """A store whose file is not a database says so and does not touch it."""
    folder = tmp_path / ".roadworthy"
    folder.mkdir()
    (folder / "store.sqlite").write_bytes(b"this is not a database " * 100)
    with pytest.raises(TrustError, match="is damaged"):
        FolderStore(folder)


def test_a_newer_store_is_refused(store: FolderStore) -> None:
    """A store that a newer version made is not written to."""
    with _open(store) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(HostError, match="has format 99, and this Roadworthy knows format 1"):
        FolderStore(store.folder)


def test_a_store_that_cannot_be_made_names_the_cause(tmp_path: Path) -> None:
    """A file where the folder should be is a matter of the machine, in plain words."""
    (tmp_path / ".roadworthy").touch()
    with pytest.raises(HostError, match="could not make the store"):
        FolderStore(tmp_path / ".roadworthy")


def test_an_interrupted_write_is_rolled_back(store: FolderStore) -> None:
    """Ctrl-C within a transaction leaves the store as it was, and unlocked."""
    with (  # noqa: PT012 - the block is what is interrupted
        pytest.raises(KeyboardInterrupt),
        store._writing() as connection,
    ):
        connection.execute("INSERT INTO ledger (place, bytes) VALUES (0, x'00')")
        raise KeyboardInterrupt
    store.append(event="added", subject="sha256:aa", at=AT)
    assert [entry.event for entry in store.ledger()] == ["added"]


def test_a_killed_writer_leaves_a_whole_store(tmp_path: Path) -> None:
    """Killed at any moment: the chain holds, the ledger tells of each record, writing goes on."""
    folder = tmp_path / ".roadworthy"
    for pause in (0.0, 0.01, 0.03, 0.1):
        writer = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(folder)], stdout=subprocess.PIPE
        )
        with writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(pause)
            writer.kill()
        store = FolderStore(folder)
        told = [entry.subject for entry in store.ledger()]
        assert told == list(store.digests(DatasetVersion))
        for address in told:
            for entry in store.get(DatasetVersion, address).files:
                store.read(entry.digest)
    assert store.put_bytes(b"after") in store.put_bytes(b"after")


def test_a_locked_store_says_who_to_wait_for(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When another process holds the file too long, the message says so."""
    monkeypatch.setattr("roadworthy.adapters.folder_store._WAIT_SECONDS", 0.1)
    with _open(store) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HostError, match="another process kept it locked"):
            store.append(event="added", subject="sha256:aa", at=AT)
        other.execute("ROLLBACK")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_store_is_named(store: FolderStore) -> None:
    """A store without permission to write names the permission."""
    (store.folder / "store.sqlite").chmod(0o400)
    with pytest.raises(HostError, match="read-only"):
        store.put(dataset())
