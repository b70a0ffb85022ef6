"""Exact arithmetic on sparse cells: packed keys, and sums of 64-bit integers by key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roadworthy.errors import DataError

_LIMB = 21
_DENSE = 8
_LIMIT = 2.0**63 * (1 - 2.0**-20)
_KEYS = 1 << 62
_SHORT = 2**31


def pack(columns: Sequence[NDArray[np.integer]], sizes: Sequence[int]) -> NDArray[np.int64]:
    """One integer for each row of codes, in the same order as the rows themselves.

    Column i holds codes in [0, sizes[i]). Where the product of the sizes exceeds 64 bits, what is
    packed so far is renumbered, which keeps the order but not the numbers.
    """
    packed = np.zeros(len(columns[0]) if columns else 0, dtype=np.int64)
    room = 1
    for column, size in zip(columns, sizes, strict=True):
        if room * max(size, 1) >= _KEYS:
            packed = np.unique(packed, return_inverse=True)[1].astype(np.int64)
            room = int(packed.max(initial=0)) + 1
        packed = packed * size + column
        room *= max(size, 1)
    return packed


def distinct(keys: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """A place of each distinct key, in ascending order of the keys, and which one each key is.

    Keys are not negative. Where the largest is not far above their number they are not sorted.

    >>> place, which = distinct(np.array([7, 2, 7]))
    >>> place.tolist(), which.tolist()
    ([1, 2], [1, 0, 1])
    """
    largest = int(keys.max(initial=0))
    if largest > _DENSE * (len(keys) + 1000):
        _, found, which = np.unique(keys, return_index=True, return_inverse=True)
        return found, which
    short = np.int32 if len(keys) < _SHORT else np.intp
    place: NDArray[np.integer] = np.full(largest + 1, -1, dtype=short)
    place[keys] = np.arange(len(keys), dtype=short)
    occurs = place >= 0
    found = place[occurs].astype(np.intp)
    del place
    return found, (np.cumsum(occurs, dtype=short) - 1)[keys].astype(np.intp)


def sum_by(index: NDArray[np.integer], values: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """The exact sums of non-negative integers by index, shape (size,).

    Floats add whole numbers below 2**53 exactly, and fast: so the values are cut into limbs.
    """
    totals = np.zeros(size, dtype=np.int64)
    rest, shift = values, 0
    while rest.size and int(rest.max()) > 0:
        limb = (rest & ((1 << _LIMB) - 1)).astype(np.float64)
        totals += np.bincount(index, weights=limb, minlength=size).astype(np.int64) << shift
        rest, shift = rest >> _LIMB, shift + _LIMB
    return totals


def check_total(values: NDArray[np.int64], what: str) -> None:
    """Refuse sums that could leave 64 bits, before they wrap around.

    Raises:
        DataError: the total of the values is 2**63 or more, or a value is negative.
    """
    if values.size:
        check_sum(float(values.sum(dtype=np.float64)), what, least=int(values.min()))


def check_sum(total: float, what: str, *, least: int = 0) -> None:
    """Refuse a total, added up in floats, that could leave 64 bits.

    Raises:
        DataError: the total is 2**63 or more, or the least value in it is negative.
    """
    if least < 0 or total >= _LIMIT:
        raise DataError(
            f"the total of {what} is 2**63 or more, beyond what a tally holds exactly; "
            "tally fewer rows at a time, or scale the weights down"
        )
