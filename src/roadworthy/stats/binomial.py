"""The binomial distribution, vectorised and precise from one trial to thousands of millions.

Counts need not be whole: weighted ones are not, and the formulas continue between whole numbers.

Sources: Abramowitz and Stegun (1964), 6.1.41 for Stirling's series and 26.5.9 for the continued
fraction of the incomplete beta function, brought to whole-number denominators.
"""

from __future__ import annotations

from math import pi

import numpy as np

from roadworthy.stats.intervals import Floats

PRECISION = 1e-14
"""The relative error of a tail."""

MOST_TERMS = 20_000
"""Terms of the continued fraction at most; the root of the number of trials will do."""

_AT_ONCE = 4
"""Pairs of terms between two looks at which tails have settled."""

_LARGE = 16


def log_mode(hits: Floats, misses: Floats) -> Floats:
    """The log probability of exactly so many hits, at the rate that was found; shape (N,).

    >>> float(np.exp(log_mode(np.array([1.0]), np.array([2.0])))[0].round(12))  # 3 / 3 * (2 / 3)**2
    0.444444444444
    """
    return log_excess(hits + misses) - log_excess(hits) - log_excess(misses)


def log_excess(number: Floats) -> Floats:
    """The logarithm of n! / (n / e)**n for numbers from 0 on, whole or not; shape (N,).

    Small where the logarithm of the factorial is large, it keeps its digits.
    """
    below = number < _LARGE
    large = np.where(below, number + _LARGE, number)
    r = 1.0 / (large * large)
    series = 1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))
    found = 0.5 * np.log(2.0 * pi * large) + series / large
    few = number[below]
    rising = few + 1.0
    for step in range(2, _LARGE + 1):
        rising = rising * (few + step)
    above = few + _LARGE
    own = few * np.log(np.where(few > 0, few, 1.0))
    found[below] += above * np.log(above) - _LARGE - np.log(rising) - own
    return np.asarray(found)


def tail_ratio(
    hits: Floats, misses: Floats, odds: Floats, *, precision: float = PRECISION
) -> Floats:
    """The probability of so many hits or more, divided by that of exactly so many; shape (N,).

    For more than 0 hits, and odds of a hit not above those found, `hits / misses`.

    >>> hits, misses, odds = np.array([[2.0], [1.0], [1.0]])
    >>> float(tail_ratio(hits, misses, odds)[0].round(12))  # (3 + 1) / 3
    1.333333333333
    """
    found, place = np.empty_like(odds), np.arange(len(odds))
    fraction = _begin(hits, misses, odds)
    for pairs in range(1, MOST_TERMS // 2, _AT_ONCE):
        _advance(fraction, range(pairs, pairs + _AT_ONCE))
        *_, top, bottom, older_top, older_bottom = fraction
        value = top / bottom
        found[place] = value
        left = np.flatnonzero(np.abs(value - older_top / older_bottom) > precision * value)
        if not len(left):
            break
        if len(left) < len(place):
            place, fraction = place[left], [part[left] for part in fraction]
    return found


def _begin(hits: Floats, misses: Floats, odds: Floats) -> list[Floats]:
    """The continued fraction x / (x + e1 / (x + 1 + e2 / (x + 2 + ...))), before any e.

    With x hits and y misses at the odds o, e(2m - 1) is -(x + m - 1) (y - m + 1) o, and e(2m) is
    m (x + y + m) o. The list is o; x + 2m; x + m; (y - m) o; (x + y + m) o; then numerator and
    denominator of the last convergent, and of the one before it.
    """
    return [
        odds,
        hits.copy(),
        hits.copy(),
        misses * odds,
        (hits + misses) * odds,
        hits.copy(),
        hits.copy(),
        np.zeros_like(hits),
        np.ones_like(hits),
    ]


def _advance(fraction: list[Floats], pairs: range) -> None:
    """Go on by some pairs of terms, in place: this is where the time of an interval goes."""
    odds, whole, first, second, third, top, bottom, older_top, older_bottom = fraction
    term, product = np.empty_like(odds), np.empty_like(odds)
    for m in pairs:
        np.multiply(first, second, out=term)
        first += 1.0
        second -= odds
        whole += 1.0
        for newer, older in ((top, older_top), (bottom, older_bottom)):
            np.multiply(older, term, out=older)
            np.subtract(np.multiply(whole, newer, out=product), older, out=older)
        third += odds
        whole += 1.0
        np.multiply(third, float(m), out=term)
        for older, newer in ((top, older_top), (bottom, older_bottom)):
            np.multiply(older, term, out=older)
            np.add(np.multiply(whole, newer, out=product), older, out=older)
    scale = 1.0 / bottom
    for part in (top, bottom, older_top, older_bottom):
        np.multiply(part, scale, out=part)
