"""Deterministic splits: which part a row falls into depends on its identifier alone.

Rows that share an identifier (a person's, a household's) stay together, adding rows moves no other
row, and every engine that knows MD5 makes the same parts. No randomness is involved.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum

from roadworthy.data.sql_names import quote_name
from roadworthy.errors import UsageError
from roadworthy.records.system import Split

_DIGITS = 16
_ONE = 1 << 4 * _DIGITS


def split_sql(split: Split) -> str:
    """The SELECT that keeps the rows of `split.of` whose hashed identifier falls into the part.

    >>> print(split_sql(Split(of="people", by="id", low=0.0, high=0.5)))
    SELECT * FROM "people"
    WHERE substr(md5(concat(coalesce(CAST("id" AS VARCHAR), '(missing)'), ':0')), 1, 16)
      < '8000000000000000'
    """
    text = f"coalesce(CAST({quote_name(split.by)} AS VARCHAR), '(missing)')"
    place = f"substr(md5(concat({text}, ':{split.seed:d}')), 1, {_DIGITS})"
    conditions = []
    if split.low > 0:
        conditions.append(f"{place}\n  >= '{_edge(split.low)}'")
    if split.high < 1:
        conditions.append(f"{place}\n  < '{_edge(split.high)}'")
    where = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {quote_name(split.of)}{where}"


def parts(of: str, by: str, shares: Mapping[str, float], *, seed: int = 0) -> dict[str, Split]:
    """Parts of a dataset by name, in these shares; together they hold each row exactly once.

    >>> found = parts("people", "id", {"train": 0.6, "validation": 0.2, "holdout": 0.2})
    >>> [(name, part.low, part.high) for name, part in found.items()]
    [('train', 0.0, 0.6), ('validation', 0.6, 0.8), ('holdout', 0.8, 1.0)]

    Raises:
        UsageError: a share is not positive, or they do not add up to 1.
    """
    if not shares or min(shares.values()) <= 0 or abs(fsum(shares.values()) - 1) > 1e-9:  # noqa: PLR2004 - rounding
        raise UsageError(f"expected positive shares that add up to 1, found {dict(shares)}")
    sizes = list(shares.values())
    inner = (round(fsum(sizes[:count]), 12) for count in range(1, len(sizes)))
    edges = [0.0, *inner, 1.0]
    return {
        name: Split(of=of, by=by, low=low, high=high, seed=seed)
        for name, low, high in zip(shares, edges, edges[1:], strict=False)
    }


def _edge(place: float) -> str:
    """A place in [0, 1) as hexadecimal digits, which sort as text as they do as numbers."""
    return f"{int(place * _ONE):0{_DIGITS}x}"
