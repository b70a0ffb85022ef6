"""Averages over classes or labels, means of a bounded quantity and shares of places.

What is averaged over classes comes from the same rows, so the classes' estimates hang together in a
way that their own counts do not tell. The limits here are the averages of the classes' limits: they
hold however the classes hang together, and are wider than needed where they do not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from roadworthy.stats import intervals, proportions
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats, Interval
from roadworthy.stats.losses import SMALL
from roadworthy.stats.scorebins import ScoreBins


def average(
    parts: Sequence[Estimates],
    names: Sequence[str],
    *,
    rows: np.ndarray,
    weights: Floats | None = None,
) -> Estimates:
    """The mean of a measure over parts (classes, labels), slice by slice.

    It is undefined where a part with a weight is.

    Args:
        parts: the measure of each of P parts on the same S slices.
        names: what each part is called, for the reason.
        rows: rows behind each mean, shape (S,).
        weights: how much each part weighs, shape (S, P); all the same otherwise.
    """
    values = np.stack([part.value for part in parts], axis=1)
    shares = np.ones(values.shape) if weights is None else weights
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = shares / shares.sum(axis=1, keepdims=True)

    def mean(items: Floats) -> Floats:
        return np.asarray(np.where(shares == 0, 0.0, shares * items).sum(axis=1))

    def bounds(confidence: Floats) -> Interval:
        limits = [part.interval(confidence) for part in parts]
        low = np.stack([limit.low for limit in limits], axis=1)
        high = np.stack([limit.high for limit in limits], axis=1)
        return Interval(mean(low), mean(high))

    return Estimates(
        value=mean(values),
        rows=rows,
        bounds=bounds,
        method="mean-of-limits",
        reason=_reason(parts, names, shares),
    )


def _reason(parts: Sequence[Estimates], names: Sequence[str], shares: Floats) -> str:
    lost = [
        f"{part.reason} (for {name})"
        for part, name, share in zip(parts, names, shares.T, strict=True)
        if (~part.defined & (share != 0)).any()
    ]
    return lost[0] if lost else "no part has any weight"


def mean_score(bins: ScoreBins, *, reason: str, scale: float = 1.0) -> Estimates:
    """The mean of a quantity between 0 and `scale`, divided by which it was tallied as a score.

    Fewer than 100 rows: it never varies more than a proportion of the same mean, so Wilson's
    interval covers. Otherwise the normal interval of a mean.
    """
    total, rows = bins.total, bins.total_effective
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.clip(bins.score_sum.sum(axis=(1, 2)) / total, 0.0, 1.0)
        squares = bins.score_square_sum.sum(axis=1) / total
        error = np.sqrt(np.maximum(squares - value**2, 0.0) / (rows - 1))
    small = ~((rows >= SMALL) & (error > 0))

    def bounds(confidence: Floats) -> Interval:
        covering = intervals.wilson(value, rows, confidence)
        large = intervals.normal(value, error, confidence)
        return Interval(
            scale * np.where(small, covering.low, np.maximum(large.low, 0.0)),
            scale * np.where(small, covering.high, np.minimum(large.high, 1.0)),
        )

    return Estimates(
        value=scale * value,
        rows=bins.rows.sum(axis=1),
        bounds=bounds,
        method=["wilson" if few else "normal" for few in small],
        reason=reason,
    )


def share_up_to(table: SliceTable, place: int, *, reason: str) -> Estimates:
    """The share of labelled rows whose label is one of the first so many classes."""
    weight = table.weights.sum(axis=2)[:, :-1]
    squares = table.weights_squared.sum(axis=2)[:, :-1].sum(axis=1)
    total = weight.sum(axis=1)
    trials = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.minimum(weight[:, :place].sum(axis=1) / total, 1.0)
    rows = table.counts.sum(axis=2)[:, :-1].sum(axis=1)
    return proportions.estimates(share, trials, rows=rows, reason=reason)
