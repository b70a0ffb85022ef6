"""Exact sums of real numbers of any size: fixed point in several limbs of 30 bits.

A sum of reals depends on the order of addition, a sum of integers does not. So every row's number
is rounded down to a multiple of a unit, a power of two, and that multiple is cut into limbs of 30
bits, which are summed apart: totals merge in any order to the same integers. The unit lies 40 bits
below the usual size of the numbers and there are as many limbs as the largest number needs, so one
outlier costs a limb and nobody's precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, frexp, isfinite, ldexp

import numpy as np
from numpy.typing import NDArray

from roadworthy.errors import DataError
from roadworthy.stats.cells import sum_by

LIMB_BITS = 30
"""Bits of every limb but the first, which holds the sign and what is left."""

MAX_LIMBS = 6
"""Numbers that would need more are summed in coarser units."""

PRECISION = 40
"""Bits below the usual size of a number that its unit lies."""

LOWEST, HIGHEST = -200, 240
"""Exponents between which sizes lie, so that fourth powers and weights stay within reals."""

_LIMIT = 2.0**63 * (1 - 2.0**-20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The sizes of some numbers, as powers of two: usual ones are 2**low, none is above 2**high."""

    low: int = 0
    high: int = 0

    @classmethod
    def of(cls, usual: float | None, largest: float | None) -> Scale:
        """The scale of numbers with this usual and this largest absolute value.

        >>> Scale.of(0.7, 1000.0)
        Scale(low=-1, high=10)
        """
        low = _exponent(usual) - 1
        return cls(low=low, high=max(_exponent(largest), low + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPoint:
    """How the numbers of one sum are cut: in units of 2**unit, into so many limbs."""

    unit: int
    limbs: int

    @classmethod
    def product(cls, factors: Sequence[Scale]) -> FixedPoint:
        """The cut of products of numbers of these scales.

        >>> FixedPoint.product([Scale(low=0, high=1)] * 2)
        FixedPoint(unit=-40, limbs=2)
        """
        low = sum(factor.low for factor in factors) - PRECISION
        high = sum(factor.high for factor in factors)
        limbs = min(max(ceil((high - low) / LIMB_BITS), 1), MAX_LIMBS)
        return cls(unit=max(low, high - LIMB_BITS * limbs), limbs=limbs)

    @property
    def rounding(self) -> float:
        """The most by which a row's number is rounded down."""
        return ldexp(1.0, self.unit)

    def exponent(self, limb: int) -> int:
        """The exponent of the unit of a limb; limb 0 is the highest."""
        return self.unit + LIMB_BITS * (self.limbs - 1 - limb)

    def join(self, limbs: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
        """The totals that limbs stand for, each rounded once; limbs have one shape."""
        joined = np.zeros(limbs[0].shape, dtype=object)
        for limb in limbs:
            joined = joined * (1 << LIMB_BITS) + limb.astype(object)
        values = [_scaled(int(total), self.unit) for total in joined.ravel().tolist()]
        return np.array(values, dtype=np.float64).reshape(limbs[0].shape)


def sum_signed(
    index: NDArray[np.integer], values: NDArray[np.int64], size: int
) -> NDArray[np.int64]:
    """The exact sums of integers by index, shape (size,)."""
    zero = np.int64(0)
    above, below = np.maximum(values, zero), np.maximum(-values, zero)
    return sum_by(index, above, size) - sum_by(index, below, size)


def check_signed_total(values: NDArray[np.int64], what: str) -> None:
    """Refuse sums that could leave 64 bits, before they wrap around.

    Raises:
        DataError: the absolute values add up to 2**63 or more.
    """
    if values.size and float(np.abs(values.astype(np.float64)).sum()) >= _LIMIT:
        raise DataError(
            f"the total of {what} is 2**63 units or more, beyond what a tally holds exactly; "
            "tally fewer rows at a time, or scale the weights down"
        )


def _exponent(size: float | None) -> int:
    """The smallest power of two above a size, within what can be summed; 1 for no size."""
    if size is None or not isfinite(size) or size <= 0:
        return 1
    return min(max(frexp(size)[1], LOWEST), HIGHEST)


def _scaled(total: int, exponent: int) -> float:
    """The total times a power of two, rounded to the nearest float."""
    shift = max(total.bit_length() - 1000, 0)
    return ldexp(float(total >> shift), exponent + shift)
