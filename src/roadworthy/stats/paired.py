"""Differences between two answers to the same rows: paired, so that what they share cancels.

Sources: Agresti and Min (2005), Simple improved confidence intervals for comparing matched
proportions; DeLong, DeLong and Clarke-Pearson (1988), for two areas under correlated ROC curves.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roadworthy.stats.intervals import Floats, critical

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """A difference with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placements:
    """Where each row stands among the rows of the other class: the pieces of an area under ROC.

    Attributes:
        positive: for each positive row, the share of negative rows that score below it (ties half).
        negative: for each negative row, the share of positive rows that score above it (ties half).
    """

    positive: Floats
    negative: Floats

    @classmethod
    def of(cls, scores: ArrayLike, positive: ArrayLike) -> Placements | None:
        """The placements of scored rows; None if a class has no rows.

        >>> found = Placements.of([0.1, 0.4, 0.3, 0.8], [False, False, True, True])
        >>> found.area
        0.75
        """
        values, truth = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
        above, below = np.sort(values[truth]), np.sort(values[~truth])
        if not len(above) or not len(below):
            return None
        return cls(
            positive=_share_below(values[truth], below),
            negative=1.0 - _share_below(values[~truth], above),
        )

    @property
    def area(self) -> float:
        """The area under the ROC curve."""
        return float(self.positive.mean())


def share_difference(first: ArrayLike, second: ArrayLike, *, confidence: float) -> PairedDifference:
    """The share of rows that hold in `first`, minus that in `second`, over the same rows.

    The interval adds half a row to each of the four cells, which keeps its coverage near what it
    says even where few rows changed.

    >>> share_difference([1, 1, 1, 0], [1, 0, 0, 0], confidence=0.95).value
    0.5

    Raises:
        ValueError: the two differ in length, or there are no rows.
    """
    one, other = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if one.shape != other.shape or not len(one):
        raise ValueError(f"expected two equally long columns, found {one.shape}, {other.shape}")
    lost, gained, rows = int((one & ~other).sum()), int((~one & other).sum()), len(one)
    value = (lost - gained) / rows
    b, c, n = lost + 0.5, gained + 0.5, rows + 2.0
    centre = (b - c) / n
    half = float(critical(confidence)) * sqrt(b + c - (b - c) ** 2 / n) / n
    return _between(value, centre - half, centre + half)


def area_difference(
    first: Placements, second: Placements, *, confidence: float, extra_variance: float = 0.0
) -> PairedDifference:
    """The area under ROC of `first` minus that of `second`, over the same rows.

    Where no row moved at all there is no spread to judge by; the interval then is as wide as the
    share that could still go unseen in the smaller class (1 - (alpha/2)^(1/n) of it).

    Args:
        first: placements by one scoring.
        second: placements by the other.
        confidence: of the interval.
        extra_variance: of the difference, from another source than the rows (repeats, say).
    """
    positive = _moved(first.positive - second.positive)
    negative = _moved(first.negative - second.negative)
    value = float(positive.mean())
    variance = _mean_variance(positive) + _mean_variance(negative) + extra_variance
    fewest = min(len(positive), len(negative))
    if variance > 0 and fewest > 1:
        half = float(critical(confidence)) * sqrt(variance)
    else:
        half = 1.0 - np.exp(log((1.0 - confidence) / 2.0) / fewest)
    return _between(value, value - half, value + half)


def mean_placements(repeats: list[Placements]) -> Placements:
    """The placements of each row, averaged over several scorings of the same rows."""
    return Placements(
        positive=np.mean([one.positive for one in repeats], axis=0),
        negative=np.mean([one.negative for one in repeats], axis=0),
    )


def _share_below(values: NDArray[np.float64], others: NDArray[np.float64]) -> Floats:
    below = np.searchsorted(others, values, side="left")
    not_above = np.searchsorted(others, values, side="right")
    return np.asarray((below + not_above) / (2.0 * len(others)), dtype=np.float64)


def _moved(differences: Floats) -> Floats:
    """The differences without those that are rounding errors of averages."""
    return np.where(np.abs(differences) < _ROUNDING, 0.0, differences)


def _mean_variance(values: Floats) -> float:
    return float(values.var(ddof=1) / len(values)) if len(values) > 1 else 0.0


def _between(value: float, low: float, high: float) -> PairedDifference:
    """Limits within [-1, 1] that contain the value."""
    return PairedDifference(
        value=value, low=max(min(low, value), -1.0), high=min(max(high, value), 1.0)
    )
