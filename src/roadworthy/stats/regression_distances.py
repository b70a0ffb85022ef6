"""How far apart the distributions of predictions in several groups are: KS and Wasserstein.

Distances are biased upwards: two samples of one population differ. By the triangle inequality a
distance of samples is off by at most the sum of the distances of the samples from their
populations, so the interval is the distance, plus and minus the largest such sum over two groups:

- Kolmogorov and Smirnov: each sample's distance from its population is below Massart's bound with
  known probability, in samples of any size.
- Wasserstein: the distances of resampled histograms from the histogram stand for those of the
  samples from their populations. This needs a hundred rows in each group.

Both cover at least as often as they say, and the lower limit is often 0.

Sources: Massart (1990); Munk and Czado (1998); Efron and Tibshirani (1993).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.bootstrap import FEWEST
from roadworthy.stats.intervals import Floats
from roadworthy.stats.multiplicity import sidak
from roadworthy.stats.regression_quantiles import Distribution

REPLICATES = 400
"""Resampled histograms of each group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """The largest distance between two groups; positions in the distribution's slices.

    `low` and `high` are NaN if a group is too small for an interval.
    """

    value: float
    low: float
    high: float
    method: str
    first: int
    second: int
    bin_bound: float


def largest_kolmogorov_smirnov(
    found: Distribution, members: NDArray[np.intp], confidence: float
) -> Distance:
    """The largest difference of the cumulative shares of two groups, over all pairs."""
    cumulated = np.cumsum(found.shares[members], axis=1)
    value, first, second = _largest(cumulated, np.zeros(0))
    each = float(sidak(confidence, len(members)))
    reach = np.sqrt(np.log(2.0 / (1.0 - each)) / (2.0 * found.effective[members]))
    off = float(np.sort(reach)[-2:].sum())
    shares = found.shares[members]
    return Distance(
        value=value,
        low=max(value - off, 0.0),
        high=min(value + off, 1.0),
        method="massart",
        first=int(members[first]),
        second=int(members[second]),
        bin_bound=float((shares[first] + shares[second]).max() / 2),
    )


def largest_wasserstein(
    found: Distribution,
    members: NDArray[np.intp],
    confidence: float,
    generator: np.random.Generator,
) -> Distance:
    """The largest mean distance over which one group's predictions would have to be moved."""
    shares = found.shares[members]
    steps = np.diff(found.middle)
    cumulated = np.cumsum(shares, axis=1)
    value, first, second = _largest(cumulated, steps)
    half = (found.high - found.low) / 2
    bound = float(((shares[first] + shares[second]) * half).sum())
    if (found.effective[members] < FEWEST).any():
        low = high = np.nan
    else:
        off = _resampled_distance(shares, found.effective[members], steps, confidence, generator)
        low, high = max(value - off, 0.0), value + off
    return Distance(
        value=value,
        low=low,
        high=high,
        method="bootstrap-triangle",
        first=int(members[first]),
        second=int(members[second]),
        bin_bound=bound,
    )


def _largest(cumulated: Floats, steps: Floats) -> tuple[float, int, int]:
    """The largest distance of two rows, and which; by area if there are steps, else by height."""
    best = (-1.0, 0, 0)
    for first in range(len(cumulated) - 1):
        gap = np.abs(cumulated[first + 1 :] - cumulated[first])
        away = gap[:, :-1] @ steps if len(steps) else gap.max(axis=1)
        second = int(away.argmax())
        if away[second] > best[0]:
            best = (float(away[second]), first, first + 1 + second)
    return max(best[0], 0.0), best[1], best[2]


def _resampled_distance(
    shares: Floats,
    rows: Floats,
    steps: Floats,
    confidence: float,
    generator: np.random.Generator,
) -> float:
    """What the sum of two groups' distances from their populations stays below so often."""
    away = np.empty((REPLICATES, len(shares)))
    for group, (share, size) in enumerate(zip(shares, rows, strict=True)):
        used = np.flatnonzero(share > 0)
        chances = share[used] / share[used].sum()
        drawn = generator.multinomial(int(size), chances, size=REPLICATES) / int(size)
        gap = np.zeros((REPLICATES, len(share)))
        gap[:, used] = drawn - chances
        away[:, group] = np.abs(np.cumsum(gap, axis=1)[:, :-1]) @ steps
    sums = np.sort(away, axis=1)[:, -2:].sum(axis=1)
    return float(np.quantile(sums, confidence))
