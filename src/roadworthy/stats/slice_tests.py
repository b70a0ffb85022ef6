"""Is a slice worse than the rest? Exact for errors, Welch's test for losses, one-sided.

Sources: Fisher (1935), the exact test of two proportions; Welch (1947); Hill (1970), algorithm 395,
for the tail of Student's distribution; Benjamini and Yekutieli (2005) for intervals of what was
selected by a false discovery rate.
"""

from __future__ import annotations

from math import erfc, inf, lgamma, log1p, sqrt
from statistics import NormalDist

import numpy as np

POWER = 0.8
"""How often a slice as bad as the one named would be found."""


def fisher_greater(errors: int, rows: int, all_errors: int, all_rows: int) -> float:
    """The probability of at least so many errors in so many rows drawn from all of them.

    >>> round(fisher_greater(3, 4, 4, 8), 4)
    0.2429
    """
    highest = min(rows, all_errors)
    x = np.arange(errors, highest, dtype=np.float64)
    good = all_rows - all_errors
    steps = np.log((all_errors - x) * (rows - x)) - np.log((x + 1) * (good - rows + x + 1))
    first = (
        _choose(all_errors, errors)
        + _choose(good, rows - errors)
        - _choose(all_rows, rows)
    )  # fmt: skip
    terms = np.exp(first + np.concatenate([[0.0], np.cumsum(steps)]))
    return min(float(terms.sum()), 1.0)


def welch_greater(
    mean: float, variance: float, rows: int, other_mean: float, other_variance: float, others: int
) -> float:
    """The probability of a difference at least this large if both means were equal.

    Variances are of the sample (with rows - 1); both samples have 2 rows or more.
    """
    first, second = variance / rows, other_variance / others
    if first + second == 0:
        return 0.0 if mean > other_mean else 1.0
    t = (mean - other_mean) / sqrt(first + second)
    degrees = (first + second) ** 2 / (first**2 / (rows - 1) + second**2 / (others - 1))
    return student_above(t, degrees)


def student_above(t: float, degrees: float) -> float:
    """The probability that Student's variable exceeds t; good to four digits from 3 degrees on.

    >>> round(student_above(2.228, 10), 4)
    0.025
    """
    a = degrees - 0.5
    b = 48.0 * a * a
    y = a * log1p(t * t / degrees) if degrees < inf else t * t
    series = (((-0.4 * y - 3.3) * y - 24.0) * y - 85.5) / (0.8 * y * y + 100.0 + b)
    z = sqrt(y) * ((series + y + 3.0) / b + 1.0)
    tail = erfc(z / sqrt(2.0)) / 2.0
    return tail if t >= 0 else 1.0 - tail


def coverage_level(confidence: float, reported: int, tested: int) -> float:
    """The confidence of each interval so that, of those reported, enough cover on average.

    Reporting only what passed a test favours extreme values; an interval at this level makes up
    for it. Nothing is lost if everything tested is reported.

    >>> coverage_level(0.95, 2, 10)
    0.99
    """
    return 1.0 - (1.0 - confidence) * reported / max(tested, 1)


def detectable(
    *, mean: float, spread: float, rows: int, tested: int, rate: float, floor: float
) -> float:
    """The mean loss from which on a slice with so many rows would be found, four times in five.

    Args:
        mean: of all rows.
        spread: the standard deviation of the loss.
        rows: of the slice, in each half.
        tested: slices that are tested at most.
        rate: the false discovery rate.
        floor: standard errors above the mean that the search asks for.
    """
    needed = max(NormalDist().inv_cdf(1.0 - rate / max(tested, 1)), floor)
    return mean + (needed + NormalDist().inv_cdf(POWER)) * spread / sqrt(max(rows, 1))


def _choose(n: int, k: int) -> float:
    """The logarithm of the number of ways to choose k of n."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
