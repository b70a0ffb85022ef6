"""Intervals agree with published formulas and hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from roadworthy.stats import intervals
from roadworthy.stats.intervals import Interval

LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99, 0.9999])


@st.composite
def proportions(draw):
    """Successes and trials."""
    trials = draw(st.integers(1, 5000))
    return draw(st.integers(0, trials)), trials


@given(LEVELS)
def test_critical_values_are_normal_quantiles(confidence):
    """The critical value is the two-sided normal quantile."""
    assert float(intervals.critical(confidence)) == pytest.approx(
        stats.norm.ppf(0.5 + confidence / 2), rel=1e-12
    )


@given(LEVELS, st.integers(1, 2000))
def test_student_agrees_with_scipy(confidence, degrees):
    """Hill's series is within three digits of the exact quantile, and exact for two degrees."""
    expected = stats.t.ppf(0.5 + confidence / 2, degrees)
    assert float(intervals.student(confidence, degrees)) == pytest.approx(expected, rel=1e-3)


def test_student_needs_a_degree_of_freedom():
    """Without a degree of freedom there is no quantile."""
    assert np.isnan(intervals.student(0.95, 0))


@given(proportions(), LEVELS)
def test_wilson_agrees_with_statsmodels(counts, confidence):
    """Wilson's limits are those of statsmodels."""
    k, n = counts
    expected = proportion_confint(k, n, alpha=1 - confidence, method="wilson")
    assert np.allclose(intervals.wilson(k / n, n, confidence), expected, atol=1e-12)


def test_wilson_of_ten_in_ten():
    """Ten right out of ten is 72 % to 100 %, never exactly 100 %."""
    low, high = intervals.wilson(1.0, 10, 0.95)
    assert (round(float(low), 4), float(high)) == (0.7225, 1.0)


def test_wilson_without_trials_is_undefined():
    """No trials, no interval; and no warning."""
    assert np.isnan(intervals.wilson(np.nan, 0, 0.95)).all()


@given(proportions(), proportions(), LEVELS)
def test_newcombe_agrees_with_statsmodels(first, second, confidence):
    """Newcombe's hybrid score limits are those of statsmodels."""
    (k1, n1), (k2, n2) = first, second
    expected = confint_proportions_2indep(
        k1, n1, k2, n2, compare="diff", method="newcomb", alpha=1 - confidence
    )
    found = intervals.newcombe(k1 / n1, n1, k2 / n2, n2, confidence)
    assert np.allclose(found, expected, atol=1e-10)


def test_newcombe_reproduces_the_paper():
    """Newcombe (1998), table II, method 10: 56/70 against 48/80 is 0.0524 to 0.3339."""
    found = intervals.newcombe(56 / 70, 70, 48 / 80, 80, 0.95)
    assert np.round(found, 4).tolist() == [0.0524, 0.3339]


def test_newcombe_reproduces_the_paper_at_the_edge():
    """Newcombe (1998), table II, method 10: 10/10 against 0/20 is 0.6791 to 1."""
    found = intervals.newcombe(1.0, 10, 0.0, 20, 0.95)
    assert np.round(found, 4).tolist() == [0.6791, 1.0]


@given(proportions(), proportions(), LEVELS)
def test_katz_agrees_with_statsmodels_inside(first, second, confidence):
    """Away from zero counts, Katz's limits are those of statsmodels."""
    (k1, n1), (k2, n2) = first, second
    found = intervals.katz(k1 / n1, n1, k2 / n2, n2, confidence)
    if 0 < k1 < n1 and 0 < k2 < n2:
        expected = confint_proportions_2indep(
            k1, n1, k2, n2, compare="ratio", method="log", alpha=1 - confidence
        )
        assert np.allclose(found, expected, rtol=1e-9)


@given(proportions(), proportions(), LEVELS)
def test_ratio_limits_hold_the_ratio(first, second, confidence):
    """Whatever the counts, the ratio lies between its limits, and zero counts give no NaN."""
    (k1, n1), (k2, n2) = first, second
    for low, high in (
        intervals.katz(k1 / n1, n1, k2 / n2, n2, confidence),
        intervals.ratio(
            k1 / n1,
            intervals.wilson(k1 / n1, n1, confidence),
            k2 / n2,
            intervals.wilson(k2 / n2, n2, confidence),
        ),
    ):
        assert not np.isnan(low)
        assert not np.isnan(high)
        if k2:
            assert 0 <= low <= (k1 / n1) / (k2 / n2) * (1 + 1e-9)
            assert high >= (k1 / n1) / (k2 / n2) * (1 - 1e-9)
        else:
            assert high == np.inf


def test_all_selected_in_both_groups_has_a_wide_ratio():
    """When both groups are 10 of 10 the ratio is 1, but its interval is not a point."""
    low, high = intervals.katz(1.0, 10, 1.0, 10, 0.95)
    assert low == pytest.approx(0.7225, abs=1e-4)
    assert high == pytest.approx(1 / 0.7225, abs=1e-3)


@given(proportions(), LEVELS)
def test_difference_with_a_known_value_is_its_own_interval(counts, confidence):
    """Subtracting a value known exactly only moves an interval."""
    k, n = counts
    own = intervals.wilson(k / n, n, confidence)
    found = intervals.difference(k / n, own, 0.25, Interval(np.array(0.25), np.array(0.25)))
    assert np.allclose(found, np.array(own) - 0.25, atol=1e-12)


@given(st.floats(0.01, 0.99), st.floats(0.001, 0.2), LEVELS)
def test_logit_intervals_stay_inside(value, error, confidence):
    """A logit interval never leaves (0, 1) and holds its value."""
    low, high = intervals.logit(value, error, confidence)
    assert 0 <= low <= value <= high <= 1


@pytest.mark.parametrize(("value", "side"), [(1.0, "high"), (0.0, "low")])
def test_a_perfect_ranking_of_few_rows_is_not_certain(value, side):
    """An area or average precision of exactly 1 (or 0) in a small sample has a real interval."""
    for found in (
        intervals.area(value, 5, 5, 0.95),
        intervals.average_precision(value, 5, 0.95),
    ):
        assert getattr(found, side) == value
        assert found.high - found.low > 0.2


def test_area_without_one_of_the_labels_is_undefined():
    """No negatives, no interval."""
    assert np.isnan(intervals.area(np.nan, 5, 0, 0.95)).all()


def test_confidence_may_differ_from_slice_to_slice():
    """An array of levels widens each interval by its own level."""
    low, high = intervals.wilson(np.array([0.5, 0.5]), np.array([50, 50]), np.array([0.9, 0.99]))
    assert high[1] - low[1] > high[0] - low[0]
