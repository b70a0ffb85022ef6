"""A Parquet file that appears whole or not at all, with the same bytes for the same rows."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from roadworthy.data.batches import regrouped
from roadworthy.errors import HostError

ROW_GROUP = 131_072
"""Rows in a row group: a fixed number, so that bytes do not depend on how the rows arrived."""

_HOST = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EEXIST,
    errno.EFBIG,
    errno.EIO,
    errno.EISDIR,
    errno.ENOENT,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}


def write_parquet(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write batches in their order, aside first and then renamed.

    Raises:
        HostError: the disk is full or cannot be written to; nothing is left behind.
    """
    with written_aside(path) as aside, pq.ParquetWriter(aside, schema, compression="zstd") as out:
        for group in regrouped(batches, schema, ROW_GROUP):
            out.write_table(group, row_group_size=ROW_GROUP)


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A path beside `path` that takes its place if all goes well, and else leaves no trace."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        with aside.open("rb+") as written:
            os.fsync(written.fileno())
        aside.replace(path)
    except OSError as error:
        if error.errno in _HOST:
            raise HostError(
                f"cannot write {str(path)!r}: {os.strerror(error.errno)}; nothing was written"
            ) from error
        raise
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
