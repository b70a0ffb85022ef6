"""How much a place of a list counts, 1 / log2(1 + place), as an expression that has no logarithm.

Logarithms of engines differ in their last bits; sums, products and comparisons do not. So the
discount of each of the first places is a literal, computed here, and beyond them pieces of
parabolas follow the curve to within 2**-24, a millionth of the discount. Every engine gives the
same whole number of 2**-30.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import cos, log2, pi

from roadworthy.data.expression import FIXED_POINT_ONE, CastType, Column, Expression, case, cast
from roadworthy.data.expression import literal as constant

EXACT = 128
"""So many places have a discount that is rounded to 2**-30 and no further."""

RATIO = 1.049
"""The last place of a piece over its first."""


def discount_curve(place: Column, longest: int) -> Expression:
    """The discount of a place in units of 2**-30, as a real: round it down to add it up.

    Args:
        place: a column of whole numbers from 1.
        longest: no list has more places.
    """
    starts = [*range(1, min(EXACT, longest) + 1), *_starts(longest)]
    values: list[Expression] = [
        constant(float(round(FIXED_POINT_ONE / log2(1 + p)))) for p in starts[:EXACT]
    ]
    real, square = cast(place, CastType.REAL), cast(place * place, CastType.REAL)
    for start in starts[EXACT:]:
        base, slope, bend = _parabola(start)
        values.append(real * slope + square * bend + base)
    return _chosen(place, starts, values)


def _starts(longest: int) -> list[int]:
    """The first place of each piece beyond the exact ones."""
    starts, start = [], EXACT + 1
    while start <= longest:
        starts.append(start)
        start = int(start * RATIO) + 1
    return starts


@lru_cache(maxsize=1024)
def _parabola(start: int) -> tuple[float, float, float]:
    """The coefficients that follow the curve from a place on, through Chebyshev's points."""
    end = start * RATIO
    middle, half = (start + end) / 2, (end - start) / 2
    a, b, c = (middle + half * cos(pi * (2 * i + 1) / 6) for i in range(3))
    at_a, at_b, at_c = (FIXED_POINT_ONE / log2(1 + x) for x in (a, b, c))
    first, second = (at_b - at_a) / (b - a), (at_c - at_b) / (c - b)
    bend = (second - first) / (c - a)
    slope = first - bend * (a + b)
    base = at_a - first * a + bend * a * b
    # twelve digits, so that the last bits of this machine's logarithm do not matter either
    return float(f"{base:.12g}"), float(f"{slope:.12g}"), float(f"{bend:.12g}")


def _chosen(place: Column, starts: Sequence[int], values: Sequence[Expression]) -> Expression:
    """The value of the last start that a place reaches, found by halving."""
    if len(values) == 1:
        return values[0]
    half = len(values) // 2
    return case(
        (place < starts[half], _chosen(place, starts[:half], values[:half])),
        otherwise=_chosen(place, starts[half:], values[half:]),
    )
