"""Prevalence shift: what becomes of the whole when a group's share of the population changes.

Each group of each protected column is made half and twice as common, by weighting the counts of the
tally; what happens within the group and outside it stays as measured. No model is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from roadworthy.checks.check import Subject
from roadworthy.checks.robustness.measures import (
    ACCURACY_DROP,
    MEASURES,
    ROC_AUC_DROP,
)
from roadworthy.records.evidence import Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.slices import Slice
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats, critical, difference, wilson
from roadworthy.stats.rates import RATES, Counts, Rate, count

PREVALENCE_SHIFT = "prevalence-shift"
FACTORS = (0.5, 2.0)

Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shift:
    """One group, all the others, and how much more common the group becomes."""

    group: SliceTable
    rest: SliceTable
    where: Slice
    factor: float

    @property
    def share(self) -> float:
        """The group's share of the weight, as it is."""
        own, other = float(self.group.weights.sum()), float(self.rest.weights.sum())
        return own / (own + other) if own + other else 0.0

    @property
    def multiplier(self) -> float:
        """How much more each row of the group must weigh, so that its share is `factor` times."""
        return self.factor * (1.0 - self.share) / (1.0 - self.factor * self.share)

    @property
    def slice(self) -> Slice:
        """What evidence calls the shift: the group, the perturbation and its severity."""
        values = {term.attribute: str(term.value) for term in self.where.terms}
        named = {"perturbation": PREVALENCE_SHIFT, "severity": f"{self.factor:g}"}
        return Slice.of(values | named)


def prevalence_shifts(subject: Subject) -> Iterator[Evidence]:
    """Every group of every protected column, half and twice as common."""
    if not subject.roles.protected:
        return
    families = [(), *((name,) for name in sorted(subject.roles.protected))]
    table = subject.tally.slices(families)
    everybody = table.slices.index(Slice())
    for position, where in enumerate(table.slices):
        if position == everybody:
            continue
        for factor in FACTORS:
            shift = _Shift(
                group=_one(table, position),
                rest=_one(table, everybody, position),
                where=where,
                factor=factor,
            )
            for spec in MEASURES:
                yield subject.evidence(
                    spec,
                    shift.slice,
                    _outcome(spec, shift, subject),
                    share_before=shift.share,
                    share_after=min(shift.share * factor, 1.0),
                )


def _outcome(spec: MeasureSpec, shift: _Shift, subject: Subject) -> Measured | Unmeasured:
    rows = int(shift.group.counts.sum() + shift.rest.counts.sum())
    if shift.share >= 1.0:
        return Unmeasured(reason="everybody is in the group", rows=rows)
    if shift.share * shift.factor >= 1.0:
        reason = f"the group is {shift.share:.0%} of the whole already; it cannot be "
        return Unmeasured(reason=f"{reason}{shift.factor:g} times as common", rows=rows)
    if spec is ROC_AUC_DROP:
        return _area_drop(shift, subject, rows)
    name = "accuracy" if spec is ACCURACY_DROP else "selection-rate"
    return _rate_change(RATES[name], shift, subject, rows, spec)


def _rate_change(
    rate: Rate, shift: _Shift, subject: Subject, rows: int, spec: MeasureSpec
) -> Measured | Unmeasured:
    """The change of a rate of the whole: the change of share times the gap, group against rest.

    The shares are the table's own and are taken as known, so the interval is that of the gap.
    """
    if _is_missing(rate, subject):
        return Unmeasured(reason=rate.reason, rows=rows)
    group, rest = count(shift.group, rate), count(shift.rest, rate)
    if not (group.denominator[0] > 0 and rest.denominator[0] > 0):
        return Unmeasured(reason=f"{rate.reason}, in the group or in the rest", rows=rows)
    before = _share_of(group, rest, 1.0)
    step = _share_of(group, rest, shift.multiplier) - before
    level = subject.confidence
    gap = group.share - rest.share
    limits = difference(
        group.share,
        wilson(group.share, group.effective, level),
        rest.share,
        wilson(rest.share, rest.effective, level),
    )
    if spec is ACCURACY_DROP:
        step = -step
    ends = sorted((float(step * limits.low[0]), float(step * limits.high[0])))
    return _measured(float(step * gap[0]), ends[0], ends[1], rows, "newcombe", level)


def _share_of(group: Counts, rest: Counts, multiplier: float) -> float:
    own, other = multiplier * float(group.denominator[0]), float(rest.denominator[0])
    return own / (own + other)


def _is_missing(rate: Rate, subject: Subject) -> bool:
    predicted = subject.plan.prediction is not None or subject.plan.score is not None
    return (rate.predicted and not predicted) or (rate.labelled and subject.plan.label is None)


def _area_drop(shift: _Shift, subject: Subject, rows: int) -> Measured | Unmeasured:
    """The change of the area under ROC when the group's rows weigh more or less.

    The interval is normal, with the variance of the two areas' influence on each row (the delta
    method on DeLong's placements).
    """
    if shift.group.histogram is None or shift.rest.histogram is None:
        return Unmeasured(reason="there are no scores", rows=rows)
    if subject.plan.label is None:
        return Unmeasured(reason="no label is given", rows=rows)
    bins = subject.plan.grid.bins
    weights = np.stack([shift.group.histogram[0, :2, :bins], shift.rest.histogram[0, :2, :bins]])
    if not (weights.sum(axis=(0, 2)) > 0).all():
        return Unmeasured(reason="only one class has scores", rows=rows)
    multiplier = np.array([shift.multiplier, 1.0])
    before, before_influence = _area(weights, np.ones(2))
    after, after_influence = _area(weights, multiplier)
    squares = float(shift.group.weights_squared.sum() + shift.rest.weights_squared.sum())
    per_row = squares / float(shift.group.weights.sum() + shift.rest.weights.sum())
    spread = per_row * float((weights * (before_influence - after_influence) ** 2).sum())
    half = float(critical(subject.confidence)) * spread**0.5
    value = before - after
    return _measured(value, value - half, value + half, rows, "delta", subject.confidence)


def _area(weights: Floats, multiplier: Floats) -> tuple[float, Floats]:
    """The area under ROC of (group, rest) by label and bin, and each row's influence on it.

    Args:
        weights: sums of weights, shape (2, 2, bins): group and rest, by label, by score bin.
        multiplier: how much more each part weighs, shape (2,).
    """
    scaled = weights * multiplier[:, None, None]
    negative, positive = scaled.sum(axis=0)
    below = (np.cumsum(negative) - negative / 2) / negative.sum()
    above = 1.0 - (np.cumsum(positive) - positive / 2) / positive.sum()
    area = float((positive * below).sum() / positive.sum())
    influence: NDArray[np.float64] = np.stack(
        [
            multiplier[:, None] * (above - area)[None, :] / negative.sum(),
            multiplier[:, None] * (below - area)[None, :] / positive.sum(),
        ],
        axis=1,
    )
    return area, influence


def _measured(
    value: float, low: float, high: float, rows: int, method: str, confidence: float
) -> Measured:
    return Measured(
        value=value,
        low=min(low, value),
        high=max(high, value),
        rows=rows,
        method=method,
        confidence=confidence,
    )


def _one(table: SliceTable, position: int, without: int | None = None) -> SliceTable:
    """One slice of the table; without the rows of another, if one is named."""

    def taken(array: NDArray[Number]) -> NDArray[Number]:
        kept = array[position : position + 1]
        return kept if without is None else kept - array[without : without + 1]

    return SliceTable(
        slices=(table.slices[position],),
        grid=table.grid,
        counts=taken(table.counts),
        weights=taken(table.weights),
        weights_squared=taken(table.weights_squared),
        histogram=None if table.histogram is None else taken(table.histogram),
    )
