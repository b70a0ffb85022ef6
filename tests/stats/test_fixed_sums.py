"""Exact sums of reals in limbs."""

from __future__ import annotations

from math import floor, ldexp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.errors import DataError
from roadworthy.stats.fixed_sums import (
    HIGHEST,
    LIMB_BITS,
    LOWEST,
    MAX_LIMBS,
    FixedPoint,
    Scale,
    check_signed_total,
    sum_signed,
)


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=30), st.integers(1, MAX_LIMBS))
def test_limbs_join_to_the_exact_total(numbers: list[float], limbs: int) -> None:
    """The limbs of rounded numbers stand for the exact sum of those numbers, rounded once."""
    cut = FixedPoint(unit=40 - LIMB_BITS * limbs, limbs=limbs)
    multiples = [floor(ldexp(number, -cut.unit)) for number in numbers]
    parts = []
    for limb in range(limbs):
        shift = LIMB_BITS * (limbs - 1 - limb)
        mask = (1 << LIMB_BITS) - 1
        own = [m >> shift if limb == 0 else (m >> shift) & mask for m in multiples]
        parts.append(np.array([sum(own)], dtype=np.int64))
    assert cut.join(parts).tolist() == [sum(multiples) * 2.0**cut.unit]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**55), 2**55)), max_size=50))
def test_signed_sums_are_exact(rows: list[tuple[int, int]]) -> None:
    """Sums by index are those of whole numbers, whatever their signs."""
    index = np.array([place for place, _ in rows], dtype=np.int64)
    values = np.array([value for _, value in rows], dtype=np.int64)
    expected = [sum(value for place, value in rows if place == i) for i in range(4)]
    assert sum_signed(index, values, 4).tolist() == expected


def test_an_outlier_costs_a_limb_and_no_precision() -> None:
    """The unit depends on usual sizes alone; the largest decides how many limbs there are."""
    usual = FixedPoint.product([Scale.of(1.0, 4.0)] * 2)
    torn = FixedPoint.product([Scale.of(1.0, 1e6)] * 2)
    assert torn.unit == usual.unit
    assert torn.limbs > usual.limbs
    assert torn.rounding == 2.0**-40


def test_sizes_beyond_all_limbs_are_summed_in_coarser_units() -> None:
    """Nothing has more than six limbs; the stated rounding grows instead."""
    cut = FixedPoint.product([Scale.of(1e-60, 1e60)] * 4)
    assert cut.limbs == MAX_LIMBS
    assert cut.unit == 4 * Scale.of(1e-60, 1e60).high - MAX_LIMBS * LIMB_BITS


def test_scales_stay_within_what_can_be_summed() -> None:
    """No size at all counts as one; tiny and huge ones are kept within reals."""
    assert Scale.of(None, None) == Scale(low=0, high=1)
    assert Scale.of(0.0, float("inf")) == Scale(low=0, high=1)
    assert Scale.of(5e-324, 1e300) == Scale(low=LOWEST - 1, high=HIGHEST)


def test_sums_beyond_64_bits_are_refused() -> None:
    """A total that could wrap around is an error that says what to do."""
    with pytest.raises(DataError, match=r"total of error square is 2\*\*63 units or more.*fewer"):
        check_signed_total(np.array([2**62, -(2**62)]), "error square")
