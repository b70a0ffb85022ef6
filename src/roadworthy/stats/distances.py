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
