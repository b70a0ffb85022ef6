"""`PythonModel`: a Python object that predicts, handed what it wants, its answers checked.

It is handed the columns it was fitted on: a data frame if it knows their names, an array otherwise.
What it answers is checked before anybody counts it: one probability for each row, finite, from 0 to
1.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.adapters.threads import one_thread
from roadworthy.data.row_groups import group_names
from roadworthy.data.values import value_text
from roadworthy.errors import DataError, HostError, UsageError
from roadworthy.records.versions import DecisionRule
from roadworthy.stats.classes import same_class

ROUNDING = 1e-9
"""A probability this far outside [0, 1] is a rounding error, and is moved to the edge."""

FEW = 50_000
"""Up to this many rows are scored on one thread."""

_MATRIX = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class PythonModel:
    """A `Model` made of a Python object that predicts.

    Attributes:
        estimator: the object itself.
        features: the columns it reads, in the order it wants them.
        rule: how scores become decisions.
        positive: the class, among `classes`, whose probability is the score.
        classes: the two classes, in the order of the columns of `predict_proba`.
        has_scores: whether it gives probabilities.
        named: whether it was fitted on a frame with column names.
    """

    estimator: Any
    features: tuple[str, ...]
    rule: DecisionRule = field(default_factory=DecisionRule)
    positive: str = "1"
    classes: tuple[str, ...] = ("0", "1")
    has_scores: bool = True
    named: bool = False

    def score(self, rows: pa.Table) -> NDArray[np.float64]:
        """Probability of the positive class, shape (rows,), in [0, 1].

        Raises:
            DataError: a feature is missing, the model fails on these rows, or an answer is not a
                probability; the message names the first offending row.
            UsageError: the model gives no probabilities.
        """
        if not self.has_scores:
            raise UsageError(
                f"{name_of(self.estimator)} gives decisions and no probabilities; calibrate it "
                f"(CalibratedClassifierCV in scikit-learn) to have scores"
            )
        answer = np.asarray(self._ask("predict_proba", rows))
        if answer.ndim == _MATRIX and answer.shape[1] == len(self.classes):
            answer = answer[:, self.classes.index(self.positive)]
        return _checked_scores(answer, rows.num_rows, name_of(self.estimator))

    def decide(self, rows: pa.Table, scores: NDArray[np.float64] | None) -> NDArray[np.int8]:
        """Decisions, 0 or 1: score >= threshold of the row's group, or the model's own prediction.

        Raises:
            DataError: the rule reads a column that the rows lack.
        """
        if scores is None:
            answer = np.asarray(self._ask("predict", rows)).reshape(-1)
            check_length(answer, rows.num_rows, name_of(self.estimator))
            return _decisions(answer, self.positive, self.classes, name_of(self.estimator))
        return (scores >= thresholds_of(rows, self.rule)).astype(np.int8)

    def with_rule(self, rule: DecisionRule) -> PythonModel:
        """The same scores, another rule.

        Raises:
            UsageError: the model gives no scores for a rule to read.
        """
        if not self.has_scores:
            raise UsageError(
                f"{name_of(self.estimator)} gives no scores, so a rule has none to read"
            )
        return replace(self, rule=rule)

    def _ask(self, method: str, rows: pa.Table) -> Any:
        return ask(self.estimator, method, rows, self.features, named=self.named)


def ask(
    estimator: Any, method: str, rows: pa.Table, features: Sequence[str], *, named: bool
) -> Any:
    """What a method of the object answers about rows, fed as it wants them.

    Raises:
        DataError: a feature is missing, or the object fails on these rows.
    """
    inputs = select_features(rows, features)
    fed = as_frame(inputs) if named else as_array(inputs)
    few = rows.num_rows <= FEW
    try:
        with one_thread() if few else nullcontext():
            return getattr(estimator, method)(fed)
    except Exception as error:
        raise DataError(
            f"{name_of(estimator)}.{method} failed on {rows.num_rows} rows: "
            f"{type(error).__name__}: {_first_line(error)}"
        ) from error


def thresholds_of(rows: pa.Table, rule: DecisionRule) -> NDArray[np.float64]:
    """The threshold that applies to each row.

    Raises:
        DataError: the rule reads a column that the rows lack.
    """
    if not rule.attributes:
        return np.full(rows.num_rows, rule.threshold)
    groups = group_names(rows, rule.attributes)
    return np.array([rule.thresholds.get(name, rule.threshold) for name in groups], dtype=float)


# --- feeding -------------------------------------------------------------------------------------


def select_features(rows: pa.Table, features: Sequence[str]) -> pa.Table:
    """The feature columns, in the model's order.

    Raises:
        DataError: one is missing; the message suggests the nearest name.
    """
    for name in features:
        if name not in rows.column_names:
            raise DataError.from_missing_column(name, rows.column_names, role="feature")
    return rows.select(list(features))


def as_frame(inputs: pa.Table) -> Any:
    """The columns as a pandas frame, for a model that was fitted on one.

    Raises:
        HostError: pandas is not installed.
    """
    try:
        import pandas  # noqa: F401, ICN001 - to say what is missing
    except ImportError as error:
        raise HostError(
            "this model was fitted on a data frame and wants one: pip install pandas"
        ) from error
    return inputs.to_pandas()


def as_array(inputs: pa.Table) -> NDArray[Any]:
    """The columns as an array: float64 with NaN for nulls if all are numbers, objects otherwise."""
    columns = [_column(inputs.column(i)) for i in range(inputs.num_columns)]
    numeric = all(column.dtype == np.float64 for column in columns)
    filled = np.empty((inputs.num_rows, len(columns)), dtype=np.float64 if numeric else object)
    for position, column in enumerate(columns):
        filled[:, position] = column
    return filled


def _column(column: pa.ChunkedArray[Any]) -> NDArray[Any]:
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    if pa.types.is_decimal(kind):
        return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    return np.array(column.to_pylist(), dtype=object)


# --- checking ------------------------------------------------------------------------------------


def _checked_scores(answer: NDArray[Any], rows: int, name: str) -> NDArray[np.float64]:
    if answer.ndim != 1:
        raise DataError(
            f"{name}.predict_proba answered an array of shape {answer.shape} for {rows} rows; "
            f"expected ({rows}, 2) or ({rows},)"
        )
    check_length(answer, rows, name)
    scores = answer.astype(np.float64)
    bad = ~np.isfinite(scores) | (scores < -ROUNDING) | (scores > 1 + ROUNDING)
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise DataError(
            f"{name} gave scores that are no probabilities ({int(bad.sum())} of {rows}); "
            f"the first is {scores[first]:g} in row {first} (counting from 0); "
            f"expected a number from 0 to 1"
        )
    return np.clip(scores, 0.0, 1.0)


def check_length(answer: NDArray[Any], rows: int, name: str) -> None:
    """Refuse answers that are not one a row.

    Raises:
        DataError: there are more or fewer.
    """
    if len(answer) != rows:
        raise DataError(f"{name} gave {len(answer)} answers for {rows} rows; expected one a row")


def _decisions(
    answer: NDArray[Any], positive: str, classes: tuple[str, ...], name: str
) -> NDArray[np.int8]:
    texts = np.array([value_text(value) for value in answer.tolist()], dtype=object)
    decisions = np.array([same_class(text, positive) for text in texts], dtype=np.int8)
    known = np.array([any(same_class(text, c) for c in classes) for text in texts], dtype=bool)
    if not known.all():
        first = int(np.flatnonzero(~known)[0])
        raise DataError(
            f"{name} predicted {texts[first]!r} in row {first} (counting from 0); "
            f"expected one of its classes: {', '.join(classes)}"
        )
    return decisions


def name_of(model: object) -> str:
    """What errors call a model: its class."""
    return type(model).__name__


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "no message")
