"""Which class a label or prediction means, decided value by value.

The rule looks at one value and the classes only, never at the other values of a column: so parts of
a table that are tallied apart agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

import numpy as np
from numpy.typing import NDArray

from roadworthy.errors import DataError, UsageError

_BOOLEANS = {"false": 0.0, "true": 1.0}
_SHOWN = 5


def check_classes(classes: Sequence[str]) -> None:
    """Refuse classes that are fewer than two or not told apart.

    Raises:
        UsageError: there are fewer than two classes, or two of them are one number.
    """
    if len(classes) < 2:  # noqa: PLR2004 - "at least two" is what the message says
        raise UsageError(f"expected at least two classes, found {list(classes)!r}")
    for position, value in enumerate(classes):
        twins = [other for other in classes[:position] if same_class(other, value)]
        if twins:
            raise UsageError(f"classes {twins[0]!r} and {value!r} mean the same class")


def same_class(left: str, right: str) -> bool:
    """True if two class values mean the same: `1`, `1.0` and `true` do."""
    if left == right:
        return True
    number = class_number(left)
    return number is not None and number == class_number(right)


def class_of(value: str, classes: Sequence[str], *, prediction: bool = False) -> int | None:
    """The position of the class that a value means; None if it is none of them.

    A value means the class with the same text or else the same number (`true` is 1). If no class is
    a number, a prediction may also be the position itself: 0 for the first class, 1 for the second.

    >>> class_of("1.0", ["0", "1"]), class_of("true", ["0", "1"]), class_of("2", ["0", "1"])
    (1, 1, None)
    >>> class_of("1", ["denied", "granted"], prediction=True)
    1
    """
    if value in classes:
        return list(classes).index(value)
    number = class_number(value)
    if number is None:
        return None
    meanings = [class_number(item) for item in classes]
    if number in meanings:
        return meanings.index(number)
    positions = prediction and all(meaning is None for meaning in meanings)
    return int(number) if positions and number in range(len(classes)) else None


def encode_classes(
    values: Sequence[str | None],
    rows: Sequence[int],
    classes: Sequence[str],
    *,
    column: str,
    prediction: bool = False,
) -> NDArray[np.int32]:
    """The class of each value, shape of `values`; K, the number of classes, where it is missing.

    `rows` says how many rows hold each value, for the error.

    Raises:
        DataError: a value is none of the classes.
    """
    codes = [
        len(classes) if value is None else class_of(value, classes, prediction=prediction)
        for value in values
    ]
    strangers = {
        str(value): int(count)
        for value, count, code in zip(values, rows, codes, strict=True)
        if code is None
    }
    if strangers:
        raise DataError(_message(strangers, classes, column=column, prediction=prediction))
    return np.array(codes, dtype=np.int32)


def _message(
    strangers: Mapping[str, int], classes: Sequence[str], *, column: str, prediction: bool
) -> str:
    shown = sorted(strangers.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]
    found = ", ".join(f"{value!r} ({count:,} row{'s' * (count != 1)})" for value, count in shown)
    more = f" and {len(strangers) - _SHOWN:,} more" if len(strangers) > _SHOWN else ""
    kind = "prediction" if prediction else "label"
    expected = ", ".join(map(repr, classes))
    return (
        f"{kind} column {column!r} has values that are none of the classes: {found}{more}; "
        f"expected {expected} or missing. Map or drop the other values first"
    )


def class_number(value: str) -> float | None:
    """The number that a class value means, if it means one; `true` means 1.

    >>> class_number("1.0"), class_number("true"), class_number("granted")
    (1.0, 1.0, None)
    """
    if value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    try:
        number = float(value)
    except ValueError:
        return None
    return None if isnan(number) else number
