"""Files appear whole or not at all: written aside, flushed to the disk, then renamed.

Whatever interrupts a write (a full disk, Ctrl-C, a crash of the caller's code), the name that was
asked for holds either what it held before or the complete new content.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from roadworthy.errors import DataError, HostError, TrustError, UsageError
from roadworthy.records.manifest import is_safe_path

_CAUSES = {
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "the disk quota is used up; free some space and try again",
    errno.EFBIG: "the file would be larger than this machine allows; raise the file-size limit",
    errno.EACCES: "permission was denied; choose a folder you may write to",
    errno.EPERM: "permission was denied; choose a folder you may write to",
    errno.EROFS: "the file system is read-only; choose a folder you may write to",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another path",
    errno.EISDIR: "a folder stands there; choose another path",
    errno.EEXIST: "a part of the path is a file, not a folder; choose another path",
    errno.ENAMETOOLONG: "the name is too long for this file system; choose a shorter one",
    errno.EMFILE: "too many files are open; close some or raise the limit",
}


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, making its folder if need be.

    A device or a pipe (`/dev/stdout`, say) is written into: renaming a file over it would destroy
    it. A link stays a link, and what it leads to is written.

    Raises:
        HostError: the disk is full, permission is missing, or the machine fails otherwise.
    """
    if _is_special(path):
        with host_errors(f"write {path}"):
            path.write_bytes(data)
        return
    with file_aside(path.resolve() if path.is_symlink() else path) as aside:
        aside.write_bytes(data)


def write_folder(path: Path, files: Mapping[str, bytes], *, replace: bool = False) -> None:
    """Write a folder of files (by relative path) whole or not at all.

    Raises:
        UsageError: the folder exists, is not empty and `replace` is false; or a path leaves it.
        HostError: the machine cannot write it.
    """
    for name in files:
        if not is_safe_path(name):
            raise UsageError(f"cannot write {name!r} inside {path}: the path leaves the folder")
    with folder_aside(path, replace=replace) as aside:
        for name in files:
            target = aside / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files[name])


@contextmanager
def file_aside(path: Path, *, mode: int = 0o666) -> Iterator[Path]:
    """A temporary path beside `path`; when the block ends well, it becomes `path`."""
    with host_errors(f"write {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part"
        )
        os.close(descriptor)
        aside = Path(name)
        try:
            yield aside
            _flush(aside)
            aside.chmod(mode & ~_umask())
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        _flush(path.parent)


@contextmanager
def folder_aside(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """A temporary folder beside `path`; when the block ends well, it becomes `path`.

    With `replace`, a folder that stands there is set aside first, put back if the rename fails, and
    removed only when the new one is in place.
    """
    with host_errors(f"write {path}"):
        if not replace and path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise UsageError(f"{path} exists already; choose another folder or remove it first")
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(
            tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
        )
        try:
            yield aside
            _flush_tree(aside)
            aside.chmod(0o777 & ~_umask())
            _put_in_place(aside, path)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        _flush(path.parent)


class FolderFiles(Mapping[str, bytes]):
    """The files of a folder by relative path, read when they are asked for and never outside it.

    Raises:
        DataError: the folder does not exist.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise DataError(f"expected a folder at {folder}, found {_what_is(folder)}")
        self._folder = folder
        self._paths = tuple(
            sorted(
                item.relative_to(folder).as_posix()
                for item in folder.rglob("*")
                if item.is_symlink() or not item.is_dir()
            )
        )

    def __getitem__(self, path: str) -> bytes:
        """The bytes of one file.

        Raises:
            TrustError: the path is a link, or leads out of the folder.
        """
        if path not in self._paths:
            raise KeyError(path)
        target = self._folder / path
        if target.is_symlink() or not target.resolve().is_relative_to(self._folder.resolve()):
            raise TrustError(f"{path} is a link; a bundle holds plain files only")
        if not target.is_file():  # a pipe would keep whoever reads it waiting for ever
            raise TrustError(f"{path} is no plain file; a bundle holds plain files only")
        with host_errors(f"read {target}"):
            return target.read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


@contextmanager
def host_errors(doing: str) -> Iterator[None]:
    """Turn the operating system's refusals into a `HostError` that says what to do."""
    try:
        yield
    except MemoryError as error:
        raise HostError(f"could not {doing}: it does not fit into memory") from error
    except OSError as error:
        cause = _CAUSES.get(error.errno or 0, f"the system answered: {error.strerror or error}")
        raise HostError(f"could not {doing}: {cause}") from error


def _put_in_place(aside: Path, path: Path) -> None:
    if not path.exists():
        aside.rename(path)
        return
    before = Path(tempfile.mkdtemp(dir=path.parent, prefix=_prefix(path), suffix=".old"))
    path.replace(before / "folder")
    try:
        aside.rename(path)
    except BaseException:
        (before / "folder").replace(path)
        before.rmdir()
        raise
    shutil.rmtree(before, ignore_errors=True)


def _prefix(path: Path) -> str:
    return f".{path.name[:40]}."


def _flush_tree(folder: Path) -> None:
    for item in sorted(folder.rglob("*"), reverse=True):
        _flush(item)
    _flush(folder)


def _flush(path: Path) -> None:
    """Flush to the disk; some systems refuse this for folders, which is no loss there."""
    if path.is_symlink():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if path.is_dir():
            with suppress(OSError):
                os.fsync(descriptor)
        else:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _is_special(path: Path) -> bool:
    """True of what stands there and is neither a file nor a folder: a device, a pipe, a socket."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _what_is(path: Path) -> str:
    return "a file" if path.exists() else "nothing"
