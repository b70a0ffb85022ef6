"""How well scores put positives before negatives, from the histogram of scores.

Within a bin scores count as tied, unless it holds just one row of each label: then the sums of
the bin tell the two apart. A tie counts as half; `tie_bound` says how much other ties can change
an area. The area's interval is DeLong's (1988) on the logit scale; where a slice is small or
perfectly sorted that one is too narrow, and Newcombe's (2006) stands instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats import intervals
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.intervals import Floats, Interval
from roadworthy.stats.scorebins import NEGATIVE, POSITIVE, ScoreBins

SMALL = 50
"""With fewer (effective) rows of either label than this, DeLong's variance is not trusted."""


def area_under_roc(bins: ScoreBins) -> Estimates:
    """The probability that a positive row scores above a negative one, ties counting half."""
    negative, positive = bins.ranked[:, NEGATIVE], bins.ranked[:, POSITIVE]
    with np.errstate(invalid="ignore", divide="ignore"):
        beaten = (np.cumsum(negative, axis=1) - negative / 2) / negative.sum(axis=1, keepdims=True)
        missed = (np.cumsum(positive, axis=1) - positive / 2) / positive.sum(axis=1, keepdims=True)
        value = (positive * beaten).sum(axis=1) / positive.sum(axis=1)
    value = np.where(bins.both, np.clip(value, 0.0, 1.0), np.nan)
    m, n = bins.effective[:, POSITIVE], bins.effective[:, NEGATIVE]
    variance = _placement_variance(positive, beaten, value, m)
    variance += _placement_variance(negative, 1 - missed, value, n)
    small = ~((np.minimum(m, n) >= SMALL) & (variance > 0))

    def bounds(confidence: Floats) -> Interval:
        large = intervals.logit(value, np.sqrt(variance), confidence)
        covering = intervals.area(value, m, n, confidence)
        return Interval(
            np.where(small, covering.low, large.low), np.where(small, covering.high, large.high)
        )

    return Estimates(
        value=value,
        rows=bins.rows.sum(axis=1),
        bounds=bounds,
        method=["newcombe-area" if few else "delong-logit" for few in small],
        reason="the rows with a label and a score are not of both classes",
    )


def tie_bound(bins: ScoreBins) -> Floats:
    """The most by which binning can have moved the area: half the tied pairs; NaN without pairs."""
    negative, positive = bins.ranked[:, NEGATIVE], bins.ranked[:, POSITIVE]
    with np.errstate(invalid="ignore", divide="ignore"):
        bound = (negative * positive).sum(axis=1) / (negative.sum(axis=1) * positive.sum(axis=1))
    return np.where(bins.both, bound / 2, np.nan)


def average_precision(bins: ScoreBins) -> Estimates:
    """The mean precision over the steps of recall, without interpolation."""
    positive = bins.ranked[:, POSITIVE, ::-1]
    precision = _precision(bins)
    total = positive.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (positive * precision).sum(axis=1) / total
    value = np.where(total > 0, np.clip(value, 0.0, 1.0), np.nan)
    m, n = bins.effective[:, POSITIVE], bins.effective[:, NEGATIVE]
    error = _precision_error(bins, value)
    small = ~((np.minimum(m, n) >= SMALL) & (error > 0))

    def bounds(confidence: Floats) -> Interval:
        large = intervals.logit(value, error, confidence)
        covering = intervals.average_precision(value, m, confidence)
        return Interval(
            np.where(small, covering.low, large.low), np.where(small, covering.high, large.high)
        )

    return Estimates(
        value=value,
        rows=bins.rows.sum(axis=1),
        bounds=bounds,
        method=["logit" if few else "delta-logit" for few in small],
        reason="no row with a score has a positive label",
    )


def precision_bound(bins: ScoreBins) -> Floats:
    """The most by which binning can have moved average precision; NaN without positives.

    At best a bin's positives come before its negatives, at worst after them; then the precision at
    each of its positives is a concave function of their number, so its mean is at least the mean of
    the first and the last. With unequal weights the first may weigh nothing.
    """
    positive, negative = bins.ranked[:, POSITIVE, ::-1], bins.ranked[:, NEGATIVE, ::-1]
    found, others = np.cumsum(positive, axis=1), np.cumsum(negative, axis=1)
    total, rows = positive.sum(axis=1), bins.rows[:, POSITIVE]
    alike = np.isclose(bins.effective[:, POSITIVE], rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.where(alike, total / rows, 0.0)[:, None]
        begun = found - positive + unit
        here = found / (found + others)
        best = found / (found + others - negative)
        reach = np.maximum(best - here, (here - begun / (begun + others)) / 2)
        reach = np.where((positive > 0) & (others > 0), reach, 0.0)
        bound: Floats = (positive * reach).sum(axis=1) / total
    return bound


def kolmogorov_smirnov(bins: ScoreBins) -> Floats:
    """The largest distance between the score distributions of the two labels; NaN without both."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.cumsum(bins.ranked, axis=2) / bins.ranked.sum(axis=2, keepdims=True)
    gap = np.abs(share[:, NEGATIVE] - share[:, POSITIVE]).max(axis=1, initial=0.0)
    return np.where(bins.both, gap, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sweep:
    """What each threshold would decide in one slice, from none selected to all.

    Row i of the arrays speaks of the decision "score >= threshold[i]"; the first selects nobody and
    its threshold is infinite. Weights stand for rows if there are any.
    """

    threshold: Floats
    true_positives: Floats
    false_positives: Floats

    @property
    def true_positive_rate(self) -> Floats:
        """Recall at each threshold; NaN without positives."""
        return _share(self.true_positives)

    @property
    def false_positive_rate(self) -> Floats:
        """Share of negatives selected at each threshold; NaN without negatives."""
        return _share(self.false_positives)

    @property
    def precision(self) -> Floats:
        """Share of the selected that are positive; NaN where nobody is selected."""
        selected = self.true_positives + self.false_positives
        with np.errstate(invalid="ignore", divide="ignore"):
            precision: Floats = self.true_positives / selected
        return precision

    def thinned(self, points: int) -> Sweep:
        """About this many of the thresholds, evenly along the ROC curve; both ends are kept."""
        if len(self.threshold) <= points:
            return self
        path = np.nan_to_num(self.true_positive_rate) + np.nan_to_num(self.false_positive_rate)
        wanted = np.linspace(0.0, path[-1], points)
        kept = np.unique([0, *np.searchsorted(path, wanted), len(path) - 1])
        return self.at(kept)

    def at(self, kept: NDArray[np.integer]) -> Sweep:
        """The sweep at some of its thresholds."""
        return Sweep(
            threshold=self.threshold[kept],
            true_positives=self.true_positives[kept],
            false_positives=self.false_positives[kept],
        )


def sweep(bins: ScoreBins, slice_: int) -> Sweep:
    """The confusion counts of one slice at every threshold that changes them."""
    weight = bins.weight[slice_]
    occupied = np.flatnonzero(weight.any(axis=0))[::-1]
    counts = np.cumsum(weight[:, occupied], axis=1)
    start = np.zeros((2, 1))
    counts = np.concatenate([start, counts], axis=1)
    return Sweep(
        threshold=np.concatenate([[np.inf], bins.low[occupied]]),
        true_positives=counts[POSITIVE],
        false_positives=counts[NEGATIVE],
    )


def _placement_variance(weight: Floats, placement: Floats, value: Floats, rows: Floats) -> Floats:
    """The variance of a mean of placements, over `rows` effective rows."""
    with np.errstate(invalid="ignore", divide="ignore"):
        total = weight.sum(axis=1)
        spread = (weight * (placement - value[:, None]) ** 2).sum(axis=1) / total
        variance: Floats = spread / (rows - 1)
    return variance


def _precision(bins: ScoreBins) -> Floats:
    """Precision at the lower edge of each bin, bins in descending order; 0 where none is above."""
    above = np.cumsum(bins.ranked[:, :, ::-1], axis=2)
    selected = above.sum(axis=1)
    none = np.zeros_like(selected)
    precision: Floats = np.divide(above[:, POSITIVE], selected, out=none, where=selected > 0)
    return precision


def _precision_error(bins: ScoreBins, value: Floats) -> Floats:
    """The standard error of average precision by the delta method, over multinomial bins."""
    positive, negative = bins.ranked[:, POSITIVE, ::-1], bins.ranked[:, NEGATIVE, ::-1]
    above, others = np.cumsum(positive, axis=1), np.cumsum(negative, axis=1)
    total = positive.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        squared = np.where(above + others > 0, (above + others) ** 2, 1.0)
        later_found = _from_here_on(positive * others / squared)
        later_lost = _from_here_on(positive * above / squared)
        by_positive = (_precision(bins) + later_found - value[:, None]) / total
        spread = positive * by_positive**2 + negative * (later_lost / total) ** 2
        weight_per_row = bins.total / bins.total_effective
        error: Floats = np.sqrt(spread.sum(axis=1) * weight_per_row)
    return error


def _from_here_on(terms: Floats) -> Floats:
    """Sums of each term and those after it."""
    sums: Floats = np.cumsum(terms[:, ::-1], axis=1)[:, ::-1]
    return sums


def _share(cumulative: Floats) -> Floats:
    if not len(cumulative) or cumulative[-1] == 0:
        return np.full_like(cumulative, np.nan)
    share: Floats = cumulative / cumulative[-1]
    return share
