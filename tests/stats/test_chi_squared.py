"""Tests of equal shares, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, chi2_contingency

from roadworthy.stats.chi_squared import chi_squared_tail, g_test, pearson, pool_rare

COUNTS = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=2, max_size=30)


@pytest.mark.parametrize("degrees", [1, 2, 3, 9, 49, 199, 1000])
def test_the_tail_is_scipys(degrees: int) -> None:
    """From the centre far into the tail, the probability agrees with SciPy to twelve digits."""
    for factor in (0.0, 1e-6, 0.1, 0.5, 0.9, 1.0, 1.1, 2.0, 5.0, 20.0, 600.0):
        found = chi_squared_tail(factor * degrees, degrees)
        assert found == pytest.approx(float(chi2.sf(factor * degrees, degrees)), rel=1e-11)
    assert chi_squared_tail(float("inf"), degrees) == 0.0


@given(COUNTS)
def test_both_tests_are_scipys(pairs: list[tuple[int, int]]) -> None:
    """Statistic, degrees and p-value of Pearson's test and of the G-test agree with SciPy."""
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    for test, power in ((pearson, "pearson"), (g_test, "log-likelihood")):
        found = test(first, second)
        expected = chi2_contingency([first, second], correction=False, lambda_=power)
        assert found.statistic == pytest.approx(expected.statistic, rel=1e-9, abs=1e-6)
        assert found.degrees == expected.dof
        assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-290)


def test_unused_categories_do_not_count() -> None:
    """A category that nobody has changes nothing, and one category alone shows no difference."""
    assert pearson([5, 0, 7], [6, 0, 9]) == pearson([5, 7], [6, 9])
    assert g_test([5, 0, 7], [6, 0, 9]) == g_test([5, 7], [6, 9])
    for test in (pearson, g_test):
        assert (test([5], [7]).degrees, test([5], [7]).p_value) == (0, 1.0)
        assert test([], []).p_value == 1.0


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=30))
def test_pooling_keeps_rows_and_leaves_nothing_rare(pairs: list[tuple[int, int]]) -> None:
    """Every row is kept, and but for tiny tables every category is expected five times or more."""
    first, second = (np.array([pair[side] for pair in pairs], dtype=int) for side in (0, 1))
    a, b = pool_rare(first, second)
    assert (a.sum(), b.sum()) == (first.sum(), second.sum())
    if len(a) > 1:
        expected = (a + b) * min(a.sum(), b.sum()) / (a.sum() + b.sum())
        assert (expected >= 5 - 1e-9).all()
