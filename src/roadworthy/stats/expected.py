"""What labels would show, expected from calibrated scores: performance without labels.

A row that is decided positive, and whose calibrated score says that it is positive with probability
p, counts p true positives and 1 - p false ones (confidence-based performance estimation). Summed
over the cells of a tally this gives expected counts by label and decision, and with them every
measure that is a function of such counts or of a histogram of scores by label.

It holds as long as a score means the same as in the labelled reference: the mix of cases may
change, what is true of a case with a given score may not. Nothing in unlabelled rows can show
whether that is so.

The error has two parts. The reference is a sample: its rates are redrawn from their Beta
distributions. The rows are one too, and their labels would fall by chance: expected counts are
redrawn from Poisson distributions. Both together give a standard error for every measure.

Source: Garg et al. (2022), Leveraging unlabeled data to predict out-of-distribution performance;
Bialek et al. (2024), Estimating model performance under covariate shift without labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.calibrator import Calibrator
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats, Interval, critical, wilson
from roadworthy.stats.rates import NEGATIVE, POSITIVE
from roadworthy.stats.scorebins import ScoreBins
from roadworthy.stats.tally import TallyPlan

REPLICATES = 200
"""Redrawn references and labels, from which standard errors are taken."""

TOGETHER = 64
"""Redrawn slices that are measured at once: more would leave the processor's cache."""

METHOD = "calibrated-confidence"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """Decided rows of S slices in the U bins that hold any, whatever their labels are.

    Attributes:
        low: lower edges of the bins, shape (U,).
        high: upper edges, shape (U,).
        weight: effective rows by decision (negative, positive), shape (S, 2, U).
        mean: mean score of the rows in each bin, shape (S, U).
        rows: rows, shape (S,).
    """

    low: Floats
    high: Floats
    weight: Floats
    mean: Floats
    rows: NDArray[np.int64]

    def take(self, slices: NDArray[np.integer]) -> Scored:
        """These slices, perhaps more than once."""
        return replace(
            self, weight=self.weight[slices], mean=self.mean[slices], rows=self.rows[slices]
        )

    def confusion(self, probability: Floats) -> Floats:
        """Expected rows by label and decision, shape (S, 2, 2), at these chances of a positive."""
        positive = np.einsum("sdu,su->sd", self.weight, probability)
        return np.stack([self.weight.sum(axis=2) - positive, positive], axis=1)

    def labelled(self, probability: Floats) -> ScoreBins:
        """The bins with their rows shared out between the labels by these chances."""
        known, whole = np.nan_to_num(probability), self.weight.sum(axis=1)
        weight = np.stack([whole * (1 - known), whole * known], axis=1)
        return ScoreBins(
            low=self.low,
            high=self.high,
            weight=weight,
            ranked=weight,
            rows=np.rint(weight.sum(axis=2)).astype(np.int64),
            score_sum=weight * self.mean[:, None],
            score_square_sum=(weight * self.mean[:, None] ** 2).sum(axis=2),
            effective=weight.sum(axis=2),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expected:
    """What labels would show in S slices.

    Attributes:
        scored: the rows that labels are expected of.
        probability: of a positive label in each bin, shape (S, U); NaN without a calibrator.
        redrawn: the same by redrawn references, shape (R, S, U).
        counts: expected rows by label and decision, shape (S, 2, 2).
        replicates: the same by redrawn references and labels, shape (R, S, 2, 2).
        calibrated_on: rows of the reference behind each slice's calibrator, shape (S,).
    """

    scored: Scored
    probability: Floats
    redrawn: Floats
    counts: Floats
    replicates: Floats
    calibrated_on: NDArray[np.int64]

    def share(self, function: Callable[[SliceTable], Estimates], like: SliceTable) -> Estimates:
        """A measure between 0 and 1 of expected counts by label and decision.

        Wilson's limits, with as many trials as a proportion of this value and standard error has.

        Args:
            function: the measure, of a table with labels.
            like: the table that the counts were expected of.
        """
        measured = function(_with_counts(like, self.counts))
        error = self._error(function, like)
        value = measured.value
        spread = value * (1 - value)
        with np.errstate(invalid="ignore", divide="ignore"):
            trials = np.where(error > 0, spread / error**2, self.counts.sum(axis=(1, 2)))

        return Estimates(
            value=value,
            rows=measured.rows,
            bounds=lambda confidence: wilson(value, trials, confidence),
            method=METHOD,
            reason=measured.reason,
            trials=trials,
        )

    def measure(self, function: Callable[[SliceTable], Estimates], like: SliceTable) -> Estimates:
        """A measure of expected counts that is no proportion, with normal limits; see `share`."""
        measured = function(_with_counts(like, self.counts))
        error = self._error(function, like)
        value = measured.value

        def bounds(confidence: Floats) -> Interval:
            half = critical(confidence) * error
            return Interval(value - half, value + half)

        return Estimates(
            value=value, rows=self.scored.rows, bounds=bounds, method=METHOD, reason=measured.reason
        )

    def score_measure(self, function: Callable[[ScoreBins], Estimates]) -> Estimates:
        """A measure of scores by label.

        The limits that the measure itself would have with these labels, and the spread that the
        calibrator adds, joined as independent errors (MOVER).
        """
        measured = function(self.scored.labelled(self.probability))
        spread = self._redrawn_values(function).std(axis=0)
        value = np.where(np.isnan(self.counts).any(axis=(1, 2)), np.nan, measured.value)

        def bounds(confidence: Floats) -> Interval:
            low, high = measured.interval(confidence)
            half = critical(confidence) * spread
            return Interval(
                value - np.hypot(value - low, half), value + np.hypot(high - value, half)
            )

        return Estimates(
            value=value, rows=self.scored.rows, bounds=bounds, method=METHOD, reason=measured.reason
        )

    def _redrawn_values(self, function: Callable[[ScoreBins], Estimates]) -> Floats:
        """The measure by each redrawn reference, shape (R, S), many at a time."""
        replicates, slices, bins = self.redrawn.shape
        drawn = self.redrawn.reshape(replicates * slices, bins)
        of = np.tile(np.arange(slices), replicates)
        parts = [slice(start, start + TOGETHER) for start in range(0, len(of), TOGETHER)]
        found = [function(self.scored.take(of[part]).labelled(drawn[part])).value for part in parts]
        return np.concatenate(found).reshape(replicates, slices)

    def _error(self, function: Callable[[SliceTable], Estimates], like: SliceTable) -> Floats:
        """The standard error of a measure: its spread over what was redrawn."""
        replicates, slices = self.replicates.shape[:2]
        flat = self.replicates.reshape(replicates * slices, 2, 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            values = function(_with_counts(like, flat)).value.reshape(replicates, slices)
        known = np.isfinite(values)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, values, 0.0).sum(axis=0) / count
        found: Floats = np.sqrt(np.where(known, (values - mean) ** 2, 0.0).sum(axis=0) / count)
        return found


def expect(
    table: SliceTable,
    calibrators: Sequence[Calibrator | None],
    *,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> Expected:
    """What labels would show in each slice.

    Args:
        table: counts whose label axis holds the decision (negative, positive, missing).
        calibrators: one for each slice; None where there is nothing to calibrate with.
        seed: of the redrawn references and labels.
        replicates: how many are redrawn.

    Raises:
        ValueError: the table counts no scores.
    """
    if table.histogram is None or table.histogram_rows is None or table.score_sum is None:
        raise ValueError("this table counts no scores")
    generator = np.random.default_rng(seed)
    scored = _scored(table)
    size = scored.mean.shape
    probability, redrawn = np.full(size, np.nan), np.full((replicates, *size), np.nan)
    for position, known in enumerate(calibrators):
        if known is not None:
            scores = scored.mean[position]
            probability[position] = known.probability(scores)
            redrawn[:, position] = known.probability(scores, known.redraw(generator, replicates))
    chance = np.stack([scored.confusion(drawn) for drawn in redrawn])
    drawn = generator.poisson(np.nan_to_num(chance)).astype(np.float64)
    return Expected(
        scored=scored,
        probability=probability,
        redrawn=redrawn,
        counts=scored.confusion(probability),
        replicates=np.where(np.isnan(chance), np.nan, drawn),
        calibrated_on=np.array([0 if k is None else k.rows for k in calibrators], dtype=np.int64),
    )


def by_decision(table: SliceTable, plan: TallyPlan) -> SliceTable:
    """The table with the decision, made from the score, in place of a label that is missing.

    Raises:
        ValueError: the table counts no scores.
    """
    if table.histogram is None or table.histogram_rows is None or table.score_sum is None:
        raise ValueError("this table counts no scores")
    decision = plan.decide(np.arange(table.grid.cells))
    chosen = decision == np.arange(3)[:, None]
    return replace(
        table,
        counts=_on_diagonal(table.counts),
        weights=_on_diagonal(table.weights),
        weights_squared=_on_diagonal(table.weights_squared),
        histogram=table.histogram.sum(axis=1, keepdims=True) * chosen,
        histogram_rows=table.histogram_rows.sum(axis=1, keepdims=True) * chosen,
        score_sum=table.score_sum.sum(axis=1, keepdims=True) * chosen,
        score_square_sum=None,
    )


def _on_diagonal(counts: NDArray[Any]) -> NDArray[Any]:
    """Counts by decision as counts by label and decision, the label being the decision."""
    return np.asarray(counts.sum(axis=1, keepdims=True) * np.eye(3, dtype=counts.dtype))


def _scored(table: SliceTable) -> Scored:
    if table.histogram is None or table.histogram_rows is None or table.score_sum is None:
        raise ValueError("this table counts no scores")
    bins, decisions = table.grid.bins, [NEGATIVE, POSITIVE]
    weight = table.histogram[:, decisions, :bins]
    used = np.flatnonzero(weight.any(axis=(0, 1)))
    weight, sums = weight[:, :, used], table.score_sum[:, decisions][:, :, used].sum(axis=1)
    low, high = table.grid.edges[used], table.grid.edges[used + 1]
    whole = weight.sum(axis=1)
    middle = np.broadcast_to((low + high) / 2, whole.shape).copy()
    mean = np.divide(sums, whole, out=middle, where=whole > 0)
    return Scored(
        low=low,
        high=high,
        weight=weight * _effective_share(table)[:, None, None],
        mean=np.clip(mean, low, high),
        rows=table.histogram_rows[:, decisions, :bins].sum(axis=(1, 2)),
    )


def _effective_share(table: SliceTable) -> Floats:
    """Kish's effective rows for each unit of weight of decided rows, shape (S,)."""
    weight = table.weights[:, [NEGATIVE, POSITIVE]].sum(axis=(1, 2))
    squares = table.weights_squared[:, [NEGATIVE, POSITIVE]].sum(axis=(1, 2))
    share: Floats = np.divide(weight, squares, out=np.zeros_like(weight), where=squares > 0)
    return share


def _with_counts(like: SliceTable, counts: Floats) -> SliceTable:
    """A slice table of two classes with these weights, as if every row were labelled."""
    size = len(counts)
    weights = np.zeros((size, 3, 3))
    weights[:, :2, :2] = counts
    rows = np.rint(np.nan_to_num(weights)).astype(np.int64)
    decided = np.rint(np.nan_to_num(counts).sum(axis=1)).astype(np.int64)
    rows[:, NEGATIVE, :2] = decided - rows[:, POSITIVE, :2]  # so that none is lost by rounding
    return replace(
        like,
        slices=like.slices if len(like.slices) == size else tuple(like.slices[:1]) * size,
        counts=rows,
        weights=weights,
        weights_squared=weights,
        histogram=None,
        histogram_rows=None,
        score_sum=None,
        score_square_sum=None,
    )
