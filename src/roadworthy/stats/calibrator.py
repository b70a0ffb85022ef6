"""`Calibrator`: the probability of a positive label at each score, learned from labelled rows.

First the log odds of all scores are shifted and stretched as fits the labels best (logistic
regression with one score's worth of doubt that nothing need be done). What is left is put right
group by group: rows of a labelled reference fall into groups of about equal information; the
log odds of the observed rates are joined by straight lines over those of the mean first chances,
and continue beyond the outermost groups with the slope of the line that fits all groups best, as
far as the reference has scores. Scores beyond are given the chance of its outermost ones: nothing
is known of them, least of all that a score of 1 is always right. Each group's rate counts one more
row, of its mean first chance, so that a group of one label only keeps finite odds.

Sources: Platt (1999), on logistic calibration and smoothed targets; Zadrozny and Elkan (2001), on
calibration by bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.intervals import Floats
from roadworthy.stats.scorebins import POSITIVE, ScoreBins

MOST_GROUPS = 64
INFORMATION = 16
"""The information about a rate in each group, p (1 - p) a row: so many rows of either label or more
are expected there. A reference that has less of it has fewer groups."""

_NEAREST = 2.0**-30
"""Probabilities nearer than this to 0 or 1 are moved there before their log odds are taken."""

_STEPS, _SMALL, _LEAST = 25, 1e-6, 0.05
"""Steps of a fit at most, how short the last may be, and the least stretch that is believed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibrator:
    """What was learned about one slice of the reference, in G groups of scores.

    Attributes:
        shift: added to the log odds of scores, times `stretch`: the first chances.
        stretch: above 0.
        reach: the first chances of the lowest and the highest score of the reference, as log odds.
        knots: log odds of the mean first chance of each group, ascending, shape (G,).
        rate: smoothed share of positives of each group, shape (G,).
        trials: effective rows behind each rate, the added one included, shape (G,).
        rows: labelled, scored rows of the slice.
    """

    shift: float
    stretch: float
    reach: tuple[float, float]
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
        at = np.clip(self.shift + self.stretch * _log_odds(scores.reshape(-1)), *self.reach)
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


def calibrator(bins: ScoreBins, slice_: int, *, one_label: bool = False) -> Calibrator | None:
    """Learn from one slice of a labelled reference; None if it lacks one of the labels.

    Args:
        bins: the scored rows of the reference.
        slice_: the position of the slice.
        one_label: learn from rows of one label only, too, if there are any.
    """
    if not (bins.total[slice_] > 0 if one_label else bins.both[slice_]):
        return None
    weight = bins.weight[slice_]
    total, scores = weight.sum(axis=0), bins.score_sum[slice_].sum(axis=0)
    used = total > 0
    total, positive = total[used], weight[POSITIVE, used]
    effective = float(bins.total_effective[slice_])
    trials = total * (effective / total.sum())
    at = _log_odds(np.clip(scores[used] / total, 0.0, 1.0))
    shift, stretch = _fit(at, trials, trials * positive / total)
    odds = shift + stretch * at
    first = 1.0 / (1.0 + np.exp(-odds))
    group = _groups(trials * first * (1 - first))
    each = (trials, trials * positive / total, trials * first)
    sums = np.array([np.bincount(group, weights=item) for item in each], dtype=np.float64)
    trials, positive, first = sums[:, sums[0] > 0]
    mean = first / trials
    return Calibrator(
        shift=shift,
        stretch=stretch,
        reach=(float(odds.min()), float(odds.max())),
        knots=_log_odds(mean),
        rate=np.clip((positive + mean) / (trials + 1), _NEAREST, 1 - _NEAREST),
        trials=trials + 1,
        rows=int(bins.rows[slice_].sum()),
    )


def _fit(at: Floats, trials: Floats, positive: Floats) -> tuple[float, float]:
    """The shift and stretch of log odds that fit best, by Newton's steps.

    A penalty of one row's weight on either keeps them finite; scores that do not rise with the
    rate are only shifted.
    """
    found, none = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    design = np.stack([np.ones_like(at), at])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-found @ design))
        slope = design @ (positive - trials * chance) - (found - none)
        spread = (design * (trials * chance * (1 - chance))) @ design.T + np.eye(2)
        step = np.linalg.solve(spread, slope)
        found = found + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < _SMALL:
            break
    return (float(found[0]), float(found[1])) if found[1] > _LEAST else (0.0, 1.0)


def _groups(information: Floats) -> NDArray[np.int64]:
    """The group of each bin: about equal information in each, bins never cut."""
    size = int(np.clip(information.sum() // INFORMATION, 1, MOST_GROUPS))
    middle = np.cumsum(information) - information / 2
    group: NDArray[np.int64] = (middle / information.sum() * size).astype(np.int64)
    return np.minimum(group, size - 1)


def _log_odds(probability: Floats) -> Floats:
    kept = np.clip(probability, _NEAREST, 1 - _NEAREST)
    found: Floats = np.log(kept) - np.log1p(-kept)
    return found
