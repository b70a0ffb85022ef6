"""Intervals of divergences between two samples, which chance alone makes greater than zero.

Twice the rows' harmonic weight times a divergence between the counts of two samples is close to a
chi-squared variable, noncentral by the true divergence. The limits are the true divergences under
which the estimate would be just at the edge of the usual; so 0 is inside where chance explains it.

That is so where the two lie close together. Far apart, the estimate is close to a normal variable
instead, whose standard error follows from the slopes of the divergence. The limits are the outer
ones of both.

Source: Sankaran (1963), the normal approximation of the noncentral chi-squared distribution.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

CLOSE, MOST_STEPS = 1e-9, 100
"""A score that is this close to its quantile is there; more steps are never taken."""


def divergence_limits(
    value: float, *, degrees: int, per_chance: float, error: float, confidence: float
) -> tuple[float, float]:
    """The lowest and the highest true divergence that the estimate speaks for.

    Args:
        value: the estimated divergence.
        degrees: of freedom: the bins in use less one.
        per_chance: the divergence that chance makes for each degree of freedom.
        error: the standard error of the estimate where the two lie far apart.
        confidence: of the interval.

    >>> low, high = divergence_limits(
    ...     0.05, degrees=9, per_chance=0.004, error=0.012, confidence=0.95
    ... )
    >>> low, round(high, 3)
    (0.0, 0.08)
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    statistic, k = value / per_chance, float(max(degrees, 1))
    low, high = (_centre(statistic, k, edge) * per_chance for edge in (z, -z))
    return max(min(low, value - z * error), 0.0), max(high, value + z * error)


def _centre(statistic: float, k: float, edge: float) -> float:
    """The noncentrality under which the statistic lies at this quantile of the normal scale.

    Found by false position (Illinois) of its square root, in which the score is almost a line.
    """
    near, far = 0.0, sqrt(2.0 * statistic + 20.0 * sqrt(k + statistic) + 50.0)
    above, below = (_normal_score(statistic, k, end * end) - edge for end in (near, far))
    if above <= 0.0:
        return 0.0
    root, kept = near, 0
    for _ in range(MOST_STEPS):
        root = (near * below - far * above) / (below - above)
        gap = _normal_score(statistic, k, root * root) - edge
        if abs(gap) < CLOSE:
            break
        if gap > 0.0:
            near, above, below = root, gap, below / 2.0 if kept > 0 else below
        else:
            far, below, above = root, gap, above / 2.0 if kept < 0 else above
        kept = 1 if gap > 0.0 else -1
    return root * root


def _normal_score(x: float, k: float, noncentrality: float) -> float:
    first, second = k + noncentrality, k + 2 * noncentrality
    h = 1 - 2 / 3 * first * (k + 3 * noncentrality) / second**2
    p = second / first**2
    m = (h - 1) * (1 - 3 * h)
    mean = 1 + h * p * (h - 1 - 0.5 * (2 - h) * m * p)
    power: float = (x / first) ** h
    return (power - mean) / (h * sqrt(2 * p) * (1 + 0.5 * m * p))
