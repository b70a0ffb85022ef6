"""`Tally`: the counts that almost every measure is a function of; they add up.

A tally counts rows by *finest cell*: one combination of attribute values, label, predicted class and
score cell that occurs. Tallies of parts of a table merge to the tally of the table, in any order, bit
for bit: counts are integers, and sums of reals are fixed-point integers (2**-30, rounded down a row).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from roadworthy.errors import UsageError
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.groups import SliceTable


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyPlan:
    """What is counted.

    Attributes:
        attributes: the columns whose values make groups.
        label: the column of true classes, if there is one.
        classes: the class values as text, in order; for a binary system: negative, positive.
        prediction: the column of predicted classes (class values, or 0 and 1), if there is one.
        score: the column of the positive class's probability, if there is one.
        weight: the column of row weights, if there is one.
        grid: the score bins.
        threshold: without `prediction`, a score from here on predicts the positive class.
        max_categories: more values than these in an attribute are an error.
    """

    attributes: tuple[str, ...] = ()
    label: str | None = None
    classes: tuple[str, ...] = ("0", "1")
    prediction: str | None = None
    score: str | None = None
    weight: str | None = None
    grid: ScoreGrid = field(default_factory=ScoreGrid)
    threshold: float = 0.5
    max_categories: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tally:
    """Sparse counts by finest cell, C cells in ascending order of (codes, label, predicted, cell).

    With K classes, code K of a label or prediction means missing. Without a weight column every row
    weighs 1.

    Attributes:
        plan: what was counted.
        categories: the values of each attribute, sorted; nulls are `(missing)`.
        codes: positions in `categories`, int32, shape (C, A).
        label: int32, shape (C,).
        predicted: int32, shape (C,).
        cell: score cell of `plan.grid`, int32, shape (C,); all `grid.missing` without a score.
        rows: int64, shape (C,).
        weight: fixed-point sums of weights, int64, shape (C,).
        weight_squared: of squared weights.
        score_sum: of weight times score, for scores in [0, 1].
        score_square_sum: of weight times squared score.
    """

    plan: TallyPlan
    categories: tuple[tuple[str, ...], ...]
    codes: NDArray[np.int32]
    label: NDArray[np.int32]
    predicted: NDArray[np.int32]
    cell: NDArray[np.int32]
    rows: NDArray[np.int64]
    weight: NDArray[np.int64]
    weight_squared: NDArray[np.int64]
    score_sum: NDArray[np.int64]
    score_square_sum: NDArray[np.int64]

    def merge(self, other: Tally) -> Tally:
        """The tally of both parts together."""
        raise UsageError("merging is being written")

    def slices(self, families: Iterable[Sequence[str]], *, histogram: bool = True) -> SliceTable:
        """The counts of every group that occurs in each family of attributes."""
        raise UsageError("rolling up is being written")


def plan_families(attributes: Sequence[str], depth: int) -> tuple[tuple[str, ...], ...]:
    """Every set of up to `depth` attributes, smallest first; the empty set is the population.

    >>> plan_families(["sex", "race"], 2)
    ((), ('race',), ('sex',), ('race', 'sex'))
    """
    ordered = sorted(set(attributes))
    return tuple(
        family for size in range(min(depth, len(ordered)) + 1) for family in combinations(ordered, size)
    )
