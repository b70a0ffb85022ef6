"""`SliceTable`: the dense counts of chosen slices, from which every group measure is a function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.records.slices import Slice
from roadworthy.stats.grid import ScoreGrid


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SliceTable:
    """Counts of S slices by label class, predicted class and score bin.

    With K classes, index K of a label or prediction axis holds the rows where it is missing. For a
    binary system K is 2, class 0 is negative and class 1 is positive. B is `grid.cells`: the bins
    in ascending order of score and, after them, the cells for missing, NaN, below-range and
    above-range scores.

    Attributes:
        slices: the S slices; the first is `all` if it was asked for.
        counts: rows, int64, shape (S, K+1, K+1), by label and prediction.
        weights: sums of row weights, float64, same shape; `counts` without a weight column.
        weights_squared: sums of squared row weights, float64, same shape (Kish effective size).
        histogram: sums of weights by label and score cell, float64, shape (S, K+1, B); None when
            there is no score.
        score_sum: sums of weight times score by label and score cell, shape (S, K+1, B), or None.
        score_square_sum: sums of weight times squared score by label, shape (S, K+1), or None.
        histogram_rows: rows by label and score cell, int64, shape (S, K+1, B), or None.
    """

    slices: Sequence[Slice]
    grid: ScoreGrid
    counts: NDArray[np.int64]
    weights: NDArray[np.float64]
    weights_squared: NDArray[np.float64]
    histogram: NDArray[np.float64] | None = None
    histogram_rows: NDArray[np.int64] | None = None
    score_sum: NDArray[np.float64] | None = None
    score_square_sum: NDArray[np.float64] | None = None

    @property
    def rows(self) -> NDArray[np.int64]:
        """Rows of each slice, shape (S,)."""
        return np.asarray(self.counts.sum(axis=(1, 2)))
