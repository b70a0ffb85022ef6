"""Which classes the columns of a table hold, and expressions that tell them apart on any engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.data.engine import Table
from roadworthy.data.expression import (
    Expression,
    Value,
    all_of,
    any_of,
    case,
    column,
    count,
    is_nan,
    is_null,
    one_of,
)
from roadworthy.data.profile import is_missing, present
from roadworthy.data.values import value_text
from roadworthy.errors import DataError
from roadworthy.stats.classes import class_number, class_of, same_class

MOST_CLASSES = 100
"""Columns of more values than this hold no classes."""

KINDS = ("text", "integer", "real", "boolean")
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """The values of a column that are not missing, each with its rows, the most frequent first."""

    column: str
    role: str
    counted: tuple[tuple[Value, int], ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The values as text."""
        return tuple(value_text(value) for value, _ in self.counted)

    @property
    def shown(self) -> str:
        """The most frequent values with their rows, for an error."""
        some = self.counted[:SHOWN]
        listed = ", ".join(f"{value_text(value)!r} ({rows:,} rows)" for value, rows in some)
        more = len(self.counted) - len(some)
        return f"{listed} and {more:,} more" if more else listed


def values_of(table: Table, name: str, *, role: str) -> Values:
    """The values of a column that holds classes.

    Raises:
        DataError: the column holds no plain values, or has none at all.
    """
    item = next(item for item in table.columns if item.name == name)
    if item.type not in KINDS:
        raise DataError(
            f"{role} column {name!r} holds values of type {item.type}; expected classes: text, "
            f"whole numbers or booleans"
        )
    found = table.aggregate({"rows": count()}, by={"value": present(item)}, where=~is_missing(item))
    pairs = zip(found["value"].to_pylist(), found["rows"].to_pylist(), strict=True)
    counted = sorted(pairs, key=lambda pair: (-int(pair[1] or 0), value_text(pair[0])))
    if not counted:
        raise DataError(
            f"{role} column {name!r} has no values: all {table.rows} rows are missing; "
            f"expected classes"
        )
    return Values(
        column=name, role=role, counted=tuple((value, int(rows or 0)) for value, rows in counted)
    )


def find_classes(columns: Sequence[Values], named: Sequence[str] = ()) -> tuple[str, ...]:
    """The classes that columns hold: those named, in their order, or all that occur.

    Classes that occur are numbers in ascending order, or else text in alphabetical order. A value
    of a later column may be the position of a class, if no class is a number.

    Raises:
        DataError: there are fewer than two classes or more than 100.
    """
    classes = list(named)
    for values in () if named else columns:
        for text in values.texts:
            known = class_of(text, classes, prediction=values.role == "prediction")
            if known is None and not any(same_class(text, other) for other in classes):
                classes.append(text)
    if not named:
        classes = _ordered(classes)
    if len(classes) > MOST_CLASSES:
        widest = max(columns, key=lambda values: len(values.counted))
        raise DataError(
            f"{widest.role} column {widest.column!r} has {len(widest.counted):,} values: "
            f"{widest.shown}; at most {MOST_CLASSES} classes are told apart. If it holds numbers "
            f"to predict, say task='regression'; otherwise put rare classes together"
        )
    if len(classes) < 2:  # noqa: PLR2004 - "at least two" is what the message says
        raise DataError(
            f"{columns[0].role} column {columns[0].column!r} has one class, {classes[0]!r}, and so "
            f"has every other column; expected at least two. Name them all with classes=[...]"
        )
    return tuple(classes)


def class_code(values: Values, classes: Sequence[str]) -> Expression:
    """The position of the class that a column's value means; null where it is missing.

    Raises:
        DataError: a value is none of the classes.
    """
    meant: dict[int, list[Value]] = {}
    strangers = []
    for value, rows in values.counted:
        code = class_of(value_text(value), classes, prediction=values.role == "prediction")
        if code is None:
            strangers.append((value, rows))
        else:
            meant.setdefault(code, []).append(value)
    if strangers:
        raise _strange(values, strangers, classes)
    name = column(values.column)
    return case(*((one_of(name, found), code) for code, found in sorted(meant.items())))


def any_missing(table: Table, names: Sequence[str]) -> Expression:
    """True where one of the columns is null or NaN."""
    types = {item.name: item.type for item in table.columns}
    absent = [
        is_null(column(name)) | is_nan(column(name))
        if types[name] == "real"
        else is_null(column(name))
        for name in names
    ]
    return any_of(absent)


def first_largest(names: Sequence[str], largest: Expression) -> Expression:
    """The position of the first column that holds the largest value; null if none does."""
    return case(*((column(name).eq(largest), code) for code, name in enumerate(names)))


def larger_pairs(names: Sequence[str]) -> list[Expression]:
    """The larger of each two neighbouring columns; of an odd number the last stands alone."""
    pairs = zip(names[::2], names[1::2], strict=False)
    found: list[Expression] = [
        case((column(left) >= column(right), column(left)), otherwise=column(right))
        for left, right in pairs
    ]
    return found + [column(name) for name in names[len(names) // 2 * 2 :]]


def beaten_by(names: Sequence[str], own: Expression, code: Expression) -> Expression:
    """How many columns come before a row's own: a larger value, or an equal one further left."""
    ahead = [
        case(
            (
                (column(name) > own) | all_of([column(name).eq(own), code > position]),
                1,
            ),
            otherwise=0,
        )
        for position, name in enumerate(names)
    ]
    found: Expression = ahead[0]
    for item in ahead[1:]:
        found = found + item
    return found


def _ordered(classes: Sequence[str]) -> list[str]:
    numbers = [class_number(value) for value in classes]
    if any(number is None for number in numbers):
        return sorted(classes)
    ranked = sorted(zip(numbers, classes, strict=True), key=lambda pair: pair[0] or 0.0)
    return [value for _, value in ranked]


def _strange(
    values: Values, strangers: Sequence[tuple[Value, int]], classes: Sequence[str]
) -> DataError:
    others = Values(column=values.column, role=values.role, counted=tuple(strangers))
    expected = ", ".join(map(repr, classes[: 2 * SHOWN]))
    more = f" and {len(classes) - 2 * SHOWN} more" if len(classes) > 2 * SHOWN else ""
    return DataError(
        f"{values.role} column {values.column!r} has values that are none of the classes: "
        f"{others.shown}; expected {expected}{more}, or missing. Map or drop the other values "
        f"first, or name every class"
    )
