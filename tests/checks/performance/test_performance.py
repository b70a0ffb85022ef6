"""Performance and calibration checks: every slice answered, missing values counted."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn

from roadworthy.checks.performance.calibration import CALIBRATION
from roadworthy.checks.performance.classification import CLASSIFICATION
from roadworthy.checks.performance.rows import ROWS
from roadworthy.checks.performance.scoring import SCORING
from roadworthy.records.evidence import Measured

EVERY = (CALIBRATION, CLASSIFICATION, ROWS, SCORING)


@pytest.fixture(scope="module")
def rows():
    """Six hundred scored rows with two attributes."""
    generator = np.random.default_rng(8)
    score = generator.random(600)
    return {
        "label": (generator.random(600) < score).astype(int),
        "score": score,
        "sex": generator.choice(["Female", "Male"], 600),
        "race": generator.choice(["a", "b", "c"], 600),
    }


@pytest.fixture(scope="module")
def found(ask, rows):
    """Everything about performance and calibration of those rows."""
    return ask(EVERY, rows, label="label", score="score", protected=["sex", "race"])


def test_every_group_and_intersection_is_answered(found):
    """Everybody, 5 groups and 6 intersections have an answer to every measure of a slice."""
    for check in EVERY:
        for spec in check.spec.measures:
            where = {slice_ for measure, slice_ in found.evidence if measure == spec.slug}
            if spec.slug == "expected-calibration-error-difference":
                assert where == {"race", "sex", "race, sex"}
            else:
                assert len(where) == 12
                assert {"all", "sex=Female", "race=b, sex=Male"} <= where


@pytest.mark.parametrize("sex", ["all", "Female", "Male"])
def test_values_are_scikit_learns(found, rows, sex):
    """Values of everybody and of both groups are scikit-learn's."""
    of = np.ones(600, bool) if sex == "all" else rows["sex"] == sex
    where = "all" if sex == "all" else f"sex={sex}"
    y, s = rows["label"][of], rows["score"][of]
    d = (s >= 0.5).astype(int)
    assert found.value("rows", where) == of.sum()
    assert found.value("base-rate", where) == y.mean()
    for measure, function in (
        ("accuracy", sklearn.accuracy_score),
        ("balanced-accuracy", sklearn.balanced_accuracy_score),
        ("precision", sklearn.precision_score),
        ("recall", sklearn.recall_score),
        ("f1", sklearn.f1_score),
        ("matthews-correlation", sklearn.matthews_corrcoef),
    ):
        assert found.value(measure, where) == pytest.approx(function(y, d), abs=1e-12)
    assert found.value("specificity", where) == sklearn.recall_score(1 - y, 1 - d)
    assert found.value("brier-score", where) == pytest.approx(np.mean((y - s) ** 2), abs=1e-8)
    for measure, function in (
        ("roc-auc", sklearn.roc_auc_score),
        ("average-precision", sklearn.average_precision_score),
        ("log-loss", sklearn.log_loss),
    ):
        bound = found.parameters(measure, where)["bin_bound"]
        assert bound < 0.005
        assert abs(found.value(measure, where) - function(y, s)) <= bound


def test_groups_carry_the_interval_of_their_family(found):
    """A group's evidence holds a wider interval, sure for all groups together; everybody's none."""
    outcome = found["accuracy", "race=a"]
    own = found.parameters("accuracy", "race=a")
    assert (own["family_size"], own["family_confidence"]) == (3, 0.95)
    assert own["family_method"] == "sidak"
    assert own["family_low"] < outcome.low
    assert outcome.high < own["family_high"]
    assert own["numerator"] / own["denominator"] == outcome.value
    assert own["threshold"] == 0.5
    assert "family_size" not in found.parameters("accuracy")


def test_curves_of_everybody_and_of_single_attributes(found):
    """ROC, precision-recall and calibration curves for 1 + 5 slices; sweeps for everybody."""
    for slug in ("roc", "precision-recall", "calibration"):
        where = {slice_ for kind, slice_, _ in found.curves if kind == slug}
        assert where == {"all", "sex=Female", "sex=Male", "race=a", "race=b", "race=c"}
    sweeps = {about for kind, _, about in found.curves if kind == "threshold"}
    assert sweeps == {"selection-rate", "accuracy", "true-positive-rate", "false-positive-rate"}
    roc = found.curves["roc", "all", None].points
    assert (roc[0].x, roc[0].y, roc[-1].x, roc[-1].y) == (0, 0, 1, 1)
    assert len(roc) <= 102
    for curve in found.curves.values():
        for point in curve.points:
            assert point.low <= point.y <= point.high


def test_sweeps_are_exact(found, rows):
    """At any threshold swept, the curve is what deciding there gives."""
    for point in found.curves["threshold", "all", "accuracy"].points:
        assert point.y == np.mean((rows["score"] >= point.x) == rows["label"])
    for point in found.curves["threshold", "all", "selection-rate"].points:
        assert point.y == np.mean(rows["score"] >= point.x)


def test_without_a_label_the_reason_is_given(ask, rows):
    """Measures that need a label say that there is none; rows are still counted."""
    found = ask(EVERY, rows, score="score", protected=["sex"])
    for measure in ("accuracy", "base-rate", "roc-auc", "expected-calibration-error", "f1"):
        for where in ("all", "sex=Female", "sex=Male"):
            assert found.reason(measure, where) == "no label column was given"
    assert (
        found.reason("expected-calibration-error-difference", "sex") == "no label column was given"
    )
    assert found.value("rows") == 600
    assert "rows_without_label" not in found.parameters("rows")
    assert [about for kind, _, about in found.curves if kind == "threshold"] == ["selection-rate"]


def test_without_a_score_the_reason_is_given(ask, rows):
    """Measures of scores say that there is none; decisions are still measured."""
    decided = {**rows, "decision": (rows["score"] >= 0.5).astype(int)}
    found = ask(EVERY, decided, label="label", prediction="decision")
    for measure in ("roc-auc", "log-loss", "calibration-slope"):
        assert found.reason(measure) == "no score column was given"
    assert 0 < found.value("accuracy") < 1
    assert "threshold" not in found.parameters("accuracy")


def test_without_a_decision_the_reason_is_given(ask, rows):
    """Labels alone tell the base rate and nothing about decisions."""
    found = ask(EVERY, rows, label="label")
    assert found.reason("accuracy") == "neither a prediction nor a score column was given"
    assert found.reason("f1") == "neither a prediction nor a score column was given"
    assert found.value("base-rate") == rows["label"].mean()


def test_missing_labels_and_scores_are_counted(ask):
    """Rows without a label or a score are left out of rates, and their number is told."""
    found = ask(
        EVERY,
        {"y": [1, 0, None, 1, 0, 1], "s": [0.9, 0.2, 0.6, None, float("nan"), 0.7]},
        label="y",
        score="s",
    )
    assert found.parameters("rows") == {"rows_without_label": 1, "rows_without_prediction": 2}
    assert found["accuracy", "all"].rows == 3
    assert found["base-rate", "all"].rows == 5
    assert found["roc-auc", "all"].rows == 3
    assert found.parameters("roc-auc")["rows_without_score"] == 2


@pytest.mark.parametrize("threshold", [0.0, 0.3, 1.0])
def test_any_threshold_is_exact(ask, rows, threshold):
    """A threshold between the grid's edges, or at an end, decides exactly."""
    score = np.round(rows["score"], 1)
    found = ask(EVERY, {**rows, "score": score}, label="label", score="score", threshold=threshold)
    expected = np.mean((score >= threshold) == rows["label"])
    assert found.value("accuracy") == pytest.approx(expected, abs=1e-12)
    assert isinstance(found["log-loss", "all"], Measured)


def test_a_group_of_one_label_says_what_is_missing(ask):
    """A group without negatives has a recall and no specificity, area, slope or correlation."""
    found = ask(
        EVERY,
        {"y": [1, 1, 1, 0, 0, 1], "s": [0.9, 0.4, 0.8, 0.3, 0.6, 0.7], "g": list("aaabbb")},
        label="y",
        score="s",
        protected=["g"],
    )
    assert found.value("recall", "g=a") == pytest.approx(2 / 3)
    assert "negative label" in found.reason("specificity", "g=a")
    for measure in ("roc-auc", "calibration-intercept", "matthews-correlation"):
        assert "one class" in found.reason(measure, "g=a") or "both" in found.reason(measure, "g=a")
    assert ("roc", "g=a", None) not in found.curves


def test_weights_of_zero_leave_a_rate_undefined(ask):
    """A group whose rows weigh nothing has no rate; the others have theirs."""
    found = ask(
        (CLASSIFICATION, ROWS),
        {"y": [1, 0, 1, 0], "d": [1, 1, 1, 0], "w": [0.0, 0.0, 2.0, 1.0], "g": list("aabb")},
        label="y",
        prediction="d",
        weight="w",
        protected=["g"],
    )
    assert "no row" in found.reason("accuracy", "g=a")
    assert found.value("accuracy", "g=b") == 1
    assert found.value("accuracy") == 1
    assert found.value("rows", "g=a") == 2


def test_no_limit_leaves_the_range_of_its_measure(ask):
    """In groups of a row or two too, an error of at most 1 has no upper limit above 1."""
    columns = {
        "label": [0, 1, 1, 0, 1, 0],
        "score": [0.95, 0.9, 0.1, 1.0, 0.0, 0.4],
        "sex": ["a", "b", "b", "c", "c", "c"],
    }
    found = ask(EVERY, columns, label="label", score="score", protected=["sex"])
    for check in EVERY:
        for spec in check.spec.measures:
            for item in found.evidence.values():
                if item.measure == spec.slug and isinstance(item.outcome, Measured):
                    highs = [item.outcome.high, item.parameters.get("family_high", 0.0)]
                    assert spec.high is None or max(highs) <= spec.high, item
