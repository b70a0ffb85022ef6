"""Measures of regressions against scikit-learn and SciPy, and how often their intervals cover."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from sklearn import metrics

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.regression import count_errors
from roadworthy.data.regression_plan import plan_errors
from roadworthy.stats import regression_losses as losses
from roadworthy.stats.regression_distances import largest_kolmogorov_smirnov, largest_wasserstein
from roadworthy.stats.regression_plan import RegressionPlan
from roadworthy.stats.regression_quantiles import absolute, bin_bound, distribution, quantile
from roadworthy.stats.regression_tally import Binned, RegressionTable

ENGINE = DuckDBEngine()


def tabulate(y, p, *, group=None, weight=None, low=None, high=None) -> RegressionTable:
    """The sums of everybody and of each group."""
    columns = {"y": y, "p": p, "group": group, "w": weight, "low": low, "high": high}
    given = {name: pa.array(value) for name, value in columns.items() if value is not None}
    table = ENGINE.open(pa.table(given))
    plan = RegressionPlan(
        attributes=() if group is None else ("group",),
        label=None if y is None else "y",
        prediction="p",
        weight=None if weight is None else "w",
        interval=() if low is None else ("low", "high"),
        confidence=0.9,
    )
    families = [()] if group is None else [(), ("group",)]
    return count_errors(table, plan_errors(table, plan)).slices(families, histograms=True)


@pytest.fixture(scope="module")
def numbers() -> dict[str, np.ndarray]:
    """Skewed labels, predictions that are too high, weights."""
    rng = np.random.default_rng(5)
    y = rng.lognormal(3, 1, 2_000)
    return {
        "y": y,
        "p": y * rng.lognormal(0.1, 0.3, 2_000),
        "weight": rng.choice([0.5, 1.0, 3.0], 2_000),
    }


@pytest.mark.parametrize("weighted", [False, True])
def test_losses_are_those_of_scikit_learn(numbers, weighted: bool) -> None:
    """Every loss equals scikit-learn's, with and without weights."""
    y, p = numbers["y"], numbers["p"]
    w = numbers["weight"] if weighted else None
    found = tabulate(y, p, weight=w)
    for ours, theirs in (
        (losses.mean_absolute_error(found), metrics.mean_absolute_error),
        (losses.mean_squared_error(found), metrics.mean_squared_error),
        (losses.root_mean_squared_error(found), metrics.root_mean_squared_error),
        (losses.r_squared(found), metrics.r2_score),
        (losses.explained_variance(found), metrics.explained_variance_score),
    ):
        assert ours.value[0] == pytest.approx(theirs(y, p, sample_weight=w), rel=1e-9)
    for q in (0.1, 0.5, 0.9):
        expected = metrics.mean_pinball_loss(y, p, alpha=q, sample_weight=w)
        assert losses.pinball_loss(found, q).value[0] == pytest.approx(expected, rel=1e-9)
    assert losses.largest_error(found)[0] == metrics.max_error(y, p)
    assert losses.mean_error(found).value[0] == pytest.approx(np.average(p - y, weights=w))
    assert losses.mean_prediction(found).value[0] == pytest.approx(np.average(p, weights=w))
    assert losses.mean_label(found).value[0] == pytest.approx(np.average(y, weights=w))


def test_intervals_of_means_are_scipys(numbers) -> None:
    """Student's interval of the mean error is SciPy's."""
    error = numbers["p"] - numbers["y"]
    low, high = losses.mean_error(tabulate(numbers["y"], numbers["p"])).interval(0.95)
    expected = stats.ttest_1samp(error, 0).confidence_interval(0.95)
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), rel=1e-4)


def test_large_numbers_close_together_keep_their_variance() -> None:
    """R² of labels around 10**9 with a spread of 1 is that of the labels without their mean."""
    rng = np.random.default_rng(0)
    y = 1e9 + rng.normal(0, 1, 500)
    p = y + rng.normal(0, 0.5, 500)
    expected = metrics.r2_score(y, p)
    assert losses.r_squared(tabulate(y, p)).value[0] == pytest.approx(expected, rel=1e-8)


def test_equal_labels_leave_nothing_to_explain() -> None:
    """R² of a constant is undefined, and says why."""
    found = losses.r_squared(tabulate([3.0, 3.0, 3.0], [1.0, 2.0, 4.0]))
    assert np.isnan(found.value[0])
    assert found.reason == "all labels are equal, so there is no variance to explain"


def test_perfect_predictions_have_no_error_and_no_doubt() -> None:
    """Errors of zero have limits of zero; R² is 1."""
    y = [1.0, 2.0, 4.0]
    found = tabulate(y, y)
    for item, value in (
        (losses.root_mean_squared_error(found), 0.0),
        (losses.r_squared(found), 1.0),
    ):
        assert (item.value[0], *(limit[0] for limit in item.interval(0.95))) == (value,) * 3


def test_one_row_has_a_value_and_no_interval() -> None:
    """A single error is an average without a spread."""
    (outcome,) = losses.mean_absolute_error(tabulate([1.0], [3.0])).outcomes(0.95)
    assert outcome.reason == "too few rows for an interval"


def test_rows_of_no_weight_are_told_apart_from_no_rows() -> None:
    """A slice whose rows all weigh nothing says so."""
    found = tabulate([1.0, 2.0], [1.0, 2.0], group=["a", "b"], weight=[0.0, 1.0])
    reason = losses.mean_absolute_error(found).reason
    assert reason == "no row of positive weight has both a label and a prediction"


def test_quantiles_lie_within_their_bound(numbers) -> None:
    """Quantiles of errors and of their sizes are NumPy's, up to half a bin."""
    y, p = numbers["y"], numbers["p"]
    errors = distribution(tabulate(y, p), Binned.ERROR)
    for found, values in ((errors, p - y), (absolute(errors), np.abs(p - y))):
        for q in (0.05, 0.5, 0.9, 0.99):
            exact = np.quantile(values, q, method="inverted_cdf")
            bound = bin_bound(found, q)[0]
            assert abs(quantile(found, q).value[0] - exact) <= bound * (1 + 1e-9)
            assert bound <= 0.004 * (abs(exact) + np.median(np.abs(p - y)))


def test_distances_are_scipys(numbers) -> None:
    """KS and Wasserstein distances of predictions are SciPy's, up to the stated bounds."""
    p = numbers["p"]
    group = np.where(np.arange(len(p)) % 3 == 0, "a", "b")
    p = np.where(group == "a", p * 1.2, p)
    found = distribution(tabulate(None, p, group=group), Binned.PREDICTION)
    members = np.array([1, 2])
    one, other = p[group == "a"], p[group == "b"]
    ks = largest_kolmogorov_smirnov(found, members, 0.95)
    assert ks.value == pytest.approx(stats.ks_2samp(one, other).statistic, abs=ks.bin_bound)
    moved = largest_wasserstein(found, members, 0.95, np.random.default_rng(0))
    exact = stats.wasserstein_distance(one, other)
    assert moved.value == pytest.approx(exact, abs=moved.bin_bound)
    assert moved.bin_bound < 0.02 * exact
    assert moved.low < moved.value < moved.high


RUNS = 600
SLACK = 3.5 * np.sqrt(0.95 * 0.05 / RUNS)
"""How far the observed coverage may lie from the nominal by chance."""


@pytest.mark.parametrize("rows", [30, 200])
def test_intervals_cover(rows: int) -> None:
    """Simulated: 95 % intervals cover about as often as they say, skewed errors included."""
    rng = np.random.default_rng(rows)
    group = np.repeat(np.arange(RUNS), rows)
    y = rng.normal(50, 10, len(group))
    error = rng.normal(1, 3, len(group))
    found = tabulate(y, y + error, group=group)
    rmse = np.sqrt(10.0)
    truths = {
        "bias": (losses.mean_error(found), 1.0),
        "mae": (losses.mean_absolute_error(found), stats.foldnorm.mean(1 / 3, scale=3)),
        "rmse": (losses.root_mean_squared_error(found), rmse),
        "r2": (losses.r_squared(found), 1 - 10 / 100),
        "explained": (losses.explained_variance(found), 1 - 9 / 100),
        "median": (quantile(distribution(found, Binned.ERROR), 0.5), 1.0),
    }
    for name, (estimates, truth) in truths.items():
        low, high = (limit[1:] for limit in estimates.interval(0.95))
        covered = ((low <= truth) & (truth <= high)).mean()
        # logarithmic delta intervals of skewed squares fall a little short in small samples
        short = 0.03 if rows < 100 and name in {"rmse", "r2", "explained"} else 0.0
        assert covered >= 0.95 - SLACK - short, (name, covered)


def test_distances_cover_where_groups_are_alike() -> None:
    """Two samples of one population: the interval of their distance holds 0, or nearly always."""
    rng = np.random.default_rng(11)
    missed = {"ks": 0, "wasserstein": 0}
    runs = 60
    group = np.repeat(np.arange(2 * runs), 150)
    found = distribution(
        tabulate(None, rng.gamma(2, 5, len(group)), group=group), Binned.PREDICTION
    )
    for run in range(runs):
        members = np.array([1 + 2 * run, 2 + 2 * run])
        ks = largest_kolmogorov_smirnov(found, members, 0.95)
        moved = largest_wasserstein(found, members, 0.95, rng)
        missed["ks"] += ks.low > 0
        missed["wasserstein"] += moved.low > 0
    assert all(number <= 0.05 * runs for number in missed.values()), missed
