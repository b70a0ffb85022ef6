"""Which of many overlapping slices to carry over: few, plain, and each bad beyond the others.

The best slice is taken first; its neighbouring bins join it where that raises its score, and a
condition that does not earn its place is dropped, so that a simpler slice stands wherever it
explains the loss as well. Its rows then leave the counts of all other slices, and the next best on
the rows that are left follows: nobody reads one weakness under ten names.

Sources: Lavrac et al. (2004), CN2-SD, for covering; Chung et al. (2019), Slice Finder, for
preferring slices with fewer conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.intervals import Floats
from roadworthy.stats.slice_search import (
    Candidates,
    CodedRows,
    Condition,
    Conditions,
    Counts,
    tabulate,
)

EARNED = 3.0
"""Standard errors by which a condition must part worse rows from better ones to earn its place."""

SWEEPS = 4
"""Times each condition is looked at again after others have changed."""


def choose(
    rows: CodedRows,
    found: Candidates,
    *,
    most: int,
    fewest: int,
    floor: float,
    overlap: float = 0.5,
) -> tuple[Conditions, ...]:
    """At most `most` slices, the best first, none of which repeats one before it.

    Args:
        rows: the rows that were searched.
        found: the slices found in them.
        most: how many slices to choose at most.
        fewest: rows that a slice must hold beyond those of the slices before it.
        floor: the score that it must reach there.
        overlap: the share of rows in common among the rows of either (Jaccard's index) from which
            on a slice is dropped for a better one.
    """
    chosen: list[Conditions] = []
    masks: list[NDArray[np.bool_]] = []
    free = np.ones(rows.rows, np.bool_)
    n, loss = found.rows.copy(), found.loss.copy()
    while len(chosen) < most and len(n):
        score = np.where(n >= fewest, rows.score(n, loss), -np.inf)
        best = int(np.argmax(score))  # the first of equals: the one with fewer conditions
        if not score[best] >= floor:
            break
        slice_ = refine(rows, found.conditions(best, rows.cells), free)
        mask = rows.matching(slice_)
        if all(_in_common(mask, other) < overlap for other in masks):
            chosen.append(slice_)
            masks.append(mask)
        _leave(rows, found, mask & free, n, loss, fewest)
        free &= ~mask
    return tuple(chosen)


def refine(rows: CodedRows, slice_: Conditions, free: NDArray[np.bool_]) -> Conditions:
    """The slice with neighbouring bins joined and needless conditions dropped.

    Args:
        rows: all rows.
        slice_: its conditions.
        free: the rows that count, shape (R,).
    """
    current = slice_
    for _ in range(SWEEPS):
        before = current
        for condition in before:
            others = tuple(one for one in current if one.feature != condition.feature)
            n, loss = _profile(rows, others, condition.feature, free)
            wider = _widest(rows, n, loss, condition)
            is_needed = not others or _earns(rows, n, loss, wider)
            current = tuple(sorted((*others, wider))) if is_needed else others
        if current == before:
            break
    return current


def _profile(
    rows: CodedRows, others: Conditions, feature: int, free: NDArray[np.bool_]
) -> tuple[Counts, Floats]:
    """Rows and loss by the code of one feature, where the other conditions hold."""
    inside = np.flatnonzero(rows.matching(others) & free)
    codes, size = rows.codes[feature][inside], rows.cells[feature]
    return np.bincount(codes, minlength=size), np.bincount(codes, rows.loss[inside], size)


def _earns(rows: CodedRows, n: Counts, loss: Floats, condition: Condition) -> bool:
    """True if the rows that the condition keeps are worse than those it keeps out."""
    part = slice(condition.first, condition.last + 1)
    inside, outside = float(n[part].sum()), float(n.sum() - n[part].sum())
    if not inside or not outside:
        return False
    kept, out = float(loss[part].sum()), float(loss.sum() - loss[part].sum())
    error = rows.spread * np.sqrt(1 / inside + 1 / outside)
    return bool(kept / inside - out / outside >= EARNED * error)


def _widest(rows: CodedRows, n: Counts, loss: Floats, condition: Condition) -> Condition:
    """The range of neighbouring codes around the condition that has the highest score."""
    feature, first, last = condition
    ordered = rows.ordered[feature]
    if last >= ordered:
        return condition
    below, lost = np.concatenate([[0], np.cumsum(n)]), np.concatenate([[0.0], np.cumsum(loss)])
    starts, ends = np.meshgrid(np.arange(first, -1, -1), np.arange(last, ordered), indexing="ij")
    score = rows.score(below[ends + 1] - below[starts], lost[ends + 1] - lost[starts])
    best = np.unravel_index(np.argmax(score), score.shape)  # the first of equals: the narrowest
    return Condition(feature, int(starts[best]), int(ends[best]))


def _in_common(left: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    """The rows of both among the rows of either."""
    either = int((left | right).sum())
    return float((left & right).sum() / either) if either else 0.0


def _leave(
    rows: CodedRows,
    found: Candidates,
    leaving: NDArray[np.bool_],
    n: Counts,
    loss: Floats,
    fewest: int,
) -> None:
    """Take the rows that leave out of the counts of all slices that still have enough."""
    part = rows.take(np.flatnonzero(leaving))
    spans = [(start, end) for start, end in _spans(found) if (n[start:end] >= fewest).any()]
    families = [found.families[found.family[start]] for start, _ in spans]
    for (start, end), (_, gone, lost) in zip(spans, tabulate(part, families), strict=True):
        cells = found.cell[start:end]
        n[start:end] -= gone[cells]
        loss[start:end] -= lost[cells]


def _spans(found: Candidates) -> Iterator[tuple[int, int]]:
    """Where the slices of each family stand."""
    edges = np.searchsorted(found.family, np.arange(len(found.families) + 1))
    yield from pairwise(edges.tolist())
