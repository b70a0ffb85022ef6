"""Names in SQL text: quoted, so that a name is never anything else."""

from __future__ import annotations


def quoted(name: str) -> str:
    """The name as an SQL identifier.

    >>> quoted("age at entry")
    '"age at entry"'
    """
    return '"' + name.replace('"', '""') + '"'
