"""How far two samples of a number lie apart, from their counts in common fine bins.

What is lost by binning is bounded, not hoped for, and what chance makes is bounded without an
assumption about the distributions. Each distance D is the largest value of a linear statement about
the difference of the two distributions (of a point of their cumulative shares, of a set of bins, of
a function of slope at most 1). So the estimate is at least the truth plus the error of *one*
statement, which is normal: that gives the upper limit. It is at most the truth plus the largest
error of *all* statements, for which there are inequalities: that gives the lower limit, which is 0
where chance explains everything.

Sources: Dvoretzky, Kiefer and Wolfowitz (1956) with the constant of Massart (1990), for the largest
error of cumulative shares; Borell (1975), for that of the others; Villani (2009) for Wasserstein's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import hypot, log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.chi_squared import LEAST_EXPECTED
from roadworthy.stats.intervals import Floats, critical
from roadworthy.stats.number_grid import NumberGrid, ordered

MOVED_ROWS, MOVED_DEVIATIONS = 25, 6.0
"""A category in so many rows whose share moved by so many standard deviations did not by chance:
that happens to one of ten million categories."""

_MEAN_OF_ABSOLUTE = sqrt(2.0 / pi)
"""The mean of the absolute value of a standard normal variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A distance between two samples.

    Attributes:
        value: the distance, in the unit of the measure.
        low: where the interval of the true distance starts.
        high: where it ends; both allow for `binning`.
        binning: by how much the value can be off because values are known only by their bins.
    """

    value: float
    low: float
    high: float
    binning: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Ascending cells of a number with the rows of two samples in each; all shapes (cells,).

    Attributes:
        low: the lowest number that a cell can hold.
        high: the highest one; equal to `low` where the cell holds a single value.
        first: rows of the reference.
        second: rows of the current table.
    """

    low: Floats
    high: Floats
    first: NDArray[np.int64]
    second: NDArray[np.int64]

    @property
    def shares(self) -> tuple[Floats, Floats]:
        """The share of either sample's rows in each cell."""
        return self.first / self.first.sum(), self.second / self.second.sum()

    @property
    def reached(self) -> tuple[Floats, Floats]:
        """The share of either sample's rows up to the end of each cell; the last is 1."""
        first, second = np.cumsum(self.first), np.cumsum(self.second)
        return first / first[-1], second / second[-1]

    @property
    def middles(self) -> Floats:
        """The middle of each cell."""
        return self.low + (self.high - self.low) / 2.0

    @property
    def rows(self) -> tuple[int, int]:
        """The rows of either sample."""
        return int(self.first.sum()), int(self.second.sum())

    @property
    def is_bounded(self) -> bool:
        """True if every row lies in a cell of finite width, and all no infinite distance apart."""
        used = (self.first > 0) | (self.second > 0)
        with np.errstate(over="ignore", invalid="ignore"):
            span = self.high[used].max(initial=-np.inf) - self.low[used].min(initial=np.inf)
        return not used.any() or bool(np.isfinite(span))

    def used(self) -> Cells:
        """The cells that hold a row of either sample."""
        kept = np.flatnonzero((self.first > 0) | (self.second > 0))
        return Cells(
            low=self.low[kept], high=self.high[kept], first=self.first[kept],
            second=self.second[kept],
        )  # fmt: skip


def grid_cells(grid: NumberGrid, first: NDArray[np.int64], second: NDArray[np.int64]) -> Cells:
    """The cells in use of a grid, from the counts of two samples, shape (grid.cells,) each."""
    return Cells(
        low=np.concatenate([[-np.inf], grid.edges]),
        high=np.concatenate([grid.edges, [np.inf]]),
        first=ordered(grid, first),
        second=ordered(grid, second),
    ).used()


def kolmogorov_smirnov_shift(cells: Cells, confidence: float) -> Shift:
    """The largest difference of the cumulative shares.

    Inside a cell the order of the rows is unknown: at worst, one sample's all come first.
    """
    (p, q), (left, right), noise = cells.shares, cells.reached, _noise(cells)
    value = float(np.abs(left - right).max(initial=0.0))
    wide = cells.high > cells.low
    most = np.where(wide, np.maximum(left - right + q, right - left + p), 0.0)
    binning = max(float(most.max(initial=0.0)) - value, 0.0)
    alone = _critical(confidence) * noise / 2.0
    together = sqrt(log(4.0 / (1.0 - confidence)) / 2.0) * noise
    low, high = max(value - together, 0.0), min(value + binning + alone, 1.0)
    return Shift(value=value, low=low, high=max(high, value), binning=binning)


def wasserstein_shift(cells: Cells, confidence: float) -> Shift:
    """The area between the cumulative shares, in the number's unit; cells must be bounded.

    Within a cell the shares are taken to rise evenly. At worst, all rows lie at one of its ends.
    """
    (p, q), (first, second) = cells.shares, cells.reached
    gap = first - second
    before = np.concatenate([[0.0], gap[:-1]])
    width, jump = cells.high - cells.low, np.append(cells.low[1:] - cells.high[:-1], 0.0)
    value = float((jump * np.abs(gap) + width * _mean_absolute(before, gap)).sum())
    binning = float((width * (p + q)).sum() / 2.0)
    rows = cells.rows
    middles = cells.middles
    errors = [
        hypot(_deviation(middles, share), _root_mean_square(width, share) / 2.0) / sqrt(size)
        for share, size in zip((p, q), rows, strict=True)
    ]
    alone = _critical(confidence) * hypot(*errors)
    scatter = np.sqrt(first * (1 - first) / rows[0] + second * (1 - second) / rows[1])
    usual = _MEAN_OF_ABSOLUTE * float(((jump + width) * scatter).sum())
    low = max(value - binning - usual - alone, 0.0)
    return Shift(value=value, low=low, high=value + binning + alone, binning=binning)


def total_variation_shift(
    first: NDArray[np.int64], second: NDArray[np.int64], confidence: float
) -> Shift:
    """The share of rows that would have to change bins, from the rows in each, shape (bins,)."""
    rows = int(first.sum()), int(second.sum())
    p, q = first / rows[0], second / rows[1]
    value = float(np.abs(p - q).sum() / 2.0)
    alone = _critical(confidence) * sqrt(1.0 / rows[0] + 1.0 / rows[1]) / 2.0
    scatter = np.sqrt(p * (1 - p) / rows[0] + q * (1 - q) / rows[1])
    usual = _MEAN_OF_ABSOLUTE * float(scatter.sum()) / 2.0
    low, high = max(value - usual - alone, 0.0), min(value + alone, 1.0)
    return Shift(value=value, low=low, high=high, binning=0.0)


def standard_deviation(cells: Cells) -> float:
    """The reference's standard deviation, with each row in the middle of its cell."""
    return _deviation(cells.middles, cells.shares[0])


def quantile_range(cells: Cells, low: float = 0.25, high: float = 0.75) -> float:
    """The distance between two quantiles of the reference, by the middles of their cells."""
    reached = np.cumsum(cells.first)
    places = [int(np.searchsorted(reached, share * reached[-1])) for share in (low, high)]
    middles = cells.middles
    return float(middles[places[1]] - middles[places[0]])


def equal_mass(counts: NDArray[np.int64], bins: int, *, least: float = 0.2) -> NDArray[np.intp]:
    """Where to cut ascending cells into bins with about the same number of rows.

    A cell that fills a bin on its own shares it with none, but for a neighbouring rest of less than
    `least` of a bin.

    Args:
        counts: rows in each cell, shape (cells,).
        bins: how many bins are wanted; heavy cells can make it more or fewer.
        least: the share of a bin below which what is left does not make one.

    Returns:
        The first cell of each bin, ascending, starting with 0.
    """
    reached = np.concatenate([[0], np.cumsum(counts)])
    fill = float(reached[-1]) / bins
    starts, at = [0], 0
    while at < len(counts) and reached[-1] - reached[at] > fill * (1.0 + least):
        end = int(np.searchsorted(reached, reached[at] + fill, side="left"))
        heavy = counts[end - 1] >= fill and reached[end - 1] - reached[at] >= fill * least
        end -= int(heavy)
        if reached[-1] - reached[end] < fill * least:
            break
        starts.append(end)
        at = end
    return np.array(starts, dtype=np.intp)


def categories_apart(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    seen: tuple[int, int],
    *,
    most: int,
    rows: tuple[int, int] | None = None,
) -> NDArray[np.intp]:
    """Which categories to tell apart, so that choosing them makes no difference of its own.

    The most frequent ones of both samples together: were they chosen by one sample, they would look
    rarer in the other, since it was in part by chance that they came first. Where the samples are
    of one population, what they have together says nothing about how it falls to either. Then those
    that differ by more than chance ever makes, which would be lost where one sample is far larger.

    Args:
        first: rows of each category in one sample, shape (categories,).
        second: rows in the other.
        seen: the rows of either sample that were looked at, other categories included.
        most: how many categories by either rule.
        rows: all rows of either sample, if not all were looked at.

    Returns:
        Places of the categories, ascending.
    """
    before, now = (max(part, 1) for part in seen)
    whole = seen if rows is None else rows
    together = first * (whole[0] / before) + second * (whole[1] / now)
    expected = together * (min(whole) / max(sum(whole), 1))
    order = np.argsort(-together, kind="stable")[:most]
    common = order[expected[order] >= LEAST_EXPECTED]
    if 0 < min(whole) - expected[common].sum() < LEAST_EXPECTED:
        common = common[:-1]  # all others would be too rare: the rarest of these joins them
    gap = np.abs(first / before - second / now)
    share = (first + second) / (before + now)
    noise = np.sqrt(share * (1 - share) * (1 / before + 1 / now))
    enough = np.maximum(first, second) >= MOVED_ROWS
    moved = np.flatnonzero(enough & (gap > MOVED_DEVIATIONS * noise))
    moved = moved[np.argsort(-gap[moved], kind="stable")[:most]]
    return np.union1d(common, moved).astype(np.intp)


@cache
def _critical(confidence: float) -> float:
    return float(critical(confidence))


def _noise(cells: Cells) -> float:
    first, second = cells.rows
    return sqrt(1.0 / first + 1.0 / second)


def _mean_absolute(left: Floats, right: Floats) -> Floats:
    """The mean of |x| as x goes evenly from left to right."""
    size = np.abs(left) + np.abs(right)
    crossing = left * right < 0
    with np.errstate(invalid="ignore", divide="ignore"):
        crossed = (left**2 + right**2) / (2.0 * size)
    return np.where(crossing, crossed, size / 2.0)


def _deviation(values: Floats, shares: Floats) -> float:
    return _root_mean_square(values - float((values * shares).sum()), shares)


def _root_mean_square(values: Floats, shares: Floats) -> float:
    """Without the square of any number, which may leave the range of reals."""
    largest = float(np.abs(values).max(initial=0.0))
    if not largest:
        return 0.0
    return largest * sqrt(float((shares * (values / largest) ** 2).sum()))
