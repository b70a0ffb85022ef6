"""The distribution functions behind exact limits, vectorised, without SciPy.

Source: Press et al. (2007), Numerical Recipes, section 6.4, for the continued fraction of the
incomplete beta function (modified Lentz).
"""

from __future__ import annotations

from math import erfc, lgamma, sqrt

import numpy as np
from numpy.typing import ArrayLike

from roadworthy.stats.intervals import Floats

STEPS = 10_000
"""Terms of the continued fraction at most; usually the root of the larger parameter will do."""

SMALLEST = 1e-300
"""Stands in for a zero denominator in the continued fraction."""

PRECISION = 1e-14

_ERFC = np.frompyfunc(erfc, 1, 1)
_LGAMMA = np.frompyfunc(lgamma, 1, 1)


def normal_tail(z: ArrayLike) -> Floats:
    """The probability that a standard normal variable is z or more.

    >>> round(float(normal_tail(1.96)), 4)
    0.025
    """
    found = _ERFC(np.asarray(z, dtype=np.float64) / sqrt(2.0)) / 2.0
    return np.asarray(found, dtype=np.float64)


def log_gamma(x: ArrayLike) -> Floats:
    """The logarithm of the gamma function of positive numbers."""
    return np.asarray(_LGAMMA(np.asarray(x, dtype=np.float64)), dtype=np.float64)


def incomplete_beta(x: ArrayLike, a: ArrayLike, b: ArrayLike) -> Floats:
    """The probability that a beta variable with parameters a, b > 0 is at most x in [0, 1].

    >>> float(incomplete_beta(0.5, 2, 2))
    0.5
    """
    x, a, b = np.broadcast_arrays(*(np.asarray(item, dtype=np.float64) for item in (x, a, b)))
    mirrored = x > (a + 1.0) / (a + b + 2.0)
    y = np.where(mirrored, 1.0 - x, x)
    first, second = np.where(mirrored, b, a), np.where(mirrored, a, b)
    with np.errstate(divide="ignore"):
        front = np.exp(
            log_gamma(a + b)
            - log_gamma(a)
            - log_gamma(b)
            + first * np.log(y)
            + second * np.log1p(-y)
        )
    tail = front * _fraction(y, first, second) / first
    return np.asarray(np.where(mirrored, 1.0 - tail, tail), dtype=np.float64)


def _fraction(x: Floats, a: Floats, b: Floats) -> Floats:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = np.ones_like(x), 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    found = d.copy()
    for m in range(1, STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            change = c * d
            found = found * change
        if not (np.abs(change - 1.0) > PRECISION).any():
            break
    return found


def _away_from_zero(values: Floats) -> Floats:
    return np.where(np.abs(values) < SMALLEST, SMALLEST, values)
