"""Where a table lies, told from its path alone."""

from __future__ import annotations

import os
import re
from pathlib import Path

_USER = re.compile(r"(?<=://)[^/@]*:.*@")
"""A user with a password, which may hold a slash that somebody forgot to encode."""


def is_remote(data: str) -> bool:
    """True for an address in an object store.

    >>> is_remote("s3://bucket/cases.parquet"), is_remote("data/cases.parquet")
    (True, False)
    """
    return "://" in data


def without_secrets(data: str) -> str:
    """An address as messages and records may repeat it: without a password, and without a query.

    >>> without_secrets("s3://key:secret@bucket/cases.parquet?session_token=abc")
    's3://***@bucket/cases.parquet'
    >>> without_secrets("abfss://cases@account.dfs.core.windows.net/2024")
    'abfss://cases@account.dfs.core.windows.net/2024'
    """
    return _USER.sub("***@", data.partition("?")[0])


def is_delta(folder: Path) -> bool:
    """True for the folder of a Delta table, whose log says which of its files count."""
    return (folder / "_delta_log").is_dir()


def is_files(data: object) -> bool:
    """True for a path whose files are the table, so that their bytes are its version."""
    if not isinstance(data, str | os.PathLike):
        return False
    text = os.fspath(data)
    return not is_remote(text) and not is_delta(Path(text))
