"""Exact limits are those of the binomial distribution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc
from scipy.stats import beta

from roadworthy.stats.mid_p import AT_ONCE, NEXT_TO_NOTHING, mid_p

LEVELS = [0.5, 0.8, 0.95, 0.9999, 1 - 1e-7, 1 - 1e-12]

trials = st.one_of(st.integers(1, 5000).map(float), st.floats(0.2, 5000))


def half_tail(hits, misses, rate):
    """The probability of more hits, and half of that of as many."""
    more = betainc(hits + 1, misses, rate) if misses > 0 else 0.0
    return (betainc(hits, misses + 1, rate) + more) / 2


@given(st.floats(0, 1), trials, st.sampled_from(LEVELS))
def test_half_of_alpha_lies_beyond_each_limit(share, trials, confidence):
    """Checked by SciPy's incomplete beta function, for whole counts and others."""
    low, high = map(float, mid_p(share, trials, confidence))
    hits, misses = share * trials, trials - share * trials
    alpha = 1 - confidence
    if low > 1e-40:
        assert half_tail(hits, misses, low) == pytest.approx(alpha / 2, rel=1e-7)
    else:
        assert hits <= NEXT_TO_NOTHING or half_tail(hits, misses, 1e-40) >= alpha / 2
    if 0.01 < high < 0.99:
        assert half_tail(misses, hits, 1 - high) == pytest.approx(alpha / 2, rel=1e-7)


@pytest.mark.parametrize("trials", [1, 2, 30, 1000, 10**6, 10**9])
@pytest.mark.parametrize("confidence", LEVELS)
def test_extreme_counts_are_in_closed_form(trials, confidence):
    """None or all found: the limit is a power of alpha, a quantile of a beta distribution."""
    alpha = 1 - confidence
    none, every = mid_p(0.0, trials, confidence), mid_p(1.0, trials, confidence)
    expected = beta.ppf(alpha, trials, 1)
    assert (float(none.low), float(every.high)) == (0.0, 1.0)
    assert float(every.low) == pytest.approx(expected, abs=1e-12)
    assert float(none.high) == pytest.approx(beta.isf(alpha, 1, trials), rel=1e-9)


@pytest.mark.parametrize("confidence", LEVELS)
def test_limits_lie_between_two_quantiles_of_beta_distributions(confidence):
    """Inside Clopper and Pearson's limit, outside that of one hit more; up to 10**9 trials."""
    counts = [1, 2, 5, 30, 99, 100]
    cases = [(k, n) for n in (1000, 10**6, 10**9) for k in counts]
    hits, size = np.array(cases, dtype=float).T
    low, high = mid_p(hits / size, size, confidence)
    tail = (1 - confidence) / 2
    slack = 1 + 1e-9
    assert (low * slack >= beta.ppf(tail, hits, size - hits + 1)).all()
    assert (low <= slack * beta.ppf(tail, hits + 1, np.maximum(size - hits, 1e-9))).all()
    assert (high <= slack * beta.isf(tail, hits + 1, np.maximum(size - hits, 1e-9))).all()
    assert (high * slack >= beta.isf(tail, hits, size - hits + 1)).all()


def test_together_or_alone_is_the_same():
    """Cases that repeat are solved once; each has the limits that it has alone."""
    rng = np.random.default_rng(0)
    size = rng.choice([5.0, 7.5, 40.0, 300.0], 60)
    share = np.rint(rng.random(60) * size) / size
    levels = rng.choice([0.9, 0.99], 60)
    share = share.clip(0, 1)
    together = np.stack(mid_p(share, size, levels))
    alone = np.array(
        [mid_p(*case) for case in zip(share.tolist(), size.tolist(), levels.tolist(), strict=True)]
    )
    assert together == pytest.approx(alone.T, rel=1e-13)


def test_many_cases_are_solved_in_blocks():
    """More cases than are solved at a time have the limits that they have in smaller lots."""
    size = np.arange(1.0, AT_ONCE + 500)
    share = np.floor(size * 0.03) / size
    whole = np.stack(mid_p(share, size, 0.95))
    cut = len(size) // 2
    parts = [
        np.stack(mid_p(share[part], size[part], 0.95))
        for part in np.split(np.arange(len(size)), [cut])
    ]
    assert whole == pytest.approx(np.concatenate(parts, axis=1), rel=1e-13)


def test_next_to_no_weight_bounds_nothing_from_below():
    """Hits that weigh next to nothing leave the lower limit at 0, and the upper one as it is."""
    low, high = mid_p([0.0004, 0.0], 100, 0.95)
    assert low.tolist() == [0.0, 0.0]
    assert high[0] == pytest.approx(high[1], abs=1e-3)
    assert high[0] > high[1]


def test_shapes_broadcast_and_no_trials_have_no_limits():
    """Levels and proportions of different shapes; NaN without trials; nothing of nothing."""
    low, high = mid_p([[0.2], [np.nan]], [[10], [0]], [0.9, 0.95])
    assert low.shape == high.shape == (2, 2)
    assert np.isnan([low[1], high[1]]).all()
    assert (low[0, 1], high[0, 1]) == mid_p(0.2, 10, 0.95)
    assert mid_p([], [], 0.9).low.shape == (0,)
