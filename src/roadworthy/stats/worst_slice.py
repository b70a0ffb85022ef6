"""How bad the worst slice is: measured on rows that had no part in finding it.

The slices that a search has chosen are told from chance on the other half of the rows. Which of
them are told as worse is again a choice, and it favours slices that look worse than they are. So
the lower limit is one that holds for all slices tested at once. The upper limit needs no
correction: the slice that is truly worst is below its own upper limit with the stated confidence,
all the more if it had to look bad to be told, and the largest of all upper limits is no less.

Sources: Bonferroni (1936); Donner and Zou (2012), MOVER-R, for ratios; Wilson (1927) with the
effective sample size of Kish (1965) for shares of a total.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from roadworthy.stats import intervals
from roadworthy.stats.intervals import Interval
from roadworthy.stats.weak_slices import Found, JudgedSlice, Part

LEAST = 2
"""Rows that a mean takes to have an interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """The largest of several quantities, with limits that hold for the largest.

    Attributes:
        slice: the slice that has the largest value; None for all rows.
        value: its value.
        low: the largest lower limit, each at the level at which all hold at once.
        high: the largest upper limit, each at the stated confidence.
        rows: the slice's rows among those that judge.
    """

    slice: JudgedSlice | None
    value: float
    low: float
    high: float
    rows: int


def level_at_once(confidence: float, tested: int) -> float:
    """The confidence of each of so many intervals for all to hold at once (Bonferroni).

    >>> round(level_at_once(0.95, 10), 6)
    0.995
    """
    return 1.0 - (1.0 - confidence) / max(tested, 1)


def worst_mean(found: Found, rate: float, confidence: float) -> Extreme | None:
    """The mean loss of the worst slice; of all rows if none stood out; None of too few rows.

    Args:
        found: what a search found.
        rate: the false discovery rate by which slices are told as worse.
        confidence: of the limits.
    """

    def limits(item: JudgedSlice, level: float) -> tuple[float, Interval]:
        return item.part.mean, item.part.interval(level)

    whole = found.whole
    return _worst(found, rate, confidence, limits, (whole.mean, whole.interval(confidence)))


def worst_ratio(found: Found, rate: float, confidence: float) -> Extreme | None:
    """The worst slice's mean loss as a multiple of the mean of all rows.

    None of too few rows, or if no row loses anything. Arguments as of `worst_mean`.
    """
    if not found.whole.total:
        return None

    def limits(item: JudgedSlice, level: float) -> tuple[float, Interval]:
        return item.part.mean / found.whole.mean, times_the_whole(item, level)

    one = np.ones(())
    return _worst(found, rate, confidence, limits, (1.0, Interval(one, one)))


def times_the_whole(item: JudgedSlice, confidence: float) -> Interval:
    """Limits of a slice's mean as a multiple of the mean of all rows, its share of rows as given.

    With s the share and q the multiple of the rest's mean, it is q / (s q + 1 - s), which grows
    with q and stays below 1 / s however little the rest loses.
    """
    share = item.share_of_rows
    with np.errstate(divide="ignore"):
        low, high = (1.0 / (share + (1.0 - share) / times) for times in item.ratio(confidence))
    return Interval(low, high)


def carried(found: Found, rate: float, confidence: float) -> Interval:
    """Limits of the share of the whole loss that the slices told as worse carry together.

    Together they carry no less than the one that carries most, and no more than the sum of all; the
    limits of each are those that hold for all slices tested at once. Some slice must be told.
    """
    level = level_at_once(confidence, len(found.tested))
    each = [share_of_total(item.part, item.rest, level) for item in found.worse(rate)]
    high = min(sum(float(one.high) for one in each), 1.0)
    return Interval(np.asarray(max(float(one.low) for one in each)), np.asarray(high))


def share_of_total(part: Part, rest: Part, confidence: float) -> Interval:
    """Limits of the share of the whole loss that some rows carry.

    For errors this is Wilson's interval of the errors among them; for other losses of as many
    errors as would vary as much.
    """
    whole = part.total + rest.total
    share = part.total / whole
    spread = (1.0 - share) ** 2 * part.squares + share**2 * rest.squares
    if spread:
        trials = whole**2 * share * (1.0 - share) / spread
    else:
        trials = whole**2 / (part.squares + rest.squares)
    return intervals.wilson(share, trials, confidence)


def _worst(
    found: Found,
    rate: float,
    confidence: float,
    limits: Callable[[JudgedSlice, float], tuple[float, Interval]],
    of_all: tuple[float, Interval],
) -> Extreme | None:
    if not found.tested:
        value, (low, high) = of_all
        return Extreme(
            slice=None, value=value, low=float(low), high=float(high), rows=found.whole.rows
        )
    judged = list(dict.fromkeys([found.tested[0], *found.worse(rate)]))
    if any(min(item.part.rows, item.rest.rows) < LEAST for item in judged):
        return None
    level = level_at_once(confidence, len(found.tested))
    value, _, worst = max(
        (limits(item, confidence)[0], -place, item) for place, item in enumerate(judged)
    )
    return Extreme(
        slice=worst,
        value=value,
        low=max(float(limits(item, level)[1].low) for item in judged),
        high=max(float(limits(item, confidence)[1].high) for item in judged),
        rows=worst.part.rows,
    )
