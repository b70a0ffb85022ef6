"""`ScoreGrid`: bins of a score between 0 and 1 that every engine computes to the last bit.

Equal bins fail on rare events, whose scores crowd near 0, and logarithms are not the same on every
machine. So the bins are those of floating point itself: the lower half of [0, 1] is cut into
octaves [1/4, 1/2), [1/8, 1/4), ..., each octave into equal bins, and what lies below the last
octave into bins of the width of those just above it. The upper half is the mirror image. Every edge
is a small multiple of a power of two, so comparing, subtracting from 1, scaling and flooring are
exact.

A threshold in use becomes one more edge: the index of a score is its bin among the octaves plus the
number of further thresholds it reaches. So rates at a threshold are exact, not binned.

After the bins come four cells: missing, NaN, below 0, above 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from roadworthy.errors import UsageError

MAX_EXPONENT = 50
"""Scaled scores stay below 2**51, where whole numbers are exact."""

_MOST_STEPS = 1 << 22
"""Up to so many multiples of the finest bin's width, a table tells their bins."""


@dataclass(frozen=True, kw_only=True)
class ScoreGrid:
    """Bins of a score in ascending order, then cells for what is no score.

    Attributes:
        octaves: octaves on each side of 1/2; the last starts at 2**-(octaves + 1).
        per_octave: equal bins in an octave, a power of two.
        thresholds: scores that must be edges, between 0 and 1.

    >>> grid = ScoreGrid(octaves=1, per_octave=2, thresholds=(0.6,))
    >>> grid.edges
    array([0.   , 0.125, 0.25 , 0.375, 0.5  , 0.6  , 0.625, 0.75 , 0.875, 1.   ])
    >>> grid.index(np.array([0.0, 0.125, 0.6, 1.0, np.nan, -0.1, 1.5]))
    array([ 0,  1,  5,  8, 10, 11, 12])
    """

    octaves: int = 14
    per_octave: int = 64
    thresholds: tuple[float, ...] = (0.5,)

    def __post_init__(self) -> None:
        if self.octaves < 1 or self.per_octave < 1 or self.per_octave & (self.per_octave - 1):
            raise UsageError(
                "a score grid needs at least one octave and a power of two of bins in each, "
                f"found octaves={self.octaves}, per_octave={self.per_octave}"
            )
        if self.octaves + self.per_octave.bit_length() > MAX_EXPONENT:
            raise UsageError(f"a score grid cannot be this fine: {self!r}")
        for threshold in self.thresholds:
            if not 0 <= threshold <= 1:
                raise UsageError(f"expected a threshold between 0 and 1, found {threshold!r}")
        ordered = tuple(sorted({float(threshold) for threshold in self.thresholds}))
        object.__setattr__(self, "thresholds", ordered)

    def with_thresholds(self, thresholds: Sequence[float]) -> ScoreGrid:
        """This grid with further thresholds as edges."""
        return ScoreGrid(
            octaves=self.octaves,
            per_octave=self.per_octave,
            thresholds=(*self.thresholds, *thresholds),
        )

    @cached_property
    def octave_edges(self) -> NDArray[np.float64]:
        """The edges without thresholds, ascending, from 0 to 1."""
        steps = np.arange(self.per_octave, dtype=np.float64)
        octaves = [2.0 ** -(octave + 2) + steps * width for octave, width in enumerate(self.widths)]
        half = np.concatenate([steps * self.widths[-1], *reversed(octaves)])
        return np.concatenate([half, [0.5], 1.0 - half[::-1]])

    @property
    def widths(self) -> tuple[float, ...]:
        """The width of the bins of each octave, from the middle outwards."""
        return tuple(2.0 ** -(octave + 2) / self.per_octave for octave in range(self.octaves))

    @cached_property
    def extra_thresholds(self) -> tuple[float, ...]:
        """The thresholds that are not among the octaves' edges: each adds one bin."""
        own = set(self.octave_edges[:-1].tolist())
        return tuple(threshold for threshold in self.thresholds if threshold not in own)

    @cached_property
    def edges(self) -> NDArray[np.float64]:
        """The bins' edges, ascending, shape (bins + 1,).

        Bin i holds scores in [edges[i], edges[i + 1]); the last one includes 1.
        """
        extra = np.array(self.extra_thresholds, dtype=np.float64)
        edges = np.sort(np.concatenate([self.octave_edges, extra]))
        edges.setflags(write=False)
        return edges

    @property
    def bins(self) -> int:
        """The number of bins."""
        return 2 * self.per_octave * (self.octaves + 1) + len(self.extra_thresholds)

    @property
    def missing(self) -> int:
        """The cell of scores that are null."""
        return self.bins

    @property
    def nan(self) -> int:
        """The cell of scores that are NaN."""
        return self.bins + 1

    @property
    def below(self) -> int:
        """The cell of scores below 0."""
        return self.bins + 2

    @property
    def above(self) -> int:
        """The cell of scores above 1."""
        return self.bins + 3

    @property
    def cells(self) -> int:
        """The number of cells: bins, missing, NaN, below, above."""
        return self.bins + 4

    def index(self, scores: NDArray[np.floating]) -> NDArray[np.int64]:
        """The cell of each score, shape of `scores`; masked entries are missing."""
        cells = self.place(np.asarray(np.ma.getdata(scores), dtype=np.float64)).astype(np.int64)
        return np.where(np.ma.getmaskarray(scores), self.missing, cells)

    def place(self, scores: NDArray[np.float64]) -> NDArray[np.int32]:
        """The cell of each score, none of them missing, shape of `scores`; what `index` does."""
        if scores.size and scores.min() >= 0 and scores.max() <= 1:
            return self._bin(scores)
        inside = (scores >= 0) & (scores <= 1)
        cells = self._bin(np.where(inside, scores, 0.0))
        cells[scores < 0] = self.below
        cells[scores > 1] = self.above
        cells[np.isnan(scores)] = self.nan
        return cells

    def _bin(self, scores: NDArray[np.float64]) -> NDArray[np.int32]:
        """The bin of each score in [0, 1]."""
        table = self._bin_of_step
        if table is None:
            found = np.searchsorted(self.edges, scores, side="right") - 1
            return np.minimum(found, self.bins - 1).astype(np.int32)
        # exact: a power of two scales a float without rounding, and the cast drops the rest
        cells = table.take((scores * float(len(table) - 1)).astype(np.int32))
        for threshold in self.extra_thresholds:
            cells += scores >= threshold
        return cells

    @cached_property
    def _bin_of_step(self) -> NDArray[np.int32] | None:
        """The bin among the octaves that begins at or below each multiple of the finest width.

        Every edge is such a multiple. None if they are too many for a table.
        """
        if self.steps > _MOST_STEPS:
            return None
        starts = (self.octave_edges * self.steps).astype(np.int64)
        bins = np.arange(len(starts) - 1, dtype=np.int32)
        return np.append(np.repeat(bins, np.diff(starts)), bins[-1])

    @property
    def steps(self) -> int:
        """How often the width of the finest bins goes into 1, a power of two."""
        return self.per_octave << (self.octaves + 1)

    def bins_of_steps(self, steps: int) -> NDArray[np.int32]:
        """The bin of the scores between each multiple of 1/steps and the next; -1 if several.

        The last entry is the bin of 1; shape (steps + 1,). `steps` is a power of two.

        >>> ScoreGrid(octaves=1, per_octave=2, thresholds=(0.6,)).bins_of_steps(4).tolist()
        [-1, -1, -1, -1, 8]
        >>> ScoreGrid(octaves=1, per_octave=2, thresholds=(0.6,)).bins_of_steps(8).tolist()
        [0, 1, 2, 3, -1, 6, 7, 8, 8]
        """
        return _bins_of_steps(self, steps)

    def position(self, threshold: float) -> int:
        """The first bin whose scores all reach the threshold; `bins` if none does.

        So `histogram[position:bins]` holds exactly the rows with score >= threshold.

        Raises:
            UsageError: the threshold falls inside a bin.
        """
        if threshold <= 0:
            return 0
        if threshold > 1:
            return self.bins
        found = int(np.searchsorted(self.edges[:-1], threshold, side="left"))
        if found == self.bins or self.edges[found] != threshold:
            raise UsageError(
                f"{threshold!r} is not an edge of the score grid; add it to its thresholds"
            )
        return found


@lru_cache(maxsize=8)
def _bins_of_steps(grid: ScoreGrid, steps: int) -> NDArray[np.int32]:
    starts = np.arange(steps + 1) / steps
    first = grid.place(starts)
    last = grid.place(np.append(np.nextafter(starts[1:], 0.0), 1.0))
    bins = np.where(first == last, first, np.int32(-1))
    bins.setflags(write=False)
    return bins
