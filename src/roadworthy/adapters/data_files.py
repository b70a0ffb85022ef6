"""Which files a path means, and which kind they are."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

from roadworthy.errors import DataError


class FileKind(StrEnum):
    """How a data file is written."""

    PARQUET = "Parquet"
    CSV = "CSV"
    JSON = "JSON"
    ARROW = "Arrow IPC"


_KINDS = {
    ".parquet": FileKind.PARQUET,
    ".pq": FileKind.PARQUET,
    ".csv": FileKind.CSV,
    ".tsv": FileKind.CSV,
    ".json": FileKind.JSON,
    ".jsonl": FileKind.JSON,
    ".ndjson": FileKind.JSON,
    ".arrow": FileKind.ARROW,
    ".feather": FileKind.ARROW,
    ".ipc": FileKind.ARROW,
}
_COMPRESSED = (FileKind.CSV, FileKind.JSON)
_PICKLES = (".pkl", ".pickle", ".p", ".joblib")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFiles:
    """Files of one kind that make one table, in alphabetical order.

    `partitioned` is true if folders between the root and the files read `key=value`.
    """

    kind: FileKind
    paths: tuple[str, ...]
    partitioned: bool = False


def find_data_files(data: str | os.PathLike[str]) -> DataFiles:
    """The data files that a path, a folder or a glob pattern means.

    Raises:
        DataError: there is no such file, it is empty, or its kind is none that is read.
    """
    text = os.fspath(data)
    if "://" in text:
        return DataFiles(kind=_kind(Path(text)), paths=(text,))
    path = Path(text)
    if path.is_dir():
        return _folder(path)
    if path.exists():
        return _checked([path], root=path.parent)
    if glob.has_magic(text):
        # a pattern may be absolute or relative and may cross folders, which Path.glob refuses
        found = [Path(name) for name in sorted(glob.glob(text, recursive=True))]  # noqa: PTH207
        files = [item for item in found if item.is_file()]
        if not files:
            raise DataError(f"no file matches {text!r}")
        return _checked(files, root=Path(text[: text.index("*")] if "*" in text else text).parent)
    raise DataError(_missing(path))


def _folder(folder: Path) -> DataFiles:
    files = sorted(
        item
        for item in folder.rglob("*")
        if item.is_file() and not any(part[0] in "._" for part in item.relative_to(folder).parts)
    )
    data = [item for item in files if _known(item) is not None]
    if not data:
        held = _listed(item.name for item in files) or "nothing"
        raise DataError(
            f"the folder {str(folder)!r} has no data files (it holds {held}); expected "
            f"{_expected()}"
        )
    return _checked(data, root=folder)


def _checked(files: list[Path], *, root: Path) -> DataFiles:
    kinds = sorted({_kind(item) for item in files})
    if len(kinds) > 1:
        raise DataError(
            f"expected files of one kind, found {' and '.join(kinds)}: {_listed(map(str, files))}; "
            "name one kind by a pattern such as 'folder/*.parquet'"
        )
    for item in files:
        if item.stat().st_size == 0:
            raise DataError(f"the file {str(item)!r} is empty (0 bytes)")
    return DataFiles(
        kind=kinds[0],
        paths=tuple(map(str, files)),
        partitioned=any("=" in part for item in files for part in _between(item, root)),
    )


def _between(item: Path, root: Path) -> tuple[str, ...]:
    return item.parent.relative_to(root).parts if item.is_relative_to(root) else ()


def _known(path: Path) -> FileKind | None:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in (".gz", ".zst"):
        kind = _KINDS.get(suffixes[-2]) if len(suffixes) > 1 else None
        return kind if kind in _COMPRESSED else None
    return _KINDS.get(suffixes[-1]) if suffixes else None


def _kind(path: Path) -> FileKind:
    if path.suffix.lower() in _PICKLES:
        raise DataError(
            f"{str(path)!r} is a pickle, which can run any code when it is read, so it is never "
            "opened; save the table as Parquet instead"
        )
    kind = _known(path)
    if kind is None:
        ending = f"ends in {path.suffix!r}" if path.suffix else "has no ending"
        raise DataError(f"{str(path)!r} {ending}, a kind that is not read; expected {_expected()}")
    return kind


def _missing(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"no such file: {str(path)!r} (there is no folder {str(folder)!r} either)"
    names = sorted(item.name for item in folder.iterdir())
    near = get_close_matches(path.name, names, n=1, cutoff=0.6)
    hint = f"; did you mean {str(folder / near[0])!r}?" if near else ""
    files = [name for name in names if _known(Path(name)) is not None]
    held = f" Data files there: {_listed(files)}" if files else ""
    return f"no such file: {str(path)!r}{hint}{held}"


def _listed(names: Iterable[str], most: int = 10) -> str:
    found = list(names)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def _expected() -> str:
    return "one of " + ", ".join(_KINDS) + " (CSV and JSON also with .gz)"
