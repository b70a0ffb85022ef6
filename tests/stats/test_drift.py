"""Distances of two samples from fine bins: SciPy's numbers within stated bounds, honest limits."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp, norm, wasserstein_distance

from roadworthy.stats.drift import (
    Cells,
    categories_apart,
    equal_mass,
    grid_cells,
    kolmogorov_smirnov_shift,
    quantile_range,
    standard_deviation,
    total_variation_shift,
    wasserstein_shift,
)
from roadworthy.stats.number_grid import NumberGrid

GRID = NumberGrid(center=0.0, scale=4.0, octaves=40, per_octave=256)
SAMPLES = st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=60)  # SciPy fails below


def cells_of(first: np.ndarray, second: np.ndarray, grid: NumberGrid = GRID) -> Cells:
    """The common cells of two samples."""
    return grid_cells(grid, grid.count(first), grid.count(second))


def by_value(first: np.ndarray, second: np.ndarray) -> Cells:
    """Cells that each hold one value."""
    values = np.unique(np.concatenate([first, second]))
    counts = [
        np.bincount(np.searchsorted(values, x), minlength=len(values)) for x in (first, second)
    ]
    return Cells(low=values, high=values, first=counts[0], second=counts[1])


@given(SAMPLES, SAMPLES, st.sampled_from([1, 4, 256]))
def test_binning_is_off_by_no_more_than_it_says(
    first: list[float], second: list[float], per_octave: int
) -> None:
    """In bins of any width, the true distances lie within the stated error of the binned ones."""
    grid = NumberGrid(scale=0.25, octaves=16, per_octave=per_octave)
    a, b = np.array(first), np.array(second)
    cells = cells_of(a, b, grid)
    found = kolmogorov_smirnov_shift(cells, 0.95)
    exact = ks_2samp(a, b, method="asymp").statistic
    assert found.value - 1e-9 <= exact <= found.value + found.binning + 1e-9
    area = wasserstein_shift(cells, 0.95)
    assert abs(area.value - wasserstein_distance(a, b)) <= area.binning + 1e-9 * (1 + area.value)
    assert found.low <= found.value <= found.high
    assert area.low <= area.value <= area.high


@given(SAMPLES, SAMPLES)
def test_known_values_are_exact(first: list[float], second: list[float]) -> None:
    """Where each cell holds one value, both distances are SciPy's, and binning costs nothing."""
    a, b = np.round(first, -2), np.round(second, -2)
    cells = by_value(a, b)
    found, area = kolmogorov_smirnov_shift(cells, 0.9), wasserstein_shift(cells, 0.9)
    assert found.value == pytest.approx(ks_2samp(a, b, method="asymp").statistic, abs=1e-12)
    assert area.value == pytest.approx(wasserstein_distance(a, b), rel=1e-9, abs=1e-9)
    assert found.binning == area.binning == 0.0
    assert standard_deviation(cells) == pytest.approx(float(a.std()), abs=1e-9)


@pytest.mark.parametrize("outlier", [None, 1e3, 1e6])
def test_one_outlier_does_not_blind_it(outlier: float | None) -> None:
    """One value of a million leaves the distance of the rest where it is, at 0.079 to 0.080."""
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 1, 200_000), rng.normal(0.2, 1, 200_000)
    if outlier is not None:
        first[0] = outlier
    found = kolmogorov_smirnov_shift(cells_of(first, second), 0.95)
    exact = ks_2samp(first, second, method="asymp").statistic
    assert 0.079 <= found.value <= 0.0805
    assert found.value == pytest.approx(exact, abs=5e-5)
    assert found.binning < 1e-3
    area = wasserstein_shift(cells_of(first, second), 0.95)
    assert abs(area.value - wasserstein_distance(first, second)) < area.binning


def simulate(shift: float, seed: int, rows: tuple[int, int]) -> Cells:
    """Two normal samples, one of them moved."""
    rng = np.random.default_rng(seed)
    return cells_of(rng.normal(0, 1, rows[0]), rng.normal(shift, 1, rows[1]))


@pytest.mark.parametrize("shift", [0.0, 0.05, 0.3, 1.0])
@pytest.mark.parametrize("rows", [(200, 200), (300, 3000)])
def test_intervals_cover_the_true_distances(shift: float, rows: tuple[int, int]) -> None:
    """Nominal 95 % intervals hold the true distance in at least 94 of 100 simulated pairs."""
    truth = 2 * norm.cdf(shift / 2) - 1
    covered = np.zeros(2)
    for seed in range(200):
        cells = simulate(shift, seed, rows)
        largest, area = kolmogorov_smirnov_shift(cells, 0.95), wasserstein_shift(cells, 0.95)
        covered += [largest.low <= truth <= largest.high, area.low <= shift <= area.high]
    assert (covered >= 188).all(), covered


def test_intervals_are_not_idle() -> None:
    """Limits are near enough to tell a shift from none, and a small shift from a large one."""
    moved, still = simulate(0.3, 1, (2000, 2000)), simulate(0.0, 2, (2000, 2000))
    for measure, least, most in (
        (kolmogorov_smirnov_shift, 0.05, 0.2),
        (wasserstein_shift, 0.12, 0.45),
    ):
        assert measure(moved, 0.95).low > least
        assert measure(moved, 0.95).high < most
        assert measure(still, 0.95).low == 0.0
        assert measure(still, 0.95).high < least * 2


@pytest.mark.parametrize("moved", [0.0, 0.02, 0.2])
def test_total_variation_is_covered(moved: float) -> None:
    """Nominal 95 % intervals hold the true share of rows that moved, whatever it is."""
    p = np.full(10, 0.1)
    q = p + np.where(np.arange(10) < 5, moved / 5, -moved / 5)
    covered = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        found = total_variation_shift(rng.multinomial(800, p), rng.multinomial(2000, q), 0.95)
        covered += found.low <= moved <= found.high
        assert found.low <= found.value <= found.high
    assert covered >= 282


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60).filter(any), st.integers(1, 12))
def test_bins_of_equal_mass_are_neither_crowded_nor_empty(counts: list[int], bins: int) -> None:
    """Every bin holds at least a fifth of its part, and only a heavy cell makes it overfull."""
    cells = np.array(counts)
    starts = equal_mass(cells, bins)
    assert starts[0] == 0
    assert (np.diff(starts) > 0).all()
    held = np.add.reduceat(cells, starts)
    fill = cells.sum() / bins
    assert held.sum() == cells.sum()
    assert (held >= fill * 0.2 - 1e-9).all()
    for start, rows in zip(starts.tolist(), held.tolist(), strict=True):
        assert rows <= fill * 1.4 + cells[start:].max() + 1e-9


def test_quantiles_of_the_reference_span_its_middle_half() -> None:
    """The interquartile range of a normal sample is 1.35 standard deviations."""
    cells = simulate(0.0, 3, (20_000, 100))
    assert quantile_range(cells) == pytest.approx(1.349, abs=0.03)
    assert standard_deviation(cells) == pytest.approx(1.0, abs=0.02)
    assert cells.is_bounded
    assert not cells_of(np.array([1.0, np.inf]), np.array([1.0])).is_bounded
    assert wasserstein_shift(cells, 0.95).binning < 0.01 / sqrt(2)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=60),
    st.integers(1, 25),
)
def test_categories_are_chosen_alike_for_both(pairs: list[tuple[int, int]], most: int) -> None:
    """Which sample is called the first makes no difference, and none told apart is rare."""
    first, second = (np.array(part, np.int64) for part in zip(*pairs, strict=True))
    seen = int(first.sum()), int(second.sum())
    found = categories_apart(first, second, seen, most=most)
    assert found.tolist() == categories_apart(second, first, seen[::-1], most=most).tolist()
    assert len(found) <= 2 * most
    expected = (first + second) * min(seen) / max(sum(seen), 1)
    assert all(expected[at] >= 5 or max(first[at], second[at]) >= 25 for at in found)


def test_what_moved_beyond_chance_is_told_apart() -> None:
    """A value of a small sample that a large one lacks is chosen; one by chance is not."""
    second = np.full(50, 20_000)
    first = np.full(50, 10)
    chosen = categories_apart(
        np.append(first, [250, 3]), np.append(second, [0, 0]), (753, 1_000_000), most=20
    )
    assert 50 in chosen
    assert 51 not in chosen


def test_a_look_at_some_rows_counts_for_all() -> None:
    """Where only the first rows of a sample were seen, its categories weigh as all of its rows."""
    first, second = np.array([60, 40, 0]), np.array([10, 20, 70])
    for rows, expected in (((100, 100_000), [2]), ((100_000, 100), [0, 2])):
        kept = categories_apart(first, second, (100, 100), most=1, rows=rows)
        assert kept.tolist() == expected  # the most frequent one of all, and the one that moved
    nothing = np.zeros(0, np.int64)
    assert categories_apart(nothing, nothing, (0, 0), most=5).size == 0
