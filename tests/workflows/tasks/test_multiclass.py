"""Tests of multi-class systems, against scikit-learn and Fairlearn."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from roadworthy.errors import DataError, UsageError
from roadworthy.records.versions import Task

CLASSES = ("bird", "cat", "dog")
PILLARS = ("performance", "fairness")


def simulated(rows: int, seed: int, *, weighted: bool = False, absent: bool = True) -> dict:
    """Labels, probabilities and groups; some labels and some probabilities are missing."""
    draw = np.random.default_rng(seed)
    label = draw.choice(len(CLASSES), rows, p=[0.2, 0.3, 0.5])
    sex = draw.choice(["F", "M"], rows)
    logit = draw.normal(size=(rows, len(CLASSES)))
    logit[np.arange(rows), label] += np.where(sex == "F", 0.8, 1.6)
    chance = np.exp(logit) / np.exp(logit).sum(axis=1, keepdims=True)
    names = [CLASSES[code] for code in label]
    columns: dict = {"y": names, "sex": sex.tolist()}
    columns |= {f"p_{name}": chance[:, k].tolist() for k, name in enumerate(CLASSES)}
    if weighted:
        columns["w"] = draw.integers(1, 5, rows).astype(float).tolist()
    if absent:
        columns["y"][0] = None
        columns["p_cat"][1] = None
        columns["p_dog"][2] = float("nan")
    return columns


def known_rows(columns: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities, weights and groups of the rows where all are known."""
    chance = np.array([columns[f"p_{name}"] for name in CLASSES], dtype=float).T
    kept = np.isfinite(chance).all(axis=1) & np.array([y is not None for y in columns["y"]])
    weight = np.array(columns.get("w", [1.0] * len(kept)))
    label = np.array([CLASSES.index(y) if y else -1 for y in columns["y"]])
    return label[kept], chance[kept], weight[kept], np.array(columns["sex"])[kept]


ROLES = {
    "label": "y",
    "scores": {name: f"p_{name}" for name in CLASSES},
    "protected": ("sex",),
    "task": Task.MULTICLASS,
}


@pytest.mark.parametrize("weighted", [False, True])
def test_the_whole_is_measured_as_scikit_learn_does(assessed, weighted) -> None:
    """Decisions and probabilities of all classes at once, with missing values and weights."""
    columns = simulated(600, 1, weighted=weighted)
    found = assessed(columns, PILLARS, **ROLES, weight="w" if weighted else None)
    y, p, w, _ = known_rows(columns)
    said = p.argmax(axis=1)
    expected = {
        "accuracy": metrics.accuracy_score(y, said, sample_weight=w),
        "balanced-accuracy": metrics.balanced_accuracy_score(y, said, sample_weight=w),
        "macro-precision": metrics.precision_score(y, said, average="macro", sample_weight=w),
        "weighted-precision": metrics.precision_score(y, said, average="weighted", sample_weight=w),
        "macro-f1": metrics.f1_score(y, said, average="macro", sample_weight=w),
        "weighted-f1": metrics.f1_score(y, said, average="weighted", sample_weight=w),
        "cohen-kappa": metrics.cohen_kappa_score(y, said, sample_weight=w),
        "matthews-correlation": metrics.matthews_corrcoef(y, said, sample_weight=w),
        "top-2-accuracy": metrics.top_k_accuracy_score(y, p, k=2, sample_weight=w),
        "macro-roc-auc": metrics.roc_auc_score(y, p, multi_class="ovr", sample_weight=w),
        "weighted-roc-auc": metrics.roc_auc_score(
            y, p, multi_class="ovr", average="weighted", sample_weight=w
        ),
        "log-loss": metrics.log_loss(y, p, sample_weight=w),
        "multiclass-brier-score": np.average(((p - np.eye(3)[y]) ** 2).sum(axis=1), weights=w),
    }
    for measure, value in expected.items():
        assert found.value(measure) == pytest.approx(value, abs=1e-4), measure


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000), weighted=st.booleans())
def test_each_class_is_measured_against_the_rest(assessed, seed, weighted) -> None:
    """Each class and group: scikit-learn's report and Fairlearn's differences, class by class."""
    columns = simulated(300, seed, weighted=weighted)
    checks = ("classification", "scoring", "parity", "class-parity")
    found = assessed(columns, checks, **ROLES, weight="w" if weighted else None)
    y, p, w, sex = known_rows(columns)
    said = p.argmax(axis=1)
    worst = 0.0
    for k, name in enumerate(CLASSES):
        where = f"class={name}"
        true, chosen = y == k, said == k
        assert found.value("recall", where) == pytest.approx(
            metrics.recall_score(true, chosen, sample_weight=w)
        )
        assert found.value("precision", where) == pytest.approx(
            metrics.precision_score(true, chosen, sample_weight=w)
        )
        assert found.value("f1", where) == pytest.approx(
            metrics.f1_score(true, chosen, sample_weight=w)
        )
        assert found.value("brier-score", where) == pytest.approx(
            metrics.brier_score_loss(true, p[:, k], sample_weight=w), abs=1e-8
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Fairlearn's own use of pandas
            frame = MetricFrame(
                metrics=metrics.recall_score,
                y_true=true,
                y_pred=chosen,
                sensitive_features=sex,
                sample_params={"sample_weight": w},
            )
        assert found.value("recall", f"{where}, sex=F") == pytest.approx(frame.by_group["F"])
        gap = found.value("equal-opportunity-difference", f"{where}, sex")
        assert gap == pytest.approx(frame.difference())
        worst = max(worst, gap)
    assert found.value("equal-opportunity-difference", "sex") == pytest.approx(worst)


def test_the_worst_class_and_the_worst_confusion_are_named(assessed) -> None:
    """A comparison across groups speaks of the class where it is worst, and says which."""
    columns = {
        "y": ["a", "b", "c"] * 20,
        "d": ["a", "b", "c"] * 10 + ["a", "c", "c"] * 10,
        "g": ["x"] * 30 + ["z"] * 30,
    }
    found = assessed(
        columns,
        PILLARS,
        label="y",
        prediction="d",
        protected=("g",),
        task=Task.MULTICLASS,
    )
    assert found.value("equal-opportunity-difference", "g") == 1
    evidence = found.evidence["equal-opportunity-difference", "g"]
    assert evidence.parameters["worst_class"] == "b"
    assert evidence.parameters["worst_group"] == "g=z"
    confusion = found.evidence["confusion-rate-difference", "g"]
    assert confusion.parameters["confusion"] == "b taken for c"
    assert found.reason("macro-roc-auc") == "no columns of class probabilities were given"


def test_a_class_that_is_absent_from_a_group_is_never_0(assessed) -> None:
    """Its recall there is unmeasured, and so are averages and comparisons that need it."""
    columns = {
        "y": ["a", "b", "c", "a", "b", "a"],
        "d": ["a", "b", "c", "a", "b", "b"],
        "g": ["x", "x", "x", "z", "z", "z"],
    }
    found = assessed(
        columns, PILLARS, label="y", prediction="d", protected=("g",), task=Task.MULTICLASS
    )
    assert "no row" in found.reason("recall", "class=c, g=z")
    assert "a class" in found.reason("balanced-accuracy", "g=z")
    assert "class=c" in found.reason("equal-opportunity-difference", "g")
    assert found.value("accuracy", "g=z") == pytest.approx(2 / 3)


def test_the_roster_knows_every_class_of_every_group(assessed) -> None:
    """A class that a group lacks is on the roster with 0 rows; classes of predictions count too."""
    columns = {"y": [2, 10, 2, 10], "d": [2, 10, 3, 3], "g": ["x", "x", "z", "z"]}
    found = assessed(
        columns, PILLARS, label="y", prediction="d", protected=("g",), task=Task.MULTICLASS
    )
    sizes = {str(entry.slice): entry.rows for entry in found.record.roster}
    assert found.record.roles.classes == ("2", "3", "10"), "numbers in ascending order"
    assert (sizes["class=10"], sizes["class=3"], sizes["class=2, g=z"]) == (2, 0, 1)
    assert found.value("rows") == 4
    assert not any("_roadworthy" in where for where in sizes)


def test_listed_scores_are_told_apart_by_their_names(assessed) -> None:
    """`p_cat` is the probability of cat; classes that never occur find their column too."""
    columns = simulated(50, 3)
    columns["y"] = ["cat" if y == "bird" else y for y in columns["y"]]
    listed = [f"p_{name}" for name in CLASSES]
    found = assessed(
        columns,
        ("scoring",),
        label="y",
        scores={name: name for name in listed},
        task=Task.MULTICLASS,
    )
    assert found.record.roles.scores == {name: f"p_{name}" for name in CLASSES}
    assert "both classes" in found.reason("roc-auc", "class=bird")


@pytest.mark.parametrize(
    ("change", "roles", "error", "message"),
    [
        ({}, {"score": "p_cat"}, UsageError, r"give scores=\{class: column\} instead"),
        ({}, {"scores": {"cat": "p_cat"}}, UsageError, "at least two classes"),
        (
            {},
            {"scores": {"cat": "p_cat", "dog": "p_dog"}},
            DataError,
            "none of the classes: 'bird'",
        ),
        ({"p_cat": [0.9] * 50}, {}, DataError, r"should add up to 1; in \d\d rows they do not"),
        ({"p_cat": [1.9] * 50}, {}, DataError, "'p_cat' has 50 values outside"),
        ({"y": [f"c{i % 101}" for i in range(50)] * 1}, {}, DataError, "none of the classes"),
        ({"y": ["cat"] * 50}, {"scores": {}}, DataError, "has one class, 'cat'"),
        ({"y": [None] * 50}, {}, DataError, "'y' has no values|of type other"),
        ({}, {"protected": ("class",)}, UsageError, "'class' cannot be a protected column"),
        ({}, {"label": None, "scores": {}}, UsageError, "needs a label, a prediction or scores"),
    ],
)
def test_what_fits_no_classes_is_refused(assessed, change, roles, error, message) -> None:
    """Each message says what was found and what to do."""
    columns = simulated(50, 3, absent=False) | {"class": ["a"] * 50} | change
    with pytest.raises(error, match=message):
        assessed(columns, PILLARS, **(ROLES | roles))


def test_too_many_classes_are_refused(assessed) -> None:
    """A column of 150 different texts holds no classes."""
    with pytest.raises(DataError, match=r"150 values.*at most 100 classes"):
        assessed({"y": [f"c{i}" for i in range(150)]}, label="y", task=Task.MULTICLASS)
