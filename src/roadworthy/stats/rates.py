"""Rates: shares of rows, each defined by three facts: a name, what counts, and out of what.

The cells are those of `SliceTable.counts`: label by prediction, each negative, positive or missing.
So a selection rate needs no label and a base rate no prediction, and a row whose label is missing
is never counted as wrong.

Source: Fawcett (2006), An introduction to ROC analysis; Kish (1965) for the effective sample size.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats import proportions
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats

NEGATIVE, POSITIVE, ABSENT = 0, 1, 2
KNOWN = (NEGATIVE, POSITIVE)
ANY = (NEGATIVE, POSITIVE, ABSENT)

Number = TypeVar("Number", np.int64, np.float64)

Cell = tuple[int, int]
"""Label and prediction."""

TRUE_NEGATIVE, FALSE_POSITIVE = (NEGATIVE, NEGATIVE), (NEGATIVE, POSITIVE)
FALSE_NEGATIVE, TRUE_POSITIVE = (POSITIVE, NEGATIVE), (POSITIVE, POSITIVE)

NO_POSITIVE = "no row with a prediction has a positive label"
NO_NEGATIVE = "no row with a prediction has a negative label"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of rows.

    Attributes:
        name: the measure's slug.
        numerator: the cells that count.
        denominator: the cells out of which they count.
        reason: why there is no rate when the denominator is empty.
        labelled: true if labels are needed.
        predicted: true if predictions are needed.
    """

    name: str
    numerator: tuple[Cell, ...]
    denominator: tuple[Cell, ...]
    reason: str
    labelled: bool = True
    predicted: bool = True


def _cells(labels: tuple[int, ...], predictions: tuple[int, ...]) -> tuple[Cell, ...]:
    return tuple(product(labels, predictions))


_POSITIVES = _cells((POSITIVE,), KNOWN)
_NEGATIVES = _cells((NEGATIVE,), KNOWN)
_SELECTED = _cells(KNOWN, (POSITIVE,))
_REJECTED = _cells(KNOWN, (NEGATIVE,))
_NO_SELECTED = "no row with a label is predicted positive"
_NO_REJECTED = "no row with a label is predicted negative"

RATES: dict[str, Rate] = {
    rate.name: rate
    for rate in (
        Rate(
            name="base-rate",
            numerator=_cells((POSITIVE,), ANY),
            denominator=_cells(KNOWN, ANY),
            reason="no row has a label",
            predicted=False,
        ),
        Rate(
            name="selection-rate",
            numerator=_cells(ANY, (POSITIVE,)),
            denominator=_cells(ANY, KNOWN),
            reason="no row has a prediction",
            labelled=False,
        ),
        Rate(
            name="accuracy",
            numerator=(TRUE_NEGATIVE, TRUE_POSITIVE),
            denominator=_cells(KNOWN, KNOWN),
            reason="no row has both a label and a prediction",
        ),
        Rate(
            name="true-positive-rate",
            numerator=(TRUE_POSITIVE,),
            denominator=_POSITIVES,
            reason=NO_POSITIVE,
        ),
        Rate(
            name="false-negative-rate",
            numerator=(FALSE_NEGATIVE,),
            denominator=_POSITIVES,
            reason=NO_POSITIVE,
        ),
        Rate(
            name="false-positive-rate",
            numerator=(FALSE_POSITIVE,),
            denominator=_NEGATIVES,
            reason=NO_NEGATIVE,
        ),
        Rate(
            name="true-negative-rate",
            numerator=(TRUE_NEGATIVE,),
            denominator=_NEGATIVES,
            reason=NO_NEGATIVE,
        ),
        Rate(
            name="positive-predictive-value",
            numerator=(TRUE_POSITIVE,),
            denominator=_SELECTED,
            reason=_NO_SELECTED,
        ),
        Rate(
            name="negative-predictive-value",
            numerator=(TRUE_NEGATIVE,),
            denominator=_REJECTED,
            reason=_NO_REJECTED,
        ),
    )
}
"""Every rate, by name."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """What a rate counts in each of S slices.

    Attributes:
        numerator: weight that counts, shape (S,).
        denominator: weight out of which, shape (S,).
        rows: rows out of which, shape (S,).
        effective: Kish's effective number of rows out of which, shape (S,).
    """

    numerator: Floats
    denominator: Floats
    rows: NDArray[np.int64]
    effective: Floats

    @property
    def share(self) -> Floats:
        """The rate itself; NaN where nothing is in the denominator."""
        with np.errstate(invalid="ignore", divide="ignore"):
            share: Floats = self.numerator / self.denominator
        return share


def weight_of(table: SliceTable, cells: tuple[Cell, ...]) -> Floats:
    """The weight in these cells, shape (S,)."""
    return _sum(table.weights, cells)


def effective(table: SliceTable, cells: tuple[Cell, ...]) -> Floats:
    """Kish's effective number of rows: (sum of weights)² / sum of squared weights."""
    weight, squares = _sum(table.weights, cells), _sum(table.weights_squared, cells)
    return np.divide(weight**2, squares, out=np.zeros_like(weight), where=squares > 0)


def count(table: SliceTable, rate: Rate) -> Counts:
    """The counts of a rate in every slice."""
    return Counts(
        numerator=_sum(table.weights, rate.numerator),
        denominator=_sum(table.weights, rate.denominator),
        rows=_sum(table.counts, rate.denominator),
        effective=effective(table, rate.denominator),
    )


def estimate(table: SliceTable, rate: Rate) -> Estimates:
    """A rate in every slice, with the interval of a proportion that covers in small ones too."""
    counts = count(table, rate)
    reason = _of_weight(rate.reason, counts)
    return proportions.estimates(counts.share, counts.effective, rows=counts.rows, reason=reason)


def _of_weight(reason: str, counts: Counts) -> str:
    """The reason; it speaks of weights where rows without any are all that a slice has."""
    weightless = (counts.rows > 0) & (counts.denominator == 0)
    return reason.replace("no row", "no row of positive weight", 1) if weightless.any() else reason


def rows_of(table: SliceTable, cells: tuple[Cell, ...]) -> NDArray[np.int64]:
    """The rows in these cells, shape (S,)."""
    return _sum(table.counts, cells)


def missing_rows(table: SliceTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of each slice without a label, and rows without a prediction; of any classes."""
    return table.counts[:, -1, :].sum(axis=1), table.counts[:, :, -1].sum(axis=1)


def _sum(array: NDArray[Number], cells: tuple[Cell, ...]) -> NDArray[Number]:
    labels, predictions = zip(*cells, strict=True)
    return np.asarray(array[:, list(labels), list(predictions)].sum(axis=1))
