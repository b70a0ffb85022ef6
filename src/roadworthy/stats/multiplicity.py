"""How sure each of many statements must be, so that all of them together are sure enough.

Which correction is sharpest depends on what ties the statements together:

- independent ones (the groups of one family share no rows): Sidak's, which then is exact;
- all pairs of independent ones: Tukey and Kramer's, from the distribution of the studentised range,
  exact for equal errors and on the safe side for others (Hayter, 1984);
- overlapping ones: the quantile of the largest of their joint replicates (max-T), which is never
  above Sidak's;
- of which only the share of false discoveries is to be limited: Benjamini and Hochberg's.

Sources: Sidak (1967), whose inequality holds for any correlation of two-sided normal statements;
Tukey (1953), Kramer (1956); Royen (2014) for joining several families of pairs by a product;
Westfall and Young (1993) for max-T; Benjamini and Hochberg (1995).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from math import erf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roadworthy.stats.intervals import Floats
from roadworthy.stats.special import normal_tail

NODES, REACH = 240, 9.0
"""Nodes of the trapezoidal rule, which is exact to rounding for what falls off as the normal
density does, and how many deviations from the mean they reach."""

WIDEST, HALVINGS = 12.0, 60
"""No critical value is larger; halvings of that range until it is found."""


def sidak(confidence: float, statements: ArrayLike) -> Floats:
    """The confidence that each of so many statements needs.

    >>> sidak(0.95, [1, 2]).round(5)
    array([0.95   , 0.97468])
    """
    return np.asarray(confidence ** (1.0 / np.maximum(statements, 1)), dtype=np.float64)


def bonferroni(confidence: float, statements: ArrayLike) -> Floats:
    """The confidence that each of so many statements needs, whatever ties them together.

    >>> bonferroni(0.95, [1, 2]).round(5)
    array([0.95 , 0.975])
    """
    return np.asarray(1.0 - (1.0 - confidence) / np.maximum(statements, 1), dtype=np.float64)


def tukey(confidence: float, groups: Sequence[int]) -> float:
    """The confidence that each pair needs, for all pairs of groups to hold together.

    Args:
        confidence: of all the pairs together, between 0 and 1.
        groups: how many groups each contest has, at least 2; pairs are made within contests.

    >>> round(tukey(0.95, [2]), 4), round(tukey(0.95, [5]), 4)
    (0.95, 0.9936)
    """
    return _tukey(confidence, tuple(sorted(Counter(groups).items())))


def max_t(replicated: NDArray[np.floating], value: ArrayLike, confidence: float) -> float:
    """The confidence that each of S statements needs, from replicates that keep what ties them.

    Each replicate's deviations are measured in the statement's own standard deviations; the largest
    of them is exceeded by the critical value so often as all statements may fail together. Between
    the confidence itself and Sidak's, which bounds it whatever the ties.

    Args:
        replicated: replicates of the estimates, shape (S, R); NaN where undefined.
        value: the estimates, shape (S,); NaN where undefined.
        confidence: of all statements together.
    """
    deviation = replicated - np.asarray(value, dtype=np.float64)[:, None]
    known = np.isfinite(deviation)
    squares = np.where(known, deviation, 0.0) ** 2
    scale = np.sqrt(squares.sum(axis=1) / np.maximum(known.sum(axis=1), 1))
    moving = scale > 0
    largest = np.where(known[moving], np.abs(deviation[moving]), 0.0) / scale[moving, None]
    statements = max(int(moving.sum()), 1)
    if statements == 1 or not replicated.shape[1]:
        return confidence
    critical = float(np.quantile(largest.max(axis=0), confidence))
    return min(max(erf(critical / sqrt(2.0)), confidence), float(sidak(confidence, statements)))


def studentised_range(width: float, groups: int) -> float:
    """The probability that so many independent standard normal variables lie within this width.

    >>> round(studentised_range(3.858, 5), 3)
    0.95
    """
    nodes, density, tails = _nodes()
    within = normal_tail(nodes - width) - tails
    return float(groups * (density * within ** (groups - 1)).sum())


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Adjusted p-values: rejecting those up to q keeps the false discovery rate at q.

    NaN (no test was possible) stays NaN and does not count.

    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    array([0.03, 0.04, 0.04])
    """
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    tested: NDArray[np.intp] = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


@lru_cache(maxsize=4096)
def _tukey(confidence: float, contests: tuple[tuple[int, int], ...]) -> float:
    if contests == ((2, 1),):
        return confidence
    low, high = 0.0, WIDEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        together = 1.0
        for groups, times in contests:
            together *= studentised_range(middle * sqrt(2.0), groups) ** times
        low, high = (low, middle) if together >= confidence else (middle, high)
    return erf(high / sqrt(2.0))


@cache
def _nodes() -> tuple[Floats, Floats, Floats]:
    """Evenly spaced nodes, the normal distribution's share at each, and its tail above each."""
    nodes, step = np.linspace(-REACH, REACH, NODES, retstep=True)
    density = np.exp(-(nodes**2) / 2.0) * (float(step) / sqrt(2.0 * np.pi))
    return nodes, density, normal_tail(nodes)
