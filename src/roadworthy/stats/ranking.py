"""How well scores put positives before negatives, from the histogram of scores.

In which order the rows of one bin stand is known in two cases: if it holds one row of each label,
whose scores the sums of the bin tell apart, and if all its rows have one score, which shows in
labels of equal mean scores: these are truly tied. (Scores nearer than 2**-30 count as equal.)
Elsewhere any order is as likely. An area counts half a pair then, average precision the precision
that is expected; `tie_bound` and `precision_bound` say how much the true order can change them, and
the intervals reach that much further.

The area's interval is DeLong's (1988) on the logit scale; where a slice is small or perfectly
sorted that one is too narrow, and Newcombe's (2006) stands instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats import intervals
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.intervals import Floats, Interval
from roadworthy.stats.scorebins import NEGATIVE, POSITIVE, ROUNDING, ScoreBins

SMALL = 50
"""With fewer (effective) rows of either label than this, DeLong's variance is not trusted."""

TOLERANCE, SHARE = 0.002, 0.25
"""How far binning may move an area: this much, or this share of half its interval."""

ASYMPTOTIC = 10
"""From here on, sums of reciprocals follow their asymptotic series to thirteen digits."""


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
    reach = tie_bound(bins)

    def bounds(confidence: Floats) -> Interval:
        large = intervals.logit(value, np.sqrt(variance), confidence)
        covering = intervals.area(value, m, n, confidence)
        return _reaching(_either(small, covering, large), reach)

    return Estimates(
        value=value,
        rows=bins.rows.sum(axis=1),
        bounds=bounds,
        method=["newcombe-area" if few else "delong-logit" for few in small],
        reason="the rows with a label and a score are not of both classes",
    )


def tie_bound(bins: ScoreBins) -> Floats:
    """The most by which binning can have moved the area: half the pairs whose order is unknown.

    NaN without pairs.
    """
    negative, positive = bins.ranked[:, NEGATIVE], bins.ranked[:, POSITIVE]
    pairs = np.where(_unordered(bins), negative * positive, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        bound = pairs / (negative.sum(axis=1) * positive.sum(axis=1))
    return np.where(bins.both, bound / 2, np.nan)


def average_precision(bins: ScoreBins) -> Estimates:
    """The mean precision at the positive rows, best score first; tied rows are found together."""
    positive = bins.ranked[:, POSITIVE, ::-1]
    precision = _expected_precision(bins)
    total = positive.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (positive * precision).sum(axis=1) / total
    value = np.where(total > 0, np.clip(value, 0.0, 1.0), np.nan)
    m, n = bins.effective[:, POSITIVE], bins.effective[:, NEGATIVE]
    error = _precision_error(bins, value)
    small = ~((np.minimum(m, n) >= SMALL) & (error > 0))
    reach = precision_bound(bins)

    def bounds(confidence: Floats) -> Interval:
        large = intervals.logit(value, error, confidence)
        covering = intervals.average_precision(value, m, confidence)
        return _reaching(_either(small, covering, large), reach)

    return Estimates(
        value=value,
        rows=bins.rows.sum(axis=1),
        bounds=bounds,
        method=["logit" if few else "delta-logit" for few in small],
        reason="no row with a score has a positive label",
    )


def precision_bound(bins: ScoreBins) -> Floats:
    """The most by which binning can have moved average precision; NaN without positives.

    At best a bin's positives come before its negatives, at worst after them. The precision at each
    is then a concave function of how many were found before, so its mean lies between the mean of
    the first and the last and the last. With unequal weights the first may weigh nothing.
    """
    positive, negative = bins.ranked[:, POSITIVE, ::-1], bins.ranked[:, NEGATIVE, ::-1]
    found, others = np.cumsum(positive, axis=1), np.cumsum(negative, axis=1)
    total, unit = positive.sum(axis=1), _row_weight(bins)
    unordered, value = ~_one_score(bins)[:, ::-1] & (others > 0), _expected_precision(bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        first = np.where(_alike(bins)[:, None], found - positive + unit, found - positive)
        here = found / (found + others)
        best = found / (found + others - negative)
        worst = (first / (first + others) + here) / 2
        reach = np.where(unordered, np.maximum(best - value, value - worst), 0.0)
        bound: Floats = (positive * np.nan_to_num(reach)).sum(axis=1) / total
    return bound


def too_coarse(bins: ScoreBins, confidence: float) -> NDArray[np.bool_]:
    """Where binning may have moved the area too far: worth counting with finer bins, shape (S,).

    Two thousandths are tolerated, or a quarter of half the interval if that is more.
    """
    bound = np.nan_to_num(tie_bound(bins))
    low, high = area_under_roc(bins).interval(confidence)
    chance = np.nan_to_num((high - low) / 2 - bound)
    return np.asarray(bound > np.maximum(TOLERANCE, chance * SHARE))


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


def _either(small: NDArray[np.bool_], covering: Interval, large: Interval) -> Interval:
    """The limits for small slices where they are small, the others elsewhere."""
    return Interval(
        np.where(small, covering.low, large.low), np.where(small, covering.high, large.high)
    )


def _reaching(limits: Interval, reach: Floats) -> Interval:
    """Limits that reach so much further on both sides, within 0 and 1."""
    return Interval(np.maximum(limits.low - reach, 0.0), np.minimum(limits.high + reach, 1.0))


def _unordered(bins: ScoreBins) -> NDArray[np.bool_]:
    """Which bins hold rows of both labels whose order is unknown, shape of one label's `ranked`."""
    shared = (bins.ranked > 0).all(axis=1)
    return np.asarray(shared & ~_one_score(bins))


def _one_score(bins: ScoreBins) -> NDArray[np.bool_]:
    """Which bins hold a single score, by all signs: the labels' mean scores are the same.

    Sums of weighted scores are rounded row by row, so their means are known up to that.
    """
    blur = 2 * ROUNDING * bins.rows.sum(axis=1) / np.maximum(bins.total, ROUNDING)
    blur = np.where(bins.rows.sum(axis=1) == bins.total, 0.0, blur)
    with np.errstate(invalid="ignore", divide="ignore"):
        negative, positive = (bins.score_sum / bins.weight).swapaxes(0, 1)
        same = np.abs(positive - negative) <= blur[:, None]
    return np.repeat(same, bins.ranked.shape[2] // max(bins.weight.shape[2], 1), axis=1)


def _alike(bins: ScoreBins) -> NDArray[np.bool_]:
    """Where all positive rows weigh the same, shape (S,)."""
    return np.isclose(bins.effective[:, POSITIVE], bins.rows[:, POSITIVE])


def _row_weight(bins: ScoreBins) -> Floats:
    """The mean weight of a positive row, shape (S, 1); 1 without any."""
    rows, total = bins.rows[:, POSITIVE], bins.ranked[:, POSITIVE].sum(axis=1)
    ones = np.ones_like(total)
    weight: Floats = np.divide(total, rows, out=ones, where=(rows > 0) & (total > 0))
    return weight[:, None]


def _precision(bins: ScoreBins) -> Floats:
    """Precision at the lower edge of each bin, bins in descending order; 0 where none is above."""
    above = np.cumsum(bins.ranked[:, :, ::-1], axis=2)
    selected = above.sum(axis=1)
    none = np.zeros_like(selected)
    precision: Floats = np.divide(above[:, POSITIVE], selected, out=none, where=selected > 0)
    return precision


def _expected_precision(bins: ScoreBins) -> Floats:
    """The mean precision at the positives of each bin, bins in descending order.

    If all orders of a bin's p positives and n negatives are as likely, j n / (p + 1) negatives are
    expected before the j-th positive. With F positives and T rows above the bin, its precision is
    (F + j) / (T + j c), where c = 1 + n / (p + 1); the sum over j has a closed form. With unequal
    weights the rows of a bin are found together, as tied ones are.
    """
    positive, negative = bins.ranked[:, :, ::-1].swapaxes(0, 1)[::-1] / _row_weight(bins)
    above = np.cumsum(positive, axis=1) - positive
    selected = above + np.cumsum(negative, axis=1) - negative
    share = 1.0 + negative / (positive + 1.0)
    start = selected / share
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = _reciprocals(start, positive)
        mean = (1.0 + (above - start) * steps / positive) / share
    together = _found_together(bins)[:, ::-1] | ~(positive > 0)
    return np.where(together, _precision(bins), mean)


def _found_together(bins: ScoreBins) -> NDArray[np.bool_]:
    """Which bins' positives any threshold selects together, or must be taken to, by all signs.

    Bins without negatives show no sign; they are taken for one score if all other bins are.
    """
    one = _one_score(bins)
    shared: NDArray[np.bool_] = np.asarray((bins.ranked > 0).all(axis=1))
    discrete = shared.any(axis=1) & (one | ~shared).all(axis=1)
    return np.asarray(one | (discrete | ~_alike(bins))[:, None])


def _reciprocals(start: Floats, count: Floats) -> Floats:
    """The sum of 1 / (start + j) for j from 1 to `count`, which need not be whole.

    It is a difference of digamma functions, with the logarithms taken together for precision.
    """
    first, before = _moved_up(start + 1.0)
    last, after = _moved_up(start + count + 1.0)
    found: Floats = np.log1p((last - first) / first) + after - before
    return found


def _moved_up(x: Floats) -> tuple[Floats, Floats]:
    """A point to the right of x, and digamma at x less the logarithm of that point."""
    near = x < ASYMPTOTIC
    close, passed = x[near], np.zeros(np.count_nonzero(near))
    for _ in range(ASYMPTOTIC):
        short = close < ASYMPTOTIC
        passed, close = passed + np.where(short, 1.0 / close, 0.0), close + short
    moved = x.copy()
    moved[near] = close
    y = 1.0 / moved**2
    series = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y / 132))))
    digamma = -0.5 / moved - series
    digamma[near] -= passed
    return moved, digamma


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
