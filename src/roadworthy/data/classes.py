"""Which two values a binary column has, and which of them is the positive one."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.data.engine import Table
from roadworthy.data.expression import count
from roadworthy.data.profile import is_missing, present
from roadworthy.data.values import value_text
from roadworthy.errors import DataError, UsageError
from roadworthy.stats.classes import class_number, same_class

PAIRS = (
    ("0", "1"),
    ("0.0", "1.0"),
    ("false", "true"),
    ("no", "yes"),
    ("n", "y"),
    ("f", "t"),
    ("negative", "positive"),
    ("bad", "good"),
    ("rejected", "approved"),
)
"""Pairs of values, negative first, whose meaning needs no explanation; compared without case."""

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """The two values of a label, as text."""

    negative: str
    positive: str

    @property
    def ordered(self) -> tuple[str, str]:
        """Negative first, as a tally numbers them."""
        return (self.negative, self.positive)


def binary_classes(
    table: Table, column: str, *, positive: str | None, role: str, predicted: str | None = None
) -> Classes:
    """Find the two values of `column` and which of them is positive.

    Args:
        table: the table.
        column: a column with two values; missing values are left aside.
        positive: the positive value as text, or None to recognise common pairs (0/1, no/yes,
            false/true, bad/good, `<=50K`/`>50K`).
        role: what errors call the column.
        predicted: a column of predictions, which shows the second value where `column` has one.

    Raises:
        DataError: the column is all missing or has more than two values.
        UsageError: `positive` is not one of its values, or is needed and absent.
    """
    found = _values(table, column)
    if not found:
        raise DataError(
            f"{role} column {column!r} has no values: all {table.rows} rows are missing; "
            f"expected two values"
        )
    shown = ", ".join(f"{value!r} ({rows} rows)" for value, rows in found[:SHOWN])
    if len(found) > 2:  # noqa: PLR2004 - binary
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise DataError(
            f"{role} column {column!r} has {len(found)} values: {shown}{more}; expected two. "
            f"Derive a column that is 1 for the class of interest and 0 for the rest"
        )
    values = sorted(value for value, _ in found)
    if len(values) == 1 and predicted is not None:
        values = _with_predicted(values[0], [value for value, _ in _values(table, predicted)])
    if positive is not None:
        return _with_positive(values, positive, column, role)
    return _recognise(values, shown, column, role)


def _values(table: Table, column: str) -> list[tuple[str, int]]:
    """The values of a column as text with their rows, the most frequent first."""
    item = next(item for item in table.columns if item.name == column)
    result = table.aggregate(
        {"rows": count()}, by={"value": present(item)}, where=~is_missing(item)
    )
    rows = zip(result["value"].to_pylist(), result["rows"].to_pylist(), strict=True)
    counted = ((value_text(value), int(rows_of or 0)) for value, rows_of in rows)
    return sorted(counted, key=lambda item: (-item[1], item[0]))


def _with_predicted(only: str, predicted: list[str]) -> list[str]:
    """The only value and the other one that is predicted, if they are of one kind."""
    is_number = class_number(only) is not None
    others = [value for value in predicted if not same_class(value, only)]
    alike = len(others) == 1 and (class_number(others[0]) is not None) == is_number
    return sorted([only, *others]) if alike else [only]


def _with_positive(values: list[str], positive: str, column: str, role: str) -> Classes:
    wanted = next((v for v in values if same_class(v, positive)), None)
    if wanted is None and len(values) > 1:
        raise UsageError(
            f"positive={positive!r} is not a value of the {role} column {column!r}; "
            f"its values are {values[0]!r} and {values[1]!r}"
        )
    others = [value for value in values if value != wanted]
    return Classes(negative=others[0] if others else f"not {positive}", positive=wanted or positive)


def _recognise(values: list[str], shown: str, column: str, role: str) -> Classes:
    by_case = {value.strip().lower(): value for value in values}
    for negative, positive in PAIRS:
        if set(by_case) <= {negative, positive}:
            return Classes(
                negative=by_case.get(negative, negative), positive=by_case.get(positive, positive)
            )
    above = [value for value in values if value.lstrip().startswith(">")]
    if len(values) == 2 and len(above) == 1:  # noqa: PLR2004 - binary
        return Classes(negative=next(v for v in values if v not in above), positive=above[0])
    raise UsageError(
        f"cannot tell which value of the {role} column {column!r} is positive: {shown}; "
        f"say so with positive=... (on the command line --positive)"
    )
