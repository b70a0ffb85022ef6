"""The door for models: what is handed to an object, what it may answer, and what is kept of it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from roadworthy.adapters.models import (
    load_model,
    model_files,
    model_from_files,
    save_model,
    wrap,
)
from roadworthy.adapters.skops import to_skops
from roadworthy.errors import DataError, TrustError, UsageError
from roadworthy.records.versions import DecisionRule
from roadworthy.workflows.register import describe_model

RNG = np.random.default_rng(0)
ROWS = 200
TABLE = pa.table(
    {
        "age": RNG.integers(18, 90, ROWS),
        "income": RNG.normal(size=ROWS),
        "sex": RNG.choice(["Female", "Male"], ROWS),
    }
)
LABEL = (np.asarray(TABLE["income"]) + RNG.normal(size=ROWS) > 0).astype(int)
FEATURES = ("age", "income")
MATRIX = np.column_stack([TABLE["age"], TABLE["income"]]).astype(float)
AT = datetime(2026, 1, 1, tzinfo=UTC)


class Answering:
    """A model that answers what it is told to."""

    def __init__(self, answer):
        self.answer = answer

    def predict_proba(self, _inputs):
        """The answer, whatever is asked."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Deciding:
    """A model with decisions only, which remembers what it was handed."""

    def __init__(self, answer):
        self.answer = answer
        self.seen = None

    def predict(self, inputs):
        """The answer, whatever is asked."""
        self.seen = inputs
        return self.answer


@pytest.fixture(scope="module")
def on_arrays():
    """A model fitted on an array, without column names."""
    return LogisticRegression().fit(MATRIX, LABEL)


@pytest.fixture(scope="module")
def on_frame():
    """A model fitted on a data frame."""
    frame = pd.DataFrame(MATRIX, columns=list(FEATURES))
    return LogisticRegression().fit(frame, LABEL)


def test_scores_are_the_probability_of_the_positive_class(on_arrays):
    """The score is predict_proba's column of the positive class."""
    model = wrap(on_arrays, features=FEATURES)
    assert np.array_equal(model.score(TABLE), on_arrays.predict_proba(MATRIX)[:, 1])


def test_positive_names_the_class(on_arrays):
    """With the other class positive, the scores are the complement."""
    model = wrap(on_arrays, features=FEATURES, positive="0")
    assert np.allclose(model.score(TABLE), on_arrays.predict_proba(MATRIX)[:, 0])


def test_a_model_fitted_on_names_gets_a_frame(on_frame):
    """Columns are found by name, in the model's order, whatever the table's; without a warning."""
    shuffled = TABLE.select(["sex", "income", "age"])
    model = wrap(on_frame)
    assert model.features == FEATURES
    assert np.array_equal(model.score(shuffled), model.score(TABLE))


def test_nulls_reach_the_model_as_nan():
    """A null in a numeric column is NaN in the array."""
    model = Deciding(np.array([0, 1]))
    rows = pa.table({"n": pa.array([1, None]), "r": [0.5, 1.0]})
    wrap(model, features=["n", "r"]).decide(rows, None)
    assert model.seen.dtype == np.float64
    assert np.isnan(model.seen[1, 0])


def test_text_reaches_the_model_as_it_is():
    """With a text column the array holds objects, and nulls are None."""
    model = Deciding(np.array([0, 1]))
    rows = pa.table({"n": [1, 2], "t": ["a", None]})
    wrap(model, features=["n", "t"]).decide(rows, None)
    assert model.seen.tolist() == [[1.0, "a"], [2.0, None]]


def test_a_missing_feature_is_named_with_the_nearest(on_arrays):
    """The error names the column and suggests one."""
    model = wrap(on_arrays, features=("age", "incom"))
    with pytest.raises(DataError, match=r"feature column 'incom'.*did you mean 'income'"):
        model.score(TABLE)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.array([0.1, 0.2]), "gave 2 answers for 3 rows"),
        (np.array([0.1, np.nan, 0.3]), r"no probabilities \(1 of 3\); the first is nan in row 1"),
        (np.array([0.1, 0.2, 1.5]), "the first is 1.5 in row 2"),
        (np.array([-0.1, 0.2, 0.5]), "the first is -0.1 in row 0"),
        (np.zeros((3, 4)), r"array of shape \(3, 4\)"),
        (
            ValueError("Input X contains NaN.\nmore"),
            r"failed on 3 rows: ValueError: Input X c.*NaN\.$",
        ),
    ],
)
def test_answers_that_are_no_probabilities_are_refused(answer, message):
    """The first offending row is named; nothing is clipped or filled."""
    model = wrap(Answering(answer), features=["age"])
    with pytest.raises(DataError, match=message):
        model.score(TABLE.slice(0, 3))


def test_rounding_errors_are_forgiven():
    """A probability a rounding error above 1 is 1."""
    model = wrap(Answering(np.array([1 + 1e-12, -1e-12])), features=["age"])
    assert model.score(TABLE.slice(0, 2)).tolist() == [1.0, 0.0]


def test_one_column_of_probabilities_is_enough():
    """predict_proba may answer with the positive class's probability alone."""
    model = wrap(Answering(np.array([0.25, 0.75])), features=["age"])
    assert model.score(TABLE.slice(0, 2)).tolist() == [0.25, 0.75]


def test_a_model_without_probabilities_decides_and_has_no_scores():
    """Decisions are its own; scores are refused, never invented from a margin."""
    model = wrap(LinearSVC().fit(MATRIX, LABEL), features=FEATURES)
    assert not model.has_scores
    assert set(model.decide(TABLE, None).tolist()) == {0, 1}
    with pytest.raises(
        UsageError, match="LinearSVC gives decisions and no probabilities; calibrate"
    ):
        model.score(TABLE)
    with pytest.raises(UsageError, match="no scores, so a rule has none to read"):
        model.with_rule(DecisionRule(threshold=0.3))


@pytest.mark.parametrize(
    ("answer", "positive"), [([True, False], None), (["yes", "no"], "yes"), ([1.0, 0.0], 1)]
)
def test_decisions_are_compared_by_meaning(answer, positive):
    """True, 1 and 1.0 are one class; other classes are compared as text."""
    model = Deciding(np.array(answer))
    if positive == "yes":
        model.classes_ = np.array(["no", "yes"])
    assert wrap(model, features=["age"], positive=positive).decide(
        TABLE.slice(0, 2), None
    ).tolist() == [
        1,
        0,
    ]


def test_a_decision_outside_the_classes_is_refused():
    """The row is named."""
    model = wrap(Deciding(np.array([0, 7])), features=["age"])
    with pytest.raises(
        DataError, match=r"predicted '7' in row 1.*expected one of its classes: 0, 1"
    ):
        model.decide(TABLE.slice(0, 2), None)


def test_positive_may_be_the_label_of_a_model_fitted_on_0_and_1(on_arrays):
    """A model fitted on 0 and 1 made from a text label still has 1 as its positive class."""
    model = wrap(on_arrays, features=FEATURES, positive=">50K")
    assert np.array_equal(model.score(TABLE), on_arrays.predict_proba(MATRIX)[:, 1])


@pytest.mark.parametrize(
    ("model", "given", "message"),
    [
        (object(), {}, "needs predict_proba or predict; found a object"),
        (Deciding([]), {}, "does not tell which columns it was fitted on"),
        (
            LogisticRegression().fit(MATRIX, LABEL),
            {"features": ["age"]},
            "reads 2 features, and 1 are named",
        ),
        (
            LogisticRegression().fit(MATRIX, RNG.integers(0, 3, ROWS)),
            {"features": FEATURES},
            "has 3 classes",
        ),
        (
            LogisticRegression().fit(MATRIX, np.where(LABEL, "yes", "no")),
            {"features": FEATURES, "positive": "ja"},
            "positive='ja' is not a class of LogisticRegression; its classes are no and yes",
        ),
    ],
)
def test_what_is_no_model_is_refused(model, given, message):
    """The message says what was found and what to do."""
    with pytest.raises(UsageError, match=message):
        wrap(model, **given)


def test_other_features_than_the_fitted_ones_are_refused(on_frame):
    """Names that the model was not fitted on cannot be meant."""
    with pytest.raises(UsageError, match="differ in: income, sex"):
        wrap(on_frame, features=["age", "sex"])


def test_a_model_comes_back_as_it_is(on_arrays):
    """Wrapping twice is wrapping once."""
    model = wrap(on_arrays, features=FEATURES)
    assert wrap(model) is model


def test_thresholds_apply_by_group(on_arrays):
    """Each row is decided by its group's threshold; unlisted ones by the overall one."""
    rule = DecisionRule(threshold=0.5, attribute="sex", thresholds={"Female": 0.2})
    model = wrap(on_arrays, features=FEATURES, rule=rule)
    scores = model.score(TABLE)
    women = np.asarray(TABLE["sex"].to_pylist()) == "Female"
    expected = scores >= np.where(women, 0.2, 0.5)
    assert np.array_equal(model.decide(TABLE, scores).astype(bool), expected)


def test_thresholds_apply_by_intersection():
    """A rule over two columns reads both; a null is a group of its own."""
    rows = pa.table({"a": ["x", None, "x"], "b": [1, 1, 2], "age": [1, 2, 3]})
    rule = DecisionRule(attribute="a, b", thresholds={"x, 1": 0.9, "(missing), 1": 0.1})
    model = wrap(Answering(np.full(3, 0.5)), features=["age"], rule=rule)
    assert model.decide(rows, model.score(rows)).tolist() == [0, 1, 1]


def test_a_rule_needs_its_column(on_arrays):
    """Without the column nothing is decided."""
    rule = DecisionRule(attribute="sex", thresholds={"Female": 0.2})
    model = wrap(on_arrays, features=FEATURES, rule=rule)
    with pytest.raises(DataError, match="protected column 'sex' is not in the table"):
        model.decide(TABLE.drop_columns(["sex"]), model.score(TABLE))


@pytest.fixture(scope="module")
def boosted():
    """A gradient-boosting model with categories, and a rule by group."""
    estimator = HistGradientBoostingClassifier(max_iter=5, categorical_features=[0], random_state=0)
    codes = np.column_stack([MATRIX[:, 0] // 10, MATRIX[:, 1]])
    rule = DecisionRule(threshold=0.4, attribute="sex", thresholds={"Female": 0.3})
    return wrap(estimator.fit(codes, LABEL), features=FEATURES, rule=rule)


def test_a_saved_model_is_the_same_model(boosted, tmp_path):
    """Scores, decisions, features and rule survive; the manifest names both files."""
    entries = save_model(boosted, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert [entry.path for entry in entries] == ["model.json", "model.skops"]
    assert (loaded.features, loaded.rule) == (boosted.features, boosted.rule)
    scores = boosted.score(TABLE)
    assert np.array_equal(loaded.score(TABLE), scores)
    assert np.array_equal(loaded.decide(TABLE, scores), boosted.decide(TABLE, scores))


def test_the_same_model_has_the_same_bytes(boosted):
    """Files do not depend on memory addresses or the time, so equal models have equal digests."""
    files = model_files(boosted)
    assert model_files(boosted) == files
    assert model_files(model_from_files(files)) == files


def test_another_process_writes_the_same_bytes():
    """Training with one seed gives one digest, in any process."""
    program = (
        "import hashlib, numpy as np\n"
        "from sklearn.ensemble import RandomForestClassifier as Forest\n"
        "from roadworthy.adapters.skops import to_skops\n"
        "x = np.random.default_rng(1).normal(size=(50, 2))\n"
        "fitted = Forest(3, random_state=0).fit(x, x[:, 0] > 0)\n"
        "print(hashlib.sha256(to_skops(fitted)).hexdigest())\n"
    )
    command = [sys.executable, "-c", program]
    found = {subprocess.run(command, capture_output=True, check=True).stdout for _ in range(2)}
    assert len(found) == 1


def _version(files):
    return describe_model("m", files, features=FEATURES, rule=DecisionRule(), at=AT)


def test_a_loaded_model_is_the_recorded_one(boosted):
    """With its version, a model loads only from the recorded bytes; the changed file is named."""
    files = model_files(boosted)
    version = _version(files)
    assert model_from_files(files, version).features == FEATURES
    sheet = json.loads(files["model.json"]) | {"rule": {"threshold": 0.9}}
    changed = files | {"model.json": json.dumps(sheet).encode()}
    with pytest.raises(TrustError, match=r"'m': model.json was changed; found sha256:.*expected"):
        model_from_files(changed, version)
    with pytest.raises(TrustError, match=r"'m': the file model.skops is missing"):
        model_from_files({"model.json": files["model.json"]}, version)


def test_a_folder_without_a_model_is_told(tmp_path):
    """An empty folder holds no model; a pickle in it is refused."""
    with pytest.raises(DataError, match=r"holds no model: there is no model.skops"):
        load_model(tmp_path)
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04N.")
    with pytest.raises(TrustError, match=r"holds a pickle \(model.pkl\)"):
        load_model(tmp_path)


def test_a_damaged_sheet_is_refused(boosted):
    """A sheet that is not JSON, or lacks a field, describes no model."""
    files = model_files(boosted)
    for sheet in (b"{", b"{}"):
        with pytest.raises(TrustError, match=r"model.json does not describe a model"):
            model_from_files(files | {"model.json": sheet})


def test_a_sheet_that_never_ends_is_refused(boosted):
    """Lists a hundred thousand deep are no description."""
    files = {**model_files(boosted), "model.json": b"[" * 100_000}
    with pytest.raises(TrustError, match=r"model\.json does not describe a model"):
        model_from_files(files)


def test_an_artefact_that_predicts_nothing_is_refused(boosted):
    """Known types are not enough: a dictionary is harmless, and no model."""
    files = {**model_files(boosted), "model.skops": to_skops({"a": 1})}
    with pytest.raises(TrustError, match=r"model\.skops holds a dict, which predicts nothing"):
        model_from_files(files)


def test_only_wrapped_models_are_saved():
    """An object of another kind has no files."""
    with pytest.raises(UsageError, match="only a model made by wrap can be saved"):
        model_files(object())
