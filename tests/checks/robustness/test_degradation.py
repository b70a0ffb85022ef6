"""Degradation: drops against scikit-learn, honest silence, and the prevalence of groups."""

from __future__ import annotations

import warnings

import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.svm import LinearSVC

from roadworthy.adapters.models import wrap
from roadworthy.checks.robustness.degradation import DEGRADATION, NO_MODEL, SEVERITIES
from roadworthy.checks.robustness.perturbations import CATEGORY_SWAP, NOISE, perturb, targets
from roadworthy.checks.robustness.prevalence import _area
from roadworthy.records.evidence import Measured

RNG = np.random.default_rng(0)
ROWS = 1500
SEX = RNG.choice(["Female", "Male"], ROWS, p=[0.6, 0.4])
X = np.column_stack([RNG.normal(size=ROWS), RNG.integers(0, 3, ROWS)])
Y = (X[:, 0] + 0.8 * (X[:, 1] == 2) + 0.4 * RNG.normal(size=ROWS) * (1 + (SEX == "Male")) > 0.3) * 1
FITTED = LogisticRegression().fit(X, Y)
MODEL = wrap(FITTED, features=["amount", "code"])
SCORE = FITTED.predict_proba(X)[:, 1]
COLUMNS = {
    "amount": X[:, 0],
    "code": X[:, 1].astype(int),
    "sex": SEX,
    "label": Y,
    "score": SCORE,
    "decision": (SCORE >= 0.5).astype(int),
}
ROLES = {"label": "label", "score": "score", "prediction": "decision"}


@pytest.fixture(scope="module")
def found(ask):
    """The whole check on a model and two groups."""
    return ask(DEGRADATION, COLUMNS, model=MODEL, protected=["sex"], **ROLES)


@pytest.mark.parametrize("perturbation", [NOISE, CATEGORY_SWAP])
@pytest.mark.parametrize("severity", SEVERITIES)
def test_drops_are_scikit_learns(found, perturbation, severity):
    """Accuracy and area before minus after, on the perturbed rows, by scikit-learn."""
    where = f"perturbation={perturbation}, severity={severity:g}"
    rows = pa.table({"amount": COLUMNS["amount"], "code": COLUMNS["code"]})
    columns = targets(rows, rows.column_names)[perturbation]
    after = MODEL.score(perturb(rows, perturbation, columns, severity, seed=0))
    assert found.value("roc-auc-drop", where) == pytest.approx(
        roc_auc_score(Y, SCORE) - roc_auc_score(Y, after)
    )
    assert found.value("accuracy-drop", where) == pytest.approx(
        accuracy_score(Y, SCORE >= 0.5) - accuracy_score(Y, after >= 0.5)
    )
    assert found.value("selection-rate-shift", where) == pytest.approx(
        (after >= 0.5).mean() - (SCORE >= 0.5).mean()
    )


def test_severe_noise_hurts_more(found):
    """The curve rises from 0."""
    curve = found.curves["degradation", "perturbation=noise", NOISE]
    assert [point.x for point in curve.points] == [0.0, *SEVERITIES]
    assert curve.points[0].y == 0.0
    assert curve.points[-1].y > curve.points[1].y


def test_evidence_says_which_rows_and_columns(found):
    """Seed, sample and columns are told, so that it can be repeated."""
    told = found.parameters("accuracy-drop", "perturbation=noise, severity=0.1")
    assert told == {"columns": ["amount"], "sample": ROWS, "of": ROWS, "seed": 0}


def test_a_model_that_refuses_missing_values_says_so(found):
    """LogisticRegression cannot take NaN: unmeasured, with its own words, and no curve."""
    reason = found.reason("accuracy-drop", "perturbation=missing-values, severity=0.2")
    assert "LogisticRegression.predict_proba failed on 1500 rows: ValueError" in reason
    assert not any("missing-values" in where for _, where, _ in found.curves)


def test_without_a_model_nothing_is_recomputed(ask):
    """Each question is answered by its reason; the prevalence of groups needs no model."""
    found = ask(DEGRADATION, COLUMNS, protected=["sex"], **ROLES)
    reason = found.reason("roc-auc-drop", "perturbation=category-swap, severity=0.4")
    assert reason == NO_MODEL == "no model was given; predictions cannot be recomputed"
    where = "perturbation=prevalence-shift, severity=0.5, sex=Female"
    assert isinstance(found["accuracy-drop", where], Measured)
    assert not found.curves


def test_a_model_without_scores_has_no_area(ask):
    """Accuracy is measured, the area is not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        deciding = wrap(LinearSVC().fit(X, Y), features=["amount", "code"])
    columns = {**COLUMNS, "decision": deciding.decide(pa.table(COLUMNS), None)}
    found = ask(DEGRADATION, columns, model=deciding, label="label", prediction="decision")
    where = "perturbation=noise, severity=0.1"
    assert found.reason("roc-auc-drop", where) == "the model gives decisions and no scores"
    assert isinstance(found["accuracy-drop", where], Measured)


def test_without_a_label_only_the_shift_is_measured(ask):
    """Nobody knows what is right; what changes can still be seen, and is the curve."""
    found = ask(DEGRADATION, COLUMNS, model=MODEL, score="score", prediction="decision")
    where = "perturbation=noise, severity=0.1"
    assert found.reason("accuracy-drop", where).startswith("no label is given")
    assert isinstance(found["selection-rate-shift", where], Measured)
    assert found.curves["degradation", "perturbation=noise", NOISE].y_title.startswith("Shift")


def test_a_model_without_quantities_is_not_blurred(ask):
    """There is no number to add noise to."""
    model = wrap(LogisticRegression().fit(X[:, 1:], Y), features=["code"])
    found = ask(DEGRADATION, COLUMNS, model=model, **ROLES)
    reason = found.reason("accuracy-drop", "perturbation=noise, severity=0.1")
    assert reason == "the model reads no column of quantities"


def test_a_shift_of_prevalence_is_a_weighted_mean(found):
    """Weighting women so that they are half as common gives the same accuracy and area."""
    women = SEX == "Female"
    weights = np.where(women, 0.5 * (1 - women.mean()) / (1 - 0.5 * women.mean()), 1.0)
    assert np.average(women, weights=weights) == pytest.approx(0.5 * women.mean())
    where = "perturbation=prevalence-shift, severity=0.5, sex=Female"
    right = COLUMNS["decision"] == Y
    expected = right.mean() - np.average(right, weights=weights)
    assert found.value("accuracy-drop", where) == pytest.approx(expected)
    area = roc_auc_score(Y, SCORE) - roc_auc_score(Y, SCORE, sample_weight=weights)
    assert found.value("roc-auc-drop", where) == pytest.approx(area, abs=2e-3)
    selected = np.average(COLUMNS["decision"], weights=weights) - COLUMNS["decision"].mean()
    assert found.value("selection-rate-shift", where) == pytest.approx(selected)


def test_a_majority_cannot_double(found):
    """60 % of the whole cannot become 120 %; the reason says so."""
    reason = found.reason("accuracy-drop", "perturbation=prevalence-shift, severity=2, sex=Female")
    assert "of the whole already; it cannot be 2 times as common" in reason


def test_a_group_of_everybody_cannot_shift(ask):
    """With one group there is nobody else to make rarer."""
    columns = {**COLUMNS, "sex": ["Female"] * ROWS}
    found = ask(DEGRADATION, columns, protected=["sex"], **ROLES)
    where = "perturbation=prevalence-shift, severity=0.5, sex=Female"
    assert found.reason("roc-auc-drop", where) == "everybody is in the group"


def test_the_interval_of_a_shift_covers():
    """The area's drop by a shift lies within 1.96 of its standard errors 93 to 97 % of the time."""
    multiplier = np.array([1 / 3, 1.0])
    truth = _drop(_population(np.random.default_rng(1), 1_000_000), multiplier)[0]
    drawn = (_population(np.random.default_rng(seed), 500) for seed in range(10, 1010))
    found = np.array([_drop(rows, multiplier) for rows in drawn])
    hits = np.abs(found[:, 0] - truth) <= 1.96 * found[:, 1]
    assert 0.93 <= hits.mean() <= 0.97


def _population(rng, rows):
    """Weights by group, label and score bin; the groups are equally large."""
    group = np.arange(rows) % 2
    label = (rng.random(rows) < 0.4).astype(int)
    strength = np.where(group == 0, 2.5, 0.5)
    score = 1 / (1 + np.exp(-rng.normal(size=rows) - strength * (label - 0.5)))
    weights = np.zeros((2, 2, 2000))
    np.add.at(weights, (group, label, np.minimum((score * 2000).astype(int), 1999)), 1)
    return weights


def _drop(weights, multiplier):
    """The drop of the area and its standard error."""
    before, one = _area(weights, np.ones(2))
    after, other = _area(weights, multiplier)
    return before - after, np.sqrt((weights * (one - other) ** 2).sum())
