"""`ExpectedCounts`: what a confusion matrix is expected to be, and the error of what follows.

A measure is taken of the expected counts. Its standard error is the spread of the same measure over
counts that were redrawn, as other references and other falls of the labels would have made them.
Where more than half of these leave it undefined, since hardly a row of a class is expected, nothing
is expected of it either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats, Interval, critical, wilson

METHOD = "calibrated-confidence"

FEW = 10
"""With fewer rows than this that count, or that do not, labels can show a few values only, far
apart: Wilson's limits would lie between them, and are widened to what was redrawn."""

Measure = Callable[[SliceTable], Estimates]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExpectedCounts:
    """What labels would show in S slices, of K classes.

    Attributes:
        counts: expected (effective) rows by label and decision, shape (S, K, K); NaN where nothing
            can be expected.
        replicates: the same by redrawn references and labels, shape (R, S, K, K).
    """

    counts: Floats
    replicates: Floats

    def share(self, function: Measure, like: SliceTable) -> Estimates:
        """A measure between 0 and 1 of expected counts by label and decision.

        Wilson's limits, with as many trials as a proportion of this value and standard error has;
        in small slices never inside the quantiles of what was redrawn.

        Args:
            function: the measure, of a table with labels.
            like: the table that the counts were expected of.
        """
        measured = function(with_counts(like, self.counts))
        value, error, drawn = self._redrawn(measured, function, like)
        spread = value * (1 - value)
        with np.errstate(invalid="ignore", divide="ignore"):
            trials = np.where(error > 0, spread / error**2, self.counts.sum(axis=(1, 2)))
            few = np.flatnonzero(np.minimum(value, 1 - value) * trials < FEW)
        ordered = np.sort(drawn[:, few], axis=0)

        def bounds(confidence: Floats) -> Interval:
            low, high = map(np.array, wilson(value, trials, confidence))
            least, most = _quantiles(ordered, confidence[few])
            low[few], high[few] = np.minimum(low[few], least), np.maximum(high[few], most)
            return Interval(low, high)

        return Estimates(
            value=value,
            rows=measured.rows,
            bounds=bounds,
            method=METHOD,
            reason=measured.reason,
            trials=None if few.size else trials,
        )

    def measure(self, function: Measure, like: SliceTable) -> Estimates:
        """A measure of expected counts that is no proportion, with normal limits; see `share`."""
        measured = function(with_counts(like, self.counts))
        value, error, _ = self._redrawn(measured, function, like)

        def bounds(confidence: Floats) -> Interval:
            half = critical(confidence) * error
            return Interval(value - half, value + half)

        return Estimates(
            value=value, rows=measured.rows, bounds=bounds, method=METHOD, reason=measured.reason
        )

    def against_rest(self, k: int) -> ExpectedCounts:
        """The counts of one class against the rest, shape (S, 2, 2)."""
        return ExpectedCounts(
            counts=_against_rest(self.counts, k), replicates=_against_rest(self.replicates, k)
        )

    def _redrawn(
        self, measured: Estimates, function: Measure, like: SliceTable
    ) -> tuple[Floats, Floats, Floats]:
        """The measure, where it will probably be defined, its spread, and its redrawn values."""
        replicates, slices, classes = self.replicates.shape[:3]
        flat = self.replicates.reshape(replicates * slices, classes, classes)
        with np.errstate(invalid="ignore", divide="ignore"):
            values = function(with_counts(like, flat)).value.reshape(replicates, slices)
        known = np.isfinite(values)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, values, 0.0).sum(axis=0) / count
        error = np.sqrt(np.where(known, (values - mean) ** 2, 0.0).sum(axis=0) / count)
        probably = 2 * known.sum(axis=0) >= replicates
        return np.where(probably, measured.value, np.nan), error, values


def _quantiles(ordered: Floats, confidence: Floats) -> Interval:
    """The values that leave half of alpha outside at either end, at a confidence for each slice.

    Args:
        ordered: ascending, NaN last, shape (R, S).
        confidence: shape (S,).
    """
    last = np.maximum(np.isfinite(ordered).sum(axis=0) - 1, 0)
    outside = np.floor((1.0 - confidence) / 2.0 * last).astype(np.intp)
    slices = np.arange(ordered.shape[1])
    return Interval(ordered[outside, slices], ordered[last - outside, slices])


def with_counts(like: SliceTable, counts: Floats) -> SliceTable:
    """A slice table with these weights by label and decision, as if every row were labelled.

    Args:
        like: the table that the counts were expected of.
        counts: shape (S, K, K), or several such for each slice, one after the other.
    """
    size, classes = counts.shape[:2]
    weights = np.zeros((size, classes + 1, classes + 1))
    weights[:, :-1, :-1] = counts
    return replace(
        without_scores(like),
        slices=like.slices if len(like.slices) == size else (like.slices[:1] * size),
        counts=_whole(weights),
        weights=weights,
        weights_squared=weights,
    )


def without_scores(table: SliceTable) -> SliceTable:
    """The table by label and decision only."""
    return replace(
        table, histogram=None, histogram_rows=None, score_sum=None, score_square_sum=None
    )


def _whole(weights: Floats) -> NDArray[np.int64]:
    """Whole rows, of each decision as many as there are: none is lost by rounding."""
    known = np.nan_to_num(weights)
    rows: NDArray[np.int64] = np.rint(known).astype(np.int64)
    lost = np.rint(known.sum(axis=1)).astype(np.int64) - rows.sum(axis=1)
    largest = known.argmax(axis=1)[:, None]
    np.put_along_axis(
        rows, largest, np.take_along_axis(rows, largest, axis=1) + lost[:, None], axis=1
    )
    return rows


def _against_rest(counts: Floats, k: int) -> Floats:
    """Counts by label and decision (..., K, K), of one class and of all others: (..., 2, 2)."""
    right, said, true = counts[..., k, k], counts[..., :, k].sum(-1), counts[..., k, :].sum(-1)
    others = counts.sum(axis=(-1, -2)) - said - true + right
    return np.stack(
        [np.stack([others, said - right], axis=-1), np.stack([true - right, right], axis=-1)],
        axis=-2,
    )
