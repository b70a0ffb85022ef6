"""Do two tables have their categories in the same shares? Pearson's test and the G-test.

Sources: Pearson (1900); Woolf (1957) and Sokal and Rohlf (1981) for G; the tail of the chi-squared
distribution by the series and the continued fraction of the incomplete gamma function (Press et
al., 2007, Numerical Recipes, section 6.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, lgamma, log

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEAST_EXPECTED = 5.0
"""Rows that a category must be expected to have for the chi-squared distribution to describe it."""

_STEPS, _PRECISION, _TINY = 100_000, 1e-16, 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class HomogeneityTest:
    """The outcome of a test that two tables have the same shares.

    Attributes:
        statistic: 0 for equal shares; grows with the rows and with the difference.
        degrees: of freedom: the categories less one.
        p_value: how often chance alone makes a statistic this large, from 0 to 1.
    """

    statistic: float
    degrees: int
    p_value: float


def chi_squared_tail(statistic: float, degrees: float) -> float:
    """The probability that a chi-squared variable is this large or larger.

    >>> round(chi_squared_tail(3.841458820694124, 1), 6)
    0.05
    """
    a, x = degrees / 2.0, statistic / 2.0
    if x <= 0.0:
        return 1.0
    if x == inf:
        return 0.0
    front = exp(a * log(x) - x - lgamma(a))
    return max(1.0 - front * _series(a, x), 0.0) if x < a + 1.0 else front * _fraction(a, x)


def pool_rare(first: ArrayLike, second: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The counts with the rarest categories added up until each is expected often enough.

    Args:
        first: rows of one table in each category, shape (categories,).
        second: rows of the other.
    """
    a, b = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    both = a + b
    order = np.argsort(-both, kind="stable")
    a, b, both = a[order], b[order], both[order]
    total, fewer = int(both.sum()), min(int(a.sum()), int(b.sum()))
    if not total:
        return a[:0], b[:0]
    expected = both * (fewer / total)
    common = int((expected >= LEAST_EXPECTED).sum())
    if expected[common:].sum() < LEAST_EXPECTED and 0 < common < len(both):
        common -= 1  # the rest alone would be too rare: the rarest common one joins it
    rest = [(int(x[common:].sum())) for x in (a, b)]
    if sum(rest):
        return np.append(a[:common], rest[0]), np.append(b[:common], rest[1])
    return a[:common], b[:common]


def pearson(first: ArrayLike, second: ArrayLike) -> HomogeneityTest:
    """Pearson's chi-squared test, without a continuity correction; shape (categories,) each."""
    observed, expected = _table(first, second)
    statistic = float(((observed - expected) ** 2 / expected).sum()) if expected.size else 0.0
    return _test(statistic, observed.shape[1] - 1)


def g_test(first: ArrayLike, second: ArrayLike) -> HomogeneityTest:
    """The likelihood-ratio test: twice the information of the differences."""
    observed, expected = _table(first, second)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(observed > 0, observed * np.log(observed / expected), 0.0)
    return _test(max(2.0 * float(terms.sum()), 0.0), observed.shape[1] - 1)


def _test(statistic: float, degrees: int) -> HomogeneityTest:
    degrees = max(degrees, 0)
    tail = chi_squared_tail(statistic, degrees) if degrees else 1.0
    return HomogeneityTest(statistic=statistic, degrees=degrees, p_value=tail)


def _table(first: ArrayLike, second: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Observed and expected rows of the categories in use, shape (2, categories)."""
    observed = np.array([first, second], dtype=np.float64)
    observed = observed[:, observed.sum(axis=0) > 0]
    total = observed.sum()
    if not total:
        return observed, observed
    return observed, observed.sum(axis=1, keepdims=True) * observed.sum(axis=0) / total


def _series(a: float, x: float) -> float:
    term = total = 1.0 / a
    for step in range(1, _STEPS):
        term *= x / (a + step)
        total += term
        if term < total * _PRECISION:
            break
    return total


def _fraction(a: float, x: float) -> float:
    b = x + 1.0 - a
    c, d = 1.0 / _TINY, 1.0 / b
    found = d
    for step in range(1, _STEPS):
        numerator = -step * (step - a)
        b += 2.0
        d = 1.0 / _away_from_zero(numerator * d + b)
        c = _away_from_zero(b + numerator / c)
        found *= c * d
        if abs(c * d - 1.0) < _PRECISION * 10:
            break
    return found


def _away_from_zero(value: float) -> float:
    return _TINY if abs(value) < _TINY else value
