"""The column that drifted most, which speaks for the whole table: one number for one limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from roadworthy.checks.check import Subject
from roadworthy.checks.quality.drift_measures import MEASURES, MISSING_CHANGE, WASSERSTEIN
from roadworthy.records.evidence import Direction, Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.slices import ALL
from roadworthy.stats.multiplicity import sidak

TOLD = 3
"""Reasons that are told where no column could be compared."""

Again = Callable[[Subject, str], Iterable[Evidence]]
"""Measures one column anew, at the subject's confidence."""


def worst_columns(subject: Subject, found: Sequence[Evidence], again: Again) -> Iterator[Evidence]:
    """For each measure that is comparable between columns, its worst column, as the slice `all`.

    The upper limit is the highest of all columns', for it has to hold for one of them only: the one
    that truly drifted most. The lower limit allows for having looked at all of them (Sidak). Of a
    measure that has a sign it is the size, or else a large fall would hide a rise. Columns that
    could not be compared are named.

    Args:
        subject: what was measured.
        found: the evidence on each column.
        again: measures a column anew.
    """

    @cache
    def surer(name: str, columns: int) -> dict[str, Evidence]:
        confidence = float(sidak(subject.confidence, columns))
        items = again(replace(subject, confidence=confidence), name)
        return {item.measure: item for item in items}

    for spec in MEASURES:
        if spec is WASSERSTEIN:  # has another unit in each column
            continue
        own = {item.slice.terms[0].value: item for item in found if item.measure == spec.slug}
        known = {
            name: _size(spec, item.outcome)
            for name, item in own.items()
            if isinstance(item.outcome, Measured) and name is not None
        }
        if not known:
            if own:
                yield subject.evidence(spec, ALL, _none_compared(own.values()))
            continue
        name = max(known, key=lambda name: _badness(spec, known[name].value))
        outcome = known[name]
        wider = surer(name, len(known)).get(spec.slug)
        if wider is not None and isinstance(wider.outcome, Measured):
            outcome = _of_all(known.values(), _size(spec, wider.outcome), subject.confidence)
        about = {**own[name].parameters, "column": name, "columns": len(known)}
        lost = sorted(other for other in own if other is not None and other not in known)
        if lost:
            about["not_compared"] = [*lost]
        yield subject.evidence(spec, ALL, outcome, **about)


def _none_compared(items: Iterable[Evidence]) -> Unmeasured:
    """Why no column could be compared: the reasons of the first few that differ."""
    reasons = [item.outcome.reason for item in items if isinstance(item.outcome, Unmeasured)]
    told = "; ".join(list(dict.fromkeys(reasons))[:TOLD])
    return Unmeasured(reason=f"no column could be compared: {told}")


def _badness(spec: MeasureSpec, value: float) -> float:
    return -value if spec.direction is Direction.HIGHER else value


def _size(spec: MeasureSpec, outcome: Measured) -> Measured:
    """The outcome of a measure without its sign."""
    if spec is not MISSING_CHANGE:
        return outcome
    ends = sorted([abs(outcome.low), abs(outcome.high)])
    low = 0.0 if outcome.low <= 0.0 <= outcome.high else ends[0]
    return replace(outcome, value=abs(outcome.value), low=low, high=ends[1])


def _of_all(known: Iterable[Measured], worst: Measured, confidence: float) -> Measured:
    """The worst column's outcome at its level, up to the highest limit of any column."""
    return replace(worst, high=max(item.high for item in known), confidence=confidence)
