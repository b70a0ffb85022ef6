"""What each row adds to a measure: an error or none, or how far off the answer is.

A measure speaks of some rows only: a false negative rate of those with a positive label. A row
whose label or answer is missing is never counted as wrong; it is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from roadworthy.data.classes import binary_classes
from roadworthy.data.engine import Table
from roadworthy.data.kinds import CODES
from roadworthy.data.profile import NUMBERS
from roadworthy.data.row_groups import column_text
from roadworthy.errors import DataError, UsageError
from roadworthy.records.slices import MISSING
from roadworthy.stats.classes import class_of, encode_classes
from roadworthy.stats.intervals import Floats
from roadworthy.stats.losses import CLIP

ERROR_RATE, REJECTION_RATE = "error-rate", "rejection-rate"
ABSOLUTE_ERROR, SQUARED_ERROR = "absolute-error", "squared-error"
BRIER_SCORE, LOG_LOSS = "brier-score", "log-loss"

RATES = {
    "false-negative-rate": ("label", 1, 0),
    "false-positive-rate": ("label", 0, 1),
    "false-discovery-rate": ("prediction", 1, 0),
    "false-omission-rate": ("prediction", 0, 1),
}
"""Rates of errors: whose class is fixed, to what, and the class of the other that is wrong."""

MEASURES = (
    ERROR_RATE,
    *RATES,
    REJECTION_RATE,
    BRIER_SCORE,
    LOG_LOSS,
    ABSOLUTE_ERROR,
    SQUARED_ERROR,
)
"""The measures that a slice can be worst in; the higher, the worse."""

_COMPLEMENTS = {
    "accuracy": ERROR_RATE,
    "recall": "false-negative-rate",
    "true-positive-rate": "false-negative-rate",
    "specificity": "false-positive-rate",
    "true-negative-rate": "false-positive-rate",
    "precision": "false-discovery-rate",
    "positive-predictive-value": "false-discovery-rate",
    "selection-rate": REJECTION_RATE,
    "mean-absolute-error": ABSOLUTE_ERROR,
    "mean-squared-error": SQUARED_ERROR,
    "root-mean-squared-error": SQUARED_ERROR,
}

_Values: TypeAlias = "pa.ChunkedArray[Any]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Which columns hold the truth and the answers, and how to read them.

    `positive` is the positive value of the label as text; `threshold` makes a decision of a score.
    """

    label: str | None = None
    prediction: str | None = None
    score: str | None = None
    positive: str | None = None
    threshold: float = 0.5

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns named."""
        named = (self.label, self.prediction, self.score)
        return tuple(dict.fromkeys(name for name in named if name is not None))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowLosses:
    """What each row adds, shape (rows,), at least 0; and which rows the measure speaks of."""

    loss: Floats
    eligible: NDArray[np.bool_]


def choose_measure(table: Table, rows: pa.Table, answers: Answers) -> str:
    """The error rate of classes, or the absolute error of a predicted number.

    A number is predicted if the label is one with many values, and there is no score.

    Raises:
        UsageError: there is no label.
    """
    if answers.label is None:
        raise UsageError(
            "name the label to find where predictions are wrong; without one, "
            "measure='rejection-rate' finds who is not selected"
        )
    kind = next(item.type for item in table.columns if item.name == answers.label)
    if kind in NUMBERS and answers.score is None:
        values = pc.count_distinct(rows.column(answers.label)).as_py()
        return ABSOLUTE_ERROR if values > CODES else ERROR_RATE
    return ERROR_RATE


def row_losses(table: Table, rows: pa.Table, measure: str, answers: Answers) -> RowLosses:
    """What each row adds to a measure.

    Args:
        table: the whole table, asked for the values of the label.
        rows: the rows, with the columns of the answers.
        measure: one of `MEASURES`.
        answers: the columns.

    Raises:
        DataError: a column does not hold what it should.
        UsageError: the measure is not known, or a column that it needs is not named.
    """
    check_measure(measure)
    if measure == ERROR_RATE and answers.prediction is not None:
        return _wrong(table, rows, answers)
    if measure in (ABSOLUTE_ERROR, SQUARED_ERROR):
        return _distance(rows, measure, answers)
    if measure in (BRIER_SCORE, LOG_LOSS):
        return _probability(table, rows, measure, answers)
    classes = _classes(table, answers)
    predicted = _predicted(rows, answers, classes)
    if measure == REJECTION_RATE:
        return _losses(predicted == 0, predicted >= 0)
    actual = _actual(rows, answers, classes, measure)
    known = (actual >= 0) & (predicted >= 0)
    if measure == ERROR_RATE:
        return _losses(actual != predicted, known)
    fixed, of_class, other = RATES[measure]
    given, checked = (actual, predicted) if fixed == "label" else (predicted, actual)
    return _losses(checked == other, known & (given == of_class))


def check_measure(measure: str) -> None:
    """Refuse a measure that is not one of `MEASURES`, and name the one that was meant.

    Raises:
        UsageError: it is not.
    """
    if measure in MEASURES:
        return
    if measure in _COMPLEMENTS:
        raise UsageError(
            f"slices are searched for where a measure is highest; for {measure}, "
            f"ask for measure={_COMPLEMENTS[measure]!r}"
        )
    near = get_close_matches(measure, MEASURES, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise UsageError(
        f"cannot search slices for measure {measure!r}{hint} There are: {', '.join(MEASURES)}"
    )


# --- kinds of measures ---------------------------------------------------------------------------


def _wrong(table: Table, rows: pa.Table, answers: Answers) -> RowLosses:
    """The prediction is not the label; any number of classes."""
    label, prediction = _column(rows, answers.label, "label"), rows.column(answers.prediction or "")
    actual_texts, actual = _texts(label)
    said_texts, said = _texts(prediction)
    classes = sorted(text for text in actual_texts if text is not None)
    meanings = [None if text is None else class_of(text, classes) for text in said_texts]
    if len(classes) <= 2 and None in [  # noqa: PLR2004 - of two classes, one may be positive
        meaning for text, meaning in zip(said_texts, meanings, strict=True) if text is not None
    ]:
        pair = _classes(table, answers)
        predicted = _coded(prediction, answers.prediction or "", pair, prediction=True)
        actual_codes = _coded(label, answers.label or "", pair)
        return _losses(actual_codes != predicted, (actual_codes >= 0) & (predicted >= 0))
    if not any(meaning is not None for meaning in meanings):
        raise DataError(
            f"no value of the prediction column {answers.prediction!r}, such as "
            f"{_first(said_texts)!r}, is a value of the label column {answers.label!r}, such as "
            f"{_first(actual_texts)!r}; expected the same classes, or name a measure for numbers: "
            f"{ABSOLUTE_ERROR} or {SQUARED_ERROR}"
        )
    of_label = np.array([_place(text, classes) for text in actual_texts], np.int64)[actual]
    of_said = np.array(
        [
            -1 if text is None else (-2 if meaning is None else meaning)
            for text, meaning in zip(said_texts, meanings, strict=True)
        ],
        np.int64,
    )[said]
    return _losses(of_label != of_said, (of_label >= 0) & (of_said != -1))


def _distance(rows: pa.Table, measure: str, answers: Answers) -> RowLosses:
    actual = _numbers(rows, answers.label, "label")
    predicted = _numbers(rows, answers.prediction or answers.score, "prediction")
    gap = np.abs(actual - predicted)
    return _losses(gap if measure == ABSOLUTE_ERROR else gap**2, np.isfinite(gap))


def _probability(table: Table, rows: pa.Table, measure: str, answers: Answers) -> RowLosses:
    score = _numbers(rows, answers.score, "score")
    _check_probabilities(score, answers.score)
    actual = _actual(rows, answers, _classes(table, answers), measure)
    given = np.where(actual == 1, score, 1.0 - score)
    loss = (1.0 - given) ** 2 if measure == BRIER_SCORE else -np.log(np.clip(given, CLIP, 1.0))
    return _losses(loss, (actual >= 0) & np.isfinite(score))


def _losses(loss: NDArray[Any], eligible: NDArray[np.bool_]) -> RowLosses:
    return RowLosses(loss=np.where(eligible, loss, 0.0).astype(np.float64), eligible=eligible)


# --- columns -------------------------------------------------------------------------------------


def _classes(table: Table, answers: Answers) -> tuple[str, str]:
    """The negative and the positive value of the label; else of the prediction; else 0 and 1."""
    held = {column.name for column in table.columns}  # a model's own answers are not in the table
    predicted = answers.prediction if answers.prediction in held else None
    for name, role in ((answers.label, "label"), (predicted, "prediction")):
        if name is not None:
            return binary_classes(
                table, name, positive=answers.positive, role=role, predicted=predicted
            ).ordered
    return ("0", "1")


def _actual(
    rows: pa.Table, answers: Answers, classes: tuple[str, str], measure: str
) -> NDArray[np.int64]:
    if answers.label is None:
        raise UsageError(f"measure {measure!r} needs the label: the column of true outcomes")
    return _coded(rows.column(answers.label), answers.label, classes)


def _predicted(rows: pa.Table, answers: Answers, classes: tuple[str, str]) -> NDArray[np.int64]:
    """The class that each row was given, by its decision or by its score; -1 where unknown."""
    if answers.prediction is not None:
        column = rows.column(answers.prediction)
        return _coded(column, answers.prediction, classes, prediction=True)
    score = _numbers(rows, answers.score, "prediction or score")
    _check_probabilities(score, answers.score)
    return np.where(np.isnan(score), -1, (score >= answers.threshold).astype(np.int64))


def _coded(
    column: _Values, name: str, classes: tuple[str, ...], *, prediction: bool = False
) -> NDArray[np.int64]:
    """The class of each value; -1 where it is missing."""
    texts, codes = _texts(column)
    counts = np.bincount(codes, minlength=len(texts)).tolist()
    found = encode_classes(texts, counts, classes, column=name, prediction=prediction)
    return np.where(found == len(classes), -1, found).astype(np.int64)[codes]


def _texts(column: _Values) -> tuple[list[str | None], NDArray[np.int64]]:
    """The distinct values as text, None for missing ones, and which of them each row holds."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    distinct = pc.unique(column)
    codes = pc.index_in(column, value_set=distinct).to_numpy()
    texts = column_text(pa.chunked_array([distinct], type=column.type)).tolist()
    return [None if text == MISSING else text for text in texts], codes.astype(np.int64)


def _numbers(rows: pa.Table, name: str | None, role: str) -> Floats:
    column = _column(rows, name, role)
    if not (
        pa.types.is_floating(column.type)
        or pa.types.is_integer(column.type)
        or pa.types.is_decimal(column.type)
    ):
        shown = next((v for v in column.to_pylist() if v is not None), None)
        raise DataError(
            f"{role} column {name!r} holds {column.type} values such as {shown!r}; expected numbers"
        )
    return column.cast(pa.float64(), safe=False).to_numpy()  # null becomes NaN


def _column(rows: pa.Table, name: str | None, role: str) -> _Values:
    if name is None:
        raise UsageError(f"name the {role} column; this measure needs it")
    return rows.column(name)


def _check_probabilities(score: Floats, name: str | None) -> None:
    known = score[~np.isnan(score)]
    if len(known) and (known.min() < 0 or known.max() > 1):
        raise DataError(
            f"score column {name!r} has values outside [0, 1] (from {known.min():g} to "
            f"{known.max():g}); expected probabilities of the positive class"
        )


def _place(text: str | None, classes: list[str]) -> int:
    return -1 if text is None else classes.index(text)


def _first(texts: list[str | None]) -> str | None:
    return next((text for text in texts if text is not None), None)
