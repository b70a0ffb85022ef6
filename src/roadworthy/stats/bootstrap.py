"""Resampling of cells: for functions of counts that no closed form bounds, and for what ties them.

A multinomial draw of the cells' counts has exactly the distribution of resampling the rows behind
them, at the price of the cells instead of the rows; Poisson draws let the number of rows vary too,
and need not know it. Slices that overlap keep their dependence, because each replicate draws the
finest cells once and rolls them up to every slice (`joint`).

Closed forms come first wherever they exist (see `confusion`, `comparisons` and `calibration`): in
groups of less than about 100 rows a percentile interval covers far less often than it says, so
`interval` gives none there. The largest of many differences it covers hardly ever.

Sources: Efron and Tibshirani (1993); Hanley and MacGibbon (2006) for Poisson draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.intervals import Floats

REPLICATES = 1_000
FEWEST = 100
"""Rows below which no percentile interval is given."""

BLOCK = 25
"""Replicates drawn at a time by `joint`, which bounds its memory and keeps it in the cache."""

NARROW = 2**30
"""Tables of fewer rows are drawn in 32 bits, in which replicates add up twice as fast."""

Positions = NDArray[np.integer]
Counts = NDArray[np.int32] | NDArray[np.int64]


class Draw(StrEnum):
    """How cells are drawn: independently, or so that their rows add up."""

    POISSON = "poisson"
    MULTINOMIAL = "multinomial"


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """What resampling says about S slices by F statistics; arrays of shape (S, F).

    Attributes:
        low: lower percentile of the replicates; NaN where none is defined.
        high: upper percentile.
        undefined: share of replicates in which the statistic was undefined.
    """

    low: Floats
    high: Floats
    undefined: Floats


def joint(
    cells: NDArray[np.integer],
    families: Sequence[Positions],
    statistic: Callable[[Counts], Floats],
    *,
    generator: np.random.Generator,
    replicates: int = REPLICATES,
    draw: Draw = Draw.POISSON,
) -> NDArray[np.float32]:
    """Replicates of statistics of slices that may overlap, shape (S, F, replicates).

    Args:
        cells: rows of each combination of attributes by confusion cell, shape (C, K), in an order
            that does not depend on that of the rows.
        families: for each family of slices, the slice that each combination belongs to, counted
            from 0 within the family, shape (C,).
        statistic: from counts, shape (K, S, R), to values, shape (F, S, R); NaN if undefined.
        generator: where randomness comes from.
        replicates: how many.
        draw: how cells are drawn.

    Returns:
        The slices in the order of the families. Overlapping slices share their draws.
    """
    sorted_families = [_sorted(group) for group in families]
    found: NDArray[np.float32] | None = None
    start = 0
    for drawn in _draws(cells, generator, replicates, draw):
        values = statistic(_rolled_up(drawn, sorted_families)).swapaxes(0, 1)
        if found is None:
            found = np.empty((*values.shape[:2], replicates), dtype=np.float32)
        found[:, :, start : start + values.shape[2]] = values
        start += values.shape[2]
    return np.zeros((0, 0, 0), dtype=np.float32) if found is None else found


def spread(replicated: NDArray[np.float32], confidence: float) -> Spread:
    """Percentile limits of replicates, shape (S, F, R); an undefined replicate takes no part."""
    ordered = np.sort(replicated, axis=2)  # NaN last
    known = np.isfinite(ordered).sum(axis=2)
    ends = ((1 - confidence) / 2, (1 + confidence) / 2)
    low, high = (_quantile(ordered, known, share) for share in ends)
    return Spread(low=low, high=high, undefined=1 - known / max(replicated.shape[2], 1))


def _draws(
    cells: NDArray[np.integer], generator: np.random.Generator, replicates: int, draw: Draw
) -> Iterator[Counts]:
    """Blocks of replicates of the cells, shape (K, C, block)."""
    counts = np.asarray(cells, dtype=np.int64).T
    rows = int(counts.sum())
    occupied = counts > 0
    kind = np.int32 if rows < NARROW else np.int64
    for start in range(0, replicates, BLOCK):
        size = min(BLOCK, replicates - start)
        drawn = np.zeros((*counts.shape, size), dtype=kind)
        if draw is Draw.POISSON:
            drawn[occupied] = generator.poisson(counts[occupied][:, None], (occupied.sum(), size))
        elif rows:
            shares = counts[occupied] / rows
            drawn[occupied] = generator.multinomial(rows, shares, size=size).T
        yield drawn


def _sorted(group: Positions) -> tuple[Positions, Positions]:
    """The combinations slice by slice, and where each slice begins."""
    order = np.argsort(group, kind="stable")
    slices = int(group.max(initial=-1)) + 1
    return order, np.searchsorted(group[order], np.arange(slices))


def _rolled_up(drawn: Counts, families: Sequence[tuple[Positions, Positions]]) -> Counts:
    """Counts of the slices of all families, shape (K, S, R)."""
    parts = [np.add.reduceat(drawn[:, order], starts, axis=1) for order, starts in families]
    return np.concatenate(parts, axis=1)


def _quantile(ordered: NDArray[np.float32], known: Positions, share: float) -> Floats:
    """Quantiles by linear interpolation among the first `known` of the last axis."""
    place = np.maximum(known - 1, 0) * share
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(known - 1, 0))
    first, second = (
        np.take_along_axis(ordered, at[..., None], axis=2)[..., 0].astype(np.float64)
        for at in (below, above)
    )
    found: Floats = first + (second - first) * (place - below)
    return np.where(known > 0, found, np.nan)
