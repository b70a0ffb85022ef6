"""What is wrong with a CSV file, and its text as UTF-8."""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

from roadworthy.adapters.frames import check_unique
from roadworthy.errors import DataError, UsageError

_BLOCK = 1 << 20


def recode(path: str, encoding: str, target: Path) -> None:
    """Write the file's text to `target` as UTF-8.

    Raises:
        DataError: the file is not in that encoding.
        UsageError: there is no such encoding.
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise UsageError(f"no text encoding is called {encoding!r}") from error
    try:
        with target.open("w", encoding="utf-8", newline="") as out:
            for block in _blocks(path):
                out.write(decoder.decode(block))
            out.write(decoder.decode(b"", final=True))
    except UnicodeError as error:
        raise DataError(
            f"the CSV file {path!r} is not {encoding}: {error}; try another encoding"
        ) from error


def check_utf8(path: str) -> None:
    """Name the first byte of a file that is not UTF-8, if there is one.

    Raises:
        DataError: there is one.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = line = 0
    kept = b""
    for block in _blocks(path):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            at = error.start - len(kept)  # what an earlier block left over comes first
            line += block[: max(at, 0)].count(b"\n")
            raise DataError(
                f"the CSV file {path!r} is not UTF-8: byte 0x{error.object[error.start]:02x} at "
                f"offset {offset + at:,} (line {line + 1:,}). Save it as UTF-8, for "
                f"example: iconv -f latin1 -t utf-8 {path!r} > utf8.csv"
            ) from error
        kept = decoder.getstate()[0]
        offset += len(block)
        line += block.count(b"\n")


def check_header(path: str, names: list[str | None]) -> None:
    """Refuse a header that names a column twice, not at all, or that was not cut into columns.

    Raises:
        DataError: it does.
    """
    if None in names:
        place = names.index(None) + 1
        raise DataError(f"the CSV file {path!r} has no name for column {place} in its first line")
    check_unique(map(str, names), f"the CSV file {path!r}")
    if len(names) == 1 and any(mark in str(names[0]) for mark in ",;\t|"):
        raise DataError(
            f"the lines of the CSV file {path!r} have different numbers of fields, so it reads as "
            f"one column, {names[0]!r}; repair it, and put commas between the fields"
        )


def _blocks(path: str) -> Iterator[bytes]:
    with _open(path) as stream:
        while block := stream.read(_BLOCK):
            yield block


def _open(path: str) -> io.BufferedReader:
    if path.lower().endswith(".gz"):
        return io.BufferedReader(gzip.GzipFile(path, "rb"))
    return Path(path).open("rb")
