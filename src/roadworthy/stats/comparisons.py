"""Comparisons across groups: the largest difference, the smallest ratio, and against a reference.

A largest difference is the largest over all pairs of groups, so it is biased upward, and resampling
makes that worse. Its two limits are different statements about the pairs:

- *upper*: one pair is truly furthest apart, whichever it is. The upper limit of that pair holds
  with the stated confidence, and the largest of all pairs' upper limits is no less. So this end
  needs no correction for the number of pairs.
- *lower*: no pair's lower limit may exceed the truth. So the pairs' lower limits must hold all
  together, with Tukey and Kramer's critical value for all pairs; the largest of them is the limit.

The pairs' limits are Newcombe's for proportions (Katz's for ratios), and MOVER's from the groups'
own limits for other measures. For two groups the interval is plainly Newcombe's; for more it misses
most often where all groups are equal, and there as often as it says. The value is never outside.
Several comparisons can be taken as one (equalised odds: true positive rates and false positive
rates); their pairs then form one family.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats import intervals
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.intervals import Floats, Interval
from roadworthy.stats.multiplicity import tukey

Positions = NDArray[np.intp]

BLOCK = 1_000_000
"""Pairs compared at a time, which bounds the memory of comparing thousands of groups."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contest:
    """The groups to compare (at least two, all defined), as positions in the estimates."""

    estimates: Estimates
    members: Positions

    @property
    def pairs(self) -> int:
        """The number of pairs of groups."""
        return len(self.members) * (len(self.members) - 1) // 2

    @property
    def values(self) -> Floats:
        """The groups' values."""
        return self.estimates.value[self.members]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The outcome of a comparison; groups as positions in the estimates.

    `contest` says which of several contests was the most extreme.
    """

    value: float
    low: float
    high: float
    method: str
    highest: int
    lowest: int
    contest: int = 0


def largest_difference(contests: Sequence[Contest], confidence: float) -> Contrast:
    """The largest difference between two groups of one contest, over all contests."""
    together = _together(contests, confidence)
    spans = [float(np.ptp(contest.values)) for contest in contests]
    lows = [_largest_limits(contest, together).low for contest in contests]
    highs = [_largest_limits(contest, confidence).high for contest in contests]
    widest = int(np.argmax(spans))
    return Contrast(
        value=spans[widest],
        low=min(max(0.0, *lows), spans[widest]),
        high=max(*highs, spans[widest]),
        method=_name("newcombe", "mover", contests),
        highest=_extreme(contests[widest], highest=True),
        lowest=_extreme(contests[widest], highest=False),
        contest=widest,
    )


def smallest_ratio(contests: Sequence[Contest], confidence: float) -> Contrast | None:
    """The smallest ratio of two groups of one contest, over all contests.

    None if in some contest every value is 0, which leaves the ratio undefined.
    """
    if any(contest.values.max() == 0 for contest in contests):
        return None
    together = _together(contests, confidence)
    ratios = [float(contest.values.min() / contest.values.max()) for contest in contests]
    lows = [_smallest_limits(contest, confidence).low for contest in contests]
    highs = [_smallest_limits(contest, together).high for contest in contests]
    narrowest = int(np.argmin(ratios))
    return Contrast(
        value=ratios[narrowest],
        low=min(ratios[narrowest], *lows),
        high=max(min(1.0, *highs), ratios[narrowest]),
        method=_name("katz-log", "mover-ratio", contests),
        highest=_extreme(contests[narrowest], highest=True),
        lowest=_extreme(contests[narrowest], highest=False),
        contest=narrowest,
    )


def difference_to(estimates: Estimates, members: Positions, reference: int) -> Estimates:
    """Each group's value minus the reference group's; the reference differs from itself by 0."""
    value = estimates.value[members] - estimates.value[reference]
    own = members == reference

    def bounds(confidence: Floats) -> Interval:
        groups, other = _against(estimates, members, reference, confidence)
        found = intervals.difference(
            estimates.value[members], groups, estimates.value[reference], other
        )
        return Interval(np.where(own, value, found.low), np.where(own, value, found.high))

    return Estimates(
        value=value,
        rows=estimates.rows[members],
        bounds=bounds,
        method=_methods(estimates, own, ("newcombe", "mover")),
        reason=estimates.reason,
    )


def ratio_to(estimates: Estimates, members: Positions, reference: int) -> Estimates:
    """Each group's value divided by the reference group's; the reference's own ratio is 1."""
    of_reference = estimates.value[reference]
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(of_reference > 0, estimates.value[members] / of_reference, np.nan)
    own = members == reference

    def bounds(confidence: Floats) -> Interval:
        if estimates.trials is None:
            groups, other = _against(estimates, members, reference, confidence)
            found = intervals.ratio(estimates.value[members], groups, of_reference, other)
        else:
            trials = estimates.trials
            found = intervals.katz(
                estimates.value[members],
                trials[members],
                of_reference,
                trials[reference],
                confidence,
            )
        return Interval(np.where(own, value, found.low), np.where(own, value, found.high))

    return Estimates(
        value=value,
        rows=estimates.rows[members],
        bounds=bounds,
        method=_methods(estimates, own, ("katz-log", "mover-ratio")),
        reason=estimates.reason,
    )


def _against(
    estimates: Estimates, members: Positions, reference: int, confidence: Floats
) -> tuple[Interval, Interval]:
    """Intervals of the groups, and of the reference at each group's confidence."""
    levels, inverse = np.unique(confidence, return_inverse=True)
    low, high = np.stack([np.stack(_score_limits(estimates, level)) for level in levels], axis=1)
    groups = Interval(low[inverse, members], high[inverse, members])
    return groups, Interval(low[inverse, reference], high[inverse, reference])


def _methods(estimates: Estimates, own: NDArray[np.bool_], names: tuple[str, str]) -> list[str]:
    """The method behind each group's limits: the first for proportions; a reference is exact."""
    method = names[estimates.trials is None]
    return ["exact" if same else method for same in own]


class _Ends(NamedTuple):
    """The most extreme lower limit, and the most extreme upper one."""

    low: float
    high: float


def _together(contests: Sequence[Contest], confidence: float) -> float:
    """The confidence that each pair needs, for all pairs of all contests to hold together."""
    return tukey(confidence, [len(contest.members) for contest in contests if contest.pairs])


def _score_limits(estimates: Estimates, confidence: float) -> Interval:
    """The limits from which those of pairs are made: Wilson's for proportions, else their own."""
    if estimates.trials is None:
        return estimates.interval(confidence)
    return intervals.wilson(estimates.value, estimates.trials, confidence)


def _own_limits(contest: Contest, confidence: float) -> Interval:
    """The limits of each group of a contest."""
    low, high = _score_limits(contest.estimates, confidence)
    return Interval(low[contest.members], high[contest.members])


def _largest_limits(contest: Contest, confidence: float) -> _Ends:
    """The largest lower and the largest upper limit over ordered pairs of groups."""
    values = contest.values
    low, high = _own_limits(contest, confidence)
    lows, highs = [], []
    for rows in _blocks(len(values)):
        pair = intervals.difference(
            values[rows, None],
            Interval(low[rows, None], high[rows, None]),
            values,
            Interval(low, high),
        )
        lows.append(np.where(_same(rows, len(values)), -np.inf, pair.low).max())
        highs.append(np.where(_same(rows, len(values)), -np.inf, pair.high).max())
    return _Ends(float(max(lows)), float(max(highs)))


def _smallest_limits(contest: Contest, confidence: float) -> _Ends:
    """The smallest lower and the smallest upper limit over ordered pairs of groups."""
    values, trials = contest.values, contest.estimates.trials
    low, high = _own_limits(contest, confidence)
    lows, highs = [], []
    for rows in _blocks(len(values)):
        if trials is None:
            first = Interval(low[rows, None], high[rows, None])
            pair = intervals.ratio(values[rows, None], first, values, Interval(low, high))
        else:
            own = trials[contest.members]
            pair = intervals.katz(values[rows, None], own[rows, None], values, own, confidence)
        lows.append(np.where(_same(rows, len(values)), np.inf, pair.low).min())
        highs.append(np.where(_same(rows, len(values)), np.inf, pair.high).min())
    return _Ends(float(min(lows)), float(min(highs)))


def _blocks(groups: int) -> list[Positions]:
    size = max(1, BLOCK // groups)
    return [np.arange(start, min(start + size, groups)) for start in range(0, groups, size)]


def _same(rows: Positions, groups: int) -> NDArray[np.bool_]:
    return np.asarray(rows[:, None] == np.arange(groups))


def _extreme(contest: Contest, *, highest: bool) -> int:
    values = contest.values
    return int(contest.members[values.argmax() if highest else values.argmin()])


def _name(proportion: str, other: str, contests: Sequence[Contest]) -> str:
    plain = other if any(item.estimates.trials is None for item in contests) else proportion
    pairs = sum(contest.pairs for contest in contests)
    return plain if pairs == 1 else f"tukey-{plain}"
