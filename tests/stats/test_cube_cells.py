"""Cells that were grouped set by set make the cube that counting rows makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest

from roadworthy.errors import DataError
from roadworthy.stats.cube import Cube
from roadworthy.stats.cube_cells import cube_of_cells
from roadworthy.stats.cube_counter import DenseLimitError
from roadworthy.stats.families import Shape, asked_families
from roadworthy.stats.tally import Tally, TallyPlan, plan_families
from roadworthy.testing.oracle import differences, expected_tally, random_table
from roadworthy.testing.traps import GRID

PLAN = TallyPlan(
    attributes=("sex", "race", "member"),
    label="label",
    prediction="prediction",
    score="score",
    weight="weight",
    weight_exponent=-1,
    grid=GRID,
    conditions=("member",),
)
FAMILIES = plan_families(PLAN.attributes, 2)
SHAPES = (
    Shape(("sex", "race"), scored=True),
    Shape(("sex", "member"), scored=False),
    Shape(("race", "member"), scored=False),
)


def cells(rows: pa.Table, shape: Shape) -> Tally:
    """The cells of one set of attributes, counted row by row."""
    own = replace(PLAN, attributes=shape.attributes, conditions=())
    return expected_tally(own if shape.scored else replace(own, score=None), rows)


def cube(parts: Sequence[pa.Table], *, limit: int = 1 << 30) -> Cube:
    """The cube of the cells of each set, each of rows of its own."""
    counted = [(s, cells(rows, s)) for s, rows in zip(SHAPES, parts, strict=True)]
    families = asked_families(PLAN, FAMILIES)
    return cube_of_cells(PLAN, families, counted, reason="a test says so", limit=limit)


def test_a_cube_of_cells_gives_the_slices_of_finest_cells() -> None:
    """Whatever is asked of the cube, with and without conditions, the integers are the same."""
    rows = random_table(seed=8, rows=900, grid=GRID)
    made, whole = cube([rows] * 3), expected_tally(PLAN, rows)
    scored = [family for family in FAMILIES if "member" not in family]
    assert differences(made.slices(scored), whole.slices(scored)) == []
    found = [item.slices(FAMILIES, histogram=False) for item in (made, whole)]
    assert differences(*found) == []
    assert made.rows == 900
    assert made.strategy.endswith("because a test says so")


def test_cubes_of_parts_merge() -> None:
    """Cubes of cells are cubes as any other: parts make the whole."""
    rows = random_table(seed=8, rows=900, grid=GRID)
    one, two = cube([rows.slice(0, 350)] * 3), cube([rows.slice(350)] * 3)
    assert one.merge(two) == cube([rows] * 3)


def test_rows_that_change_meanwhile_are_refused() -> None:
    """Sets that were counted from other rows never make one cube."""
    rows = random_table(seed=8, rows=900, grid=GRID)
    with pytest.raises(DataError, match=r"the rows change while they are counted: 899 .* 900"):
        cube([rows, rows.slice(1), rows])


def test_memory_has_a_limit() -> None:
    """Counts that would take more than they may are not made."""
    with pytest.raises(DenseLimitError, match="take more memory"):
        cube([random_table(seed=8, rows=900, grid=GRID)] * 3, limit=1000)
