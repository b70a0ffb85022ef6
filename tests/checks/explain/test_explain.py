"""Explanations: importance against scikit-learn's, responses by hand, silence where none can be."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from roadworthy.adapters.models import wrap
from roadworthy.checks.explain.permutation import PERMUTATION
from roadworthy.checks.explain.response import RESPONSE
from roadworthy.checks.robustness.degradation import DEGRADATION
from roadworthy.records.evidence import Measured

RNG = np.random.default_rng(0)
ROWS = 1200
X = np.column_stack([RNG.normal(size=ROWS), RNG.normal(size=ROWS), RNG.integers(0, 3, ROWS)])
Y = ((1.5 * X[:, 0] + (X[:, 2] == 2) + RNG.normal(size=ROWS)) > 0.5).astype(int)
NAMES = ("strong", "useless", "code")
FITTED = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(X, Y)
MODEL = wrap(FITTED, features=NAMES)
COLUMNS = {**dict(zip(NAMES, X.T, strict=True)), "label": Y}
COLUMNS["code"] = COLUMNS["code"].astype(int)


@pytest.fixture(scope="module")
def importance(ask):
    """The importance of three inputs."""
    return ask(PERMUTATION, COLUMNS, model=MODEL, label="label")


def test_importance_is_scikit_learns(importance):
    """On the same rows, scikit-learn's shuffles give an importance inside our interval."""
    theirs = permutation_importance(
        FITTED, X, Y, scoring="roc_auc", n_repeats=5, random_state=0
    ).importances_mean
    for name, expected in zip(NAMES, theirs, strict=True):
        outcome = importance["permutation-importance", f"feature={name}"]
        assert isinstance(outcome, Measured)
        assert outcome.value == pytest.approx(expected, abs=0.02)
        assert outcome.low - 0.01 <= expected <= outcome.high + 0.01


def test_a_used_input_is_told_from_a_useless_one(importance):
    """The interval of the strong input lies above 0 and above that of the useless one."""
    strong = importance["permutation-importance", "feature=strong"]
    useless = importance["permutation-importance", "feature=useless"]
    assert strong.low > max(useless.high, 0.0)


def test_an_input_the_model_ignores_has_no_importance(ask):
    """A coefficient of 0 makes a drop of exactly 0, and the interval admits doubt."""
    ignoring = LogisticRegression().fit(X, Y)
    ignoring.coef_[0, 1] = 0.0
    found = ask(PERMUTATION, COLUMNS, model=wrap(ignoring, features=NAMES), label="label")
    outcome = found["permutation-importance", "feature=useless"]
    assert outcome.value == 0.0
    assert outcome.low < 0.0 < outcome.high


def test_one_seed_gives_one_importance(ask):
    """The same seed repeats the number; the evidence says which."""
    first, again = (ask(PERMUTATION, COLUMNS, model=MODEL, label="label", seed=7) for _ in range(2))
    assert first.evidence == again.evidence
    told = first.parameters("permutation-importance", "feature=strong")
    assert told == {"sample": ROWS, "of": ROWS, "repeats": 5, "seed": 7}


def test_responses_are_partial_dependence(ask):
    """The curve is scikit-learn's brute-force partial dependence on the same rows and values."""
    found = ask(RESPONSE, COLUMNS, model=MODEL, label="label")
    curve = found.curves["response", "all", "strong"]
    values = [point.x for point in curve.points]
    assert values == sorted(values)
    theirs = partial_dependence(
        FITTED,
        X[:500],
        [0],
        custom_values={0: np.array(values)},
        method="brute",
        response_method="predict_proba",
    )["average"][0]
    assert [point.y for point in curve.points] == pytest.approx(theirs)
    assert {point.rows for point in curve.points} == {500}


def test_categories_are_named_in_order(ask):
    """A code's points stand at 0, 1, 2 and carry their value."""
    found = ask(RESPONSE, COLUMNS, model=MODEL, label="label")
    points = found.curves["response", "all", "code"].points
    assert [(point.x, point.label) for point in points] == [(0.0, "0"), (1.0, "1"), (2.0, "2")]
    assert points[2].y > points[0].y


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"label": "label"}, "no model was given; predictions cannot be recomputed"),
        ({"label": "label", "model": "deciding"}, "the model gives decisions and no scores"),
        ({"model": MODEL}, "no label is given"),
    ],
)
def test_what_cannot_be_explained_says_why(ask, given, reason):
    """Each input has its reason; there are no curves without scores."""
    if given.get("model") == "deciding":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            given = {**given, "model": wrap(LinearSVC().fit(X, Y), features=NAMES)}
    if "model" not in given:
        found = ask((PERMUTATION, RESPONSE), COLUMNS, **given)
        assert not found.evidence
        return
    found = ask(PERMUTATION, COLUMNS, **given)
    assert found.reason("permutation-importance", "feature=strong").startswith(reason)


def test_one_class_has_no_area(ask):
    """Without negative rows nothing can be ranked."""
    columns = {**COLUMNS, "label": np.where(np.arange(ROWS) < 1, 0, None)}
    found = ask(PERMUTATION, columns, model=MODEL, label="label")
    reason = found.reason("permutation-importance", "feature=strong")
    assert reason == "the sampled rows have one class only"


class Counting:
    """A model that counts how often, and about how many rows, it is asked."""

    def __init__(self):
        self.asked = []

    def predict_proba(self, inputs):
        """The first input, squashed."""
        self.asked.append(len(inputs))
        score = 1 / (1 + np.exp(-np.nan_to_num(inputs[:, 0])))
        return np.column_stack([1 - score, score])


def test_a_model_is_asked_seldom(ask):
    """Fourteen inputs, every perturbation and every curve: a few dozen calls on batched rows."""
    rng = np.random.default_rng(3)
    wide = rng.normal(size=(3000, 14))
    names = [f"x{i}" for i in range(14)]
    columns = {**dict(zip(names, wide.T, strict=True)), "label": (wide[:, 0] > 0).astype(int)}
    model = Counting()
    wrapped = wrap(model, features=names)
    found = ask((DEGRADATION, PERMUTATION, RESPONSE), columns, model=wrapped, label="label")
    assert len(found.curves) == 14 + 2  # no categories to swap
    assert len(model.asked) <= 40
    assert sum(model.asked) <= 300_000
