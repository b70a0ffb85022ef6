"""`ScoreBins`: the part of a slice table that speaks of scored rows with a label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats
from roadworthy.stats.rates import KNOWN, NEGATIVE, POSITIVE

ROUNDING = 2.0**-30
"""How far a tally may round the score of a row down."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreBins:
    """Scored, labelled rows of S slices in the U bins of the grid that hold any of them.

    Attributes:
        low: lower edges of the bins, ascending, shape (U,).
        high: upper edges, shape (U,).
        weight: weight by label (negative, positive) and bin, shape (S, 2, U).
        ranked: the same weight, ascending by score as far as that is known, shape (S, 2, V). Where
            one row of each label shares a bin, their scores are known and they are told apart.
        rows: rows by label, shape (S, 2).
        score_sum: weight times score, shape (S, 2, U).
        score_square_sum: weight times squared score, shape (S, 2).
        effective: Kish's effective rows by label, shape (S, 2). Squared weights are known for all
            rows of a label; rows without a score are taken to be weighted like the others.
    """

    low: Floats
    high: Floats
    weight: Floats
    ranked: Floats
    rows: NDArray[np.int64]
    score_sum: Floats
    score_square_sum: Floats
    effective: Floats

    @property
    def both(self) -> NDArray[np.bool_]:
        """Which slices have weight on both labels, shape (S,)."""
        return np.asarray((self.weight.sum(axis=2) > 0).all(axis=1))

    @property
    def total(self) -> Floats:
        """Weight of each slice, shape (S,)."""
        return np.asarray(self.weight.sum(axis=(1, 2)))

    @property
    def total_effective(self) -> Floats:
        """Kish's effective number of rows of each slice, shape (S,)."""
        weight = self.weight.sum(axis=2)
        squares = np.divide(
            weight**2, self.effective, out=np.zeros_like(weight), where=self.effective > 0
        ).sum(axis=1)
        total = weight.sum(axis=1)
        rows: Floats = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
        return rows

    def means(self, weight: Floats, score_sum: Floats) -> Floats:
        """Mean scores in bins (last axis); the middle of a bin without weight.

        A tally rounds scores down, so a mean is kept between the edges of its bin.
        """
        middle = np.broadcast_to((self.low + self.high) / 2, weight.shape).copy()
        mean = np.divide(score_sum, weight, out=middle, where=weight > 0)
        kept: Floats = np.clip(mean, self.low, self.high)
        return kept


def score_bins(table: SliceTable) -> ScoreBins:
    """The scored, labelled rows of a table.

    Raises:
        ValueError: the table has no scores.
    """
    if table.histogram is None or table.histogram_rows is None:
        raise ValueError("this table counts no scores")
    if table.score_sum is None or table.score_square_sum is None:
        raise ValueError("this table sums no scores")
    bins, labels = table.grid.bins, list(KNOWN)
    histogram = table.histogram[:, labels, :bins]
    used = np.flatnonzero(histogram.any(axis=(0, 1)))
    weight = histogram[:, :, used]
    rows = table.histogram_rows[:, labels][:, :, used]
    score_sum = table.score_sum[:, labels][:, :, used]
    scored = weight.sum(axis=2)
    everything = table.weights[:, labels].sum(axis=2)
    squares = table.weights_squared[:, labels].sum(axis=2)
    return ScoreBins(
        low=table.grid.edges[used],
        high=table.grid.edges[used + 1],
        weight=weight,
        ranked=_ranked(weight, rows, score_sum),
        rows=rows.sum(axis=2),
        score_sum=score_sum,
        score_square_sum=table.score_square_sum[:, labels],
        effective=np.divide(
            scored * everything, squares, out=np.zeros_like(scored), where=squares > 0
        ),
    )


def _ranked(weight: Floats, rows: NDArray[np.int64], score_sum: Floats) -> Floats:
    """Each bin as two, the lower score first, where one row of each label shares it."""
    alone = (rows == 1).all(axis=1) & (weight > 0).all(axis=1)
    if not alone.any():
        return weight
    with np.errstate(invalid="ignore", divide="ignore"):
        score = score_sum / weight
        blur = (ROUNDING / weight).sum(axis=1)
    apart = score[:, POSITIVE] - score[:, NEGATIVE]
    ranked = np.zeros((*weight.shape[:2], weight.shape[2], 2))
    ranked[..., 0] = weight
    for label, above in ((POSITIVE, apart > blur), (NEGATIVE, -apart > blur)):
        moved = alone & above
        ranked[:, label, :, 1] = np.where(moved, weight[:, label], 0.0)
        ranked[:, label, :, 0] -= ranked[:, label, :, 1]
    flat: Floats = ranked.reshape(*weight.shape[:2], -1)
    return flat


__all__ = ["NEGATIVE", "POSITIVE", "ROUNDING", "ScoreBins", "score_bins"]
