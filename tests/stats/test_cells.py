"""Exact arithmetic on cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.errors import DataError
from roadworthy.stats.cells import check_total, distinct, pack, sum_by


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2**62)), max_size=1))
def test_sums_are_exact_alone(pairs: list[tuple[int, int]]) -> None:
    """One value of any size is its own sum."""
    _check(pairs)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2**56)), max_size=60))
def test_sums_are_exact(pairs: list[tuple[int, int]]) -> None:
    """Sums by index are those of unbounded integers."""
    _check(pairs)


def _check(pairs: list[tuple[int, int]]) -> None:
    index = np.array([place for place, _ in pairs], dtype=np.int64)
    values = np.array([value for _, value in pairs], dtype=np.int64)
    expected = [sum(value for place, value in pairs if place == at) for at in range(5)]
    assert sum_by(index, values, 5).tolist() == expected


@given(st.lists(st.lists(st.integers(0, 999), min_size=9, max_size=9), min_size=1, max_size=20))
def test_packed_keys_keep_the_order(rows: list[list[int]]) -> None:
    """Packed keys compare as the rows do, also where their product exceeds 64 bits."""
    packed = pack([np.array(column) for column in zip(*rows, strict=True)], [1000] * 9).tolist()
    for a, key_a in zip(rows, packed, strict=True):
        for b, key_b in zip(rows, packed, strict=True):
            assert (a < b) == (key_a < key_b)


def test_negative_sums_are_refused() -> None:
    """A negative value, a sign of an overflow elsewhere, is refused."""
    with pytest.raises(DataError, match="the total of weight is"):
        check_total(np.array([-1]), "weight")


@given(st.lists(st.integers(0, 30) | st.integers(0, 2**62), max_size=40))
def test_distinct_keys_stand_in_order(keys: list[int]) -> None:
    """Close keys and keys far apart alike: ascending, each at a place where it stands."""
    given_keys = np.array(keys, dtype=np.int64)
    place, which = distinct(given_keys)
    assert given_keys[place].tolist() == sorted(set(keys))
    assert given_keys[place][which].tolist() == keys
