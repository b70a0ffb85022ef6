"""Totals of whole numbers that are added some at a time, exact whatever their size and order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.cells import sum_by
from roadworthy.stats.intervals import Floats

Integers = NDArray[np.int64]

_HALF = 31
_MASK = np.int64((1 << _HALF) - 1)
_LIMB = 21
_LIMBS = 3
_ROWS = 1 << 11
"""Products of two limbs of so many rows add up to less than 2**53, which floats hold exactly."""


class ExactTotals:
    """Totals of non-negative 64-bit integers, each of which may itself leave 64 bits."""

    def __init__(self, *shape: int) -> None:
        self._low = np.zeros(shape, dtype=np.int64)
        self._high = np.zeros(shape, dtype=np.int64)

    def add(self, values: Integers) -> None:
        """Add one number to each total."""
        self._low += values & _MASK
        self._high += values >> _HALF

    def add_rows(self, values: Integers) -> None:
        """Add the numbers of many rows, one to each total, shape (rows, ...)."""
        self._low += (values & _MASK).sum(axis=0)
        self._high += (values >> _HALF).sum(axis=0)

    def add_by(self, index: NDArray[np.integer], values: Integers) -> None:
        """Add each value to the total at its index."""
        size = len(self._low)
        self._low += sum_by(index, values & _MASK, size)
        self._high += sum_by(index, values >> _HALF, size)

    def times(self, unit: float) -> Floats:
        """The totals in a unit, a power of two, each rounded once."""
        exact = (self._high.astype(object) << _HALF) + self._low.astype(object)
        found = [float(total) * unit for total in exact.ravel().tolist()]
        return np.array(found, dtype=np.float64).reshape(self._low.shape)


class ExactProducts:
    """Totals over rows of the products of each two of M columns of non-negative integers."""

    def __init__(self, columns: int) -> None:
        self._pairs = {
            (i, j): ExactTotals(columns, columns) for i in range(_LIMBS) for j in range(i, _LIMBS)
        }

    def add(self, values: Integers) -> None:
        """Add the products of rows, shape (rows, M), each number below 2**63."""
        for start in range(0, len(values), _ROWS):
            limbs = _limbs(values[start : start + _ROWS])
            for (i, j), totals in self._pairs.items():
                if i < len(limbs) and j < len(limbs):
                    totals.add((limbs[i].T @ limbs[j]).astype(np.int64))

    def times(self, unit: float) -> Floats:
        """The totals, shape (M, M), in the square of a unit of the numbers, a power of two."""
        found = np.zeros(self._pairs[0, 0].times(1.0).shape)
        for (i, j), totals in sorted(self._pairs.items(), reverse=True):
            part = totals.times(unit * unit * 2.0 ** (_LIMB * (i + j)))
            found = found + (part if i == j else part + part.T)
        return found


def _limbs(values: Integers) -> list[Floats]:
    """The numbers in limbs of 21 bits, lowest first, without limbs that are all zero."""
    limbs, rest = [], values
    while rest.size and rest.any():
        limbs.append((rest & ((1 << _LIMB) - 1)).astype(np.float64))
        rest = rest >> _LIMB
    return limbs
