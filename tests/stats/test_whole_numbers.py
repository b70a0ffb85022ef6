"""Whole numbers are counted by their place, in any width, and nothing else is taken for one."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.stats.whole_numbers import LONGEST, WholeCounts, count_whole


def as_dict(counts: WholeCounts | None) -> dict[int, int]:
    """The rows by number."""
    assert counts is not None
    numbers, rows = counts.used()
    return dict(zip(numbers.tolist(), rows.tolist(), strict=True))


KINDS = [
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_any_width_is_counted(kind: str) -> None:
    """Numbers of every width are counted, up to the widest range that the narrowest can hold."""
    lowest = 0 if kind.startswith("u") else -100
    numbers = [100, lowest, 3, 3, 100, 100]
    assert as_dict(count_whole(np.array(numbers, dtype=kind))) == Counter(numbers)


@given(st.integers(-(2**52) + 1, 2**52 - LONGEST), st.lists(st.integers(0, LONGEST - 1)))
def test_reals_are_counted_exactly(low: int, above: list[int]) -> None:
    """Whole reals are told apart as far out as reals tell whole numbers apart."""
    numbers = [low + item for item in above]
    counted = count_whole(np.array(numbers, dtype=np.float64))
    assert (counted is None) == (not numbers)
    if numbers:
        assert as_dict(counted) == Counter(numbers)


def test_more_than_one_piece_is_counted() -> None:
    """Long columns are counted in pieces that add up."""
    numbers = np.random.default_rng(0).integers(-40, 300, 100_001)
    for kind in (np.int16, np.float32, np.float64):
        assert as_dict(count_whole(numbers.astype(kind))) == Counter(numbers.tolist())


@pytest.mark.parametrize(
    "numbers",
    [
        [],
        [1.0, 1.5],
        [0.5, 1.0],
        [1.0, float("nan")],
        [float("inf"), 1.0],
        [float("-inf"), 1.0],
        [0.0, float(LONGEST)],
        [2.0**52, 2.0**52 + 1],
        [0.0, 5e-324],
        [2.0**40, np.nextafter(2.0**40, 2.0**41)],
    ],
)
def test_other_numbers_are_left_to_others(numbers: list[float]) -> None:
    """Fractions, NaN, infinity, wide ranges and numbers too large to be exact are not counted."""
    assert count_whole(np.array(numbers, dtype=np.float64)) is None


def test_a_late_fraction_is_noticed() -> None:
    """One fraction in the last piece is enough to refuse the column."""
    numbers = np.ones(70_000)
    numbers[-1] = 1.25
    assert count_whole(numbers) is None


@given(
    st.lists(st.integers(-50, 50), min_size=1),
    st.integers(-LONGEST, LONGEST),
    st.lists(st.integers(-50, 50), min_size=1),
)
def test_parts_are_joined_if_they_are_close(first: list[int], far: int, second: list[int]) -> None:
    """Parts join to the counts of the whole, unless the whole spans too much."""
    moved = [far + item for item in second]
    one, other = (count_whole(np.array(part)) for part in (first, moved))
    assert one is not None
    assert other is not None
    joined = one.joined(other)
    every = [*first, *moved]
    if max(every) - min(every) >= LONGEST:
        assert joined is None
    else:
        assert as_dict(joined) == Counter(every)
    nothing = WholeCounts(low=0, rows=np.zeros(0, dtype=np.int64))
    assert one.joined(nothing) is one
    assert nothing.joined(one) is one
