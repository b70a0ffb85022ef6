"""How well scores tell two kinds of rows apart when each fold was scored by a model of its own.

Models of different folds may score on different scales, so rows are ranked within their fold only:
the area is the mean of the folds' areas, and its variance the mean of DeLong's, over the folds.
Models that were trained on each other's folds err together; that is allowed for.

Sources: DeLong, DeLong and Clarke-Pearson (1988); LeDell, Petersen and van der Laan (2015); Nadeau
and Bengio (2003) for models that err together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.estimates import Estimates
from roadworthy.stats.intervals import Floats, Interval, area, logit

SMALL = 50
"""With fewer rows of either kind than this, DeLong's variance is not trusted."""


def cross_validated_area(
    label: NDArray[np.integer], scores: Floats, fold: NDArray[np.integer], *, shared: float = 0.0
) -> Estimates:
    """The probability that a row of kind 1 scores above one of kind 0 of its fold; one estimate.

    Args:
        label: 0 or 1, shape (rows,).
        scores: shape (rows,); a tie counts half.
        fold: the fold of each row, shape (rows,); each fold must hold both kinds.
        shared: the rows of a fold as a share of those that its model was trained on, if these are
            the other folds; 0 for models that have nothing in common.
    """
    folds = [at for at in np.unique(fold).tolist() if len(np.unique(label[fold == at])) > 1]
    m, n = (int((label == kind).sum()) for kind in (1, 0))
    found = np.array([_area(label[fold == at], scores[fold == at]) for at in folds])
    value, variance = found.mean(axis=0) if folds else (np.nan, np.nan)
    error = float(np.sqrt(variance * (1.0 / max(len(folds), 1) + shared)))
    worth = 1.0 / (1.0 + max(len(folds), 1) * shared)
    small = not (min(m, n) >= SMALL and error > 0)

    def bounds(confidence: Floats) -> Interval:
        if small:
            return area(np.array([value]), np.array([m * worth]), np.array([n * worth]), confidence)
        return logit(np.array([value]), np.array([error]), confidence)

    return Estimates(
        value=np.array([value]),
        rows=np.array([m + n]),
        bounds=bounds,
        method="newcombe-area" if small else "delong-logit",
        reason="no fold holds rows of both kinds",
    )


def _area(label: NDArray[np.integer], scores: Floats) -> tuple[float, float]:
    """The area of one fold, and DeLong's variance of it."""
    negative, positive = np.sort(scores[label == 0]), np.sort(scores[label == 1])
    beaten, missed = _placements(positive, negative), 1.0 - _placements(negative, positive)
    value = float(beaten.mean())
    spread = sum(
        float(((part - value) ** 2).sum()) / max(len(part) - 1, 1) / len(part)
        for part in (beaten, missed)
    )
    return value, spread


def _placements(values: Floats, others: Floats) -> Floats:
    """For each value the share of the others (ascending) below it, ties counting half."""
    below = np.searchsorted(others, values, side="left")
    up_to = np.searchsorted(others, values, side="right")
    return np.asarray((below + up_to) / (2.0 * len(others)))
