"""Quantiles of errors and predictions, from histograms, with distribution-free intervals.

A quantile is known up to half the width of its bin; `bin_bound` says how wide that is. Its interval
runs between two order statistics, chosen by the normal approximation of the binomial distribution
and rounded outwards, at the outer edges of their bins. Where the sample is too small for an order
statistic so far out, there is no interval.

Source: Conover (1999), Practical nonparametric statistics, section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.estimates import Estimates
from roadworthy.stats.intervals import Floats, Interval, critical
from roadworthy.stats.regression_losses import NO_PREDICTION, NOBODY
from roadworthy.stats.regression_plan import Population
from roadworthy.stats.regression_tally import Binned, RegressionTable

_POPULATION = {Binned.ERROR: Population.KNOWN, Binned.PREDICTION: Population.PREDICTED}
_REASON = {Binned.ERROR: NOBODY, Binned.PREDICTION: NO_PREDICTION}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Distribution:
    """The distributions of a number in S slices over U intervals, ascending.

    Attributes:
        low: lower edge of each interval, shape (U,); infinite beyond the grid.
        high: upper edge, shape (U,).
        weight: shape (S, U).
        rows: all rows of each slice with a number, shape (S,).
        effective: effective number of those rows, shape (S,).
        reason: why a slice has no numbers.
    """

    low: Floats
    high: Floats
    weight: Floats
    rows: NDArray[np.int64]
    effective: Floats
    reason: str

    @property
    def middle(self) -> Floats:
        """The middle of each interval, shape (U,)."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.low + (self.high - self.low) / 2)

    @property
    def shares(self) -> Floats:
        """The share of weight in each interval, shape (S, U); NaN where there is none."""
        total = self.weight.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.weight / total)


def distribution(table: RegressionTable, binned: Binned) -> Distribution:
    """The distribution of errors or of predictions in every slice."""
    grid, cells = table.grid(binned), table.histograms[binned].cells
    edges = np.concatenate([grid.edges, [np.nan, np.nan]])
    place = np.minimum(cells, grid.bins)
    low = np.where(cells == grid.below, -np.inf, edges[place])
    low = np.where(cells == grid.above, grid.edges[-1], low)
    high = np.where(cells == grid.above, np.inf, edges[place + 1])
    high = np.where(cells == grid.below, grid.edges[0], high)
    order = np.argsort(low, kind="stable")
    return Distribution(
        low=low[order],
        high=high[order],
        weight=table.bin_weight(binned)[:, order],
        rows=table.rows_of(_POPULATION[binned]),
        effective=table.effective(_POPULATION[binned]),
        reason=_REASON[binned],
    )


def absolute(found: Distribution) -> Distribution:
    """The distribution of the numbers' distances from zero, if the bins lie evenly around it."""
    size = np.maximum(np.abs(found.low), np.abs(found.high))
    high, place = np.unique(size, return_inverse=True)
    least = np.minimum(np.abs(found.low), np.abs(found.high))
    low = np.full(len(high), np.inf)
    np.minimum.at(low, place, least)
    weight = np.zeros((len(high), len(found.weight)))
    np.add.at(weight, place, found.weight.T)
    return Distribution(
        low=low,
        high=high,
        weight=weight.T,
        rows=found.rows,
        effective=found.effective,
        reason=found.reason,
    )


def quantile(found: Distribution, q: float) -> Estimates:
    """The smallest number that a share `q` of the weight does not exceed, in every slice."""
    value = found.middle[_reached(found, q)]
    value = np.where((found.effective > 0) & np.isfinite(value), value, np.nan)

    def bounds(confidence: Floats) -> Interval:
        rows = found.effective
        with np.errstate(invalid="ignore", divide="ignore"):
            half = critical(confidence) * np.sqrt(rows * q * (1 - q))
            first, last = np.floor(rows * q - half), np.ceil(rows * q + half + 1)
            below, above = (first - 0.5) / rows, (last - 0.5) / rows
        low = np.where(first >= 1, found.low[_reached(found, below)], np.nan)
        high = np.where(last <= rows, found.high[_reached(found, above)], np.nan)
        return Interval(low, high)

    return Estimates(
        value=value,
        rows=found.rows,
        bounds=bounds,
        method="order-statistic",
        reason=found.reason,
    )


def bin_bound(found: Distribution, q: float) -> Floats:
    """How far binning can have moved a quantile: half the width of its bin; NaN of no numbers."""
    place = _reached(found, q)
    with np.errstate(invalid="ignore"):
        bound = (found.high[place] - found.low[place]) / 2
    return np.where(found.effective > 0, bound, np.nan)


def _reached(found: Distribution, q: float | Floats) -> NDArray[np.intp]:
    """The first interval up to which a share of the weight lies, for each slice."""
    cumulated = np.cumsum(found.weight, axis=1)
    if not cumulated.shape[1]:
        raise ValueError("a histogram without any number has no quantile")
    total = cumulated[:, -1:]
    target = np.nan_to_num(np.broadcast_to(np.asarray(q), (len(total),)))[:, None] * total
    slack = 8 * np.finfo(np.float64).eps * total
    place = (cumulated < target - slack).sum(axis=1)
    return np.asarray(np.minimum(place, cumulated.shape[1] - 1))
