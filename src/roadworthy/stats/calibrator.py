"""`Calibrator`: the probability of a positive label at each score, learned from labelled rows.

Rows of a labelled reference fall into groups of about equal weight by score. The log odds of the
observed rates are joined by straight lines over the log odds of the mean scores, and continue
beyond the outermost groups with the slope of the line that fits all groups best: shifted and
stretched scores are put right, and scores that are right already stay about as they are. Each
group's rate counts one more row, of the group's mean score, so that a group of one label only keeps
finite odds.

Sources: Platt (1999), on smoothed targets; Zadrozny and Elkan (2001), on calibration by bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.intervals import Floats
from roadworthy.stats.scorebins import POSITIVE, ScoreBins

MOST_GROUPS = 64
ROWS_A_GROUP = 100
"""A reference of fewer rows has fewer groups."""

_NEAREST = 2.0**-30
"""Probabilities nearer than this to 0 or 1 are moved there before their log odds are taken."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibrator:
    """What was learned about one slice of the reference, in G groups of scores.

    Attributes:
        knots: log odds of the mean score of each group, ascending, shape (G,).
        rate: smoothed share of positives of each group, shape (G,).
        trials: effective rows behind each rate, the added one included, shape (G,).
        rows: labelled, scored rows of the slice.
    """

    knots: Floats
    rate: Floats
    trials: Floats
    rows: int

    def probability(self, scores: Floats, rate: Floats | None = None) -> Floats:
        """The probability of a positive label at these scores.

        Args:
            scores: in [0, 1], of any shape.
            rate: other rates of the groups, shape (R, G); those that were observed by default.

        Returns:
            The shape of the scores; after R, if there are other rates.
        """
        odds = _log_odds(self.rate if rate is None else rate)
        at = _log_odds(scores.reshape(-1))
        inside = np.clip(at, self.knots[0], self.knots[-1])
        left = np.clip(np.searchsorted(self.knots, inside, side="right") - 1, 0, None)
        right = np.minimum(left + 1, len(self.knots) - 1)
        width = self.knots[right] - self.knots[left]
        share = np.divide(
            inside - self.knots[left], width, out=np.zeros_like(inside), where=width > 0
        )
        line = odds[..., left] * (1 - share) + odds[..., right] * share
        line = line + self._slope(odds)[..., None] * (at - inside)
        found: Floats = 1.0 / (1.0 + np.exp(-line))
        return found.reshape((*odds.shape[:-1], *scores.shape))

    def _slope(self, odds: Floats) -> Floats:
        """The slope of the line that fits the groups best; 1 if there is only one."""
        weight = self.trials * self.rate * (1 - self.rate)
        weight = weight / weight.sum()
        apart = self.knots - weight @ self.knots
        spread = float(weight @ apart**2)
        if spread <= 0:
            return np.ones(odds.shape[:-1])
        slope: Floats = np.maximum(odds @ (weight * apart) / spread, 0.0)
        return slope

    def redraw(self, generator: np.random.Generator, replicates: int) -> Floats:
        """Rates as other references of the same size would have shown, shape (replicates, G)."""
        positive = self.rate * self.trials
        drawn = generator.beta(
            positive, self.trials - positive, size=(replicates, len(self.trials))
        )
        found: Floats = np.clip(drawn, _NEAREST, 1 - _NEAREST)
        return found


def calibrator(bins: ScoreBins, slice_: int) -> Calibrator | None:
    """Learn from one slice of a labelled reference; None if it lacks one of the labels."""
    if not bins.both[slice_]:
        return None
    weight = bins.weight[slice_]
    total, scores = weight.sum(axis=0), bins.score_sum[slice_].sum(axis=0)
    effective = float(bins.total_effective[slice_])
    group = _groups(total, effective)
    size = int(group[-1]) + 1
    mass, positive, score = (
        np.bincount(group, weights=values, minlength=size)
        for values in (total, weight[POSITIVE], scores)
    )
    held = mass > 0
    mass, positive, score = mass[held], positive[held], score[held]
    trials = mass * (effective / total.sum())
    mean = np.clip(score / mass, 0.0, 1.0)
    return Calibrator(
        knots=_log_odds(mean),
        rate=(positive / mass * trials + mean) / (trials + 1),
        trials=trials + 1,
        rows=int(bins.rows[slice_].sum()),
    )


def _groups(weight: Floats, effective: float) -> NDArray[np.int64]:
    """The group of each bin: about equal weight in each, bins never cut."""
    size = int(np.clip(effective // ROWS_A_GROUP, 1, MOST_GROUPS))
    middle = np.cumsum(weight) - weight / 2
    group: NDArray[np.int64] = (middle / weight.sum() * size).astype(np.int64)
    return np.minimum(group, size - 1)


def _log_odds(probability: Floats) -> Floats:
    kept = np.clip(probability, _NEAREST, 1 - _NEAREST)
    found: Floats = np.log(kept) - np.log1p(-kept)
    return found
