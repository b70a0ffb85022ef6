"""A manifest fixes a set of files by one digest; a mismatch says where the files are others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from roadworthy.records.canonical import canonical_json, digest_of_bytes
from roadworthy.records.record import JSON
from roadworthy.records.versions import Column, FileEntry


class MismatchKind(StrEnum):
    """What is wrong with a file."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    UNREADABLE = "unreadable"
    INCONSISTENT = "inconsistent"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One file that is not as it was recorded: which, how, what was found and what was expected."""

    kind: MismatchKind
    path: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.path}: {self.kind}; found {self.found}, expected {self.expected}"


def manifest_digest(files: Iterable[FileEntry], columns: Iterable[Column] = ()) -> str:
    """The digest of a set of files and of the schema of the table they hold.

    The order in which the files are listed does not matter. The name of a file that stands alone is
    not content, so a renamed file keeps its digest, unless a folder such as `year=2015`, which
    carries data, holds it; among several files the paths count.

    >>> one = FileEntry(path="a.csv", size=2, digest="sha256:aa")
    >>> renamed = FileEntry(path="b.csv", size=2, digest="sha256:aa")
    >>> manifest_digest([one]) == manifest_digest([renamed])
    True
    >>> manifest_digest([one, renamed]) == manifest_digest([renamed, one])
    True
    >>> parts = [FileEntry(path=f"year={y}/a.csv", size=2, digest="sha256:aa") for y in (1, 2)]
    >>> manifest_digest(parts[:1]) == manifest_digest(parts[1:])
    False
    """
    entries = sorted(files, key=lambda entry: entry.path)
    alone = len(entries) == 1
    listed: list[JSON] = [
        [_values_in(entry.path) if alone else entry.path, entry.size, entry.digest]
        for entry in entries
    ]
    schema: list[JSON] = [[column.name, column.type] for column in columns]
    return digest_of_bytes(canonical_json({"files": listed, "schema": schema}))


def _values_in(path: str) -> str:
    """The folders of a path that carry data, such as `year=2015`."""
    return "/".join(part for part in path.split("/")[:-1] if "=" in part)


def is_safe_path(path: str) -> bool:
    r"""True if the path is relative, in plain form and cannot leave the folder it is joined to.

    >>> is_safe_path("part/0.parquet")
    True
    >>> [is_safe_path(p) for p in ("../x", "/etc/passwd", "a/../b", "a//b", "", "a\\b", "C:x")]
    [False, False, False, False, False, False, False]
    """
    if not path or "\\" in path or ":" in path or "\0" in path:
        return False
    parts = path.split("/")
    return not PurePosixPath(path).is_absolute() and not {"", ".", ".."} & set(parts)
