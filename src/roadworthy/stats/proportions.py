"""The interval of a proportion that covers in small groups and for rare events too.

Wilson's interval is right on average, but where few rows count it holds too seldom: 92 times in a
hundred for one in a hundred of 100 rows, and at the higher confidence that a family of groups asks
for it fails more often still. The exact mid-P interval fails elsewhere. So in small samples the
limits are the outer ones of the two: simulated and exact coverage are in docs/concepts/intervals.md
and come from benchmarks/coverage.py.

Sources: Wilson (1927); Agresti and Gottard (2005) for the coverage of mid-P.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roadworthy.stats.estimates import Estimates
from roadworthy.stats.intervals import Floats, Interval, wilson
from roadworthy.stats.mid_p import mid_p

FEW = 100
"""With fewer rows than this that count, or that do not, Wilson's limits are widened to the exact
ones; beyond, the two agree."""


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


def estimates(share: Floats, trials: Floats, *, rows: NDArray[np.int64], reason: str) -> Estimates:
    """Shares of trials with these intervals.

    Args:
        share: between 0 and 1, or NaN, shape (S,).
        trials: how many, perhaps effective ones, shape (S,).
        rows: rows behind each share, shape (S,).
        reason: why a share is undefined, as a clause.
    """
    return Estimates(
        value=share,
        rows=rows,
        bounds=lambda confidence: proportion(share, trials, confidence),
        method=methods(share, trials),
        reason=reason,
        trials=trials,
    )


def methods(share: ArrayLike, trials: ArrayLike) -> list[str]:
    """The name of the method behind each interval of `proportion`."""
    return ["wilson-mid-p" if few else "wilson" for few in small(share, trials).tolist()]
