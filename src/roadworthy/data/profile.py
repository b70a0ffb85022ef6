"""A table at a glance: size, missing values and extremes of every column, found in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from roadworthy.data.engine import Table
from roadworthy.data.expression import (
    CastType,
    Expression,
    Value,
    case,
    cast,
    column,
    count,
    count_if,
    is_nan,
    is_null,
    maximum,
    minimum,
    total,
)
from roadworthy.errors import UsageError
from roadworthy.records.versions import Column

NUMBERS = frozenset({"integer", "real"})
PLAIN = frozenset({"integer", "real", "text", "boolean"})
"""Types whose values an expression can be compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column: rows in which it is missing (null or NaN), and its extremes.

    `low` and `high` are None where the column is all missing or its type has no plain values; of a
    boolean column they are 0 and 1.
    """

    column: Column
    missing: int
    low: Value = None
    high: Value = None

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProfile:
    """All columns, and how missing values crowd together in rows.

    `missing_squares` is the sum over rows of the squared number of missing values: from it follows
    how much the missing values of one row depend on each other.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]
    missing_squares: int

    @property
    def missing(self) -> int:
        """Missing values in the whole table."""
        return sum(item.missing for item in self.columns)

    def of(self, name: str) -> ColumnProfile:
        """The profile of one column."""
        return next(item for item in self.columns if item.name == name)


def present(item: Column) -> Expression:
    """The column's value; NaN is null, for both mean that nothing is known."""
    value = column(item.name)
    return case((is_nan(value), None), otherwise=value) if item.type == "real" else value


def is_missing(item: Column) -> Expression:
    """True where the column is null or NaN."""
    value = column(item.name)
    return is_null(value) | is_nan(value) if item.type == "real" else is_null(value)


def profile(table: Table, *, leave_out: Sequence[str] = ()) -> TableProfile:
    """Profile a table, but for the columns left out.

    Raises:
        UsageError: every column is left out.
    """
    columns = [item for item in table.columns if item.name not in leave_out]
    if not columns:
        raise UsageError(f"{table.name} has no column to describe")
    select: dict[str, Expression] = {"rows": count()}
    for place, item in enumerate(columns):
        select[f"missing-{place}"] = count_if(is_missing(item))
        if item.type in PLAIN:
            ordered = _ordered(item)
            select[f"low-{place}"] = minimum(ordered)
            select[f"high-{place}"] = maximum(ordered)
    absent = [case((is_missing(item), 1), otherwise=0) for item in columns]
    in_row: Expression = reduce(add, absent)
    select["squares"] = total(in_row * in_row)
    found = table.aggregate(select).to_pylist()[0]
    return TableProfile(
        rows=int(found["rows"]),
        columns=tuple(
            ColumnProfile(
                column=item,
                missing=int(found[f"missing-{place}"] or 0),
                low=found.get(f"low-{place}"),
                high=found.get(f"high-{place}"),
            )
            for place, item in enumerate(columns)
        ),
        missing_squares=int(found["squares"] or 0),
    )


def _ordered(item: Column) -> Expression:
    value = present(item)
    return cast(value, CastType.INTEGER) if item.type == "boolean" else value
