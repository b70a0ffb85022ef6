"""Objects that predict numbers, as models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import roadworthy as rw
from roadworthy.adapters.regressor import wrap_regressor
from roadworthy.errors import DataError, UsageError
from roadworthy.records.evidence import Measured

ROWS = pd.DataFrame({"x": np.arange(40.0), "z": np.arange(40.0) % 3})
LABEL = 3 * ROWS.x + ROWS.z


class Fixed:
    """Predicts what it was told."""

    n_features_in_ = 1

    def __init__(self, answer):
        self.answer = answer

    def predict(self, rows):  # noqa: ARG002 - it answers what it was told
        """The answer, whatever the rows."""
        return self.answer


def test_a_regressor_is_assessed_on_a_table():
    """Its predictions are made, measured and recorded under its name."""
    model = LinearRegression().fit(ROWS, LABEL)
    table = pa.Table.from_pandas(ROWS.assign(y=LABEL + 1), preserve_index=False)
    found = rw.assess(table, task="regression", label="y", model=model)
    outcome = found.find("mean-error").outcome
    assert isinstance(outcome, Measured)
    assert outcome.value == pytest.approx(-1)
    assert "LinearRegression" in found.record.model_name


def test_a_wrapped_regressor_stays_what_it_is():
    """Wrapping twice changes nothing; columns of one number a row are fine."""
    once = wrap_regressor(Fixed(np.array([[1.0], [2.0]])), features=["x"])
    assert wrap_regressor(once) is once
    assert once.decide(pa.table({"x": [0, 0]}), None).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.array(["a", "b"]), "expected one number a row"),
        (np.array([[1.0, 2.0]]), r"shape \(1, 2\) for 2 rows"),
        (np.array([1.0]), "gave 1 answers for 2 rows"),
        (np.array([1.0, np.nan]), r"predicted nan in row 1 \(counting from 0\)"),
    ],
)
def test_answers_are_checked(answer, message):
    """Whatever is no finite number for each row is refused."""
    model = wrap_regressor(Fixed(answer), features=["x"])
    with pytest.raises(DataError, match=message):
        model.decide(pa.table({"x": [0, 0]}), None)


def test_what_predicts_no_numbers_is_refused():
    """Classifiers decide between classes, and some objects predict nothing."""
    with pytest.raises(UsageError, match="LogisticRegression decides between classes"):
        wrap_regressor(LogisticRegression().fit(ROWS, ROWS.x > 20))
    with pytest.raises(UsageError, match="a regressor needs predict; found a str"):
        wrap_regressor("model")


def test_a_regressor_gives_and_reads_no_scores():
    """Probabilities are those of classifiers."""
    model = wrap_regressor(Fixed(np.array([1.0])), features=["x"])
    rows = pa.table({"x": [0]})
    with pytest.raises(UsageError, match="gives no probabilities"):
        model.score(rows)
    with pytest.raises(UsageError, match="reads no scores"):
        model.decide(rows, np.array([0.5]))
