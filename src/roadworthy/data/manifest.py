"""A dataset version is fixed by its bytes: which files, and which of them changed since.

The digest covers the content of the files, their paths below a common folder and the schema; the
dataset's name, the time and the folder are not part of it. A frame in memory is fixed by its
content (`roadworthy.data.content`) and has no files.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from roadworthy.data.content import digest_of_table
from roadworthy.data.engine import Engine, Table
from roadworthy.data.schema import check_roles
from roadworthy.errors import DataError
from roadworthy.records.manifest import Mismatch, MismatchKind, is_safe_path, manifest_digest
from roadworthy.records.versions import (
    ColumnRoles,
    DatasetVersion,
    FileEntry,
    Transformation,
)

DATA_SUFFIXES = frozenset(
    {".parquet", ".pq", ".csv", ".tsv", ".arrow", ".feather", ".ipc", ".json", ".jsonl", ".ndjson"}
)
"""The endings of files that count as data when a folder is read; `.gz` and `.zst` may follow."""


def digest_of_file(path: Path) -> tuple[str, int]:
    """The SHA-256 digest and the size of a file, read as a stream.

    Raises:
        DataError: the file is missing, unreadable, or changed while it was read.
    """
    try:
        with path.open("rb") as stream:
            before = os.fstat(stream.fileno())
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            after = os.fstat(stream.fileno())
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise DataError(f"{path} changed while it was read; try again when nothing writes to it")
    return f"sha256:{digest}", after.st_size


def find_files(sources: Iterable[Path]) -> tuple[Path, tuple[Path, ...]]:
    """The common folder of some files and folders, and every data file in them, sorted.

    A folder is read in depth; hidden folders are left out, and so are files that hold no data.

    Raises:
        DataError: a source is missing, a folder holds no data file, or a link in a folder leads out
            of it.
    """
    listed = [Path(os.path.abspath(source)) for source in sources]  # noqa: PTH100 - keeps links
    if not listed:
        raise DataError("expected at least one file or folder, found none")
    files: set[Path] = set()
    for source in listed:
        if source.is_dir():
            inside = _walk(source)
            if not inside:
                raise DataError(f"the folder {source} holds no data file such as .parquet or .csv")
            files.update(inside)
        elif source.is_file():
            files.add(source)
        else:
            raise DataError(f"there is no file or folder at {source}")
    return common_folder(s if s.is_dir() else s.parent for s in listed), tuple(sorted(files))


def common_folder(folders: Iterable[Path]) -> Path:
    """The folder that holds all of these; not one such as `year=2015`, whose name carries data."""
    root = Path(os.path.commonpath([str(folder) for folder in folders]))
    while "=" in root.name:
        root = root.parent
    return root


def list_files(sources: Iterable[Path]) -> tuple[FileEntry, ...]:
    """The manifest of some files and folders: path below their common folder, size and digest."""
    root, files = find_files(sources)
    entries = []
    for file in files:
        digest, size = digest_of_file(file)
        entries.append(FileEntry(path=file.relative_to(root).as_posix(), size=size, digest=digest))
    return tuple(entries)


def version_of_files(
    name: str,
    sources: Sequence[Path],
    table: Table,
    *,
    created: datetime,
    parents: Sequence[str] = (),
    transformation: Transformation | None = None,
    roles: ColumnRoles | None = None,
    sensitivity: str = "unclassified",
) -> DatasetVersion:
    """The version of the files that `table` was opened from.

    Raises:
        DataError: a file is missing, unreadable or changes meanwhile; a role names no column.
    """
    files = list_files(sources)
    check_roles(table.columns, roles)
    return DatasetVersion(
        name=name,
        digest=manifest_digest(files, table.columns),
        files=files,
        rows=table.rows,
        columns=table.columns,
        created=created,
        parents=tuple(parents),
        transformation=transformation,
        roles=roles,
        sensitivity=sensitivity,
    )


def version_of_table(
    name: str,
    table: Table,
    *,
    created: datetime,
    parents: Sequence[str] = (),
    transformation: Transformation | None = None,
    roles: ColumnRoles | None = None,
    sensitivity: str = "unclassified",
    origin: str | None = None,
) -> DatasetVersion:
    """The version of a table in memory or elsewhere, fixed by its content; it has no files.

    `origin` says where the rows were read.

    Raises:
        DataError: a role names no column of the table.
    """
    check_roles(table.columns, roles)
    return DatasetVersion(
        name=name,
        digest=digest_of_table(table),
        files=(),
        rows=table.rows,
        columns=table.columns,
        created=created,
        parents=tuple(parents),
        transformation=transformation,
        roles=roles,
        sensitivity=sensitivity,
        origin=origin,
    )


def version_of_written(
    name: str,
    table: Table,
    engine: Engine,
    path: Path,
    *,
    created: datetime,
    reader: Engine | None = None,
    parents: Sequence[str] = (),
    transformation: Transformation | None = None,
    roles: ColumnRoles | None = None,
    sensitivity: str = "unclassified",
) -> DatasetVersion:
    """Write a table as a Parquet file at `path` and give the version of that file.

    The version describes what was written: types are those that the file gives back. `engine`
    writes it, and `reader`, which is the same if not given, opens what was written.

    Raises:
        DataError: a role names no column of the table.
        HostError: the disk is full or the folder cannot be written.
    """
    check_roles(table.columns, roles)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine.write(table, str(path))
    return version_of_files(
        name,
        [path],
        (reader or engine).open(str(path), name=name),
        created=created,
        parents=parents,
        transformation=transformation,
        roles=roles,
        sensitivity=sensitivity,
    )


def verify_files(
    version: DatasetVersion, root: Path, *, whole: bool = True
) -> tuple[Mismatch, ...]:
    """Compare the files under `root` with the manifest, and name each that differs.

    Arguments:
        version: what was recorded.
        root: the folder that the recorded paths start from; or the file, if it is the only one.
        whole: also report data files that the manifest does not list. Say no if the dataset is a
            choice of files in a folder that holds others too.
    """
    if root.is_file() and len(version.files) == 1:
        entry = version.files[0]
        return tuple(_compare(entry, root))
    found = [mismatch for entry in version.files for mismatch in _check(entry, root)]
    if whole and root.is_dir():
        found += _added(version, root)
    return tuple(sorted(found, key=lambda mismatch: mismatch.path))


def _walk(folder: Path) -> list[Path]:
    """Every data file in a folder; refuses links that lead out of it."""
    inside = []
    top = folder.resolve()
    for place, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            item = Path(place, name)
            if item.is_symlink() and (_is_data(name) or item.is_dir()) and name[0] != ".":
                _check_link(item, top)
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        inside += [Path(place, name) for name in names if _is_data(name)]
    return inside


def _check_link(item: Path, top: Path) -> None:
    target = item.resolve()
    if item.is_dir():
        raise DataError(
            f"{item} is a link to the folder {target}; give that folder as a source of its own"
        )
    if not target.is_relative_to(top):
        raise DataError(
            f"{item} is a link that leads out of its folder, to {target}; copy the file instead"
        )
    if not target.is_file():
        raise DataError(f"{item} is a link to {target}, where there is no file")


def _is_data(name: str) -> bool:
    if name.startswith("."):
        return False
    suffixes = Path(name.lower()).suffixes
    if suffixes and suffixes[-1] in (".gz", ".zst"):
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in DATA_SUFFIXES


def _check(entry: FileEntry, root: Path) -> list[Mismatch]:
    if not is_safe_path(entry.path):
        return [
            Mismatch(
                kind=MismatchKind.UNSAFE,
                path=entry.path,
                found="a path that may leave the folder; it was not read",
                expected="a plain relative path",
            )
        ]
    path = root / entry.path
    target = path.resolve()
    if not target.is_relative_to(root.resolve()):
        return [
            Mismatch(
                kind=MismatchKind.UNSAFE,
                path=entry.path,
                found=f"a link that leads out of the folder, to {target}; it was not read",
                expected=entry.digest,
            )
        ]
    return _compare(entry, path)


def _compare(entry: FileEntry, path: Path) -> list[Mismatch]:
    if not path.is_file():
        kind, found = MismatchKind.MISSING, "a folder" if path.is_dir() else "nothing"
    else:
        digest, size = digest_of_file(path)
        if (digest, size) == (entry.digest, entry.size):
            return []
        kind, found = MismatchKind.CHANGED, _describe(digest, size)
    expected = _describe(entry.digest, entry.size)
    return [Mismatch(kind=kind, path=entry.path, found=found, expected=expected)]


def _added(version: DatasetVersion, root: Path) -> list[Mismatch]:
    listed = {entry.path for entry in version.files}
    found = []
    for place, folders, names in os.walk(root):
        folders[:] = sorted(folder for folder in folders if not folder.startswith("."))
        found += [
            Path(place, name).relative_to(root).as_posix() for name in names if _is_data(name)
        ]
    return [
        Mismatch(
            kind=MismatchKind.ADDED,
            path=path,
            found="a data file that was not recorded",
            expected="no such file",
        )
        for path in sorted(set(found) - listed)
    ]


def _describe(digest: str, size: int) -> str:
    return f"{size:,} bytes with {digest}"
