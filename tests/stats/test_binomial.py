"""Binomial probabilities are SciPy's, from one trial to a thousand million."""

from __future__ import annotations

from math import lgamma, log, log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc
from scipy.stats import binom

from roadworthy.stats import binomial

COUNTS = np.concatenate([np.arange(40.0), np.linspace(0.01, 17, 50), [15.999999, 99.5]])


@pytest.mark.parametrize(("counts", "error"), [(COUNTS, 1e-13), (np.geomspace(90, 9000), 2e-11)])
def test_factorials_are_the_standard_librarys(counts, error):
    """Whole numbers and those between, on both sides of where Stirling's series begins."""
    expected = [lgamma(n + 1) - n * log(n) + n if n else 0.0 for n in counts.tolist()]
    assert binomial.log_excess(counts) == pytest.approx(expected, abs=error)


@pytest.mark.parametrize("trials", [1, 2, 15, 16, 17, 300, 10**6])
def test_what_was_found_is_as_likely_as_scipy_says(trials):
    """The probability of k in n at the rate k / n, also of none, of all and of nearly all."""
    ends = [k for k in (0, 1, 2, 50, 99) if k <= trials]
    found = np.array(sorted({*ends, *(trials - k for k in ends), trials // 2}), dtype=float)
    expected = binom.logpmf(found, trials, found / trials)
    assert binomial.log_mode(found, trials - found) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("trials", [2, 17, 10**6, 10**9, 10**12])
def test_one_hit_is_as_likely_as_its_closed_form_says(trials):
    """Far beyond where the logarithms of factorials lose their digits."""
    found = binomial.log_mode(np.array([1.0]), np.array([trials - 1.0]))
    assert float(found[0]) == pytest.approx((trials - 1) * log1p(-1 / trials), rel=1e-14)


def probability(hits, misses, odds):
    """Of exactly so many hits, from logarithms."""
    rate = odds / (1 + odds)
    choose = lgamma(hits + misses + 1) - lgamma(hits + 1) - lgamma(misses + 1)
    return np.exp(choose + hits * np.log(rate) - misses * np.log1p(odds))


@given(st.floats(0.05, 300), st.just(0.0) | st.floats(1e-3, 300), st.floats(1e-6, 1))
def test_tails_are_scipys_incomplete_beta_function(hits, misses, part):
    """For counts that are not whole, at any odds up to those found."""
    odds = part * (hits / misses if misses else 1e6)
    found = binomial.tail_ratio(*(np.array([item]) for item in (hits, misses, odds)))
    rate = odds / (1 + odds)
    tail, exactly = betainc(hits, misses + 1, rate), probability(hits, misses, odds)
    if min(tail, exactly) > 1e-280:
        assert float(found[0]) == pytest.approx(tail / exactly, rel=1e-9)


@pytest.mark.parametrize("trials", [100, 10**6, 10**9])
def test_tails_of_large_samples_are_scipys(trials):
    """A few hits, a few misses, and as many of both, two and five standard errors away."""
    hits = np.array([1, 50, 99, trials // 2, trials - 50, trials - 1], dtype=float)
    for away in (2.0, 5.0):
        odds = hits / (trials - hits) * np.exp(-away * np.sqrt(1 / hits + 1 / (trials - hits)))
        rate = odds / (1 + odds)
        found = binomial.tail_ratio(hits, trials - hits, odds)
        expected = 1.0 + binom.sf(hits, trials, rate) / binom.pmf(hits, trials, rate)
        assert found == pytest.approx(expected, rel=1e-6)


def test_all_hits_leave_no_further_outcome():
    """With no misses, so many hits or more are exactly so many."""
    assert binomial.tail_ratio(np.array([5.0]), np.zeros(1), np.array([0.3])) == 1.0
