"""Whether a score of 0.7 means "seven in ten": calibration error, curve, slope and intercept.

*Calibration error.* Scores fall into 16 groups of equal width, a power of two, because their edges
are edges of the score grid and so the sums of each group are exact, not binned. A score on an edge
belongs to the group above it. The error is the mean, over rows, of the distance between observed
rate and mean score in the row's group (Naeini, Cooper and Hauskrecht, 2015).

That estimate is biased upward in small samples, and resampling adds to the bias, so its interval is
derived instead. Given the scores, the rate of each group is off by a normal error e. A group's
distance can exceed the truth by |e| at most, and can fall short of it by no more than a normal
variable of e's variance. The first sum has the moments of folded normals (quantile by Cornish and
Fisher, to the third), the second is normal: lower and upper limit. It covers perfectly calibrated
scores too, and is wider than needed for badly calibrated ones.

*Slope and intercept.* Logistic recalibration (Cox, 1958; Van Calster et al., 2019). Slope: the
coefficient of the score's logit in a logistic regression of the label on it; 1 is ideal, below 1
the scores are too extreme. Intercept: the constant when that coefficient is held at 1 ("calibration
in the large"); 0 is ideal, above 0 the scores are too low. Intervals are Wald's. The slope's error
comes from Fisher's information. The intercept's would be too small where the slope is not 1, since
its model is then wrong: it is the larger of Fisher's and the robust one (Huber, 1967; White, 1982).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats import intervals
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.intervals import Floats, Interval, critical
from roadworthy.stats.scorebins import NEGATIVE, POSITIVE, ScoreBins

GROUPS = 16

NEAREST = 2.0**-20
"""Scores nearer than this to 0 or 1 are moved there before their logit is taken."""

STEPS, LONGEST, TOLERANCE, SETTLED = 60, 2.0, 1e-10, 1e-6
"""Newton's steps: how many at most, how long at most, below which length they stop, and below which
the last one must be for its end to count as the maximum."""

STEEPEST = 30.0
"""Logits beyond this change a probability by less than a float's rounding."""

_HALF_NORMAL_MEAN = sqrt(2 / pi)
_HALF_NORMAL_VARIANCE = 1 - 2 / pi
_HALF_NORMAL_THIRD = sqrt(2 / pi) * (4 / pi - 1)

_NOBODY = "no row has both a label and a score"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reliability:
    """Scores against outcomes in S slices and G groups of scores; NaN in a group without rows.

    Attributes:
        share: share of the slice's weight, shape (S, G).
        mean_score: mean score, shape (S, G).
        observed: share of positives, shape (S, G).
        rows: effective rows, shape (S, G), by the slice's ratio of effective to weighted rows.
    """

    share: Floats
    mean_score: Floats
    observed: Floats
    rows: Floats


def reliability(bins: ScoreBins, groups: int = GROUPS) -> Reliability:
    """Scores against outcomes in groups of equal width; `groups` is a power of two."""
    member = np.minimum((bins.low * groups).astype(np.int64), groups - 1)
    starts = np.searchsorted(member, np.arange(groups))
    weight, positive, total = (
        _by_group(array, starts)
        for array in (bins.weight.sum(axis=1), bins.weight[:, POSITIVE], bins.score_sum.sum(axis=1))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return Reliability(
            share=weight / bins.total[:, None],
            mean_score=total / weight,
            observed=positive / weight,
            rows=weight * (bins.total_effective / bins.total)[:, None],
        )


def expected_calibration_error(bins: ScoreBins, groups: int = GROUPS) -> Estimates:
    """The mean distance between observed rate and mean score, over rows, by group of scores."""
    curve = reliability(bins, groups)
    value = np.where(
        bins.total > 0,
        np.nansum(curve.share * np.abs(curve.observed - curve.mean_score), 1),
        np.nan,
    )
    errors = np.nan_to_num(curve.share * _rate_error(curve))

    def bounds(confidence: Floats) -> Interval:
        z = critical(confidence)
        above = z * np.sqrt((errors**2).sum(axis=1))
        below = _folded_quantile(errors, z)
        return Interval(np.maximum(value - below, 0.0), np.minimum(value + above, 1.0))

    return Estimates(
        value=value,
        rows=bins.rows.sum(axis=1),
        bounds=bounds,
        method="folded-normal",
        reason=_NOBODY,
    )


def calibration_slope(bins: ScoreBins) -> Estimates:
    """The coefficient of the score's logit in a logistic regression of the label on it."""
    x, weight = _logits(bins), _effective_weight(bins)
    fitted = _overlap(bins, x)
    slope, error = np.full(len(x), np.nan), np.full(len(x), np.nan)
    slope[fitted], error[fitted] = _fit_slope(x[fitted], weight[fitted])
    return Estimates(
        value=slope,
        rows=bins.rows.sum(axis=1),
        bounds=lambda confidence: intervals.normal(slope, error, confidence),
        method="wald",
        reason="the scores of the two labels do not overlap, or one label has no scored row",
    )


def calibration_intercept(bins: ScoreBins) -> Estimates:
    """The constant that, added to every score's logit, makes the mean score the observed rate."""
    x, weight = _logits(bins), _effective_weight(bins)
    constant, error = np.full(len(x), np.nan), np.full(len(x), np.nan)
    both = bins.both
    constant[both], error[both] = _fit_intercept(x[both], weight[both])
    return Estimates(
        value=constant,
        rows=bins.rows.sum(axis=1),
        bounds=lambda confidence: intervals.normal(constant, error, confidence),
        method="wald",
        reason="the rows with a label and a score are not of both classes",
    )


# --- calibration error ---------------------------------------------------------------------------


def _by_group(array: Floats, starts: NDArray[np.intp]) -> Floats:
    """Sums of consecutive bins, shape (S, G); group g begins at bin starts[g]."""
    running = np.concatenate([np.zeros((len(array), 1)), np.cumsum(array, axis=1)], axis=1)
    ends = np.append(starts[1:], array.shape[1])
    sums: Floats = running[:, ends] - running[:, starts]
    return np.where(ends > starts, sums, 0.0)


def _rate_error(curve: Reliability) -> Floats:
    """Standard errors of the observed rates; NaN in a group without rows.

    The spread is that of a rate with two rows more of each label (Agresti and Coull, 1998), so that
    a group of one row, or of one label, is not taken to be certain.
    """
    rate = (curve.observed * curve.rows + 2) / (curve.rows + 4)
    with np.errstate(invalid="ignore", divide="ignore"):
        error: Floats = np.sqrt(rate * (1 - rate) / curve.rows)
    return error


def _folded_quantile(errors: Floats, z: Floats) -> Floats:
    """The upper limit of a sum of absolute normal variables, shape (S,), from its moments."""
    mean = _HALF_NORMAL_MEAN * errors.sum(axis=1)
    deviation = np.sqrt(_HALF_NORMAL_VARIANCE * (errors**2).sum(axis=1))
    third = _HALF_NORMAL_THIRD * (errors**3).sum(axis=1)
    skew = np.divide(third, deviation**3, out=np.zeros_like(third), where=deviation > 0)
    quantile: Floats = mean + deviation * (z + (z**2 - 1) * skew / 6)
    return quantile


# --- logistic recalibration ----------------------------------------------------------------------


def _logits(bins: ScoreBins) -> Floats:
    """The logit of each bin's mean score over both labels, shape (S, U)."""
    score = bins.means(bins.weight.sum(axis=1), bins.score_sum.sum(axis=1))
    kept = np.clip(score, NEAREST, 1 - NEAREST)
    logits: Floats = np.log(kept) - np.log1p(-kept)
    return logits


def _effective_weight(bins: ScoreBins) -> Floats:
    """Weights scaled so that they add up to the effective number of rows, shape (S, 2, U)."""
    total = bins.total
    scale = np.divide(bins.total_effective, total, out=np.zeros_like(total), where=total > 0)
    scaled: Floats = bins.weight * scale[:, None, None]
    return scaled


def _overlap(bins: ScoreBins, x: Floats) -> NDArray[np.bool_]:
    """Where the two labels' scores overlap, so that a logistic slope is finite, shape (S,)."""
    present = bins.weight > 0
    least = np.where(present, x[:, None], np.inf).min(axis=2, initial=np.inf)
    most = np.where(present, x[:, None], -np.inf).max(axis=2, initial=-np.inf)
    one_way = most[:, NEGATIVE] > least[:, POSITIVE]
    other_way = most[:, POSITIVE] > least[:, NEGATIVE]
    return np.asarray(one_way & other_way & bins.both)


def _fit_slope(x: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Newton's method for constant and slope; the slope and its standard error, shape (S,)."""
    total, positive = weight.sum(axis=1), weight[:, POSITIVE]
    middle = (total * x).sum(axis=1) / total.sum(axis=1)
    centred = x - middle[:, None]
    constant, slope = _logit_of_rate(weight), np.zeros(len(x))
    step = np.full((2, len(x)), np.inf)
    for _ in range(STEPS):
        residual, spread = _residual(constant[:, None] + slope[:, None] * centred, total, positive)
        a, b, c = ((spread * centred**power).sum(axis=1) for power in range(3))
        g, h = residual.sum(axis=1), (residual * centred).sum(axis=1)
        determinant = a * c - b**2
        with np.errstate(invalid="ignore", divide="ignore"):
            step = np.stack([c * g - b * h, a * h - b * g]) / determinant
        step *= np.minimum(1.0, LONGEST / np.maximum(np.abs(step).max(axis=0), LONGEST))
        constant, slope = constant + step[0], slope + step[1]
        if not (np.abs(step) > TOLERANCE * (1 + np.abs(slope))).any():
            break
    with np.errstate(invalid="ignore", divide="ignore"):
        error: Floats = np.sqrt(a / determinant)
    arrived = np.abs(step).max(axis=0, initial=0.0) <= SETTLED * (1 + np.abs(slope))
    return np.where(arrived, slope, np.nan), error


def _fit_intercept(x: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Newton's method for the constant beside a slope of 1; it and its standard error."""
    total, positive = weight.sum(axis=1), weight[:, POSITIVE]
    constant = np.zeros(len(x))
    for _ in range(STEPS):
        residual, spread = _residual(constant[:, None] + x, total, positive)
        information = spread.sum(axis=1)
        step = np.clip(residual.sum(axis=1) / information, -LONGEST, LONGEST)
        constant = constant + step
        if not (np.abs(step) > TOLERANCE).any():
            break
    return constant, np.maximum(1 / np.sqrt(information), _robust_error(x, weight, constant))


def _robust_error(x: Floats, weight: Floats, constant: Floats) -> Floats:
    """The constant's standard error from the residuals, whether or not the model holds."""
    logits = constant[:, None] + x
    total, (negative, positive) = weight.sum(axis=1), weight.swapaxes(0, 1)
    _, spread = _residual(logits, total, positive)
    expected = _probability(logits)
    squares = positive * (1 - expected) ** 2 + negative * expected**2
    error: Floats = np.sqrt(squares.sum(axis=1)) / spread.sum(axis=1)
    return error


def _residual(logits: Floats, total: Floats, positive: Floats) -> tuple[Floats, Floats]:
    """Positives beyond those expected at these logits, and their variance, by bin."""
    expected = _probability(logits)
    return positive - total * expected, total * expected * (1 - expected)


def _probability(logits: Floats) -> Floats:
    probability: Floats = 1 / (1 + np.exp(-np.clip(logits, -STEEPEST, STEEPEST)))
    return probability


def _logit_of_rate(weight: Floats) -> Floats:
    labels = weight.sum(axis=2)
    logits: Floats = np.log(labels[:, POSITIVE]) - np.log(labels[:, NEGATIVE])
    return logits
