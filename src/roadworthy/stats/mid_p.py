"""The exact mid-P interval of a proportion: the outcome seen counts as half in each tail.

Source: Lancaster (1961). Weighted counts need not be whole: the binomial tail is then continued by
the beta distribution (Korn and Graubard, 1998).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roadworthy.stats.binomial import PRECISION, log_mode, tail_ratio
from roadworthy.stats.intervals import Floats, Interval, critical

STEPS, SETTLED = 60, 1e-3
"""Steps to a limit at most, and how close to it a step is the last, on the scales of the logit and
of the logarithm of the probability: the fourth power of that is the error left."""

ROUGH = 1e-6
"""The relative error of the first tail, which is only to come close."""

NEXT_TO_NOTHING = 0.05
"""Weighted hits that add up to no more than this bound no rate from below but by 0."""

AT_ONCE = 8_000
"""Cases solved at a time: more would leave the processor's cache."""

FARTHEST = 100.0
"""The logit of a limit that is as good as 0 or 1, either side of 0."""

_ROUNDING, _TINY = 1e-15, 1e-280


def mid_p(share: ArrayLike, trials: ArrayLike, confidence: ArrayLike) -> Interval:
    """The exact interval of a proportion that counts the outcome seen as half in each tail.

    Args:
        share: of the trials, between 0 and 1.
        trials: how many, perhaps effective ones; not necessarily whole.
        confidence: one level, or one for each proportion.

    Returns:
        Limits between 0 and 1; NaN without trials.

    >>> low, high = mid_p(0.1, 10, 0.95)
    >>> float(low.round(4)), float(high.round(4))
    (0.005, 0.4035)
    """
    p, n, level = np.broadcast_arrays(
        *(np.asarray(item, dtype=np.float64) for item in (share, trials, confidence))
    )
    defined = n > 0
    hits = _whole(p[defined] * n[defined])
    misses = _whole(np.maximum(n[defined] - hits, 0.0))
    cases, place = _distinct(hits, misses, level[defined])
    blocks = [
        _limits(*(column[start : start + AT_ONCE] for column in cases))
        for start in range(0, len(cases[0]), AT_ONCE)
    ]
    low, high = np.full(p.shape, np.nan), np.full(p.shape, np.nan)
    if blocks:
        low[defined], high[defined] = np.concatenate(blocks, axis=1)[:, place]
    return Interval(low, high)


def _limits(hits: Floats, misses: Floats, confidence: Floats) -> Floats:
    """Both limits, shape (2, N): the upper one is the lower one of the misses, mirrored."""
    cases = _Cases.of(hits, misses, confidence)
    low, high = _lower(cases, np.tile(critical(confidence), 2)).reshape(2, -1)
    with np.errstate(over="ignore"):
        return np.stack([1.0 / (1.0 + np.exp(-low)), 1.0 / (1.0 + np.exp(high))])


def _whole(counts: Floats) -> Floats:
    """Counts, made whole where only rounding keeps them from it."""
    whole = np.rint(counts)
    return np.where(np.abs(counts - whole) <= _ROUNDING * whole, whole, counts)


def _distinct(*columns: Floats) -> tuple[list[Floats], NDArray[np.intp]]:
    """The distinct rows of some columns, as columns, and which of them each row is."""
    order = np.lexsort(columns)
    ordered = [column[order] for column in columns]
    begins = np.ones(len(order), dtype=np.bool_)
    begins[1:] = np.any([column[1:] != column[:-1] for column in ordered], axis=0)
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.cumsum(begins) - 1
    return [column[begins] for column in ordered], place


class _Cases(NamedTuple):
    """Lower limits to find, shape (N,) each.

    Attributes:
        hits: what was found.
        misses: the other trials.
        log_hit: the logarithm of the share of hits.
        log_miss: of the share of misses; 0 if there are none.
        log_mode: the log probability of what was found at the rate that was found.
        target: the logarithm of half of alpha's probability.
    """

    hits: Floats
    misses: Floats
    log_hit: Floats
    log_miss: Floats
    log_mode: Floats
    target: Floats

    @classmethod
    def of(cls, hits: Floats, misses: Floats, confidence: Floats) -> _Cases:
        """The cases of the hits, then those of the misses."""
        ratio = [
            np.log1p(np.divide(a, b, out=np.zeros_like(a), where=b > _TINY))
            for a, b in ((misses, hits), (hits, misses))
        ]
        return cls(
            hits=np.concatenate([hits, misses]),
            misses=np.concatenate([misses, hits]),
            log_hit=-np.concatenate(ratio),
            log_miss=-np.concatenate(ratio[::-1]),
            log_mode=np.tile(log_mode(hits, misses), 2),
            target=np.tile(np.log((1.0 - confidence) / 2.0), 2),
        )

    def take(self, which: NDArray[np.intp]) -> _Cases:
        """Some of the cases."""
        return _Cases(*(column[which] for column in self))


def _lower(cases: _Cases, z: Floats) -> Floats:
    """The logits of the rates under which so many hits or more are as unlikely as the target.

    Minus infinity where next to nothing was found. `z` is critical of a normal variable.
    """
    found = np.full(cases.hits.shape, -np.inf)
    place = np.flatnonzero(cases.hits > NEXT_TO_NOTHING)
    left = cases.take(place)
    logit = _start(left.hits, left.misses, z[place])
    for step in range(STEPS):
        gap, move = _step(left, logit, PRECISION if step else ROUGH)
        logit = np.clip(logit + move, -FARTHEST, FARTHEST)
        found[place] = logit
        far = np.maximum(np.abs(gap), np.abs(move)) > SETTLED
        going = np.flatnonzero((far | (step == 0)) & (np.abs(logit) < FARTHEST))
        if not len(going):
            break
        place, left, logit = place[going], left.take(going), logit[going]
    return found


def _start(hits: Floats, misses: Floats, z: Floats) -> Floats:
    """The logit of Wilson's lower limit, with the skewness corrected (Cornish and Fisher, 1938)."""
    odds = _score_odds(hits, misses, z)
    skewness = (1.0 - odds) / np.sqrt((hits + misses) * odds)
    skewed = np.maximum(z + skewness * (z * z - 1.0) / 6.0, z / 2.0)
    return np.log(_score_odds(hits, misses, skewed))


def _score_odds(hits: Floats, misses: Floats, z: Floats) -> Floats:
    """The odds at Wilson's lower limit."""
    trials, square = hits + misses, z * z
    reach = square / 2.0 + z * np.sqrt(square / 4.0 + hits * misses / trials)
    odds: Floats = hits * hits * (1.0 + square / trials) / ((hits + reach) * (misses + reach))
    return odds


def _step(cases: _Cases, logit: Floats, precision: float) -> tuple[Floats, Floats]:
    """How far the log tail is from its target, and the step of the logit to where it is not.

    Let u be the log tail, t the logit, x hits of n, p the rate and r the tail divided by the
    probability of exactly x hits. Then f = dt/du is r / w with w = (x q + (n - x) p) / 2, and
    df/dt is 1 - f s with s = x - n p + w'/w. So t's Taylor series by u is known in closed form, and
    its first three terms are taken close to the target; far from it, Newton's step.
    """
    x, y = cases.hits, cases.misses
    odds = np.exp(logit)
    p, q = odds / (1.0 + odds), 1.0 / (1.0 + odds)
    r = tail_ratio(x, y, odds, precision=precision) - 0.5
    log_p, log_q = -np.log1p(1.0 / odds), -np.log1p(odds)
    exactly = cases.log_mode + x * (log_p - cases.log_hit) + y * (log_q - cases.log_miss)
    gap = cases.target - exactly - np.log(r)

    w = (x * q + y * p) / 2.0
    bend = (y - x) * p * q / (2.0 * w)
    s = x * q - y * p + bend
    slope_of_s = bend * (q - p - bend) - (x + y) * p * q
    f = r / w
    first = 1.0 - f * s
    second = -first * s - f * slope_of_s
    series = 1.0 + gap / 2.0 * (first + gap / 3.0 * (first * first + f * second))
    newton = f * gap  # the log tail is concave in the logit: Newton's steps cannot go astray
    return gap, np.where(np.abs(gap) < 1.0, newton * series, newton)
