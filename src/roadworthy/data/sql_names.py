"""Names and texts in SQL: quoted, so that neither is ever anything else."""

from __future__ import annotations


def quote_name(name: str) -> str:
    """The name of a column or table as SQL.

    >>> print(quote_name('weird "name'))
    "weird ""name"
    """
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A text as SQL.

    >>> print(quote_text("it's"))
    'it''s'
    """
    return "'" + text.replace("'", "''") + "'"
