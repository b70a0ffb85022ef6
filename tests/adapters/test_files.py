"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from roadworthy.adapters.files import (
    FolderFiles,
    file_aside,
    folder_aside,
    write_bytes,
    write_folder,
)
from roadworthy.errors import DataError, HostError, TrustError, UsageError


def names(folder: Path) -> list[str]:
    """What lies in a folder, hidden files included."""
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The kernel refuses to let a file grow beyond `size`, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    """Folders on the way are made, and nothing is left beside the file."""
    write_bytes(tmp_path / "a" / "b" / "card.md", b"text\n")
    assert (tmp_path / "a" / "b" / "card.md").read_bytes() == b"text\n"
    assert names(tmp_path / "a" / "b") == ["card.md"]


def test_a_file_gets_the_usual_permissions(tmp_path: Path) -> None:
    """The file is as readable as any other new file, not as closed as a temporary one."""
    (tmp_path / "usual").touch()
    write_bytes(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    """What is no file (a pipe, a device) is written into; renaming over it would destroy it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_bytes(pipe, b"text\n")
        assert os.read(reader, 100) == b"text\n"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert names(tmp_path) == ["pipe"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What a link leads to is written, there or yet to be made."""
    for name in ("there", "new"):
        link = tmp_path / f"link-{name}"
        link.symlink_to(tmp_path / name)
        if name == "there":
            (tmp_path / name).write_bytes(b"before")
        write_bytes(link, b"after")
        assert link.is_symlink()
        assert (tmp_path / name).read_bytes() == b"after"


def test_a_full_disk_keeps_the_file_as_it_was(tmp_path: Path) -> None:
    """When the bytes do not fit, the old content stays and no partial file is left."""
    target = tmp_path / "report.html"
    write_bytes(target, b"before")
    with largest_file(1000), pytest.raises(HostError, match=r"could not write .*report\.html: the"):
        write_bytes(target, b"x" * 100_000)
    assert target.read_bytes() == b"before"
    assert names(tmp_path) == ["report.html"]


def test_a_full_disk_is_named_as_such(tmp_path: Path) -> None:
    """The message of a full disk says that it is full and what to do."""
    with (
        pytest.raises(HostError, match="the disk is full; free some space"),
        file_aside(tmp_path / "report.html"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert names(tmp_path) == []


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    """Ctrl-C between writing and renaming leaves no file, whole or partial."""
    with (  # noqa: PT012 - the block is what is interrupted
        pytest.raises(KeyboardInterrupt),
        file_aside(tmp_path / "report.html") as aside,
    ):
        aside.write_bytes(b"half")
        raise KeyboardInterrupt
    assert names(tmp_path) == []


def test_an_interrupt_leaves_the_old_folder(tmp_path: Path) -> None:
    """Ctrl-C while a folder is being replaced leaves the old one whole."""
    write_folder(tmp_path / "release", {"a.json": b"old"})
    with (  # noqa: PT012 - the block is what is interrupted
        pytest.raises(KeyboardInterrupt),
        folder_aside(tmp_path / "release", replace=True) as aside,
    ):
        (aside / "a.json").write_bytes(b"new")
        raise KeyboardInterrupt
    assert (tmp_path / "release" / "a.json").read_bytes() == b"old"
    assert names(tmp_path) == ["release"]


def test_a_failed_exchange_puts_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the new folder cannot take the old one's place, the old one stands there again."""
    write_folder(tmp_path / "release", {"a.json": b"old"})

    def refuse(path: Path, target: Path) -> Path:
        del path, target
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(HostError, match="the file system is read-only"):
        write_folder(tmp_path / "release", {"a.json": b"new"}, replace=True)
    assert dict(FolderFiles(tmp_path / "release")) == {"a.json": b"old"}
    assert names(tmp_path) == ["release"]


def test_a_missing_permission_is_named(tmp_path: Path) -> None:
    """A path through a file is refused with the cause in plain words."""
    (tmp_path / "file").touch()
    with pytest.raises(HostError, match="a part of the path is a file"):
        write_bytes(tmp_path / "file" / "report.html", b"")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_closed_folder_is_named(tmp_path: Path) -> None:
    """A folder that may not be written is refused with the cause in plain words."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(HostError, match="permission was denied"):
        write_bytes(closed / "report.html", b"")


def test_a_folder_stands_where_a_file_should(tmp_path: Path) -> None:
    """A folder is never replaced by a file."""
    (tmp_path / "report.html").mkdir()
    with pytest.raises(HostError, match="a folder stands there"):
        write_bytes(tmp_path / "report.html", b"")
    assert names(tmp_path) == ["report.html"]


def test_a_folder_is_written_whole(tmp_path: Path) -> None:
    """All files of a folder appear together, in their sub-folders."""
    write_folder(tmp_path / "release", {"a.json": b"1", "cards/model.md": b"2"})
    files = FolderFiles(tmp_path / "release")
    assert dict(files) == {"a.json": b"1", "cards/model.md": b"2"}
    assert names(tmp_path) == ["release"]


def test_a_folder_that_holds_something_is_kept(tmp_path: Path) -> None:
    """Without leave to replace, a folder with content is refused; an empty one is used."""
    (tmp_path / "empty").mkdir()
    write_folder(tmp_path / "empty", {"a": b"1"})
    with pytest.raises(UsageError, match="exists already"):
        write_folder(tmp_path / "empty", {"b": b"2"})
    assert dict(FolderFiles(tmp_path / "empty")) == {"a": b"1"}
    write_folder(tmp_path / "empty", {"b": b"2"}, replace=True)
    assert dict(FolderFiles(tmp_path / "empty")) == {"b": b"2"}
    assert names(tmp_path) == ["empty"]


@pytest.mark.parametrize("path", ["../out", "/etc/x", "a/../../x", ""])
def test_a_file_never_leaves_its_folder(tmp_path: Path, path: str) -> None:
    """A path that leads out of the folder is refused before anything is written."""
    with pytest.raises(UsageError, match="the path leaves the folder"):
        write_folder(tmp_path / "release", {"fine": b"", path: b""})
    assert names(tmp_path) == []


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    """A link is listed, so that it is noticed, and never read."""
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "a.json").symlink_to(tmp_path / "secret")
    files = FolderFiles(folder)
    assert list(files) == ["a.json"]
    with pytest.raises(TrustError, match=r"a\.json is a link"):
        files["a.json"]


def test_an_absent_folder_is_named(tmp_path: Path) -> None:
    """A bundle that is not there, or is a file, is said to be so."""
    with pytest.raises(DataError, match=r"expected a folder at .*found nothing"):
        FolderFiles(tmp_path / "absent")
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"expected a folder at .*found a file"):
        FolderFiles(tmp_path / "file")


def test_only_listed_paths_are_read(tmp_path: Path) -> None:
    """A path that is not in the listing does not exist, however it is spelled."""
    write_folder(tmp_path / "release", {"a.json": b"1"})
    files = FolderFiles(tmp_path / "release")
    assert len(files) == 1
    with pytest.raises(KeyError):
        files["../release/a.json"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    """Reading it would never end."""
    os.mkfifo(tmp_path / "policy.json")
    with pytest.raises(TrustError, match=r"policy\.json is no plain file"):
        FolderFiles(tmp_path)["policy.json"]
