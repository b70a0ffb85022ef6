"""Losses of predicted probabilities: Brier score and log loss, from the histogram of scores.

The Brier score follows exactly from the sums of scores and squared scores. Log loss is taken at the
mean score of each label in each bin; `log_loss_bound` says how far that can be from the truth.

Sources: Brier (1950); Good (1952). Probabilities are kept a float's rounding away from 0 and 1, as
scikit-learn does, because one confident error would otherwise make log loss infinite.
"""

from __future__ import annotations

import numpy as np

from roadworthy.stats import intervals
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.intervals import Floats, Interval
from roadworthy.stats.scorebins import NEGATIVE, POSITIVE, ROUNDING, ScoreBins

SMALL = 100
"""With fewer (effective) rows than this, a normal interval of a mean is not trusted."""

CLIP = float(np.finfo(np.float64).eps)

_NOBODY = "no row has both a label and a score"


def brier_score(bins: ScoreBins) -> Estimates:
    """The mean squared difference between score and label.

    Fewer than 100 rows: a variable between 0 and 1 never varies more than a proportion of the same
    mean, so Wilson's interval covers. Otherwise the normal interval of a mean.
    """
    total, rows = bins.total, bins.total_effective
    positive = bins.weight[:, POSITIVE].sum(axis=1) - 2 * bins.score_sum[:, POSITIVE].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.clip((bins.score_square_sum.sum(axis=1) + positive) / total, 0.0, 1.0)
    score = bins.means(bins.weight, bins.score_sum)
    error = _standard_error(bins, np.stack([score[:, 0] ** 2, (1 - score[:, 1]) ** 2], axis=1))
    small = ~(rows >= SMALL)

    def bounds(confidence: Floats) -> Interval:
        covering = intervals.wilson(value, rows, confidence)
        large = intervals.normal(value, error, confidence)
        return Interval(
            np.where(small, covering.low, np.maximum(large.low, 0.0)),
            np.where(small, covering.high, np.minimum(large.high, 1.0)),
        )

    return Estimates(
        value=value,
        rows=bins.rows.sum(axis=1),
        bounds=bounds,
        method=["wilson" if few else "normal" for few in small],
        reason=_NOBODY,
    )


def log_loss(bins: ScoreBins) -> Estimates:
    """The mean of minus the logarithm of the probability given to the true label.

    Student's interval; one row has none. Fewer than 100 rows may by chance hold none of the rare
    confident errors that make the loss; there the spread is at least the one that the scores
    themselves predict.
    """
    loss = _log_loss(_given(bins))
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (bins.weight * loss).sum(axis=(1, 2)) / bins.total
    rows = bins.total_effective
    error = _standard_error(bins, loss)
    error = np.where(rows < SMALL, np.fmax(error, _expected_error(bins)), error)

    def bounds(confidence: Floats) -> Interval:
        half = intervals.student(confidence, rows - 1) * error
        return Interval(np.maximum(value - half, 0.0), value + half)

    return Estimates(
        value=value,
        rows=bins.rows.sum(axis=1),
        bounds=bounds,
        method="student",
        reason=_NOBODY,
    )


def log_loss_bound(bins: ScoreBins) -> Floats:
    """How far the log loss of the bins can be from that of the rows, at most; NaN without rows.

    The logarithm is concave: the mean loss of a bin lies between the loss of its mean score and the
    chord between the losses at its edges. Scores are known up to a tally's rounding.
    """
    mean = _given(bins)
    low, high = np.stack([1 - bins.high, bins.low]), np.stack([1 - bins.low, bins.high])
    least = _log_loss(np.minimum(mean + ROUNDING, high))
    width = np.where(high > low, high - low, 1.0)
    share = (np.maximum(mean - ROUNDING, low) - low) / width
    most = (1 - share) * _log_loss(low) + share * _log_loss(high)
    here = _log_loss(mean)
    reach = np.where(bins.weight > 0, np.maximum(most - here, here - least), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        bound: Floats = (bins.weight * reach).sum(axis=(1, 2)) / bins.total
    return bound


def _given(bins: ScoreBins) -> Floats:
    """The mean probability given to the true label, shape (S, 2, U)."""
    score = bins.means(bins.weight, bins.score_sum)
    return np.stack([1 - score[:, NEGATIVE], score[:, POSITIVE]], axis=1)


def _log_loss(probability: Floats) -> Floats:
    loss: Floats = -np.log(np.clip(probability, CLIP, 1 - CLIP))
    return loss


def _expected_error(bins: ScoreBins) -> Floats:
    """The standard error of the mean log loss if the scores were right."""
    weight = bins.weight.sum(axis=1)
    score = np.clip(bins.means(weight, bins.score_sum.sum(axis=1)), CLIP, 1 - CLIP)
    logit = np.log(score) - np.log1p(-score)
    variance = weight * score * (1 - score) * logit**2
    entropy = -score * np.log(score) - (1 - score) * np.log1p(-score)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (weight * entropy).sum(axis=1) / bins.total
        spread = variance + weight * (entropy - mean[:, None]) ** 2
        error: Floats = np.sqrt(spread.sum(axis=1) / bins.total / (bins.total_effective - 1))
    return error


def _standard_error(bins: ScoreBins, loss: Floats) -> Floats:
    """The standard error of the mean loss, each bin's rows sharing one loss."""
    rows = bins.total_effective
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (bins.weight * loss).sum(axis=(1, 2)) / bins.total
        spread = bins.weight * (loss - mean[:, None, None]) ** 2
        error: Floats = np.sqrt(spread.sum(axis=(1, 2)) / bins.total / (rows - 1))
    return error
