"""Distances between two binned distributions, from counts or weights; bins on the last axis.

Counts become shares. A distribution without any count has no distance to another: NaN.

Sources: Siddiqi (2006) for the population stability index; Lin (1991) and Endres and Schindelin
(2003) for Jensen and Shannon's; Hellinger (1909).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from roadworthy.stats.intervals import Floats

PSEUDOCOUNT = 0.5


def population_stability_index(expected: ArrayLike, actual: ArrayLike) -> Floats:
    """The sum of (p - q) ln(p / q), natural logarithm.

    A bin that is empty on both sides is left out. Where a bin is empty on one side only, the index
    would be infinite: then half a count is added to every bin of both sides that is in use.
    """
    first, second = _counts(expected), _counts(actual)
    used = (first > 0) | (second > 0)
    torn = (used & ((first == 0) | (second == 0))).any(axis=-1, keepdims=True)
    extra = np.where(torn & used, PSEUDOCOUNT, 0.0)
    p, q = _shares(first + extra), _shares(second + extra)
    with np.errstate(invalid="ignore", divide="ignore"):
        terms = np.where(used, (p - q) * np.log(p / q), 0.0)
    return _defined(terms.sum(axis=-1), first, second)


def jensen_shannon_distance(first: ArrayLike, second: ArrayLike) -> Floats:
    """The square root of Jensen and Shannon's divergence, base 2: from 0 to 1.

    Empty bins need no correction: 0 log 0 is 0, and the mixture is empty only where both are.
    """
    a, b = _counts(first), _counts(second)
    p, q = _shares(a), _shares(b)
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return _defined(np.sqrt(np.clip(divergence, 0.0, 1.0)), a, b)


def hellinger_distance(first: ArrayLike, second: ArrayLike) -> Floats:
    """The distance of the square roots of the shares, over √2: from 0 to 1."""
    a, b = _counts(first), _counts(second)
    gap = (np.sqrt(_shares(a)) - np.sqrt(_shares(b))) ** 2
    return _defined(np.sqrt(np.clip(gap.sum(axis=-1) / 2, 0.0, 1.0)), a, b)


def total_variation(first: ArrayLike, second: ArrayLike) -> Floats:
    """Half the sum of absolute differences of shares: the share of rows that would have to move."""
    a, b = _counts(first), _counts(second)
    return _defined(np.abs(_shares(a) - _shares(b)).sum(axis=-1) / 2, a, b)


def kolmogorov_smirnov(first: ArrayLike, second: ArrayLike) -> Floats:
    """The largest difference of the cumulative shares, bins in ascending order."""
    a, b = _counts(first), _counts(second)
    gap = np.abs(np.cumsum(_shares(a), axis=-1) - np.cumsum(_shares(b), axis=-1))
    return _defined(gap.max(axis=-1, initial=0.0), a, b)


def index_error(first: ArrayLike, second: ArrayLike) -> float:
    """The standard error of the population stability index between two samples' counts."""
    a, b = _counts(first), _counts(second)
    used = (a > 0) | (b > 0)
    extra = PSEUDOCOUNT if ((a == 0) | (b == 0))[used].any() else 0.0
    p, q = _shares(a[used] + extra), _shares(b[used] + extra)
    slopes = np.log(p / q) + 1 - q / p, np.log(q / p) + 1 - p / q
    return _error((p, q), slopes, (float(a.sum()), float(b.sum())))


def jensen_shannon_error(first: ArrayLike, second: ArrayLike) -> float:
    """The standard error of the *square* of Jensen and Shannon's distance."""
    a, b = _counts(first), _counts(second)
    p, q = _shares(a), _shares(b)
    with np.errstate(invalid="ignore", divide="ignore"):
        slopes = tuple(np.where(x > 0, np.log2(2 * x / (p + q)) / 2, 0.0) for x in (p, q))
    return _error((p, q), (slopes[0], slopes[1]), (float(a.sum()), float(b.sum())))


def hellinger_error(first: ArrayLike, second: ArrayLike) -> float:
    """The standard error of the *square* of Hellinger's distance."""
    a, b = _counts(first), _counts(second)
    p, q = _shares(a), _shares(b)
    with np.errstate(invalid="ignore", divide="ignore"):
        slopes = np.where(p > 0, np.sqrt(q / p), 0.0) / 2, np.where(q > 0, np.sqrt(p / q), 0.0) / 2
    return _error((p, q), slopes, (float(a.sum()), float(b.sum())))


def _error(
    shares: tuple[Floats, Floats], slopes: tuple[Floats, Floats], rows: tuple[float, float]
) -> float:
    """The standard error by the slopes of a distance in the shares of both (delta method)."""
    variance = 0.0
    for share, slope, size in zip(shares, slopes, rows, strict=True):
        mean = float((share * slope).sum())
        variance += max(float((share * slope**2).sum()) - mean**2, 0.0) / size
    return float(np.sqrt(variance))


def _counts(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _shares(counts: Floats) -> Floats:
    total = counts.sum(axis=-1, keepdims=True)
    shares: Floats = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return shares


def _relative_entropy(p: Floats, q: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        terms = np.where(p > 0, p * np.log2(p / q), 0.0)
    return np.asarray(terms.sum(axis=-1))


def _defined(value: Floats, first: Floats, second: Floats) -> Floats:
    return np.where((first.sum(axis=-1) > 0) & (second.sum(axis=-1) > 0), value, np.nan)
