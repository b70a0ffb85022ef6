"""Which of many overlapping slices to carry over: few, plain, and each bad beyond the others.

The best slice is taken first and made as good as it gets: a further condition joins where it makes
a better find, bins beside it join where they are bad as well, and a condition that does not earn
its place is dropped, so that a simpler slice stands wherever it explains the loss as well. Its rows
then leave the counts of all other slices, and the next best on the rows that are left follows:
nobody reads one weakness under ten names.

Sources: Lavrac et al. (2004), CN2-SD, for covering; Chung et al. (2019), Slice Finder, for
preferring slices with fewer conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roadworthy.stats.intervals import Floats
from roadworthy.stats.slice_search import (
    Candidates,
    CodedRows,
    Condition,
    Conditions,
    Counts,
    tabulate,
)

EARNED = 4.0
"""Standard errors by which a condition must part worse rows from better ones to earn its place: it
is the best of about a thousand ranges, of which chance alone parts some by three."""

SWEEPS = 4
"""Times each condition is looked at again after others have changed, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What makes a slice a good find.

    Attributes:
        depth: its conditions at most.
        fewest: the rows that it must hold beyond those of the slices before it.
        floor: the score that it must reach there.
        size_weight: the a of the worth size^a (mean - mean of all) by which slices are better, in
            [0, 1]: 0 for the worst, however small; 1/2 for the one that stands out most surely; 1
            for the one that carries the most loss beyond its share.
        overlap: the share of rows in common among the rows of either (Jaccard's index) from which
            on a slice is dropped for a better one.
    """

    depth: int
    fewest: int
    floor: float
    size_weight: float = 0.5
    overlap: float = 0.5

    def worth(self, rows: CodedRows, n: ArrayLike, loss: ArrayLike) -> Floats:
        """How good a find slices with so many rows and so much loss are."""
        size = np.maximum(np.asarray(n, np.float64), 1.0)
        return np.asarray(rows.score(n, loss) * size ** (self.size_weight - 0.5))


def choose(rows: CodedRows, found: Candidates, aim: Aim, *, most: int) -> tuple[Conditions, ...]:
    """At most `most` slices, the best first, none of which repeats one before it.

    Args:
        rows: the rows that were searched.
        found: the slices found in them.
        aim: what makes a slice a good find.
        most: how many slices to choose at most.
    """
    chosen: list[Conditions] = []
    masks: list[NDArray[np.bool_]] = []
    free = np.ones(rows.rows, np.bool_)
    n, loss = found.rows.copy(), found.loss.copy()
    while len(chosen) < most:
        stands_out = (n >= aim.fewest) & (rows.score(n, loss) >= aim.floor)
        if not stands_out.any():
            break
        worth = np.where(stands_out, aim.worth(rows, n, loss), -np.inf)
        best = int(np.argmax(worth))  # the first of equals: the one with fewer conditions
        slice_ = refine(rows, found.conditions(best, rows.cells), free, aim)
        mask = rows.matching(slice_)
        if all(_in_common(mask, other) < aim.overlap for other in masks):
            chosen.append(slice_)
            masks.append(mask)
        _leave(rows, found, mask & free, n, loss, aim.fewest)
        free &= ~mask
    return tuple(chosen)


def refine(rows: CodedRows, slice_: Conditions, free: NDArray[np.bool_], aim: Aim) -> Conditions:
    """The slice made as good a find as changing one condition at a time can make it.

    A condition may be joined, widened over several bins (each of which alone might be too small to
    be looked at), exchanged for another, or dropped.

    Args:
        rows: all rows.
        slice_: its conditions.
        free: the rows that count, shape (R,).
        aim: what makes a slice a good find.
    """
    current = slice_
    for _ in range(SWEEPS):
        before = current
        if len(current) < aim.depth:
            current = _join(rows, current, free, aim)
        for condition in current:
            others = tuple(one for one in current if one.feature != condition.feature)
            if len(others) < len(current):
                current = _join(rows, others, free, aim) or current
        if current == before:
            break
    return current


def _join(rows: CodedRows, others: Conditions, free: NDArray[np.bool_], aim: Aim) -> Conditions:
    """The conditions, with a further one if one makes a better find and earns its place."""
    inside = np.flatnonzero(rows.matching(others) & free)
    loss = rows.loss[inside]
    best, most = others, float(aim.worth(rows, len(inside), loss.sum())) if others else -np.inf
    for feature in sorted(set(range(len(rows.codes))) - {one.feature for one in others}):
        codes, size = rows.codes[feature][inside], rows.cells[feature]
        n = np.bincount(codes, minlength=size).astype(np.int64)
        lost = np.bincount(codes, loss, size).astype(np.float64)
        found, worth = _best_range(rows, n, lost, feature, aim)
        if worth > most and (not others or _earns(rows, n, lost, found)):
            best, most = tuple(sorted((*others, found))), worth
    return best


def _earns(rows: CodedRows, n: Counts, loss: Floats, condition: Condition) -> bool:
    """True if the rows that the condition keeps are worse than those it keeps out."""
    part = slice(condition.first, condition.last + 1)
    inside, outside = float(n[part].sum()), float(n.sum() - n[part].sum())
    if not inside or not outside:
        return False
    kept, out = float(loss[part].sum()), float(loss.sum() - loss[part].sum())
    error = rows.spread * np.sqrt(1 / inside + 1 / outside)
    return bool(kept / inside - out / outside >= EARNED * error)


def _best_range(
    rows: CodedRows, n: Counts, loss: Floats, feature: int, aim: Aim
) -> tuple[Condition, float]:
    """The code, or range of neighbouring codes, of a feature that is the best find; its worth."""
    ordered = rows.ordered[feature]
    starts, ends = np.triu_indices(ordered)
    single = np.arange(ordered, rows.cells[feature])
    starts, ends = np.concatenate([starts, single]), np.concatenate([ends, single])
    counted, lost = _sums(n, loss, starts, ends)
    worth = np.where(counted >= aim.fewest, aim.worth(rows, counted, lost), -np.inf)
    best = int(np.argmax(worth))
    return Condition(feature, int(starts[best]), int(ends[best])), float(worth[best])


def _sums(
    n: Counts, loss: Floats, starts: NDArray[np.intp], ends: NDArray[np.intp]
) -> tuple[Counts, Floats]:
    """Rows and loss in each range of codes, both ends included."""
    below, lost = np.concatenate([[0], np.cumsum(n)]), np.concatenate([[0.0], np.cumsum(loss)])
    return below[ends + 1] - below[starts], lost[ends + 1] - lost[starts]


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
