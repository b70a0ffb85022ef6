"""What rows add to a measure agrees with scikit-learn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn import metrics

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.row_losses import Answers, choose_measure, row_losses
from roadworthy.errors import DataError, UsageError

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 2, 500)
P = np.clip(0.5 * Y + 0.6 * RNG.random(500) - 0.05, 0.01, 0.99)
D = (P >= 0.5).astype(int)
X = RNG.normal(size=500)
ROWS = pa.table({"y": Y, "p": P, "d": D, "x": X, "guess": X + 0.3, "word": np.where(Y, "b", "a")})
TABLE = DuckDBEngine().open(ROWS, name="rows")


def mean(measure: str, **columns: str) -> float:
    """The mean loss of the rows that the measure speaks of."""
    found = row_losses(TABLE, ROWS, measure, Answers(**columns))
    return float(found.loss[found.eligible].mean())


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("error-rate", 1 - metrics.accuracy_score(Y, D)),
        ("false-negative-rate", 1 - metrics.recall_score(Y, D)),
        ("false-positive-rate", 1 - metrics.recall_score(Y, D, pos_label=0)),
        ("false-discovery-rate", 1 - metrics.precision_score(Y, D)),
        ("false-omission-rate", 1 - metrics.precision_score(Y, D, pos_label=0)),
        ("rejection-rate", 1 - D.mean()),
        ("log-loss", metrics.log_loss(Y, P)),
        ("brier-score", metrics.brier_score_loss(Y, P)),
    ],
)
def test_measures_of_classes_are_scikit_learns(measure, expected):
    """By decisions and by scores at the threshold."""
    assert mean(measure, label="y", score="p") == pytest.approx(expected)
    if measure not in {"log-loss", "brier-score"}:
        assert mean(measure, label="y", prediction="d") == pytest.approx(expected)


def test_errors_of_numbers_are_scikit_learns():
    """Absolute and squared."""
    columns = {"label": "x", "prediction": "guess"}
    absolute = metrics.mean_absolute_error(X, X + 0.3)
    assert mean("absolute-error", **columns) == pytest.approx(absolute)
    squared = metrics.mean_squared_error(X, X + 0.3)
    assert mean("squared-error", **columns) == pytest.approx(squared)


def test_the_measure_suits_the_label():
    """A number with many values is predicted as one."""
    assert choose_measure(TABLE, ROWS, Answers(label="x", prediction="guess")) == "absolute-error"
    assert choose_measure(TABLE, ROWS, Answers(label="y", prediction="d")) == "error-rate"
    with pytest.raises(UsageError, match="measure='rejection-rate'"):
        choose_measure(TABLE, ROWS, Answers(prediction="d"))


def test_what_is_missing_is_not_wrong():
    """A row without a label or an answer is left out; several classes may be compared."""
    rows = pa.table({"y": ["a", "b", "c", None, "a"], "d": ["a", "c", "c", "a", None]})
    table = DuckDBEngine().open(rows, name="rows")
    found = row_losses(table, rows, "error-rate", Answers(label="y", prediction="d"))
    assert found.eligible.tolist() == [True, True, True, False, False]
    assert found.loss.tolist() == [0, 1, 0, 0, 0]


def test_measures_that_are_not_searched_name_the_one_that_is():
    """A high measure is the bad side."""
    with pytest.raises(UsageError, match="for recall, ask for measure='false-negative-rate'"):
        mean("recall", label="y", prediction="d")
    with pytest.raises(UsageError, match="did you mean 'error-rate'"):
        mean("eror-rate", label="y", prediction="d")


def test_columns_that_do_not_fit_are_refused():
    """The message says what was found."""
    with pytest.raises(DataError, match="expected numbers"):
        mean("absolute-error", label="word", prediction="guess")
    with pytest.raises(DataError, match="outside"):
        mean("log-loss", label="y", score="x")
    with pytest.raises(UsageError, match="needs the label"):
        mean("false-negative-rate", prediction="d")
