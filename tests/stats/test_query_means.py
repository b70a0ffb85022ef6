"""Means and ratios over queries against textbook formulas, and how often their limits hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from roadworthy.stats.intervals import wilson
from roadworthy.stats.query_means import QueryMoments, QueryRatios, QueryTotals, smallest_ratio


def moments(values, weights=None) -> QueryMoments:
    """What is known of one slice."""
    values = np.asarray(values, dtype=np.float64)
    found = QueryMoments(1)
    weights = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    for part in (slice(None, 3), slice(3, None)):
        found.add(np.zeros(len(values[part]), dtype=np.int64), values[part], weights[part])
    return found


def totals(values, effective=None) -> QueryTotals:
    """Sums and products of columns, added up plainly."""
    return QueryTotals(
        sums=values.sum(axis=0),
        products=values.T @ values,
        queries=len(values),
        effective=float(effective or len(values)),
    )


def score_interval(mean: float, error: float, t: float) -> tuple[float, float]:
    """Wilson's limits solve |p - mean| = t * error * sqrt(p (1 - p) / (mean (1 - mean)))."""
    scale = (t * error) ** 2 / (mean * (1 - mean))
    low, high = np.sort(np.roots([1 + scale, -2 * mean - scale, mean**2]).real)
    return float(low), float(high)


def test_a_mean_has_the_score_interval_of_its_standard_error() -> None:
    """With Student's factor; queries without a value do not count."""
    values = np.random.default_rng(1).beta(2, 3, 50)
    found = moments([*values, np.nan]).mean("nothing")
    low, high = found.interval(0.95)
    expected = score_interval(values.mean(), stats.sem(values), stats.t.ppf(0.975, 49))
    assert found.value[0] == pytest.approx(values.mean(), abs=1e-8)
    assert (low[0], high[0]) == pytest.approx(expected, abs=1e-4)
    assert found.rows.tolist() == [50]
    assert found.method == ["wilson-student"]


def test_a_mean_of_truths_has_the_limits_of_a_rate() -> None:
    """In many queries of which each is right or wrong, they are Wilson's, a little wider."""
    low, high = moments([1.0] * 930 + [0.0] * 70).mean("").interval(0.95)
    expected = wilson(0.93, 1000, 0.95)
    assert (low[0], high[0]) == pytest.approx(tuple(map(float, expected)), abs=2e-4)
    assert high[0] - low[0] > expected.high - expected.low


def test_weights_are_numbers_of_queries_in_the_mean_only() -> None:
    """A weight of two moves the mean as two queries do, and is no second draw."""
    values = np.tile([0.1, 0.9, 0.4, 0.6], 8)
    weights = np.tile([2.0, 1.0, 1.0, 4.0], 8)
    found = moments(values, weights).mean("nothing")
    mean = np.average(values, weights=weights)
    assert found.value[0] == pytest.approx(mean, abs=1e-8)
    effective = 64**2 / (8 * 22)
    assert moments(values, weights).effective[0] == pytest.approx(effective)
    error = np.sqrt(32 / 31 * (weights**2 * (values - mean) ** 2).sum()) / 64
    low, high = found.interval(0.9)
    expected = score_interval(mean, error, stats.t.ppf(0.95, effective - 1))
    assert (low[0], high[0]) == pytest.approx(expected, abs=1e-4)


def test_the_scale_of_weights_does_not_matter() -> None:
    """Weights of which all are equal are no weights."""
    values = np.random.default_rng(2).random(20)
    plain, heavy = (moments(values, np.full(20, w)).mean("") for w in (1.0, 16.0))
    assert heavy.value == pytest.approx(plain.value)
    assert heavy.interval(0.95).low == pytest.approx(plain.interval(0.95).low)


def test_no_queries_have_no_mean_and_one_is_a_fact() -> None:
    """Nothing is known of none; of one, everything; equal ones have Wilson's limits."""
    none = moments([np.nan]).mean("no query").outcomes(0.95)[0]
    assert getattr(none, "reason", "") == "no query"
    one = moments([0.25]).mean("", alone=True).outcomes(0.95)[0]
    assert (getattr(one, "method", ""), getattr(one, "low", 0)) == ("exact", 0.25)
    of_many = moments([0.25]).mean("").outcomes(0.95)[0]
    low, high = wilson(0.25, 1, 0.95)
    assert (of_many.low, of_many.high) == pytest.approx((float(low), float(high)))
    same = moments([1 / 3] * 5).mean("")
    assert (same.method, same.value[0]) == (["wilson"], 1 / 3)


@pytest.mark.parametrize("weighted", [False, True])
def test_limits_of_a_mean_hold_as_often_as_they_say(weighted: bool) -> None:
    """Simulated: 95 % limits of mean reciprocal ranks, with weights from a half to four too."""
    rng = np.random.default_rng(7)
    runs, covered = 1500, 0
    ranks, chances = np.array([1, 1 / 2, 1 / 3, 0]), np.array([0.7, 0.15, 0.1, 0.05])
    for _ in range(runs):
        values = rng.choice(ranks, 60, p=chances)
        weights = rng.choice([0.5, 1.0, 4.0], 60) if weighted else None
        low, high = moments(values, weights).mean("").interval(0.95)
        covered += bool(low[0] <= ranks @ chances <= high[0])
    assert covered / runs >= 0.94 - 3.5 * np.sqrt(0.05 * 0.95 / runs)
    assert covered / runs <= 0.98


def test_a_ratio_varies_as_what_each_query_adds_to_it() -> None:
    """The products of two columns give the linearised variance that the queries give."""
    values = np.random.default_rng(3).gamma(3, 1, (40, 4))
    one = np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0]])
    other = np.array([[0, 0, 1.0, 0], [0, 0, 0, 1.0]])
    found = QueryRatios.of(totals(values), [one], [other], np.array([1, 1]))
    sums = values.sum(axis=0)
    adds = 40 * values[:, :2] / sums[:2] - 40 * values[:, 2:] / sums[2:]
    assert found.value == pytest.approx(sums[:2] / sums[2:])
    np.testing.assert_allclose(found.spread, adds.T @ adds, rtol=1e-9)
    error = np.sqrt((adds**2).sum(axis=0) / 39 / 40)
    low, high = found.estimates("").interval(0.95)
    assert np.log(high / low) / 2 == pytest.approx(stats.t.ppf(0.975, 39) * error, rel=1e-3)


def test_limits_of_the_smallest_ratio_hold_for_all_pairs() -> None:
    """Simulated: of three groups that are alike, the limits contain a ratio of one."""
    rng = np.random.default_rng(8)
    runs, covered = 600, 0
    for _ in range(runs):
        values = rng.gamma(2, 1, (80, 6))
        above, below = np.eye(6)[:3], np.eye(6)[3:]
        ratios = QueryRatios.of(totals(values), [above], [below], np.full(3, 80))
        found = smallest_ratio(ratios, 0.95)
        assert found is not None
        assert found.low <= found.value <= found.high
        covered += found.high >= 1.0
    assert covered / runs >= 0.95 - 3.5 * np.sqrt(0.05 * 0.95 / runs)
