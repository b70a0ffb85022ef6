"""Tests of models that decide between several classes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier

import roadworthy as rw
from roadworthy.adapters.classifier import wrap_classifier
from roadworthy.errors import DataError, UsageError

ROWS = 90
DRAW = np.random.default_rng(2)
INPUT = DRAW.normal(size=(ROWS, 2))
LABEL = np.array(["ant", "bee", "cow"])[np.digitize(INPUT[:, 0], [-0.5, 0.5])]
TABLE = pa.table({"a": INPUT[:, 0], "b": INPUT[:, 1], "y": LABEL.tolist()})
FITTED = LogisticRegression().fit(INPUT, LABEL)


class Odd:
    """A model whose answers are wrong in the way it was told."""

    classes_ = np.array(["ant", "bee", "cow"])

    def __init__(self, chance: object = None, said: object = None) -> None:
        self.chance, self.said = chance, said

    def predict_proba(self, _rows: object) -> object:
        """What it was told to answer."""
        return self.chance

    def predict(self, _rows: object) -> object:
        """What it was told to answer."""
        return self.said


def test_a_model_is_assessed_by_its_probabilities() -> None:
    """Its classes, decisions and probabilities are its own; the label gives the truth."""
    found = rw.assess(TABLE, label="y", model=FITTED, features=["a", "b"], checks=["performance"])
    assert found.record.roles.classes == ("ant", "bee", "cow")
    values = {(item.measure, str(item.slice)): item.outcome for item in found.record.evidence}
    assert values["accuracy", "all"].value == pytest.approx(FITTED.score(INPUT, LABEL))
    assert values["roc-auc", "class=bee"].value > 0.5


def test_a_model_without_probabilities_is_assessed_by_its_decisions() -> None:
    """What needs probabilities says that there are none."""
    model = RidgeClassifier().fit(INPUT, LABEL)
    found = rw.assess(TABLE, label="y", model=model, features=["a", "b"], checks=["performance"])
    values = {(item.measure, str(item.slice)): item.outcome for item in found.record.evidence}
    assert values["accuracy", "all"].value == pytest.approx(model.score(INPUT, LABEL))
    assert "no columns of class probabilities" in values["log-loss", "all"].reason


def test_answers_that_are_no_probabilities_are_refused() -> None:
    """The wrong shape and numbers above 1 are named, with the first row."""
    short = wrap_classifier(Odd(np.ones((ROWS, 2))), features=["a", "b"])
    with pytest.raises(DataError, match=r"shape \(90, 2\) for 90 rows; expected \(90, 3\)"):
        short.probabilities(TABLE)
    high = wrap_classifier(Odd(np.full((ROWS, 3), 1.5)), features=["a", "b"])
    with pytest.raises(DataError, match=r"no probabilities .90 of 90 rows.*in row 0"):
        high.probabilities(TABLE)
    with pytest.raises(UsageError, match="no single score"):
        high.score(TABLE)


def test_predictions_of_no_class_are_refused() -> None:
    """A class that the model does not list, and too few answers."""
    strange = wrap_classifier(Odd(said=np.array(["ant"] * 89 + ["emu"])), features=["a", "b"])
    with pytest.raises(DataError, match=r"predicted 'emu' in row 89.*expected one of its classes"):
        strange.decide(TABLE)
    with pytest.raises(UsageError, match="reads no scores"):
        strange.decide(TABLE, np.zeros(ROWS))
    with pytest.raises(DataError, match="1 answers for 90 rows"):
        wrap_classifier(Odd(said=np.array(["ant"])), features=["a", "b"]).decide(TABLE)


def test_what_names_no_classes_is_refused() -> None:
    """An object that predicts nothing, or does not tell its classes."""
    with pytest.raises(UsageError, match="needs predict; found a object"):
        wrap_classifier(object())
    model = Odd()
    model.classes_ = None  # type: ignore[assignment]
    with pytest.raises(UsageError, match="does not tell its classes in one list"):
        wrap_classifier(model)
    assert wrap_classifier(wrap_classifier(FITTED, features=["a", "b"])).classes[0] == "ant"


def test_no_model_is_asked_about_several_labels() -> None:
    """The answers must be columns."""
    with pytest.raises(UsageError, match="no model is asked about a multilabel system"):
        rw.assess(TABLE, labels=["y"], model=FITTED, task="multilabel")
