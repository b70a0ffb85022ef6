"""Fairness of regressions, against Fairlearn and SciPy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from fairlearn.metrics import MetricFrame
from fairlearn.reductions import AbsoluteLoss, BoundedGroupLoss
from scipy.stats import ks_2samp, wasserstein_distance
from sklearn.metrics import mean_absolute_error, mean_squared_error, root_mean_squared_error

import roadworthy as rw
from roadworthy.records.evidence import Measured, Unmeasured


@pytest.fixture(scope="module")
def salaries() -> pa.Table:
    """Three groups of which C is predicted worst; a grade that explains half of a gap."""
    rng = np.random.default_rng(8)
    n = 1_500
    race = rng.choice(["A", "B", "C"], n)
    senior = rng.random(n) < np.where(race == "A", 0.7, 0.4)
    y = 40 + 20 * senior + rng.normal(0, 5, n)
    p = y + rng.normal(0, np.where(race == "C", 6, 3), n)
    grade = np.where(senior, "senior", "junior")
    return pa.table({"race": race, "grade": grade, "y": y, "p": p})


@pytest.fixture(scope="module")
def found(salaries: pa.Table) -> rw.Assessment:
    """Everything about them."""
    return rw.assess(
        salaries,
        task="regression",
        label="y",
        prediction="p",
        protected=["race"],
        condition=["grade"],
    )


def value(found: rw.Assessment, measure: str) -> float:
    """The number of a comparison across races."""
    outcome = found.find(measure, "race").outcome
    assert isinstance(outcome, Measured), outcome
    assert outcome.low <= outcome.value <= outcome.high
    return outcome.value


def test_gaps_and_ratios_are_fairlearns(salaries: pa.Table, found: rw.Assessment) -> None:
    """MetricFrame's largest differences and smallest ratios."""
    frame = salaries.to_pandas()
    for measure, function in (
        ("mean-absolute-error", mean_absolute_error),
        ("root-mean-squared-error", root_mean_squared_error),
    ):
        theirs = MetricFrame(
            metrics=function, y_true=frame.y, y_pred=frame.p, sensitive_features=frame.race
        )
        assert value(found, f"{measure}-gap") == pytest.approx(theirs.difference())
        assert value(found, f"{measure}-ratio") == pytest.approx(theirs.ratio())
    means = frame.groupby("race").p.mean()
    assert value(found, "mean-prediction-gap") == pytest.approx(np.ptp(means))


@pytest.mark.filterwarnings("ignore:Setting a")  # Fairlearn, of pandas
def test_bounded_group_loss_is_that_of_the_worst_group(
    salaries: pa.Table, found: rw.Assessment
) -> None:
    """Fairlearn's reduction reports the same losses; the worst is C's."""
    frame = salaries.to_pandas()
    moment = BoundedGroupLoss(AbsoluteLoss(-1_000, 1_000))
    moment.load_data(frame[["p"]], frame.y, sensitive_features=frame.race)
    theirs = moment.gamma(lambda x: x["p"].to_numpy()).max()
    assert value(found, "worst-group-absolute-error") == pytest.approx(theirs)
    squared = max(mean_squared_error(g.y, g.p) for _, g in frame.groupby("race"))
    assert value(found, "worst-group-squared-error") == pytest.approx(squared)
    names = found.find("worst-group-absolute-error", "race").parameters
    assert (names["worst_group"], names["groups"]) == ("race=C", 3)


def test_statistical_parity_is_scipys_distance(salaries: pa.Table, found: rw.Assessment) -> None:
    """The largest over pairs, up to the stated bound."""
    parts = [g.p.to_numpy() for _, g in salaries.to_pandas().groupby("race")]
    pairs = [(parts[i], parts[j]) for i in range(3) for j in range(i)]
    for measure, distance in (
        ("prediction-kolmogorov-smirnov", lambda a, b: ks_2samp(a, b).statistic),
        ("prediction-wasserstein", wasserstein_distance),
    ):
        bound = found.find(measure, "race").parameters["bin_bound"]
        exact = max(distance(a, b) for a, b in pairs)
        assert value(found, measure) == pytest.approx(exact, abs=bound)


def test_quantile_gaps_are_numpys(salaries: pa.Table, found: rw.Assessment) -> None:
    """The largest difference of the groups' quantiles, up to the stated bound."""
    groups = salaries.to_pandas().groupby("race").p
    for percent in (10, 50, 90):
        exact = np.ptp([np.quantile(g, percent / 100, method="inverted_cdf") for _, g in groups])
        measure = f"prediction-p{percent}-gap"
        bound = found.find(measure, "race").parameters["bin_bound"]
        assert value(found, measure) == pytest.approx(exact, abs=bound)


def test_like_cases_differ_less(found: rw.Assessment) -> None:
    """Within a grade the gap nearly closes; the widest stratum is named."""
    assert value(found, "conditional-mean-prediction-gap") < value(found, "mean-prediction-gap") / 2
    names = found.find("conditional-mean-prediction-gap", "race").parameters
    assert names["condition"] == ["grade"]
    assert names["worst_stratum"] in {"grade=junior", "grade=senior"}


def test_a_group_of_one_leaves_comparisons_unmeasured() -> None:
    """A group without an interval is never dropped from a comparison."""
    table = pa.table({"g": ["a"] * 30 + ["b"], "y": np.arange(31.0), "p": np.arange(31.0) ** 1.1})
    found = rw.assess(table, task="regression", label="y", prediction="p", protected=["g"])
    for measure in ("mean-absolute-error-gap", "worst-group-absolute-error"):
        outcome = found.find(measure, "g").outcome
        assert isinstance(outcome, Unmeasured)
        assert outcome.reason == "a group has too few rows for an interval"
    outcome = found.find("prediction-wasserstein", "g").outcome
    assert outcome.reason == "a group has fewer than 100 (effective) rows, too few to resample"


def test_one_group_has_nobody_to_differ_from() -> None:
    """Nothing to compare is said, not measured as zero."""
    table = pa.table({"g": ["a"] * 30, "y": np.arange(30.0), "p": np.arange(30.0)})
    found = rw.assess(table, task="regression", label="y", prediction="p", protected=["g"])
    for measure in ("mean-prediction-gap", "prediction-kolmogorov-smirnov"):
        reason = found.find(measure, "g").outcome.reason
        assert reason == "only one group occurs (g=a), so there is nothing to compare"
