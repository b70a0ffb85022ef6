"""Fitting again: the same settings, other weights, nothing carried over."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from roadworthy.adapters.models import wrap
from roadworthy.adapters.sklearn import trainer_for
from roadworthy.errors import UsageError
from roadworthy.records.versions import DecisionRule

RNG = np.random.default_rng(0)
X = RNG.normal(size=(150, 2))
Y = (X[:, 0] + RNG.normal(size=150) > 0).astype(np.int8)
WEIGHTS = RNG.uniform(0.1, 3, 150)
ROWS = pa.table({"a": X[:, 0], "b": X[:, 1]})


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_a_refit_is_a_fresh_fit(weights):
    """Scores are those of a new estimator with the same settings and these weights."""
    rule = DecisionRule(threshold=0.3)
    base = wrap(LogisticRegression(C=0.5).fit(-X, Y), features=["a", "b"], rule=rule)
    refitted = trainer_for(base).refit(ROWS, Y, weights)
    expected = LogisticRegression(C=0.5).fit(X, Y, sample_weight=weights)
    assert np.array_equal(refitted.score(ROWS), expected.predict_proba(X)[:, 1])
    assert (refitted.features, refitted.rule) == (("a", "b"), rule)


def test_a_pipeline_hands_weights_to_its_last_step():
    """The scaler is fitted without weights, the classifier with them."""
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    base = wrap(pipeline.fit(X, Y), features=["a", "b"])
    refitted = trainer_for(base).refit(ROWS, Y, WEIGHTS)
    expected = make_pipeline(StandardScaler(), LogisticRegression()).fit(
        X, Y, logisticregression__sample_weight=WEIGHTS
    )
    assert np.allclose(refitted.score(ROWS), expected.predict_proba(X)[:, 1])


def test_a_model_with_names_is_refitted_on_a_frame():
    """It keeps its feature names, so no warning follows."""
    base = wrap(LogisticRegression().fit(pd.DataFrame(X, columns=["a", "b"]), Y))
    refitted = trainer_for(base).refit(ROWS, Y, None)
    assert refitted.estimator.feature_names_in_.tolist() == ["a", "b"]


def test_text_classes_become_0_and_1():
    """The label of a refit is 0 or 1, and 1 is positive."""
    base = wrap(LogisticRegression().fit(X, np.where(Y, "bad", "good")), features=["a", "b"])
    assert base.positive == "good"
    refitted = trainer_for(base).refit(ROWS, Y, None)
    assert refitted.positive == "1"


def test_what_takes_no_weights_is_refused():
    """Nearest neighbours cannot weigh rows."""
    base = wrap(KNeighborsClassifier().fit(X, Y), features=["a", "b"])
    with pytest.raises(UsageError, match=r"KNeighborsClassifier.fit takes no sample_weight"):
        trainer_for(base).refit(ROWS, Y, WEIGHTS)


def test_what_is_no_estimator_is_refused():
    """An object that merely predicts cannot be fitted again."""

    class Fixed:
        """Always the same answer."""

        def predict_proba(self, inputs):
            """One half."""
            return np.full(len(inputs), 0.5)

    with pytest.raises(UsageError, match="cannot be fitted again"):
        trainer_for(wrap(Fixed(), features=["a"]))
