"""Group thresholds: from what score on each group is decided positively, chosen on validation data.

Everything follows from the score histogram of each group, so the data may be of any size. Nothing
is random: one person with one score always gets one decision. A group with too few rows to choose a
threshold keeps the overall one, and the result says so.

Three aims, and what each does to people:

- `equal_opportunity`: those who should be found are found equally often in every group, up to a
  bound. It may raise the threshold of a group that is found often.
- `demographic_parity`: every group is decided positively equally often, up to a bound. The same.
- `recall_floor`: in no group are fewer found than a floor. Thresholds are only ever lowered, so
  nobody is missed for it; the price is more false alarms.

Source: Hardt, Price and Srebro (2016), Equality of opportunity in supervised learning (without the
randomisation, so equal up to what the scores allow).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roadworthy.data.row_groups import JOIN
from roadworthy.errors import DataError, UsageError
from roadworthy.records.slices import Slice
from roadworthy.records.versions import DecisionRule
from roadworthy.stats.groups import SliceTable

MINIMUM_ROWS = 50
"""A group with fewer rows that speak for its threshold keeps the overall one."""

STEPS = 200
"""How many levels of a rate are tried as the one that all groups share."""

HUNDREDTHS = np.arange(1, 100) / 100

_TOO_FAR = 10.0
_ROUNDING = 1e-12

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupThresholds:
    """A rule with one threshold a group, and what must be said about it, a sentence each."""

    rule: DecisionRule
    notes: tuple[str, ...] = ()


class _Evidence(StrEnum):
    """Which rows of a group speak for its threshold."""

    POSITIVE = "positive rows"
    ALL = "rows"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sweep:
    """What happens in each of G groups at each of B thresholds (the lower edges of the score bins).

    Attributes:
        across: the attributes, as a comparison slice names them.
        names: the groups.
        thresholds: ascending, shape (B,).
        found: weight of positive rows with a score at or above each threshold, shape (G, B).
        false_alarms: the same for negative rows.
        rows: how many rows speak for the threshold of each group, shape (G,).
        evidence: which rows those are.
    """

    across: str
    names: tuple[str, ...]
    thresholds: Floats
    found: Floats
    false_alarms: Floats
    rows: NDArray[np.int64]
    evidence: _Evidence

    @cached_property
    def recall(self) -> Floats:
        """True-positive rate, shape (G, B); NaN in a group without positive rows."""
        return _share(self.found, self.found[:, :1])

    @cached_property
    def selection(self) -> Floats:
        """Selection rate, shape (G, B)."""
        return _share(self.found + self.false_alarms, self.found[:, :1] + self.false_alarms[:, :1])

    @cached_property
    def gain(self) -> Floats:
        """What each group adds to twice the overall balanced accuracy, up to a constant."""
        positives, negatives = self.found[:, 0].sum(), self.false_alarms[:, 0].sum()
        return np.asarray(self.found / positives - self.false_alarms / negatives, dtype=np.float64)

    def large(self, minimum_rows: int) -> list[int]:
        """The groups with enough rows."""
        return np.flatnonzero(self.rows >= minimum_rows).tolist()

    def chosen(
        self, places: Mapping[int, float], overall: float, minimum_rows: int
    ) -> GroupThresholds:
        """The rule with these thresholds by group; who has none keeps the overall one."""
        small = [
            f"{name} ({self.rows[group]})"
            for group, name in enumerate(self.names)
            if group not in places
        ]
        note = (
            f"groups of {self.across} with fewer than {minimum_rows} {self.evidence} keep the "
            f"overall threshold {overall:g}: {'; '.join(small)}"
        )
        thresholds = {self.names[group]: float(places[group]) for group in places}
        rule = DecisionRule(threshold=overall, attribute=self.across, thresholds=thresholds)
        return GroupThresholds(rule=rule, notes=(note,) if small else ())


def equal_opportunity(
    table: SliceTable,
    attributes: Sequence[str],
    *,
    bound: float,
    overall: float,
    minimum_rows: int = MINIMUM_ROWS,
) -> GroupThresholds:
    """Thresholds under which the true-positive rates of the groups differ by at most `bound`.

    Among the levels that the groups could share, and the thresholds that keep each group there, it
    takes those of the best overall balanced accuracy.

    Args:
        table: the histograms of the groups of `attributes`, on validation data.
        attributes: the columns whose groups get a threshold each.
        bound: the largest difference between two groups.
        overall: the threshold of everybody else.
        minimum_rows: a group with fewer positive rows keeps `overall`.

    Raises:
        UsageError: the table holds no scores or no such groups, or the bound is not in [0, 1].
        DataError: all rows have the same label.
    """
    _check_share("bound", bound)
    sweep = _sweep(table, attributes, _Evidence.POSITIVE)
    large = sweep.large(minimum_rows)
    places = _share_a_level(sweep.recall[large], sweep.gain[large], bound)
    thresholds = dict(zip(large, sweep.thresholds[places].tolist(), strict=True))
    return sweep.chosen(thresholds, overall, minimum_rows)


def demographic_parity(
    table: SliceTable,
    attributes: Sequence[str],
    *,
    bound: float,
    overall: float,
    minimum_rows: int = MINIMUM_ROWS,
) -> GroupThresholds:
    """Thresholds under which the selection rates of the groups differ by at most `bound`.

    The arguments and errors are those of `equal_opportunity`; `minimum_rows` counts all rows.
    """
    _check_share("bound", bound)
    sweep = _sweep(table, attributes, _Evidence.ALL)
    large = sweep.large(minimum_rows)
    places = _share_a_level(sweep.selection[large], sweep.gain[large], bound)
    thresholds = dict(zip(large, sweep.thresholds[places].tolist(), strict=True))
    return sweep.chosen(thresholds, overall, minimum_rows)


def recall_floor(
    table: SliceTable,
    attributes: Sequence[str],
    *,
    floor: float,
    overall: float,
    minimum_rows: int = MINIMUM_ROWS,
) -> GroupThresholds:
    """Thresholds, none above `overall`, that find at least `floor` of each group's positives.

    Args:
        table: the histograms of the groups of `attributes`, on validation data.
        attributes: the columns whose groups get a threshold each.
        floor: the least true-positive rate.
        overall: the threshold that no group exceeds.
        minimum_rows: a group with fewer positive rows keeps `overall`.

    Raises:
        UsageError: the table holds no scores or no such groups, or the floor is not in [0, 1].
        DataError: all rows have the same label.
    """
    _check_share("floor", floor)
    sweep = _sweep(table, attributes, _Evidence.POSITIVE)
    thresholds: dict[int, float] = {}
    for group in sweep.large(minimum_rows):
        reaching = int((sweep.recall[group] >= floor).sum()) - 1  # recall falls as they rise
        thresholds[group] = min(overall, float(sweep.thresholds[max(reaching, 0)]))
    return sweep.chosen(thresholds, overall, minimum_rows)


def balanced_threshold(scores: ArrayLike, label: ArrayLike) -> float:
    """The threshold, in hundredths, with the best balanced accuracy; the lowest of equals.

    >>> balanced_threshold([0.1, 0.2, 0.6, 0.7], [0, 0, 1, 1])
    0.21

    Raises:
        DataError: all rows have the same label.
    """
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(label).astype(bool)
    positive, negative = np.sort(values[truth]), np.sort(values[~truth])
    if not len(positive) or not len(negative):
        raise DataError("all rows have the same label; a threshold cannot be chosen")
    recall = 1 - np.searchsorted(positive, HUNDREDTHS, side="left") / len(positive)
    specificity = np.searchsorted(negative, HUNDREDTHS, side="left") / len(negative)
    return float(HUNDREDTHS[int(np.argmax((recall + specificity).round(12)))])


# --- inside --------------------------------------------------------------------------------------


def _share_a_level(rate: Floats, gain: Floats, bound: float) -> list[int]:
    """A place for each group with rates no further apart than `bound`, at the best total gain.

    Where a group's scores are so coarse that no place lies in reach, the nearest is taken, and
    levels at which that happens come last.
    """
    best: tuple[float, list[int]] = (-np.inf, [])
    for level in np.linspace(0.0, 1.0 - bound, STEPS + 1):
        places = [_best_place(r, g, level, bound) for r, g in zip(rate, gain, strict=True)]
        reached = [float(rate[group, place]) for group, place in enumerate(places)]
        excess = max(max(reached, default=0.0) - min(reached, default=0.0) - bound, 0.0)
        total = float(sum(gain[group, place] for group, place in enumerate(places)))
        worth = total - _TOO_FAR * excess * (excess > _ROUNDING)
        if worth > best[0] + _ROUNDING:
            best = (worth, places)
    return best[1]


def _best_place(rate: Floats, gain: Floats, level: float, bound: float) -> int:
    """Where the gain is best among rates in [level, level + bound]; the nearest if none is."""
    inside = (rate >= level - _ROUNDING) & (rate <= level + bound + _ROUNDING)
    if inside.any():
        return int(np.argmax(np.where(inside, gain, -np.inf)))
    return int(np.argmin(np.abs(rate - level - bound / 2)))


def _sweep(table: SliceTable, attributes: Sequence[str], evidence: _Evidence) -> _Sweep:
    wanted = tuple(sorted(attributes))
    if table.histogram is None or table.histogram_rows is None:
        raise UsageError("thresholds are chosen from scores, and the table has none")
    if any(JOIN in name for name in wanted):
        raise UsageError(f"a column whose name contains {JOIN!r} cannot have group thresholds")
    kept = [i for i, where in enumerate(table.slices) if _is_group(where, wanted)]
    if not kept:
        raise UsageError(f"the table has no groups of {', '.join(wanted) or 'no attribute'}")
    counted = table.histogram[kept][:, :2, : table.grid.bins]
    if not (counted.sum(axis=(0, 2)) > 0).all():
        raise DataError("all rows have the same label; thresholds cannot be chosen")
    above = counted[:, :, ::-1].cumsum(axis=2)[:, :, ::-1]
    rows = table.histogram_rows[kept][:, :2, : table.grid.bins].sum(axis=2)
    return _Sweep(
        across=str(Slice.across(wanted)),
        names=tuple(JOIN.join(str(t.value) for t in table.slices[i].terms) for i in kept),
        thresholds=np.asarray(table.grid.edges[:-1], dtype=np.float64),
        found=above[:, 1],
        false_alarms=above[:, 0],
        rows=rows[:, 1] if evidence is _Evidence.POSITIVE else rows.sum(axis=1),
        evidence=evidence,
    )


def _is_group(where: Slice, attributes: tuple[str, ...]) -> bool:
    return where.attributes == attributes and not where.is_comparison


def _share(part: Floats, whole: Floats) -> Floats:
    nothing = np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan)
    return np.asarray(np.divide(part, whole, out=nothing, where=whole > 0), dtype=np.float64)


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise UsageError(f"{name} must lie in [0, 1], found {value}")
