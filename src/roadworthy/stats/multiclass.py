"""Measures of a confusion matrix of K classes that do not come from one class alone.

Accuracy is one proportion. The others are smooth functions of the matrix: their standard
errors are the delta method's for a multinomial table (Bishop, Fienberg and Holland, 1975), on the
logit scale or, between -1 and 1, on Fisher's z scale. As in `confusion`, the limits are the outer
ones of two such intervals, of the counts as they are and with 1/K of a row more in each cell:
either alone fails in small tables.

A class without a row in a slice leaves what needs it undefined there: it is neither counted as 0
nor left out of a mean.

Sources: Sokolova and Lapalme (2009) for averages over classes; Cohen (1960) for kappa; Gorodkin
(2004) for the correlation of K classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from roadworthy.stats import intervals, proportions
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats, Interval, critical

_NOBODY = "no row has both a label and a prediction"
_NO_LABEL = "a class has no row with a prediction here, so it has no recall"
_NO_PREDICTION = "a class is predicted for no row with a label here, so it has no precision"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matrix:
    """The K by K table of rows with a label and a prediction, in S slices.

    Attributes:
        shares: shares of the slice's weight, shape (S, K, K), label by prediction; NaN if empty.
        effective: Kish's effective number of rows, shape (S,).
    """

    shares: Floats
    effective: Floats

    @property
    def right(self) -> Floats:
        """The share of rows that are of each class and predicted so, shape (S, K)."""
        return np.diagonal(self.shares, axis1=1, axis2=2)

    @property
    def labels(self) -> Floats:
        """The share of each class by label, shape (S, K)."""
        return np.asarray(self.shares.sum(axis=2))

    @property
    def predictions(self) -> Floats:
        """The share of each class by prediction, shape (S, K)."""
        return np.asarray(self.shares.sum(axis=1))

    def smoothed(self) -> Matrix:
        """The matrix with 1/K of a row more in each cell."""
        classes = self.shares.shape[1]
        rows = np.nan_to_num(self.shares) * self.effective[:, None, None] + 1 / classes
        return Matrix(
            shares=rows / (self.effective + classes)[:, None, None], effective=rows.sum((1, 2))
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linear:
    """A function of the matrix and its slopes; each shape (S, K) but the value, shape (S,).

    The slopes are by what the function reads: the diagonal, the shares by label and by prediction.
    """

    value: Floats
    by_right: Floats
    by_label: Floats
    by_prediction: Floats


Function = Callable[[Matrix], Linear]


def accuracy(table: SliceTable) -> Estimates:
    """The share of rows whose prediction is their label.

    Precision, recall and F1 over all classes together (micro averages) are the same number.
    """
    matrix = _matrix(table)
    value = np.minimum(matrix.right.sum(axis=1), 1.0)
    return proportions.estimates(value, matrix.effective, rows=_rows(table), reason=_NOBODY)


def macro_recall(table: SliceTable) -> Estimates:
    """The mean over classes of the share found: balanced accuracy."""
    return _smooth(table, _macro_recall, reason=_NO_LABEL)


def macro_precision(table: SliceTable) -> Estimates:
    """The mean over classes of the share of right ones among those predicted."""
    return _smooth(table, _macro_precision, reason=_NO_PREDICTION)


def macro_f1(table: SliceTable) -> Estimates:
    """The mean over classes of F1."""
    return _smooth(
        table,
        _macro_f1,
        reason="a class occurs here neither as a label nor as a prediction, so it has no F1",
    )


def weighted_precision(table: SliceTable) -> Estimates:
    """The mean over classes of precision, each class weighing as often as it is true."""
    return _smooth(table, _weighted_precision, reason=_NO_PREDICTION)


def weighted_f1(table: SliceTable) -> Estimates:
    """The mean over classes of F1, each class weighing as often as it is true."""
    return _smooth(table, _weighted_f1, reason=_NOBODY)


def cohen_kappa(table: SliceTable) -> Estimates:
    """Agreement of label and prediction beyond chance, as a share of the agreement possible."""
    return _smooth(table, _kappa, reason="labels and predictions are all of one class", signed=True)


def matthews_correlation(table: SliceTable) -> Estimates:
    """The correlation of label and prediction over K classes; for two, the ordinary one."""
    return _smooth(
        table,
        _correlation,
        reason="all labels, or all predictions, are of one class",
        signed=True,
    )


def confusion_rate(table: SliceTable, label: int, prediction: int) -> Estimates:
    """Of the rows of one class, the share that is taken for another."""
    classes = table.counts.shape[1] - 1
    weight = table.weights[:, label, :classes]
    squares = table.weights_squared[:, label, :classes].sum(axis=1)
    total = weight.sum(axis=1)
    trials = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = weight[:, prediction] / total
    return proportions.estimates(
        share,
        trials,
        rows=table.counts[:, label, :classes].sum(axis=1),
        reason="no row with a prediction is of this class",
    )


# --- the matrix ----------------------------------------------------------------------------------


def _matrix(table: SliceTable) -> Matrix:
    classes = table.counts.shape[1] - 1
    weight = table.weights[:, :classes, :classes]
    squares = table.weights_squared[:, :classes, :classes].sum(axis=(1, 2))
    total = weight.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = weight / total[:, None, None]
    return Matrix(
        shares=shares,
        effective=np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0),
    )


def _rows(table: SliceTable) -> np.ndarray:
    classes = table.counts.shape[1] - 1
    return np.asarray(table.counts[:, :classes, :classes].sum(axis=(1, 2)))


# --- smooth functions ----------------------------------------------------------------------------


def _smooth(
    table: SliceTable, function: Function, *, reason: str, signed: bool = False
) -> Estimates:
    matrix = _matrix(table)
    found, smooth = function(matrix), matrix.smoothed()

    def bounds(confidence: Floats) -> Interval:
        plain = _limits(matrix, found, confidence, signed=signed)
        other = _limits(smooth, function(smooth), confidence, signed=signed)
        return Interval(np.fmin(plain.low, other.low), np.fmax(plain.high, other.high))

    return Estimates(
        value=np.clip(found.value, -1.0 if signed else 0.0, 1.0),
        rows=_rows(table),
        bounds=bounds,
        method="delta-fisher-z" if signed else "delta-logit",
        reason=reason,
    )


def _limits(matrix: Matrix, found: Linear, confidence: Floats, *, signed: bool) -> Interval:
    """Normal limits on the scale of the measure's range; NaN at its ends."""
    error = _standard_error(matrix, found)
    if not signed:
        return intervals.logit(found.value, error, confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        half = critical(confidence) * error / (1 - found.value**2)
        centre = np.arctanh(found.value)
        return Interval(np.tanh(centre - half), np.tanh(centre + half))


def _standard_error(matrix: Matrix, found: Linear) -> Floats:
    """By the delta method over the multinomial cells of the matrix."""
    slope = found.by_label[:, :, None] + found.by_prediction[:, None, :]
    each = np.arange(slope.shape[1])
    slope[:, each, each] += found.by_right
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (matrix.shares * slope).sum(axis=(1, 2))
        variance = (matrix.shares * slope**2).sum(axis=(1, 2)) - mean**2
        error: Floats = np.sqrt(np.maximum(variance, 0.0) / matrix.effective)
    return error


def _f1(matrix: Matrix) -> tuple[Floats, Floats, Floats]:
    """F1 of each class, and its slopes by the diagonal and by either margin."""
    both = matrix.labels + matrix.predictions
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = 2 * matrix.right / both
        return f1, 2 / both, -f1 / both


def _macro_f1(matrix: Matrix) -> Linear:
    f1, by_right, by_margin = _f1(matrix)
    classes = f1.shape[1]
    return Linear(
        value=f1.mean(axis=1),
        by_right=by_right / classes,
        by_label=by_margin / classes,
        by_prediction=by_margin / classes,
    )


def _macro_recall(matrix: Matrix) -> Linear:
    value, by_right, by_margin = _mean_share(matrix.right, matrix.labels)
    return Linear(
        value=value,
        by_right=by_right,
        by_label=by_margin,
        by_prediction=np.zeros_like(by_margin),
    )


def _macro_precision(matrix: Matrix) -> Linear:
    value, by_right, by_margin = _mean_share(matrix.right, matrix.predictions)
    return Linear(
        value=value,
        by_right=by_right,
        by_label=np.zeros_like(by_margin),
        by_prediction=by_margin,
    )


def _mean_share(right: Floats, margin: Floats) -> tuple[Floats, Floats, Floats]:
    """The mean over classes of the diagonal's share of a margin, and its two slopes."""
    classes = right.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = right / margin
        return share.mean(axis=1), 1 / margin / classes, -share / margin / classes


def _weighted_f1(matrix: Matrix) -> Linear:
    """A class that is neither true nor predicted weighs nothing."""
    f1, by_right, by_margin = _f1(matrix)
    absent = matrix.labels + matrix.predictions == 0
    f1, by_right, by_margin = (np.where(absent, 0.0, item) for item in (f1, by_right, by_margin))
    weight = matrix.labels
    return Linear(
        value=(weight * f1).sum(axis=1),
        by_right=weight * by_right,
        by_label=f1 + weight * by_margin,
        by_prediction=weight * by_margin,
    )


def _weighted_precision(matrix: Matrix) -> Linear:
    """A class that is never true weighs nothing, even if it is never predicted."""
    weight, predicted = matrix.labels, matrix.predictions
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = matrix.right / predicted
        by_right, by_prediction = weight / predicted, -weight * precision / predicted
    idle = (weight == 0) & (predicted == 0)
    precision, by_right, by_prediction = (
        np.where(idle, 0.0, item) for item in (precision, by_right, by_prediction)
    )
    return Linear(
        value=(weight * precision).sum(axis=1),
        by_right=by_right,
        by_label=precision,
        by_prediction=by_prediction,
    )


def _kappa(matrix: Matrix) -> Linear:
    right, labels, predictions = matrix.right, matrix.labels, matrix.predictions
    observed = right.sum(axis=1)
    chance = (labels * predictions).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (observed - chance) / (1 - chance)
        by_chance = ((observed - 1) / (1 - chance) ** 2)[:, None]
        by_right = np.broadcast_to((1 / (1 - chance))[:, None], right.shape)
    return Linear(
        value=value,
        by_right=by_right,
        by_label=by_chance * predictions,
        by_prediction=by_chance * labels,
    )


def _correlation(matrix: Matrix) -> Linear:
    right, labels, predictions = matrix.right, matrix.labels, matrix.predictions
    spread_of_labels = 1 - (labels**2).sum(axis=1)
    spread_of_predictions = 1 - (predictions**2).sum(axis=1)
    # Square roots one by one, as in `confusion`; what should be 0 may be a rounding away from it.
    scale = np.sqrt(np.where(spread_of_labels > _ROUNDING, spread_of_labels, np.nan))
    scale *= np.sqrt(np.where(spread_of_predictions > _ROUNDING, spread_of_predictions, np.nan))
    together = right.sum(axis=1) - (labels * predictions).sum(axis=1)
    value = np.clip(together / scale, -1.0, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        by_label = (value / spread_of_labels)[:, None] * labels - predictions / scale[:, None]
        by_prediction = (value / spread_of_predictions)[:, None] * predictions
        by_prediction = by_prediction - labels / scale[:, None]
        by_right = np.broadcast_to((1 / scale)[:, None], right.shape)
    return Linear(value=value, by_right=by_right, by_label=by_label, by_prediction=by_prediction)


_ROUNDING = 1e-15
