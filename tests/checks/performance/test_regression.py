"""The checks of regressions, through the door that everybody uses."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn import metrics

import roadworthy as rw
from roadworthy.checks.catalogue import measures, select
from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.records.versions import Task


@pytest.fixture(scope="module")
def salaries() -> pa.Table:
    """Predictions that are too high for M, with intervals of one width, and some gaps."""
    rng = np.random.default_rng(3)
    n = 600
    sex = rng.choice(["F", "M"], n)
    y = rng.normal(50_000, 8_000, n)
    p = y + rng.normal(0, 3_000, n) + np.where(sex == "M", 2_000, 0)
    label = pa.array(y, mask=np.arange(n) % 50 == 0)
    return pa.table({"sex": sex, "y": label, "p": p, "low": p - 5_000, "high": p + 5_000})


@pytest.fixture(scope="module")
def found(salaries: pa.Table) -> rw.Assessment:
    """Everything about them."""
    return rw.assess(
        salaries,
        task="regression",
        label="y",
        prediction="p",
        protected=["sex"],
        interval=("low", "high"),
        interval_confidence=0.9,
    )


def test_every_measure_of_a_regression_is_answered(found: rw.Assessment) -> None:
    """Each check that speaks of regressions says something about each of its measures."""
    asked = measures(
        c for c in select(task=Task.REGRESSION) if c.spec.pillar in {"performance", "fairness"}
    )
    answered = {item.measure for item in found.record.evidence}
    unasked = {slug for slug in set(asked) - answered if not slug.startswith("latency-")}
    assert unasked == {"conditional-mean-prediction-gap"}


def test_measures_are_those_of_scikit_learn(salaries: pa.Table, found: rw.Assessment) -> None:
    """Rows without a label are left out, and counted."""
    frame = salaries.to_pandas().dropna()
    for measure, function in (
        ("mean-absolute-error", metrics.mean_absolute_error),
        ("root-mean-squared-error", metrics.root_mean_squared_error),
        ("r-squared", metrics.r2_score),
        ("max-error", metrics.max_error),
    ):
        for where, part in (("all", frame), ("sex=M", frame[frame.sex == "M"])):
            outcome = found.find(measure, where).outcome
            assert isinstance(outcome, Measured)
            assert outcome.value == pytest.approx(function(part.y, part.p), rel=1e-9)
            assert outcome.rows == len(part)
    assert found.find("rows").parameters == {"rows_left_out": 12, "rows_without_prediction": 0}


def test_intervals_are_counted_against_what_was_stated(
    salaries: pa.Table, found: rw.Assessment
) -> None:
    """Coverage is a plain share; its error is against the stated confidence."""
    frame = salaries.to_pandas().dropna()
    share = ((frame.low <= frame.y) & (frame.y <= frame.high)).mean()
    assert found.find("interval-coverage").outcome.value == share
    assert found.find("interval-coverage-error").outcome.value == pytest.approx(share - 0.9)
    assert found.find("mean-interval-width").outcome.value == pytest.approx(10_000)


def test_the_residual_plot_shows_errors_by_size_of_prediction(found: rw.Assessment) -> None:
    """Its points hold every known row once, and their weighted mean is the bias."""
    curves = {str(c.slice): c for c in found.record.curves if c.slug == "residuals"}
    assert set(curves) == {"all", "sex=F", "sex=M"}
    points = curves["all"].points
    assert sum(point.rows for point in points) == 588
    mean = sum(point.y * point.rows for point in points) / 588
    assert mean == pytest.approx(found.find("mean-error").outcome.value)
    assert [point.x for point in points] == sorted(point.x for point in points)


def test_without_a_label_only_predictions_are_measured(salaries: pa.Table) -> None:
    """What needs a label says that there is none."""
    table = salaries.drop_columns(["y"])
    found = rw.assess(table, task="regression", prediction="p", protected=["sex"])
    reason = found.find("mean-absolute-error").outcome
    assert isinstance(reason, Unmeasured)
    assert reason.reason == "no label column was given"
    assert isinstance(found.find("mean-prediction-gap", "sex").outcome, Measured)


def test_unstated_confidence_leaves_two_measures_unmeasured(salaries: pa.Table) -> None:
    """Coverage needs no statement; its error and the interval score do."""
    found = rw.assess(
        salaries,
        task="regression",
        label="y",
        prediction="p",
        interval=["low", "high"],
        checks=["predicted-intervals"],
    )
    assert isinstance(found.find("interval-coverage").outcome, Measured)
    for measure in ("interval-coverage-error", "mean-interval-score"):
        outcome = found.find(measure).outcome
        assert outcome.reason == "the confidence of the predicted intervals was not stated"
