"""How far predictions are from labels: losses, bias and explained variance, with intervals.

Every measure is a function of exact sums (see `regression_plan.POWERS`). Means have Student's
interval; a mean square, its root and the unexplained share of variance, which are skewed and never
negative, have Student's interval on the logarithmic scale, by the delta method. With weights,
Kish's effective number of rows stands for the rows.

Sources: Student (1908); Koenker and Bassett (1978) for the pinball loss; Gneiting and Raftery
(2007) for the interval score; van der Vaart (1998), chapter 3, for the delta method.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats import intervals, proportions
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.intervals import Floats, Interval
from roadworthy.stats.regression_plan import Population
from roadworthy.stats.regression_tally import RegressionTable

NOISE = 2.0**-38
"""A variance that is a smaller part of the mean square is what rounding left of none."""

NOBODY = "no row has both a label and a prediction"
NO_PREDICTION = "no row has a prediction"
NO_LABEL = "no row has a label"
NO_INTERVAL = "no row has a label and both limits of a predicted interval"
EQUAL = "all labels are equal, so there is no variance to explain"


def mean_error(table: RegressionTable) -> Estimates:
    """The mean of prediction minus label: above zero if predictions are too high on average."""
    return _mean(table, "error", "error_square", NOBODY)


def mean_absolute_error(table: RegressionTable) -> Estimates:
    """The mean distance of prediction and label."""
    return _mean(table, "error_absolute", "error_square", NOBODY)


def mean_squared_error(table: RegressionTable) -> Estimates:
    """The mean squared distance of prediction and label."""
    return _root(table, power=1.0)


def root_mean_squared_error(table: RegressionTable) -> Estimates:
    """The square root of the mean squared distance of prediction and label."""
    return _root(table, power=0.5)


def pinball_loss(table: RegressionTable, quantile: float) -> Estimates:
    """The loss that predictions of a quantile minimise; half the mean absolute error at a half.

    Too low a prediction costs `quantile` times its distance, too high a one `1 - quantile` times.
    """
    below, above = quantile, 1.0 - quantile
    absolute, signed = table.mean("error_absolute"), table.mean("error")
    value = (above + below) / 2 * absolute + (above - below) / 2 * signed
    squares, signed_squares = table.mean("error_square"), table.mean("error_signed_square")
    square = (above**2 + below**2) / 2 * squares + (above**2 - below**2) / 2 * signed_squares
    return _student(table, value, square, Population.KNOWN, NOBODY)


def r_squared(table: RegressionTable) -> Estimates:
    """One minus the mean squared error over the variance of the labels of the same slice."""
    numerator = table.mean("error_square")
    label, spread = _labels(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(spread > 0, numerator / spread, np.nan)
        squares, values = table.mean("error_square_value_square"), table.mean("error_square_value")
        product = squares - 2 * label * values + label**2 * numerator
        variance = table.mean("error_fourth") - 2 * share * product
        variance += share**2 * _fourth_moment(table, label)
    return _unexplained(table, share, variance, spread)


def explained_variance(table: RegressionTable) -> Estimates:
    """One minus the variance of the errors over the variance of the labels: R² without the bias."""
    bias, squares = table.mean("error"), table.mean("error_square")
    label, spread = _labels(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(spread > 0, np.maximum(squares - bias**2, 0.0) / spread, np.nan)
        fourth = table.mean("error_fourth") - 4 * bias * table.mean("error_cube")
        fourth += 6 * bias**2 * squares - 3 * bias**4
        product = _squares_of_both(table, bias, label)
        variance = fourth - 2 * share * product + share**2 * _fourth_moment(table, label)
    return _unexplained(table, share, variance, spread)


def largest_error(table: RegressionTable) -> Floats:
    """The largest distance of a prediction and its label, shape (S,); NaN of no rows."""
    return table.largest["largest_error"]


def mean_prediction(table: RegressionTable) -> Estimates:
    """The mean of the predictions, over all rows that have one."""
    return _centred(table, "prediction", Population.PREDICTED, NO_PREDICTION)


def mean_label(table: RegressionTable) -> Estimates:
    """The mean of the labels, over the rows that have a prediction too, if there are any."""
    return _centred(table, "value", Population.KNOWN, NO_LABEL)


def interval_coverage(table: RegressionTable) -> Estimates:
    """The share of labels that lie within their predicted interval, limits included."""
    return _share(table, "inside")


def interval_misses(table: RegressionTable, side: str) -> Estimates:
    """The share of labels `under` or `over` their predicted interval."""
    return _share(table, side)


def coverage_error(table: RegressionTable, stated: float) -> Estimates:
    """How much more often labels lie within their predicted intervals than was stated."""
    coverage = interval_coverage(table)

    def bounds(confidence: Floats) -> Interval:
        low, high = coverage.interval(confidence)
        return Interval(low - stated, high - stated)

    return Estimates(
        value=coverage.value - stated,
        rows=coverage.rows,
        bounds=bounds,
        method=coverage.method,
        reason=coverage.reason,
    )


def interval_width(table: RegressionTable) -> Estimates:
    """The mean width of the predicted intervals."""
    return _mean(table, "width", "width_square", NO_INTERVAL, Population.BOUNDED)


def interval_score(table: RegressionTable) -> Estimates:
    """The mean of an interval's width and, for each miss, 2 / (1 - confidence) its distance."""
    return _mean(table, "score", "score_square", NO_INTERVAL, Population.BOUNDED)


# --- means ---------------------------------------------------------------------------------------


def _mean(
    table: RegressionTable,
    name: str,
    square: str,
    reason: str,
    population: Population = Population.KNOWN,
) -> Estimates:
    value, squares = table.mean(name, population), table.mean(square, population)
    return _student(table, value, squares, population, reason)


def _centred(table: RegressionTable, name: str, population: Population, reason: str) -> Estimates:
    """A mean of numbers that were summed less the centre."""
    value, squares = table.mean(name, population), table.mean(f"{name}_square", population)
    center = table.plan.center
    return _student(table, value, squares, population, reason, shift=center)


def _student(
    table: RegressionTable,
    value: Floats,
    square: Floats,
    population: Population,
    reason: str,
    *,
    shift: float = 0.0,
) -> Estimates:
    """The mean with Student's interval, from means of a number and of its square."""
    rows = table.effective(population)
    error = standard_error(value, square, rows)

    def bounds(confidence: Floats) -> Interval:
        half = intervals.student(confidence, rows - 1) * error
        return Interval(value + shift - half, value + shift + half)

    return Estimates(
        value=value + shift,
        rows=table.rows_of(population),
        bounds=bounds,
        method="student",
        reason=weighted_reason(reason, table.rows_of(population), table.weight(population)),
    )


def standard_error(mean: Floats, square: Floats, rows: Floats) -> Floats:
    """The standard error of a mean, from the means of a number and of its square; NaN of one row.

    >>> float(standard_error(np.array(2.0), np.array(5.0), np.array(5.0)))
    0.5
    """
    spread = square - mean**2
    spread = np.where(spread > NOISE * square, spread, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        error: Floats = np.sqrt(spread / (rows - 1))
    return np.where(rows > 1, error, np.nan)


def weighted_reason(reason: str, rows: NDArray[np.int64], weight: Floats) -> str:
    """The reason; it speaks of weights where rows without any are all that a slice has."""
    weightless = (rows > 0) & (weight == 0)
    return reason.replace("no row", "no row of positive weight", 1) if weightless.any() else reason


# --- squares and shares of variance --------------------------------------------------------------


def _root(table: RegressionTable, *, power: float) -> Estimates:
    """A power of the mean squared error, with an interval on the logarithmic scale."""
    square = table.mean("error_square")
    rows = table.effective(Population.KNOWN)
    error = standard_error(square, table.mean("error_fourth"), rows)
    value: Floats = square**power

    def bounds(confidence: Floats) -> Interval:
        with np.errstate(invalid="ignore", divide="ignore"):
            relative = np.where(square > 0, error / square, 0.0 * error)
        half = power * intervals.student(confidence, rows - 1) * relative
        with np.errstate(over="ignore"):
            return Interval(value * np.exp(-half), value * np.exp(half))

    return Estimates(
        value=value,
        rows=table.rows_of(Population.KNOWN),
        bounds=bounds,
        method="delta-log",
        reason=_reason(table, NOBODY),
    )


def _labels(table: RegressionTable) -> tuple[Floats, Floats]:
    """Mean (less the centre) and variance of the labels; what rounding leaves of none is none."""
    mean, square = table.mean("value"), table.mean("value_square")
    spread = square - mean**2
    noise = 8 * np.finfo(np.float64).eps * square + table.plan.cut("value_square").rounding
    return mean, np.where(spread > noise, spread, 0.0)


def _fourth_moment(table: RegressionTable, mean: Floats) -> Floats:
    """The mean fourth power of a label's distance from the mean label."""
    moment = table.mean("value_fourth") - 4 * mean * table.mean("value_cube")
    return moment + 6 * mean**2 * table.mean("value_square") - 3 * mean**4


def _squares_of_both(table: RegressionTable, bias: Floats, label: Floats) -> Floats:
    """The mean product of squared deviations of error and label from their means."""
    squares = table.mean("error_square_value_square") - 2 * label * table.mean("error_square_value")
    squares += label**2 * table.mean("error_square")
    mixed = table.mean("error_value_square") - 2 * label * table.mean("error_value")
    mixed += label**2 * bias
    return squares - 2 * bias * mixed + bias**2 * (table.mean("value_square") - label**2)


def _unexplained(
    table: RegressionTable, share: Floats, variance: Floats, spread: Floats
) -> Estimates:
    """One minus a share of variance, with Student's interval on the share's logarithm."""
    rows = table.effective(Population.KNOWN)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(np.maximum(variance, 0.0) / (rows - 1)) / spread
        relative = np.where(share > 0, error / share, 0.0 * error)
        relative = np.where(rows > 1, relative, np.nan)

    def bounds(confidence: Floats) -> Interval:
        half = intervals.student(confidence, rows - 1) * relative
        with np.errstate(over="ignore"):
            return Interval(1.0 - share * np.exp(half), 1.0 - share * np.exp(-half))

    flat = (table.rows_of(Population.KNOWN) > 0) & ~(spread > 0)
    return Estimates(
        value=1.0 - share,
        rows=table.rows_of(Population.KNOWN),
        bounds=bounds,
        method="delta-log",
        reason=EQUAL if flat.any() else _reason(table, NOBODY),
    )


def _share(table: RegressionTable, name: str) -> Estimates:
    """A share of the rows with a predicted interval."""
    weight, rows = table.weight(Population.BOUNDED), table.effective(Population.BOUNDED)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(weight > 0, table.weight_named(name) / weight, np.nan)
    counted = table.rows_of(Population.BOUNDED)
    reason = weighted_reason(NO_INTERVAL, counted, weight)
    return proportions.estimates(share, rows, rows=counted, reason=reason)


def _reason(table: RegressionTable, reason: str) -> str:
    known = Population.KNOWN
    return weighted_reason(reason, table.rows_of(known), table.weight(known))
