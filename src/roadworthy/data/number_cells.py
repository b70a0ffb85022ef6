"""The cell of a `NumberGrid` that a column's value falls into, as an expression for any engine."""

from __future__ import annotations

from roadworthy.data.expression import (
    CastType,
    Expression,
    case,
    cast,
    column,
    floor,
    is_nan,
    is_null,
    literal,
)
from roadworthy.stats.number_grid import NumberGrid


def number_cell(grid: NumberGrid, value: Expression | str) -> Expression:
    """The cell that a number falls into; equal to `NumberGrid.index` on every engine.

    Numbers far beyond the bins are set aside before anything is computed, so that no engine meets
    an overflow; the octave is found by halving, so that a row meets few comparisons.

    Args:
        grid: the bins.
        value: a column's name, or an expression that is a number.
    """
    number = cast(column(value) if isinstance(value, str) else value, CastType.REAL)
    signed = number - grid.center
    right = signed + grid.unit
    left = literal(grid.unit) - signed
    inside = case(
        (signed < 0.0, case((left >= _end(grid), float(grid.below)), otherwise=_left(grid, left))),
        (right >= _end(grid), float(grid.above)),
        otherwise=_place(grid, right, 0, grid.octaves) + float(grid.half),
    )
    cell = case(
        (is_null(number), float(grid.missing)),
        (is_nan(number), float(grid.nan)),
        (number < grid.center - 2 * grid.reach, float(grid.below)),
        (number > grid.center + 2 * grid.reach, float(grid.above)),
        otherwise=inside,
    )
    return cast(cell, CastType.INTEGER)


def _end(grid: NumberGrid) -> float:
    return grid.unit * 2.0**grid.octaves


def _left(grid: NumberGrid, left: Expression) -> Expression:
    return literal(float(grid.half - 1)) - _place(grid, left, 0, grid.octaves)


def _place(grid: NumberGrid, u: Expression, first: int, last: int) -> Expression:
    """The bin of u on its side of the centre, where it lies in the octaves from first to last."""
    if last - first == 1:
        # u lies in [2**first, 2**last) units: the product in [per_octave, 2 per_octave)
        steps = floor(u * (grid.per_octave * grid.scale * 2.0**-first))
        return steps + float((first - 1) * grid.per_octave)
    middle = (first + last) // 2
    near, far = _place(grid, u, first, middle), _place(grid, u, middle, last)
    return case((u < grid.unit * 2.0**middle, near), otherwise=far)
