"""`WholeCounts`: how often each whole number of a short range occurs, by place and not by hashing.

Numbers are taken in pieces that stay in a core's cache. Added to 2**52, a real between 0 and 2**52
that is whole leaves its value in the last bits, so no number is converted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.intervals import Floats

LONGEST = 1 << 16
"""Whole numbers that span less than this are counted by their distance from the smallest."""

_WHOLE = 2.0**52
_WHOLE_BITS = int(np.float64(_WHOLE).view(np.int64))
_PIECE = 1 << 15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WholeCounts:
    """Rows by whole number: `rows[i]` of them hold `low + i`; shape (span,)."""

    low: int
    rows: NDArray[np.int64]

    def used(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The numbers that occur, ascending, and their rows."""
        kept = np.flatnonzero(self.rows)
        return kept + self.low, self.rows[kept]

    def joined(self, other: WholeCounts) -> WholeCounts | None:
        """Both together; None if they lie too far apart.

        >>> a, b = WholeCounts(low=2, rows=np.array([1, 1])), WholeCounts(low=5, rows=np.array([4]))
        >>> a.joined(b)
        WholeCounts(low=2, rows=array([1, 1, 0, 4]))
        """
        if not (self.rows.size and other.rows.size):
            return self if self.rows.size else other
        low = min(self.low, other.low)
        high = max(part.low + part.rows.size for part in (self, other))
        if high - low > LONGEST:
            return None
        rows = np.zeros(high - low, dtype=np.int64)
        for part in (self, other):
            rows[part.low - low : part.low - low + part.rows.size] += part.rows
        return WholeCounts(low=low, rows=rows)


def count_whole(numbers: NDArray[Any]) -> WholeCounts | None:
    """The rows with each number; None if some are not whole, not finite, or too far apart.

    Args:
        numbers: integers or reals of any width, shape (n,).

    >>> count_whole(np.array([3.0, 1.0, 3.0]))
    WholeCounts(low=1, rows=array([1, 0, 2]))
    """
    if not numbers.size:
        return None
    low, high = float(numbers.min()), float(numbers.max())
    if not (max(abs(low), abs(high)) < _WHOLE and high - low < LONGEST and low.is_integer()):
        return None  # NaN fails these too
    rows = np.zeros(int(high - low) + 1, dtype=np.int64)
    reals = np.issubdtype(numbers.dtype, np.floating)
    sums = np.empty(min(_PIECE, numbers.size), dtype=np.float64)
    spare = np.empty_like(sums)
    for start in range(0, numbers.size, _PIECE):
        piece = numbers[start : start + _PIECE]
        size = piece.size
        places = (
            _places_of_reals(piece, low, sums[:size], spare[:size])
            if reals
            else _places_of_integers(piece, int(low), sums[:size].view(np.int64))
        )
        if places is None:
            return None
        rows += np.bincount(places, minlength=rows.size)
    return WholeCounts(low=int(low), rows=rows)


def _places_of_reals(
    piece: NDArray[Any], low: float, sums: Floats, spare: Floats
) -> NDArray[np.int64] | None:
    """How far each number lies above the lowest; None if one is not whole. Overwrites both."""
    shift = _WHOLE - low
    np.add(piece, shift, out=sums, dtype=np.float64)
    np.subtract(sums, shift, out=spare)
    if not np.array_equal(spare, piece):
        return None
    places: NDArray[np.int64] = sums.view(np.int64)
    places -= _WHOLE_BITS
    return places


def _places_of_integers(
    piece: NDArray[Any], low: int, places: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How far each number lies above the lowest. Overwrites `places`."""
    np.subtract(piece, low, out=places, dtype=np.int64, casting="unsafe")
    return places
