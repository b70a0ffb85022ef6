"""One-sided tests agree with scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from roadworthy.stats.slice_tests import (
    coverage_level,
    detectable,
    fisher_greater,
    student_above,
    welch_greater,
)


@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_fishers_test_is_exact(rows, others, data):
    """The probability is scipy's, down to those that a float hardly holds."""
    errors = data.draw(st.integers(0, rows))
    other_errors = data.draw(st.integers(0, others))
    table = [[errors, rows - errors], [other_errors, others - other_errors]]
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    found = fisher_greater(errors, rows, errors + other_errors, rows + others)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-300)


def test_fishers_test_of_many_rows_is_quick_and_small():
    """Half a million rows, and a slice that chance never makes."""
    assert fisher_greater(4_000, 14_000, 55_000, 500_000) < 1e-300
    assert fisher_greater(0, 14_000, 0, 500_000) == 1.0


@given(st.floats(-6, 6), st.floats(3, 2000))
def test_students_tail_is_scipys(t, degrees):
    """Good to about four digits from three degrees on."""
    expected = stats.t.sf(t, degrees)
    assert student_above(t, degrees) == pytest.approx(expected, rel=5e-3, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_welchs_test_is_scipys(seed):
    """Two samples of unequal size and spread."""
    rng = np.random.default_rng(seed)
    first, second = rng.exponential(1.2, 40), rng.exponential(1.0, 300)
    expected = stats.ttest_ind(first, second, equal_var=False, alternative="greater").pvalue
    found = welch_greater(
        first.mean(), first.var(ddof=1), 40, second.mean(), second.var(ddof=1), 300
    )
    assert found == pytest.approx(expected, rel=1e-3)


def test_samples_without_spread_differ_surely_or_not_at_all():
    """Where no row of either differs from its mean, the means decide."""
    assert welch_greater(1.0, 0.0, 5, 0.5, 0.0, 5) == 0.0
    assert welch_greater(0.5, 0.0, 5, 0.5, 0.0, 5) == 1.0


def test_the_level_makes_up_for_what_is_not_reported():
    """Benjamini and Yekutieli: 1 - R q / m."""
    assert coverage_level(0.95, 20, 20) == pytest.approx(0.95)
    assert coverage_level(0.95, 1, 20) == pytest.approx(0.9975)


def test_more_rows_detect_less():
    """What would have been found falls with the square root of the rows."""
    common = {"mean": 0.1, "spread": 0.3, "tested": 20, "rate": 0.05, "floor": 2.0}
    small, large = (detectable(rows=rows, **common) - 0.1 for rows in (100, 400))
    assert small == pytest.approx(2 * large)
