"""Reading rankings: the few columns that say who stands where, sorted in memory.

A place within a query is not something that a row can tell by itself, so unlike everything else
that is counted, rankings are read, as many rows as memory holds well.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.data.engine import Table
from roadworthy.data.expression import (
    CastType,
    Expression,
    case,
    cast,
    column,
    count,
    count_if,
    is_nan,
)
from roadworthy.data.group_keys import group_codes, group_key
from roadworthy.errors import DataError
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.ranked_lists import RankedLists

MAX_ROWS = 20_000_000
"""More rows than these are refused."""

_PREFIX = "_roadworthy_"


def order_column(roles: ColumnRoles) -> str | None:
    """The column that orders the rows of a query."""
    return roles.rank or roles.score or roles.prediction


def check_lists(table: Table, roles: ColumnRoles) -> None:
    """Refuse columns that cannot say who stands where.

    Raises:
        DataError: there are too many rows, or a label, score or rank is no number, is missing
            everywhere, or (a label) is negative.
    """
    if table.rows > MAX_ROWS:
        raise DataError(
            f"{table.name} has {table.rows:,} rows; rankings are read into memory, at most "
            f"{MAX_ROWS:,} rows of them. Assess a sample of the queries, all rows of each"
        )
    types = {item.name: item.type for item in table.columns}
    order = order_column(roles) or ""
    for name, role in ((roles.label, "label"), (order, "rank" if roles.rank else "score")):
        if name is None:
            continue
        if types[name] not in {"integer", "real", "boolean"}:
            raise DataError(
                f"{role} column {name!r} holds values of type {types[name]}; expected numbers"
            )
        number = _number(name)
        asked = {"present": count(number), "negative": count_if(number < 0.0)}
        found = table.aggregate(asked).to_pylist()[0]
        if not found["present"]:
            raise DataError(f"{role} column {name!r} has no values: all rows are missing")
        if role == "label" and found["negative"]:
            raise DataError(
                f"label column {name!r} has {found['negative']:,} negative values; the relevance "
                f"of a row is 0 or more"
            )


def read_lists(table: Table, roles: ColumnRoles, attributes: tuple[str, ...]) -> RankedLists:
    """The rows of each query from the first place to the last; without a query, of one list.

    Rows without a query, an order or a relevance are left out and counted.
    """
    types = {item.name: item.type for item in table.columns}
    wanted: dict[str, Expression] = {"order": _number(order_column(roles) or "")}
    if roles.label is not None:
        wanted["relevance"] = _number(roles.label)
    if roles.query is not None:
        wanted["query"] = group_key(roles.query, types[roles.query])
    wanted |= {f"key_{i}": group_key(name, types[name]) for i, name in enumerate(attributes)}
    made = {f"{_PREFIX}{name}": item for name, item in wanted.items()}
    rows = table.derive(made).read(list(made)).rename_columns(list(wanted))
    needed = [name for name in ("order", "relevance", "query") if name in wanted]
    whole = np.ones(rows.num_rows, dtype=bool)
    for name in needed:
        whole &= ~np.asarray(rows[name].is_null().to_numpy(), dtype=bool)
    mask = pa.array(whole)
    used = rows.filter(mask)
    named = [_sorted(*group_codes(used[f"key_{i}"])) for i in range(len(attributes))]
    order = _floats(used["order"])
    return RankedLists.of(
        _queries(used),
        order if roles.rank else -order,
        _floats(used["relevance"]) if roles.label is not None else None,
        [codes for _, codes in named],
        [names for names, _ in named],
        left_out=int((~whole).sum()),
    )


def _sorted(names: list[str], codes: NDArray[np.int64]) -> tuple[list[str], NDArray[np.int64]]:
    """The names in order, and the codes that fit."""
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    return [names[code] for code in order], place[codes]


def _number(name: str) -> Expression:
    value = cast(column(name), CastType.REAL)
    return case((is_nan(value), None), otherwise=value)


def _floats(values: pa.ChunkedArray[Any]) -> NDArray[np.float64]:
    return np.asarray(values.to_numpy(), dtype=np.float64)


def _queries(used: pa.Table) -> NDArray[np.int64]:
    if "query" not in used.column_names:
        return np.zeros(used.num_rows, dtype=np.int64)
    coded = used["query"].combine_chunks().dictionary_encode()
    return np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
