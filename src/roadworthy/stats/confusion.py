"""Measures of the four confusion cells that are not plain rates.

Each has a closed-form interval that keeps its confidence in small groups too, so none is resampled:

- balanced accuracy is half the sum of two independent rates: MOVER from their own limits;
- F1 is a rising function, 2j / (1 + j), of Jaccard's share j = TP / (TP + FP + FN), which is a
  plain proportion: its limits go through that function (Hand, Christen and Kirielle, 2021);
- the ratio of false negatives to false positives is the odds of a proportion: its limits again;
- Matthews correlation is normal on Fisher's z scale with the delta-method variance of a 2x2 table
  (Bishop, Fienberg and Holland, 1975); the limits are the outer ones of two such intervals, of the
  counts as they are and with half a row more in each cell: either alone fails in small tables.
"""

from __future__ import annotations

import numpy as np

from roadworthy.stats import rates
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats, Interval, critical
from roadworthy.stats.proportions import proportion
from roadworthy.stats.rates import (
    FALSE_NEGATIVE,
    FALSE_POSITIVE,
    RATES,
    TRUE_NEGATIVE,
    TRUE_POSITIVE,
)


def balanced_accuracy(table: SliceTable) -> Estimates:
    """The mean of the true positive and the true negative rate."""
    positive = rates.estimate(table, RATES["true-positive-rate"])
    negative = rates.estimate(table, RATES["true-negative-rate"])
    value = (positive.value + negative.value) / 2

    def bounds(confidence: Floats) -> Interval:
        first, second = positive.interval(confidence), negative.interval(confidence)
        below = np.hypot(positive.value - first.low, negative.value - second.low) / 2
        above = np.hypot(first.high - positive.value, second.high - negative.value) / 2
        return Interval(value - below, value + above)

    return Estimates(
        value=value,
        rows=positive.rows + negative.rows,
        bounds=bounds,
        method="mover-wilson",
        reason="the rows with a label and a prediction are not of both classes",
    )


def f1(table: SliceTable) -> Estimates:
    """The harmonic mean of precision and recall."""
    cells = (TRUE_POSITIVE, FALSE_POSITIVE, FALSE_NEGATIVE)
    weight, trials = rates.weight_of(table, cells), rates.effective(table, cells)
    found = rates.weight_of(table, (TRUE_POSITIVE,))
    with np.errstate(invalid="ignore", divide="ignore"):
        jaccard = found / weight
        value = 2 * found / (weight + found)

    def bounds(confidence: Floats) -> Interval:
        low, high = proportion(jaccard, trials, confidence)
        return Interval(2 * low / (1 + low), 2 * high / (1 + high))

    return Estimates(
        value=value,
        rows=rates.rows_of(table, cells),
        bounds=bounds,
        method="wilson-jaccard",
        reason="no row is positive, neither by its label nor by its prediction",
    )


def treatment_ratio(table: SliceTable) -> Estimates:
    """False negatives for each false positive."""
    cells = (FALSE_NEGATIVE, FALSE_POSITIVE)
    missed, alarmed = (
        rates.weight_of(table, (FALSE_NEGATIVE,)),
        rates.weight_of(table, (FALSE_POSITIVE,)),
    )
    trials = rates.effective(table, cells)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = missed / (missed + alarmed)
        value = np.where(alarmed > 0, missed / alarmed, np.nan)

    def bounds(confidence: Floats) -> Interval:
        low, high = proportion(share, trials, confidence)
        with np.errstate(invalid="ignore", divide="ignore"):
            return Interval(low / (1 - low), high / (1 - high))

    return Estimates(
        value=value,
        rows=rates.rows_of(table, cells),
        bounds=bounds,
        method="wilson-odds",
        reason="there is no false positive to compare with",
    )


def matthews_correlation(table: SliceTable) -> Estimates:
    """The correlation of label and prediction."""
    cells = (TRUE_NEGATIVE, FALSE_POSITIVE, FALSE_NEGATIVE, TRUE_POSITIVE)
    weights = np.stack([rates.weight_of(table, (cell,)) for cell in cells], axis=1)
    trials = rates.effective(table, cells)

    def bounds(confidence: Floats) -> Interval:
        total = weights.sum(axis=1, keepdims=True)
        rows = np.divide(
            weights * trials[:, None], total, out=np.zeros_like(weights), where=total > 0
        )
        plain, smooth = _fisher(rows, confidence), _fisher(rows + 0.5, confidence)
        return Interval(np.fmin(plain.low, smooth.low), np.fmax(plain.high, smooth.high))

    return Estimates(
        value=_phi(weights),
        rows=rates.rows_of(table, cells),
        bounds=bounds,
        method="fisher-z",
        reason="all labels, or all predictions, are of one class",
    )


def _fisher(cells: Floats, confidence: Floats) -> Interval:
    """Normal limits of phi on Fisher's z scale; NaN where phi or its error is undefined."""
    phi = _phi(cells)
    with np.errstate(invalid="ignore", divide="ignore"):
        half = critical(confidence) * _phi_error(cells) / (1 - phi**2)
        centre = np.arctanh(phi)
        return Interval(np.tanh(centre - half), np.tanh(centre + half))


def _phi(cells: Floats) -> Floats:
    tn, fp, fn, tp = cells.T
    with np.errstate(invalid="ignore", divide="ignore"):
        # Square roots one by one: the product of four large margins would overflow an integer and
        # lose digits of a float.
        margins = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
        phi: Floats = np.clip((tp * tn - fp * fn) / margins, -1.0, 1.0)
    return phi


def _phi_error(cells: Floats) -> Floats:
    """The standard error of phi in a multinomial 2x2 table, by the delta method."""
    total = cells.sum(axis=1)
    _, fp, fn, tp = (cells / total[:, None]).T
    label, predicted = fn + tp, fp + tp
    phi = _phi(cells)
    spread_label = label * (1 - label)
    spread_predicted = predicted * (1 - predicted)
    skew_label, skew_predicted = 1 - 2 * label, 1 - 2 * predicted
    variance = (
        1
        - phi**2
        + (phi + phi**3 / 2)
        * (skew_label * skew_predicted)
        / np.sqrt(spread_label * spread_predicted)
        - 0.75 * phi**2 * (skew_label**2 / spread_label + skew_predicted**2 / spread_predicted)
    )
    error: Floats = np.sqrt(np.maximum(variance, 0.0) / total)
    return error
