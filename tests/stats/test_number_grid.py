"""Bins of any number: one cell on every engine, and errors that stay within their bounds."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.expression import count
from roadworthy.data.number_cells import number_cell
from roadworthy.errors import UsageError
from roadworthy.stats.number_grid import (
    NumberGrid,
    cdf,
    choose_grid,
    mean,
    ordered,
    quantile,
)
from roadworthy.testing.interpreter import evaluate

GRIDS = st.builds(
    NumberGrid,
    center=st.one_of(st.just(0.0), st.just(-0.0), st.floats(-1e6, 1e6)),
    scale=st.integers(-30, 30).map(lambda power: 2.0**power),
    octaves=st.integers(1, 12),
    per_octave=st.sampled_from([1, 2, 16, 64]),
)
NUMBERS = st.one_of(
    st.floats(),
    st.floats(-100, 100),
    st.sampled_from([0.0, -0.0, 5e-324, -5e-324, math.inf, -math.inf, math.nan, 1.7e308, -1.7e308]),
)


def beside(grid: NumberGrid) -> list[float]:
    """Every edge of a grid and the numbers one bit beside it."""
    found = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.7e308, -1.7e308, 5e-324]
    for edge in grid.edges.tolist():
        found += [math.nextafter(edge, -math.inf), edge, math.nextafter(edge, math.inf)]
    return found


@given(GRIDS)
def test_edges_ascend_and_are_mirrored(grid: NumberGrid) -> None:
    """There is one edge more than bins; they ascend, and lie alike on both sides of the centre."""
    edges = grid.edges.tolist()
    assert len(edges) == grid.bins + 1
    assert all(low <= high for low, high in pairwise(edges))
    assert edges[grid.half] == grid.center
    centred = NumberGrid(scale=grid.scale, octaves=grid.octaves, per_octave=grid.per_octave)
    assert (centred.edges == -centred.edges[::-1]).all()


@given(GRIDS, st.lists(NUMBERS, min_size=1, max_size=30))
def test_index_is_monotone(grid: NumberGrid, numbers: list[float]) -> None:
    """A larger number never falls into a lower cell, and every number falls into one."""
    values = np.array(sorted(number for number in numbers if not math.isnan(number)))
    cells = grid.index(values)
    order = np.where(cells == grid.below, -1, np.where(cells == grid.above, grid.bins, cells))
    assert (np.diff(order) >= 0).all()
    assert ((cells >= 0) & (cells < grid.cells)).all()


@given(GRIDS, NUMBERS)
def test_expression_finds_the_same_cell(grid: NumberGrid, number: float) -> None:
    """The expression for engines, which compares, scales and floors, finds the same cell."""
    found = evaluate(number_cell(grid, "x"), {"x": number})
    assert found == grid.index(np.array([number]))[0]


@given(GRIDS, st.data())
def test_expression_agrees_beside_every_edge(grid: NumberGrid, data: st.DataObject) -> None:
    """On an edge and one bit beside it, the expression still finds the same cell."""
    number = data.draw(st.sampled_from(beside(grid)))
    found = evaluate(number_cell(grid, "x"), {"x": number})
    assert found == grid.index(np.array([number]))[0]


@pytest.mark.parametrize(
    "grid",
    [
        NumberGrid(center=0.0, scale=1.0, octaves=5, per_octave=4),
        NumberGrid(center=-3.7, scale=2.0**-20, octaves=6, per_octave=8),
        NumberGrid(center=1e9 / 3, scale=2.0**30, octaves=7, per_octave=2),
    ],
)
def test_duckdb_counts_the_same_cells(grid: NumberGrid) -> None:
    """DuckDB counts the cells that are counted in memory, on and beside every edge."""
    values = [None, *beside(grid), 1, -7, 2.5]
    table = DuckDBEngine().open(pa.table({"x": pa.array(values, pa.float64())}))
    answer = table.aggregate({"n": count()}, by={"cell": number_cell(grid, "x")}).to_pylist()
    expected = grid.count(np.array(values[1:], dtype=np.float64))
    expected[grid.missing] = 1
    assert {row["cell"]: row["n"] for row in answer} == {
        int(cell): int(expected[cell]) for cell in np.flatnonzero(expected)
    }


@given(GRIDS, st.lists(NUMBERS, max_size=60), st.integers(1, 2000))
def test_counting_is_indexing(grid: NumberGrid, numbers: list[float], repeats: int) -> None:
    """Counting in pieces gives what counting the cells one by one gives."""
    values = np.array(numbers * repeats, dtype=np.float64)
    expected = np.bincount(grid.index(values), minlength=grid.cells)
    assert (grid.count(values) == expected).all()
    assert grid.count(values[::2]).sum() == len(values[::2])


def test_masked_numbers_are_missing() -> None:
    """A masked entry falls into the cell of what is missing, whatever lies under the mask."""
    grid = NumberGrid()
    values = np.ma.array([1.0, math.nan, 3.0], mask=[True, True, False])
    assert grid.index(values).tolist()[:2] == [grid.missing, grid.missing]


@given(
    GRIDS,
    st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=50),
    st.floats(0, 1),
)
def test_quantiles_stay_within_their_bound(
    grid: NumberGrid, numbers: list[float], q: float
) -> None:
    """A quantile is off by at most half a bin: the distance from the centre over 2 per octave."""
    ascending = sorted(numbers)
    rank = max(math.ceil(q * len(ascending)), 1)
    true = ascending[rank - 1]
    found = quantile(grid, grid.count(np.array(numbers)), q)
    if math.isinf(found):
        assert (true > grid.center) == (found > 0)
        assert abs(true - grid.center) > grid.reach * (1 - 1e-9)
        return
    bound = (abs(true - grid.center) + grid.unit) / (2 * grid.per_octave)
    assert abs(found - true) <= bound * (1 + 1e-9) + 1e-9


def test_one_outlier_blinds_no_bin() -> None:
    """A number a million times the rest changes one cell and no other."""
    values = np.random.default_rng(0).normal(0, 1, 10_000)
    grid = NumberGrid(scale=1.0, octaves=32, per_octave=256)
    before = grid.count(values)
    values[0] = 1e6
    moved = np.flatnonzero(grid.count(values) != before)
    assert len(moved) == 2
    assert abs(grid.middles[moved[-1]] - 1e6) <= 1e6 / 512


@given(GRIDS, st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=50))
def test_cumulative_shares_are_those_of_the_numbers(grid: NumberGrid, numbers: list[float]) -> None:
    """Every number counts, the shares rise to the share of all numbers that are not above."""
    counts = grid.count(np.array(numbers))
    shares = cdf(grid, counts)
    assert (np.diff(shares) >= 0).all()
    assert ordered(grid, counts).sum() == len(numbers)
    assert shares[-1] == pytest.approx(1 - counts[grid.above] / len(numbers))
    inside = np.array([x for x in numbers if abs(x - grid.center) < grid.reach * (1 - 1e-9)])
    if len(inside) == len(numbers):
        most = (np.abs(inside - grid.center) + grid.unit).mean() / (2 * grid.per_octave)
        assert abs(mean(grid, counts) - inside.mean()) <= most * (1 + 1e-9) + 1e-9


def test_nothing_has_no_quantile_and_no_mean() -> None:
    """Of no numbers at all, quantile, mean and shares are NaN."""
    grid = NumberGrid(octaves=2, per_octave=2)
    nothing = np.zeros(grid.cells, dtype=np.int64)
    assert math.isnan(quantile(grid, nothing, 0.5))
    assert np.isnan(mean(grid, nothing))
    assert np.isnan(cdf(grid, nothing)).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"center": math.nan}, "a centre within 2.*, found nan"),
        ({"center": 1e300}, "a centre within 2.*, found 1e\\+300"),
        ({"scale": 3.0}, "a power of two within .* as its scale, found 3.0"),
        ({"scale": -1.0}, "as its scale, found -1.0"),
        ({"scale": 2.0**500}, "as its scale, found"),
        ({"octaves": 0}, "from 1 to 512 octaves, found 0"),
        ({"per_octave": 3}, "a power of two of bins in each octave, .* found 3"),
    ],
)
def test_grids_that_cannot_be_are_refused(arguments: dict[str, float], message: str) -> None:
    """A grid that no engine could compute exactly is refused."""
    with pytest.raises(UsageError, match=message):
        NumberGrid(**arguments)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="between 0 and 1, found 2"):
        quantile(NumberGrid(), np.zeros(NumberGrid().cells, dtype=np.int64), 2)


@example([0.0, 1.3739256337607535e-177])
@example([-1.7e308, 1.7e308, 0.0])
@given(st.lists(st.floats(), max_size=40))
def test_a_grid_is_found_for_any_numbers(numbers: list[float]) -> None:
    """Whatever the numbers, there is a grid, and it has a cell for each of them."""
    values = np.array(numbers, dtype=np.float64)
    grid = choose_grid(values)
    assert grid.count(values).sum() == len(values)


@pytest.mark.parametrize(
    ("center", "spread"), [(0.0, 1.0), (1e9, 3.0), (-5e-8, 1e-12), (7.0, 1e12)]
)
def test_a_chosen_grid_is_fine_where_the_numbers_are(center: float, spread: float) -> None:
    """A thousand bins or more hold the bulk of the numbers, wherever they are and however wide."""
    values = np.random.default_rng(0).normal(center, spread, 50_000)
    grid = choose_grid(values[:5000])
    assert np.count_nonzero(grid.count(values)) > 1000
    assert grid.count(values)[grid.bins :].sum() == 0
    mostly = choose_grid(np.where(values > center + spread, values, center))
    assert mostly.unit <= spread
