"""Exact limits are those of the binomial distribution, and the outer ones of two intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import binom

from roadworthy.stats import intervals, proportions


def expected_lower(found, trials, alpha):
    """The rate at which half of alpha's probability lies at what was found or above."""

    def excess(rate):
        tail = binom.sf(found, trials, rate) + binom.pmf(found, trials, rate) / 2
        return tail - alpha / 2

    return 0.0 if found == 0 else brentq(excess, 1e-12, 1 - 1e-12, xtol=1e-14)


@pytest.mark.parametrize("trials", [1, 7, 60, 400, 20_000])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.9999])
def test_mid_p_limits_are_roots_of_the_binomial_tail(trials, confidence):
    """Checked against the binomial distribution and a root finder of SciPy."""
    found = np.unique(np.linspace(0, trials, 12).astype(int))
    low, high = proportions.mid_p(found / trials, trials, confidence)
    lower = [expected_lower(x, trials, 1 - confidence) for x in found]
    upper = [1 - expected_lower(trials - x, trials, 1 - confidence) for x in found]
    assert low == pytest.approx(lower, abs=1e-9)
    assert high == pytest.approx(upper, abs=1e-9)


@given(
    st.floats(0, 1),
    st.one_of(st.integers(1, 5000).map(float), st.floats(0.2, 5000)),
    st.floats(0.5, 0.99999),
)
def test_limits_hold_the_share_and_mirror(share, trials, confidence):
    """Limits are in order, hold the share, and those of the complement are their mirror image."""
    low, high = proportions.proportion(share, trials, confidence)
    assert 0 <= low <= share <= high <= 1
    other = proportions.proportion(1 - share, trials, confidence)
    assert float(other.low) == pytest.approx(1 - float(high), abs=1e-9)


@pytest.mark.parametrize("trials", [40, 99, 199, 230, 1000])
def test_limits_rise_with_the_count(trials):
    """One more hit never lowers a limit, also where the rule for small samples ends."""
    found = np.arange(trials + 1)
    low, high = proportions.proportion(found / trials, trials, 0.95)
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) >= 0).all()


def test_large_samples_have_wilsons_interval():
    """A hundred hits and as many misses are enough for Wilson's own limits."""
    share, trials = np.array([0.5, 0.1]), np.array([200, 1000])
    found, expected = (
        function(share, trials, 0.95) for function in (proportions.proportion, intervals.wilson)
    )
    assert np.array_equal(found, expected)
    assert proportions.methods([0.5, 0.5, 0.49], [200, 199, 200]) == [
        "wilson",
        "wilson-mid-p",
        "wilson-mid-p",
    ]


def test_no_trials_no_limits():
    """Without trials there is nothing to bound, and no method of small samples."""
    low, high = proportions.proportion([np.nan, 0.5], [0, 10], 0.95)
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert proportions.methods([np.nan], [0]) == ["wilson"]
    assert np.isnan(proportions.mid_p(0.5, 0, 0.95).low)


def test_each_proportion_has_its_own_confidence():
    """Levels broadcast: a family of slices is widened together."""
    low, _ = proportions.proportion(0.2, 30, [0.9, 0.99])
    assert low[0] > low[1]
    assert low[1] == proportions.proportion(0.2, 30, 0.99).low
