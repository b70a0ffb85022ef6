"""The interval of a proportion that covers in small groups and for rare events too.

Wilson's interval is right on average, but where few rows count it holds too seldom: 92 times in a
hundred for one in a hundred of 100 rows, and at the higher confidence that a family of groups asks
for it fails more often still. The exact mid-P interval fails elsewhere. So in small samples the
limits are the outer ones of the two: simulated and exact coverage are in docs/concepts/intervals.md
and come from benchmarks/coverage.py.

Sources: Wilson (1927); Lancaster (1961) for mid-P; Agresti and Gottard (2005) for its coverage.
Counts may be weighted and need not be whole: the binomial tail is then continued by the beta
distribution (Korn and Graubard, 1998).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roadworthy.stats.intervals import Floats, Interval, wilson
from roadworthy.stats.special import incomplete_beta, log_gamma

FEW = 100
"""With fewer rows than this that count, or that do not, Wilson's limits are widened to the exact
ones; beyond, the two agree."""

STEPS, SETTLED = 60, 1e-7
"""Newton's steps for a limit at most, and the length of the last: its square is the error left."""

NEXT_TO_NOTHING = 0.05
"""Weighted hits that add up to no more than this bound no rate from below but by 0."""

LONGEST = 4.0
"""The longest step, on the logit scale."""


def small(share: ArrayLike, trials: ArrayLike) -> NDArray[np.bool_]:
    """Where a proportion rests on so few rows that Wilson's interval alone would not do."""
    p, n = np.asarray(share, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        few = np.minimum(p, 1.0 - p) * n < FEW
    return np.asarray((n > 0) & few)


def proportion(share: ArrayLike, trials: ArrayLike, confidence: ArrayLike) -> Interval:
    """Wilson's interval of a proportion; in small samples never inside the exact mid-P interval.

    Args:
        share: of the trials, between 0 and 1.
        trials: how many, perhaps effective ones; not necessarily whole.
        confidence: one level, or one for each proportion.

    Returns:
        Limits between 0 and 1; NaN without trials.
    """
    p, n, level = np.broadcast_arrays(
        *(np.asarray(item, dtype=np.float64) for item in (share, trials, confidence))
    )
    low, high = wilson(p, n, level)
    few = small(p, n)
    if few.any():
        exact = mid_p(p[few], n[few], level[few])
        low, high = np.array(low), np.array(high)
        low[few] = np.minimum(low[few], exact.low)
        high[few] = np.maximum(high[few], exact.high)
    return Interval(low, high)


def methods(share: ArrayLike, trials: ArrayLike) -> list[str]:
    """The name of the method behind each interval of `proportion`."""
    return ["wilson-mid-p" if few else "wilson" for few in small(share, trials).tolist()]


def mid_p(share: ArrayLike, trials: ArrayLike, confidence: ArrayLike) -> Interval:
    """The exact interval of a proportion that counts the outcome seen as half in each tail.

    >>> low, high = mid_p(0.1, 10, 0.95)
    >>> float(low.round(4)), float(high.round(4))
    (0.005, 0.4035)
    """
    p, n, level = np.broadcast_arrays(
        *(np.asarray(item, dtype=np.float64) for item in (share, trials, confidence))
    )
    cases = np.stack([(p * n).ravel(), n.ravel(), level.ravel()], axis=1)
    distinct, place = np.unique(cases, axis=0, return_inverse=True)
    found, size, sure = distinct.T
    low = _lower(found, size, sure)[place].reshape(p.shape)
    high = 1.0 - _lower(size - found, size, sure)[place].reshape(p.shape)
    undefined = ~(n > 0)
    return Interval(np.where(undefined, np.nan, low), np.where(undefined, np.nan, high))


def _lower(found: Floats, trials: Floats, confidence: Floats) -> Floats:
    """The rate under which so many or more would be seen with half of alpha's probability.

    Newton's method for the logarithm of that probability on the logit scale, where it is concave:
    from Wilson's limit it arrives in a few steps.
    """
    limit = np.zeros_like(found)
    inside = (trials > 0) & (found > NEXT_TO_NOTHING)
    x, n = found[inside], trials[inside]
    target = np.log((1.0 - confidence[inside]) / 2.0)
    share = np.minimum(x / n, 1.0)
    rate = np.maximum(wilson(share, n, confidence[inside]).low, share * _SMALLEST)
    logit = np.log(rate) - np.log1p(-rate)
    constant = log_gamma(n + 1.0) - log_gamma(x + 1.0) - log_gamma(n - x + 1.0)
    for _ in range(STEPS):
        rate = 1.0 / (1.0 + np.exp(-logit))
        here = np.exp(constant + x * np.log(rate) + (n - x) * np.log1p(-rate))
        tail = np.maximum(incomplete_beta(rate, x, n - x + 1.0) - here / 2.0, _UNDERFLOW)
        slope = here * (x * (1.0 - rate) + (n - x) * rate) / (2.0 * tail)
        step = np.clip((target - np.log(tail)) / slope, -LONGEST, LONGEST)
        logit = logit + step
        if not (np.abs(step) > SETTLED).any():
            break
    limit[inside] = 1.0 / (1.0 + np.exp(-logit))
    return limit


_SMALLEST, _UNDERFLOW = 1e-12, 1e-300
