"""Resampling of cells: for functions of counts that no closed form bounds.

A multinomial draw of the cells' counts has exactly the distribution of resampling the rows behind
them, at the price of the cells instead of the rows. Closed forms come first wherever they exist
(see `confusion`, `comparisons` and `calibration`): in groups of less than about 100 rows a
percentile interval covers far less often than it says, so `interval` gives none there.

Source: Efron and Tibshirani (1993).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.intervals import Floats

REPLICATES = 1_000
FEWEST = 100
"""Rows below which no percentile interval is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampled:
    """A percentile interval, and the share of replicates in which the statistic was undefined.

    A share above a hundredth belongs in the evidence: those replicates say nothing.
    """

    low: float
    high: float
    undefined: float


def resample(
    cells: NDArray[np.integer], generator: np.random.Generator, replicates: int = REPLICATES
) -> NDArray[np.int64]:
    """Replicates of counts, shape (replicates, *cells.shape), each with as many rows."""
    flat = np.asarray(cells, dtype=np.int64).ravel()
    rows = int(flat.sum())
    if rows == 0:
        return np.zeros((replicates, *cells.shape), dtype=np.int64)
    drawn = generator.multinomial(rows, flat / rows, size=replicates)
    return drawn.reshape(replicates, *cells.shape)


def interval(
    cells: NDArray[np.integer],
    statistic: Callable[[NDArray[np.int64]], Floats],
    *,
    confidence: float,
    generator: np.random.Generator,
    replicates: int = REPLICATES,
) -> Resampled | None:
    """The percentile interval of a statistic of counts, stretched if need be to hold the estimate.

    Args:
        cells: row counts.
        statistic: from counts, shape (R, *cells.shape), to values, shape (R,); NaN if undefined.
        confidence: of the interval.
        generator: where randomness comes from.
        replicates: how many.

    Returns:
        None with fewer than 100 rows, or if the statistic, or every replicate of it, is undefined.
    """
    estimate = float(statistic(np.asarray(cells, dtype=np.int64)[None])[0])
    if cells.sum() < FEWEST or not np.isfinite(estimate):
        return None
    values = statistic(resample(cells, generator, replicates))
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Resampled(
        low=min(float(low), estimate),
        high=max(float(high), estimate),
        undefined=1 - len(known) / replicates,
    )
