"""A dataset version is its bytes, and a changed byte is found and named."""

from __future__ import annotations

import hashlib
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.manifest import (
    digest_of_file,
    find_files,
    list_files,
    verify_files,
    version_of_files,
    version_of_table,
    version_of_written,
)
from roadworthy.errors import DataError
from roadworthy.records.canonical import from_bytes, to_bytes
from roadworthy.records.manifest import MismatchKind
from roadworthy.records.versions import ColumnRoles, DatasetVersion, FileEntry

AT = datetime(2026, 1, 2, tzinfo=UTC)
LATER = datetime(2027, 1, 2, tzinfo=UTC)
ENGINE = DuckDBEngine()
PEOPLE = pa.table({"age": [20, 30, None], "sex": ["f", "m", "f"]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dataset of three files of three kinds in two folders, and a file that is no data."""
    root = tmp_path / "people"
    (root / "more").mkdir(parents=True)
    pq.write_table(PEOPLE, root / "a.parquet")
    (root / "more" / "b.csv").write_text("age,sex\n40,f\n")
    feather.write_feather(PEOPLE, root / "c.arrow", compression="uncompressed")
    (root / "README.md").write_text("not data")
    return root


def version(root: Path, *, name: str = "people", created: datetime = AT) -> DatasetVersion:
    """The version of a folder, with the schema of its first file."""
    table = ENGINE.open(str(root / "a.parquet"))
    return version_of_files(name, [root], table, created=created)


def test_a_manifest_lists_path_size_and_digest(folder: Path) -> None:
    """Each data file is listed below the common folder, with its size and SHA-256."""
    entries = list_files([folder])
    assert [entry.path for entry in entries] == ["a.parquet", "c.arrow", "more/b.csv"]
    data = (folder / "more" / "b.csv").read_bytes()
    assert (entries[2].size, entries[2].digest) == (
        len(data),
        "sha256:" + hashlib.sha256(data).hexdigest(),
    )


def test_the_same_bytes_are_the_same_version(folder: Path, tmp_path: Path) -> None:
    """Neither the name nor the time nor the folder changes the digest."""
    elsewhere = tmp_path / "elsewhere" / "copy"
    shutil.copytree(folder, elsewhere)
    assert version(folder).digest == version(elsewhere, name="other", created=LATER).digest


def test_a_folder_and_its_files_are_the_same_version(folder: Path) -> None:
    """Naming a folder and naming each file in it, in any order, is the same."""
    files = [folder / "more" / "b.csv", folder / "c.arrow", folder / "a.parquet"]
    assert list_files(files) == list_files([folder])
    assert list_files([folder, *files]) == list_files([folder])


def test_a_renamed_file_that_stands_alone_is_the_same_version(tmp_path: Path) -> None:
    """The name of a dataset's only file is not content."""
    digests = set()
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("age\n1\n")
        path = tmp_path / name
        made = version_of_files("x", [path], ENGINE.open(str(path)), created=AT)
        digests.add(made.digest)
    assert len(digests) == 1


def test_a_moved_file_is_another_version(folder: Path) -> None:
    """Among several files the paths count, since folders such as `year=2015` carry data."""
    before = version(folder)
    (folder / "more").rename(folder / "others")
    assert version(folder).digest != before.digest


def test_an_untouched_dataset_has_no_mismatch(folder: Path) -> None:
    """What was recorded is found again, after a round trip of the record through its bytes."""
    recorded = from_bytes(DatasetVersion, to_bytes(version(folder)))
    assert verify_files(recorded, folder) == ()


def test_each_mismatch_is_named_with_what_was_found_and_expected(folder: Path) -> None:
    """A changed, a missing and an added file are each named; the rest is silent."""
    recorded = version(folder)
    before = (folder / "a.parquet").read_bytes()
    (folder / "a.parquet").write_bytes(before[:-1] + b"!")
    (folder / "more" / "b.csv").unlink()
    (folder / "more" / "new.csv").write_text("age\n")
    changed, missing, added = verify_files(recorded, folder)
    assert (changed.kind, changed.path) == (MismatchKind.CHANGED, "a.parquet")
    assert f"{len(before):,} bytes with sha256:" in changed.found
    assert (
        changed.found
        != changed.expected
        == f"{len(before):,} bytes with " + ("sha256:" + hashlib.sha256(before).hexdigest())
    )
    assert (missing.kind, missing.path, missing.found) == (
        MismatchKind.MISSING,
        "more/b.csv",
        "nothing",
    )
    assert (added.kind, added.path) == (MismatchKind.ADDED, "more/new.csv")
    assert str(missing).startswith("more/b.csv: missing; found nothing, expected 13 bytes with")


def test_other_files_are_no_matter_when_the_dataset_is_a_choice(folder: Path) -> None:
    """A dataset that is some files of a folder is not disturbed by the others."""
    table = ENGINE.open(str(folder / "a.parquet"))
    one = version_of_files("one", [folder / "a.parquet"], table, created=AT)
    assert [m.kind for m in verify_files(one, folder)] == [MismatchKind.ADDED] * 2
    assert verify_files(one, folder, whole=False) == ()
    assert verify_files(one, folder / "a.parquet") == ()


def test_a_file_in_place_of_a_folder_is_missing(folder: Path) -> None:
    """A folder where a file was is not the file."""
    recorded = version(folder)
    (folder / "a.parquet").unlink()
    (folder / "a.parquet").mkdir()
    (mismatch,) = verify_files(recorded, folder)
    assert (mismatch.kind, mismatch.found) == (MismatchKind.MISSING, "a folder")


@pytest.mark.parametrize("path", ["../secret.csv", "/etc/passwd", "a/../../secret.csv", "a\\b"])
def test_an_unsafe_path_is_never_read(folder: Path, path: str) -> None:
    """A recorded path that leads out of the folder is reported and not opened."""
    (folder.parent / "secret.csv").write_text("secret")
    entry = FileEntry(path=path, size=6, digest="sha256:00")
    forged = DatasetVersion(
        name="x", digest="sha256:00", files=(entry,), rows=1, columns=(), created=AT
    )
    (mismatch,) = verify_files(forged, folder, whole=False)
    assert mismatch.kind is MismatchKind.UNSAFE
    assert "it was not read" in mismatch.found


def test_a_link_that_leads_out_is_never_read(folder: Path) -> None:
    """A file that was replaced by a link to somewhere else is reported and not opened."""
    recorded = version(folder)
    original = folder / "a.parquet"
    moved = folder.parent / "a.parquet"
    original.rename(moved)
    original.symlink_to(moved)
    (mismatch,) = verify_files(recorded, folder)
    assert (mismatch.kind, mismatch.path) == (MismatchKind.UNSAFE, "a.parquet")


def test_links_out_of_a_folder_are_refused(folder: Path) -> None:
    """A folder that holds links out of it, to folders or to nothing is not a dataset."""
    (folder.parent / "secret.csv").write_text("age\n1\n")
    link = folder / "link.csv"
    link.symlink_to(folder.parent / "secret.csv")
    with pytest.raises(DataError, match=r"link\.csv is a link that leads out of its folder"):
        find_files([folder])
    link.unlink()
    link.symlink_to(folder / "absent.csv")
    with pytest.raises(DataError, match=r"link\.csv is a link to .*where there is no file"):
        find_files([folder])
    link.unlink()
    (folder / "again").symlink_to(folder)
    with pytest.raises(DataError, match="is a link to the folder"):
        find_files([folder])


def test_links_within_a_folder_and_hidden_folders_are_fine(folder: Path) -> None:
    """A link to a file beside it is that file; hidden folders are left out."""
    (folder / "same.csv").symlink_to(folder / "more" / "b.csv")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x.csv").write_text("age\n")
    _, files = find_files([folder])
    assert [file.name for file in files] == ["a.parquet", "c.arrow", "b.csv", "same.csv"]


def test_bad_sources_are_named(tmp_path: Path) -> None:
    """Nothing, a missing path and a folder without data are each refused in plain words."""
    with pytest.raises(DataError, match="expected at least one file or folder"):
        list_files([])
    with pytest.raises(DataError, match=r"no file or folder at .*absent\.csv"):
        list_files([tmp_path / "absent.csv"])
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DataError, match="holds no data file"):
        list_files([tmp_path])


def test_a_big_file_is_hashed_as_a_stream(tmp_path: Path) -> None:
    """A file larger than the memory it may take is hashed; here, a sparse one of 256 MiB."""
    path = tmp_path / "big.csv"
    with path.open("wb") as stream:
        stream.truncate(256 * 1024 * 1024)
    digest, size = digest_of_file(path)
    assert size == 256 * 1024 * 1024
    assert digest == "sha256:a6d72ac7690f53be6ae46ba88506bd97302a093f7108472bd9efc3cefda06484"


def test_a_file_that_changes_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digest of bytes that were half old and half new is never given."""
    path = tmp_path / "a.csv"
    path.write_text("age\n1\n")

    def writes_meanwhile(stream: object, kind: str) -> object:
        del stream
        path.write_text("age\n1\n2\n")
        return hashlib.new(kind)

    monkeypatch.setattr(hashlib, "file_digest", writes_meanwhile)
    with pytest.raises(DataError, match=r"a\.csv changed while it was read"):
        digest_of_file(path)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """What the system says about the file is passed on."""
    with pytest.raises(DataError, match=r"cannot read .*: Is a directory"):
        digest_of_file(tmp_path)


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "narrow"])
def test_a_frame_is_versioned_by_its_content(kind: str) -> None:
    """The same rows in a frame of any library are the same version, with no file to verify."""
    frames = {
        "pandas": lambda: pd.DataFrame({"age": [20, 30, 40], "sex": ["f", "m", None]}),
        "polars": lambda: pl.DataFrame({"age": [20, 30, 40], "sex": ["f", "m", None]}),
        "arrow": lambda: pa.table({"age": [20, 30, 40], "sex": ["f", "m", None]}),
        "narrow": lambda: pa.table(
            {"age": pa.array([20, 30, 40], pa.int8()), "sex": ["f", "m", None]}
        ),
    }
    made = version_of_table("people", ENGINE.open(frames[kind]()), created=AT)
    expected = version_of_table("x", ENGINE.open(frames["arrow"]()), created=LATER)
    assert made.digest == expected.digest
    assert (made.files, made.rows) == ((), 3)
    assert verify_files(made, Path("anywhere")) == ()


def test_a_written_frame_is_the_same_version_each_time(tmp_path: Path) -> None:
    """The engine writes the same bytes for the same rows, so a written frame has one version."""
    one = version_of_written(
        "p", ENGINE.open(PEOPLE), ENGINE, tmp_path / "1" / "a.parquet", created=AT
    )
    two = version_of_written(
        "q", ENGINE.open(PEOPLE), ENGINE, tmp_path / "b.parquet", created=LATER
    )
    assert one.digest == two.digest
    assert verify_files(one, tmp_path / "1") == ()
    assert [column.type for column in one.columns] == ["integer", "text"]


def test_roles_must_name_columns() -> None:
    """A role that names no column is refused with the nearest name."""
    roles = ColumnRoles(label="agee")
    with pytest.raises(
        DataError, match=r"label column 'agee' is not in the table; did you mean 'age'"
    ):
        version_of_table("people", ENGINE.open(PEOPLE), created=AT, roles=roles)


def test_real_files_keep_their_version(shared_data: Path, tmp_path: Path) -> None:
    """A real dataset copied elsewhere has the same version, and a flipped bit is found."""
    source = shared_data / "german_credit.parquet"
    made = version_of_files("german", [source], ENGINE.open(str(source)), created=AT)
    assert (made.rows, len(made.files)) == (1000, 1)
    copy = tmp_path / "copied.parquet"
    shutil.copyfile(source, copy)
    assert verify_files(made, copy) == ()
    data = bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(bytes(data))
    assert [m.kind for m in verify_files(made, copy)] == [MismatchKind.CHANGED]


def test_paths_may_be_relative(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path gives the same manifest as an absolute one."""
    monkeypatch.chdir(folder.parent)
    assert list_files([Path("people")]) == list_files([folder])
    assert os.listdir() == ["people"]  # noqa: PTH208 - the current folder
