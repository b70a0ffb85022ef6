"""Confidence intervals in closed form, vectorised; counts may be weighted and need not be whole.

`confidence` is one level or an array of levels, one for each estimate, so that a family of slices
can be widened together. NaN stands for "undefined" inside `roadworthy.stats` and never leaves it.

Sources: Wilson (1927); Newcombe (1998), methods 3 and 10, and (2006), method 5, for the area under
a ROC curve; Zou and Donner (2008) and Donner and Zou (2012) for the method of variance estimates
recovery (MOVER); Katz et al. (1978); Boyd, Eng and Page (2013) for average precision; Hill (1970)
for Student's quantile.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

BISECTIONS = 60
"""Halvings of [0, 1] after which a root is known to the last bit of a float."""


class Interval(NamedTuple):
    """Lower and upper limits, of one shape."""

    low: Floats
    high: Floats


def critical(confidence: ArrayLike) -> Floats:
    """The z such that a standard normal variable lies within ±z with this probability.

    >>> round(float(critical(0.95)), 4)
    1.96
    """
    levels = np.asarray(confidence, dtype=np.float64)
    if levels.size and levels.min() == levels.max():
        return np.full(levels.shape, NormalDist().inv_cdf(0.5 + float(levels.flat[0]) / 2))
    unique, inverse = np.unique(levels, return_inverse=True)
    quantiles = np.array([NormalDist().inv_cdf(0.5 + level / 2) for level in unique])
    return quantiles[inverse].reshape(levels.shape)


def student(confidence: ArrayLike, degrees: ArrayLike) -> Floats:
    """The t such that Student's variable lies within ±t so often; NaN below 1 degree of freedom.

    Exact for 1 and 2 degrees of freedom, good to three digits for more (Hill's algorithm 396).
    """
    level, n = np.broadcast_arrays(
        np.asarray(confidence, dtype=np.float64), np.asarray(degrees, dtype=np.float64)
    )
    tail = 1.0 - level
    with np.errstate(all="ignore"):
        series = _hill(tail, n, critical(level))
        one = 1.0 / np.tan(tail * np.pi / 2)
        two = np.sqrt(2.0 / (tail * (2.0 - tail)) - 2.0)
        exact = np.where(n < 2, one, two)  # noqa: PLR2004 - between whole degrees the wider one
        return np.where(n < 1, np.nan, np.where(n < 3, exact, series))  # noqa: PLR2004 - series


def _hill(tail: Floats, n: Floats, z: Floats) -> Floats:
    a = 1.0 / (n - 0.5)
    b = 48.0 / a**2
    c = ((20700.0 * a / b - 98.0) * a - 16.0) * a + 96.36
    d = ((94.5 / (b + c) - 3.0) / b + 1.0) * np.sqrt(a * np.pi / 2) * n
    y = (d * tail) ** (2.0 / n)
    far = y > 0.05 + a
    near_normal = z**2
    c = c + np.where(n < 5, 0.3 * (n - 4.5) * (z + 0.6), 0.0)  # noqa: PLR2004 - Hill's constants
    c = (((0.05 * d * z - 5.0) * z - 7.0) * z - 2.0) * z + b + c
    first = (
        (
            (((0.4 * near_normal + 6.3) * near_normal + 36.0) * near_normal + 94.5) / c
            - near_normal
            - 3.0
        )
        / b
        + 1.0
    ) * z
    first = np.expm1(a * first**2)
    second = (
        (1.0 / (((n + 6.0) / (n * y) - 0.089 * d - 0.822) * (n + 2.0) * 3.0) + 0.5 / (n + 4.0)) * y
        - 1.0
    ) * (n + 1.0) / (n + 2.0) + 1.0 / y
    return np.sqrt(n * np.where(far, first, second))


def wilson(share: ArrayLike, trials: ArrayLike, confidence: ArrayLike) -> Interval:
    """Wilson's score interval of a proportion; NaN without trials.

    >>> low, high = wilson(1.0, 10, 0.95)
    >>> float(low.round(4)), float(high)
    (0.7225, 1.0)
    """
    p, n = np.asarray(share, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    z = critical(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = 1.0 / (1.0 + z**2 / n)
        middle = (p + z**2 / (2.0 * n)) * shrink
        half = z * shrink * np.sqrt(p * (1.0 - p) / n + (z / (2.0 * n)) ** 2)
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    undefined = ~(n > 0)
    low = np.where(p == 0, 0.0, np.minimum(low, p))
    high = np.where(p == 1, 1.0, np.maximum(high, p))
    return Interval(np.where(undefined, np.nan, low), np.where(undefined, np.nan, high))


def difference(
    first: ArrayLike, of_first: Interval, second: ArrayLike, of_second: Interval
) -> Interval:
    """MOVER: the interval of `first - second` from the intervals of two independent estimates."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    value = a - b
    return Interval(
        value - np.hypot(a - of_first.low, of_second.high - b),
        value + np.hypot(of_first.high - a, b - of_second.low),
    )


def newcombe(
    first: ArrayLike,
    first_trials: ArrayLike,
    second: ArrayLike,
    second_trials: ArrayLike,
    confidence: ArrayLike,
) -> Interval:
    """Newcombe's hybrid score interval of the difference of two independent proportions."""
    return difference(
        first,
        wilson(first, first_trials, confidence),
        second,
        wilson(second, second_trials, confidence),
    )


def ratio(first: ArrayLike, of_first: Interval, second: ArrayLike, of_second: Interval) -> Interval:
    """MOVER-R: the interval of `first / second` from intervals of two non-negative estimates.

    It needs no correction for zero counts: the lower limit is 0 when `first` is 0, and the upper
    one infinite when the interval of `second` reaches 0.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    (l1, u1), (l2, u2) = of_first, of_second
    with np.errstate(divide="ignore", invalid="ignore"):
        product = a * b
        inner = l1 * (2.0 * a - l1)
        low = inner / (product + np.sqrt(product**2 - inner * u2 * (2.0 * b - u2)))
        outer = l2 * (2.0 * b - l2)
        high = (product + np.sqrt(product**2 - u1 * (2.0 * a - u1) * outer)) / outer
    undefined = np.isnan(a) | np.isnan(b)
    low = np.where(l1 == 0, 0.0, low)
    high = np.where(outer == 0, np.inf, high)
    return Interval(np.where(undefined, np.nan, low), np.where(undefined, np.nan, high))


def katz(
    first: ArrayLike,
    first_trials: ArrayLike,
    second: ArrayLike,
    second_trials: ArrayLike,
    confidence: ArrayLike,
) -> Interval:
    """Katz's log interval of the ratio of two independent proportions.

    Zero counts: where either proportion is 0 or 1 the logarithm or its variance breaks down, and
    the MOVER-R interval from Wilson limits stands instead (see `ratio`).
    """
    p1, n1 = np.asarray(first, dtype=np.float64), np.asarray(first_trials, dtype=np.float64)
    p2, n2 = np.asarray(second, dtype=np.float64), np.asarray(second_trials, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = critical(confidence) * np.sqrt((1 - p1) / (n1 * p1) + (1 - p2) / (n2 * p2))
        plain = Interval(p1 / p2 * np.exp(-half), p1 / p2 * np.exp(half))
    robust = ratio(p1, wilson(p1, n1, confidence), p2, wilson(p2, n2, confidence))
    inside = (p1 > 0) & (p1 < 1) & (p2 > 0) & (p2 < 1)
    return Interval(
        np.where(inside, plain.low, robust.low), np.where(inside, plain.high, robust.high)
    )


def normal(value: ArrayLike, standard_error: ArrayLike, confidence: ArrayLike) -> Interval:
    """The normal interval of an estimate with a known standard error."""
    half = critical(confidence) * np.asarray(standard_error, dtype=np.float64)
    return Interval(np.asarray(value) - half, np.asarray(value) + half)


def logit(value: ArrayLike, standard_error: ArrayLike, confidence: ArrayLike) -> Interval:
    """An interval inside (0, 1): normal on the logit scale, by the delta method; NaN at 0 and 1."""
    v, se = np.asarray(value, dtype=np.float64), np.asarray(standard_error, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        centre = np.log(v) - np.log1p(-v)
        half = critical(confidence) * se / (v * (1.0 - v))
        return Interval(1.0 / (1.0 + np.exp(half - centre)), 1.0 / (1.0 + np.exp(-half - centre)))


def average_precision(value: ArrayLike, positives: ArrayLike, confidence: ArrayLike) -> Interval:
    """The logit interval of average precision from the number of positives.

    At exactly 0 or 1, where the logit breaks down, the centre is moved half a positive inwards.
    """
    v, n = np.asarray(value, dtype=np.float64), np.asarray(positives, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.where((v == 0) | (v == 1), (n * v + 0.5) / (n + 1.0), v)
        low, high = logit(centre, np.sqrt(centre * (1.0 - centre) / n), confidence)
    return Interval(np.minimum(low, v), np.maximum(high, v))


def area(
    value: ArrayLike, positives: ArrayLike, negatives: ArrayLike, confidence: ArrayLike
) -> Interval:
    """Newcombe's score-like interval of the area under a ROC curve, for small samples.

    The limits are the areas at which the estimate lies z standard errors away, with the variance
    of Hanley and McNeil (1982) at the limit itself; so it covers where the estimate is 1.
    """
    v, m, n = np.broadcast_arrays(
        *(np.asarray(item, dtype=np.float64) for item in (value, positives, negatives))
    )
    z = critical(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.maximum((m + n) / 2.0 - 1.0, 0.0)
        squared = z**2 / (m * n)

        def excess(limit: Floats) -> Floats:
            mixed = half * ((1.0 - limit) / (2.0 - limit) + limit / (1.0 + limit))
            variance = squared * limit * (1.0 - limit) * (1.0 + mixed)
            gap: Floats = (v - limit) ** 2 - variance
            return gap

        low, high = _outermost(excess, v, np.stack([np.zeros_like(v), np.ones_like(v)]))
    undefined = ~((m > 0) & (n > 0))
    return Interval(np.where(undefined, np.nan, low), np.where(undefined, np.nan, high))


def _outermost(excess: Callable[[Floats], Floats], inside: Floats, outside: Floats) -> Floats:
    """The point between, where `excess` turns from negative (inside) to positive (outside)."""
    near, far = np.broadcast_to(inside, outside.shape), outside
    for _ in range(BISECTIONS):
        middle = (near + far) / 2.0
        beyond = excess(middle) > 0
        far, near = np.where(beyond, middle, far), np.where(beyond, near, middle)
    return far
