"""`NumberGrid`: bins of any real number that every engine computes to the last bit.

Equal bins between a minimum and a maximum collapse under one outlier, and quantiles need a sort. So
the bins are linear around a centre and grow with the distance from it. With `unit = 1 / scale`, a
power of two, and

    u = |x - center| + unit,

each side is cut into octaves [unit, 2 unit), [2 unit, 4 unit), ... of u, and each octave into equal
bins. Only the difference and the sum round, once each and by the rule that all engines share; what
remains is comparison and multiplication by powers of two, which are exact. In memory no logarithm
is taken either: the exponent and the first bits of the fraction of u *are* the number of its bin.

A bin is never wider than `(|x - center| + unit) / per_octave`, and that bounds every error made by
not knowing where in its bin a value lies.

After the bins come four cells: missing, NaN, below the last octave and above it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from roadworthy.errors import UsageError

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]

MAX_PER_OCTAVE = 1 << 20
MAX_OCTAVES = 512
MAX_EXPONENT = 400
"""Centres and units stay within 2**-400 and 2**400, so that no step leaves the range of reals."""

_CHUNK = 1 << 15
"""Numbers that are cut into cells at a time: they and their cells fit in a core's cache."""
_FRACTION_BITS = 52


@dataclass(frozen=True, kw_only=True)
class NumberGrid:
    """Bins of a number in ascending order, then cells for what lies in none.

    Attributes:
        center: where the bins are narrowest, in the unit of the numbers.
        scale: a power of two; within `1 / scale` of the centre all bins are equally wide.
        octaves: how often the bins double in width on each side of the centre.
        per_octave: equal bins in an octave, a power of two.

    >>> grid = NumberGrid(center=10.0, scale=0.5, octaves=2, per_octave=2)
    >>> grid.edges
    array([ 4.,  6.,  8.,  9., 10., 11., 12., 14., 16.])
    >>> grid.index(np.array([10.0, 9.99, 15.0, 4.0, 16.0, np.nan, -np.inf]))
    array([ 4,  3,  7, 10, 11,  9, 10])
    """

    center: float = 0.0
    scale: float = 1.0
    octaves: int = 32
    per_octave: int = 256

    def __post_init__(self) -> None:
        if not math.isfinite(self.center) or abs(self.center) > 2.0**MAX_EXPONENT:
            raise UsageError(
                f"a number grid needs a centre within 2**{MAX_EXPONENT}, found {self.center!r}"
            )
        fraction, exponent = math.frexp(self.scale)
        if fraction != 0.5 or abs(exponent - 1) > MAX_EXPONENT:  # noqa: PLR2004 - a power of two
            raise UsageError(
                f"a number grid needs a power of two within 2**{MAX_EXPONENT} as its scale, "
                f"found {self.scale!r}"
            )
        if not 1 <= self.octaves <= MAX_OCTAVES:
            raise UsageError(
                f"a number grid needs from 1 to {MAX_OCTAVES} octaves, found {self.octaves!r}"
            )
        if not 1 <= self.per_octave <= MAX_PER_OCTAVE or self.per_octave & (self.per_octave - 1):
            raise UsageError(
                "a number grid needs a power of two of bins in each octave, "
                f"at most {MAX_PER_OCTAVE:,}, found {self.per_octave!r}"
            )

    @property
    def unit(self) -> float:
        """The distance from the centre within which all bins are equally wide."""
        return 1.0 / self.scale

    @property
    def reach(self) -> float:
        """The distance from the centre to the outer edge of the last octave."""
        return (2.0**self.octaves - 1.0) * self.unit

    @property
    def half(self) -> int:
        """The number of bins on each side of the centre."""
        return self.octaves * self.per_octave

    @property
    def bins(self) -> int:
        """The number of bins."""
        return 2 * self.half

    @property
    def missing(self) -> int:
        """The cell of what is null."""
        return self.bins

    @property
    def nan(self) -> int:
        """The cell of NaN."""
        return self.bins + 1

    @property
    def below(self) -> int:
        """The cell of numbers below the bins, minus infinity included."""
        return self.bins + 2

    @property
    def above(self) -> int:
        """The cell of numbers above the bins, infinity included."""
        return self.bins + 3

    @property
    def cells(self) -> int:
        """The number of cells: bins, missing, NaN, below, above."""
        return self.bins + 4

    @cached_property
    def edges(self) -> Floats:
        """The bins' edges, ascending, shape (bins + 1,).

        Bin i holds the numbers from edges[i] to edges[i + 1]; right of the centre it includes its
        left edge and left of the centre its right one, but for the centre itself. Where an edge is
        no exact sum it is rounded once, as the numbers' distances from the centre are.
        """
        steps = np.arange(self.per_octave, dtype=np.float64) / self.per_octave + 1.0
        octaves = [steps * 2.0**octave - 1.0 for octave in range(self.octaves)]
        right = np.concatenate([*octaves, [2.0**self.octaves - 1.0]]) * self.unit
        edges = np.concatenate([self.center - right[:0:-1], self.center + right])
        edges.setflags(write=False)
        return edges

    @cached_property
    def middles(self) -> Floats:
        """The middle of each bin, shape (bins,)."""
        middles = self.edges[:-1] + self.widths / 2
        middles.setflags(write=False)
        return middles

    @cached_property
    def widths(self) -> Floats:
        """The width of each bin, shape (bins,)."""
        octaves = np.arange(self.octaves, dtype=np.float64)
        right = np.repeat(2.0**octaves * (self.unit / self.per_octave), self.per_octave)
        widths = np.concatenate([right[::-1], right])
        widths.setflags(write=False)
        return widths

    def index(self, values: NDArray[np.floating]) -> Counts:
        """The cell of each number, shape of `values`; masked entries are missing."""
        numbers = np.asarray(np.ma.getdata(values), dtype=np.float64)
        with np.errstate(invalid="ignore"):  # infinity is no error here
            distance = np.array(numbers - self._origin)
        place, sign = self._places(distance, np.empty(numbers.shape, dtype=np.int64))
        beyond = place >= self.half
        cells = (np.minimum(place, self.half) ^ sign) + self.half
        cells = np.where(beyond, np.where(sign < 0, self.below, self.above), cells)
        cells = np.where(np.isnan(numbers), self.nan, cells)
        return np.where(np.ma.getmaskarray(values), self.missing, cells)

    def count(self, values: Floats) -> Counts:
        """How many of the numbers lie in each cell, shape (cells,); null is the caller's to count.

        The same as counting `index(values)`, in pieces that stay in a core's cache.
        """
        numbers = np.ascontiguousarray(values, dtype=np.float64).ravel()
        counts = np.zeros(self.cells, dtype=np.int64)
        distances = np.empty(min(_CHUNK, numbers.size), dtype=np.float64)
        signs = np.empty(distances.size, dtype=np.int64)
        for start in range(0, numbers.size, _CHUNK):
            piece = numbers[start : start + _CHUNK]
            with np.errstate(invalid="ignore"):
                distance = np.subtract(piece, self._origin, out=distances[: piece.size])
            place, sign = self._places(distance, signs[: piece.size])
            if place.max() < self.half:  # nothing lies outside the bins, as is usual
                place ^= sign
                place += self.half
                counts[: self.bins] += np.bincount(place, minlength=self.bins)
            else:
                counts += np.bincount(self.index(piece), minlength=self.cells)
        return counts

    @property
    def _origin(self) -> float:
        """The centre; a centre of zero is negative, for -0.0 - -0.0 is 0.0 and has no sign."""
        return self.center or -0.0

    def _places(self, distance: Floats, sign: Counts) -> tuple[Counts, Counts]:
        """The bin of each distance on its side of the centre, and 0 or -1 for its sign.

        Both arrays are overwritten. `place ^ sign` mirrors a place: p becomes -1 - p on the left.
        """
        np.right_shift(distance.view(np.int64), 63, out=sign)
        np.abs(distance, out=distance)
        distance += self.unit
        bits = distance.view(np.uint64)
        shift = _FRACTION_BITS + 1 - self.per_octave.bit_length()
        bits >>= np.uint64(shift)  # of no sign, for that takes half the time
        place = bits.view(np.int64)
        place -= int(np.float64(self.unit).view(np.int64)) >> shift
        return place, sign


# --- questions about counts ----------------------------------------------------------------------


def ordered(grid: NumberGrid, counts: Counts) -> Counts:
    """The counts of numbers in ascending order: below, each bin, above; shape (..., bins + 2)."""
    ends = counts[..., [grid.below]], counts[..., [grid.above]]
    return np.concatenate([ends[0], counts[..., : grid.bins], ends[1]], axis=-1)


def cdf(grid: NumberGrid, counts: Counts) -> Floats:
    """The share of numbers below each edge, shape (..., bins + 1); NaN of no numbers at all."""
    total = np.cumsum(ordered(grid, counts), axis=-1, dtype=np.int64)
    with np.errstate(invalid="ignore"):
        return np.asarray(total[..., :-1] / total[..., -1:])


def quantile(grid: NumberGrid, counts: Counts, q: float) -> float:
    """The middle of the bin that holds the smallest number reached by a share `q` of the numbers.

    So the error is at most half the width of a bin: `(|x - center| + unit) / (2 per_octave)`, where
    x is the true quantile. Beyond the last octave the answer is infinite; of no numbers it is NaN.

    >>> grid = NumberGrid(center=0.0, scale=1.0, octaves=8, per_octave=64)
    >>> round(quantile(grid, grid.count(np.arange(101.0)), 0.5), 1)
    50.2
    """
    if not 0 <= q <= 1:
        raise UsageError(f"a quantile lies between 0 and 1, found {q!r}")
    reached = np.cumsum(ordered(grid, counts), dtype=np.int64)
    if reached[-1] == 0:
        return math.nan
    rank = max(math.ceil(q * int(reached[-1])), 1)
    place = int(np.searchsorted(reached, rank, side="left"))
    if place in (0, grid.bins + 1):
        return -math.inf if place == 0 else math.inf
    return float(grid.middles[place - 1])


def mean(grid: NumberGrid, counts: Counts) -> Floats:
    """The mean with every number at the middle of its bin, shape (...); NaN of no numbers.

    Numbers beyond the last octave have no place and are left out.
    """
    inside = counts[..., : grid.bins].astype(np.float64)
    with np.errstate(invalid="ignore"):
        return np.asarray((inside @ grid.middles) / inside.sum(axis=-1))


# --- choosing a grid -----------------------------------------------------------------------------


def choose_grid(values: Floats, *, octaves: int = 32, per_octave: int = 256) -> NumberGrid:
    """A grid around the median of some numbers, whose unit is about a quarter of their middle half.

    A poor choice costs resolution and nothing else: the bins follow the distance from the centre,
    whatever it is.

    Args:
        values: numbers from the column, shape (n,); those that are not finite do not count.
        octaves: how often the bins double in width on each side.
        per_octave: equal bins in an octave.

    >>> grid = choose_grid(np.arange(101.0))
    >>> grid.center, grid.unit
    (48.0, 8.0)
    """
    finite = values[np.isfinite(values) & (np.abs(values) <= 2.0**MAX_EXPONENT)]
    if not finite.size:
        return NumberGrid(octaves=octaves, per_octave=per_octave)
    quarters = np.quantile(np.sort(finite), [0.25, 0.5, 0.75])  # faster than of unsorted numbers
    spread = float(quarters[2] - quarters[0])
    if spread == 0.0:  # more than half of the numbers are one
        spread = float(np.abs(finite - quarters[1]).mean()) or 1.0
    power = min(max(math.frexp(spread / 4)[1] - 1, -MAX_EXPONENT), MAX_EXPONENT)
    unit = 2.0**power
    center = float(quarters[1])
    if abs(center) / unit < 2.0**_FRACTION_BITS:
        center = math.floor(center / unit) * unit
    return NumberGrid(center=center, scale=1.0 / unit, octaves=octaves, per_octave=per_octave)
