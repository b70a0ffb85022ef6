"""Distances between binned distributions agree with SciPy and with numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial import distance

from roadworthy.stats import distances

COUNTS = hnp.arrays(np.int64, 8, elements=st.integers(0, 50)).filter(lambda c: c.sum() > 0)
EVERY = (
    distances.population_stability_index,
    distances.jensen_shannon_distance,
    distances.hellinger_distance,
    distances.total_variation,
    distances.kolmogorov_smirnov,
)


@given(COUNTS, COUNTS)
def test_jensen_shannon_agrees_with_scipy(first, second):
    """The distance is SciPy's with base 2."""
    expected = distance.jensenshannon(first, second, base=2)
    found = distances.jensen_shannon_distance(first, second)
    assert float(found) == pytest.approx(np.nan_to_num(expected), abs=1e-7)


@given(COUNTS, COUNTS)
def test_distances_are_symmetric_and_bounded(first, second):
    """Swapping the sides changes nothing; distances but the index stay within 0 and 1."""
    for measure in EVERY:
        there, back = float(measure(first, second)), float(measure(second, first))
        assert there == pytest.approx(back, abs=1e-12)
        assert there >= 0
        if measure is not distances.population_stability_index:
            assert there <= 1 + 1e-12


@given(COUNTS, st.integers(1, 5))
def test_equal_shares_are_no_distance(counts, factor):
    """A distribution is no distance from itself, at any number of rows."""
    for measure in EVERY:
        assert float(measure(counts, counts * factor)) == pytest.approx(0, abs=1e-7)


def test_the_index_by_hand():
    """Half and half against one and three quarters: 0.25 ln 2 + 0.25 ln 1.5."""
    found = distances.population_stability_index([50, 50], [25, 75])
    assert float(found) == pytest.approx(0.25 * np.log(2) + 0.25 * np.log(1.5))


def test_an_empty_bin_gives_a_finite_index():
    """A bin empty on one side gets half a count on both sides, as do all bins in use."""
    found = distances.population_stability_index([10, 0, 0], [5, 5, 0])
    p, q = np.array([10.5, 0.5]) / 11, np.array([5.5, 5.5]) / 11
    assert float(found) == pytest.approx(float(((p - q) * np.log(p / q)).sum()))


def test_many_columns_at_once():
    """Rows of an array are columns of a table; one without counts is undefined, the others not."""
    first, second = np.array([[1, 1], [0, 0]]), np.array([[1, 3], [1, 1]])
    for measure in EVERY:
        found = measure(first, second)
        assert np.isfinite(found[0])
        assert np.isnan(found[1])


def test_the_largest_gap_of_cumulative_shares():
    """Moving a quarter one bin up is a KS distance of a quarter, as is the total variation."""
    assert float(distances.kolmogorov_smirnov([2, 1, 1], [1, 2, 1])) == 0.25
    assert float(distances.total_variation([2, 1, 1], [1, 2, 1])) == 0.25


@pytest.mark.parametrize(
    ("measure", "error", "power"),
    [
        (distances.population_stability_index, distances.index_error, 1),
        (distances.jensen_shannon_distance, distances.jensen_shannon_error, 2),
        (distances.hellinger_distance, distances.hellinger_error, 2),
    ],
)
def test_standard_errors_are_those_of_simulations(measure, error, power):
    """Of distributions that lie apart, estimates scatter as much as the formula says."""
    rng = np.random.default_rng(2)
    first = rng.multinomial(3000, [0.4, 0.3, 0.2, 0.1], 4000)
    second = rng.multinomial(8000, [0.1, 0.2, 0.3, 0.4], 4000)
    found = measure(first, second) ** power
    assert error(first[0], second[0]) == pytest.approx(float(found.std()), rel=0.06)


@given(COUNTS, COUNTS)
def test_standard_errors_are_finite(first, second):
    """Empty bins on either side, or on both, leave standard errors finite."""
    for error in (
        distances.index_error,
        distances.jensen_shannon_error,
        distances.hellinger_error,
    ):
        assert 0 <= error(first, second) < 1e9
        assert error([5, 0, 5], [50, 0, 50]) == pytest.approx(0.0)
