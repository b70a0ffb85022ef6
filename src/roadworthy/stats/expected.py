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
from roadworthy.stats.expected_counts import METHOD, ExpectedCounts
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats, Interval, critical
from roadworthy.stats.scorebins import ScoreBins
from roadworthy.stats.tally import TallyPlan

REPLICATES = 200
"""Redrawn references and labels, from which standard errors are taken."""

COARSE = 64
"""Bins from which standard errors are taken: enough for a spread, and quick to redraw."""

TOGETHER = 256
"""Redrawn slices that are measured at once: more would leave the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """Decided rows of S slices in the U bins that hold any, whatever their labels are.

    Attributes:
        low: lower edges of the bins, shape (U,).
        high: upper edges, shape (U,).
        weight: effective rows by decision, one of J, shape (S, J, U).
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

    def coarse(self, most: int = COARSE) -> Scored:
        """The same rows in at most so many bins of about equal weight, each of whole bins."""
        whole = self.weight.sum(axis=1)
        held = whole.sum(axis=0)
        if len(held) <= most:
            return self
        place = (np.cumsum(held) - held / 2) / held.sum() * most
        starts = np.flatnonzero(np.diff(place.astype(np.int64), prepend=-1))
        total = np.add.reduceat(whole, starts, axis=1)
        sums = np.add.reduceat(whole * self.mean, starts, axis=1)
        low, high = self.low[starts], self.high[np.append(starts[1:], len(held)) - 1]
        middle = np.broadcast_to((low + high) / 2, total.shape).copy()
        return Scored(
            low=low,
            high=high,
            weight=np.add.reduceat(self.weight, starts, axis=2),
            mean=np.divide(sums, total, out=middle, where=total > 0),
            rows=self.rows,
        )

    def confusion(self, probability: Floats) -> Floats:
        """Expected rows by label and decision, at these chances of a positive, shape (..., S, U).

        Returns:
            Shape (..., S, 2, J).
        """
        positive = np.einsum("sdu,...su->...sd", self.weight, probability)
        return np.stack([self.weight.sum(axis=2) - positive, positive], axis=-2)

    def labelled(self, probability: Floats) -> ScoreBins:
        """The bins with their rows shared out between the labels by these chances."""
        known, whole = np.nan_to_num(probability), self.weight.sum(axis=1)
        weight = np.stack([whole * (1 - known), whole * known], axis=1)
        totals = weight.sum(axis=2)
        score_sum = weight * self.mean[:, None]
        return ScoreBins(
            low=self.low,
            high=self.high,
            weight=weight,
            ranked=weight,
            rows=np.rint(totals).astype(np.int64),
            score_sum=score_sum,
            score_square_sum=(score_sum * self.mean[:, None]).sum(axis=2),
            effective=totals,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expected(ExpectedCounts):
    """What labels would show in S slices of a binary system.

    Attributes:
        scored: the rows that labels are expected of.
        probability: of a positive label in each bin, shape (S, U); NaN without a calibrator.
        coarse: the same rows in fewer bins, C of them, from which errors are told.
        redrawn: the probabilities in the coarse bins by redrawn references, shape (R, S, C).
        calibrated_on: rows of the reference behind each slice's calibrator, shape (S,).
    """

    scored: Scored
    probability: Floats
    coarse: Scored
    redrawn: Floats
    calibrated_on: NDArray[np.int64]

    def score_measure(self, function: Callable[[ScoreBins], Estimates]) -> Estimates:
        """A measure of scores by label.

        The limits that the measure itself would have with these labels, and the spread that the
        calibrator adds, joined as independent errors (MOVER).
        """
        measured = function(self.scored.labelled(self.probability))
        spread = self._redrawn_values(function).std(axis=0)
        value = np.where(np.isnan(self.probability).any(axis=1), np.nan, measured.value)

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
        found = [function(self.coarse.take(of[part]).labelled(drawn[part])).value for part in parts]
        return np.concatenate(found).reshape(replicates, slices)


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
    generator = np.random.default_rng(seed)
    scored = scored_rows(table)
    coarse = scored.coarse()
    redrawn = redraw(calibrators, coarse.mean, generator, replicates)
    chance = coarse.confusion(redrawn)
    drawn = generator.poisson(np.nan_to_num(chance)).astype(np.float64)
    probability = calibrated(calibrators, scored.mean)
    return Expected(
        scored=scored,
        probability=probability,
        coarse=coarse,
        redrawn=redrawn,
        counts=scored.confusion(probability),
        replicates=np.where(np.isnan(chance), np.nan, drawn),
        calibrated_on=rows_behind(calibrators),
    )


def calibrated(calibrators: Sequence[Calibrator | None], scores: Floats) -> Floats:
    """The chance of a positive at the scores of each slice, shape (S, U); NaN without any."""
    found = np.full(scores.shape, np.nan)
    for known, slices in _shared(calibrators):
        found[slices] = known.probability(scores[slices])
    return found


def redraw(
    calibrators: Sequence[Calibrator | None],
    scores: Floats,
    generator: np.random.Generator,
    replicates: int,
) -> Floats:
    """The same by redrawn references, shape (R, S, U)."""
    found = np.full((replicates, *scores.shape), np.nan)
    for known, slices in _shared(calibrators):
        rates = known.redraw(generator, replicates)
        found[:, slices] = known.probability(scores[slices], rates)
    return found


def rows_behind(calibrators: Sequence[Calibrator | None]) -> NDArray[np.int64]:
    """The rows of the reference behind each calibrator; 0 without one."""
    return np.array([0 if known is None else known.rows for known in calibrators], dtype=np.int64)


def _shared(
    calibrators: Sequence[Calibrator | None],
) -> list[tuple[Calibrator, NDArray[np.intp]]]:
    """Each calibrator once, with the slices that it speaks of."""
    each: dict[int, tuple[Calibrator, list[int]]] = {}
    for position, known in enumerate(calibrators):
        if known is not None:
            each.setdefault(id(known), (known, []))[1].append(position)
    return [(known, np.array(slices, dtype=np.intp)) for known, slices in each.values()]


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


def scored_rows(table: SliceTable) -> Scored:
    """The decided, scored rows of a table whose label axis holds the decision.

    Raises:
        ValueError: the table counts no scores.
    """
    if table.histogram is None or table.histogram_rows is None or table.score_sum is None:
        raise ValueError("this table counts no scores")
    bins, decisions = table.grid.bins, table.counts.shape[1] - 1
    weight = table.histogram[:, :decisions, :bins]
    used = np.flatnonzero(weight.any(axis=(0, 1)))
    weight, sums = weight[:, :, used], table.score_sum[:, :decisions][:, :, used].sum(axis=1)
    low, high = table.grid.edges[used], table.grid.edges[used + 1]
    whole = weight.sum(axis=1)
    middle = np.broadcast_to((low + high) / 2, whole.shape).copy()
    mean = np.divide(sums, whole, out=middle, where=whole > 0)
    return Scored(
        low=low,
        high=high,
        weight=weight * _effective_share(table)[:, None, None],
        mean=np.clip(mean, low, high),
        rows=table.histogram_rows[:, :decisions, :bins].sum(axis=(1, 2)),
    )


def _effective_share(table: SliceTable) -> Floats:
    """Kish's effective rows for each unit of weight of decided rows, shape (S,)."""
    weight = table.weights[:, :-1].sum(axis=(1, 2))
    squares = table.weights_squared[:, :-1].sum(axis=(1, 2))
    share: Floats = np.divide(weight, squares, out=np.zeros_like(weight), where=squares > 0)
    return share
