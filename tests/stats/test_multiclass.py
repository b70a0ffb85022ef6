"""Tests of the measures of a confusion matrix of several classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from sklearn import metrics

from roadworthy.records.slices import ALL
from roadworthy.stats import multiclass
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.proportions import proportion

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]

CLASSES = 3
ABSENT = CLASSES


def table_of(counts: np.ndarray) -> SliceTable:
    """A table of these counts, shape (S, K, K), every row of weight 1."""
    padded = np.pad(counts, ((0, 0), (0, 1), (0, 1)))
    ones = padded.astype(np.float64)
    return SliceTable(
        slices=(ALL,) * len(counts),
        grid=ScoreGrid(),
        counts=padded.astype(np.int64),
        weights=ones,
        weights_squared=ones,
    )


def table_of_rows(label: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> SliceTable:
    """A table of one slice of rows; `ABSENT` stands for a missing label or prediction."""
    made = np.zeros((3, 1, CLASSES + 1, CLASSES + 1))
    for power in range(3):
        np.add.at(made[power, 0], (label, predicted), weight**power)
    return SliceTable(
        slices=(ALL,),
        grid=ScoreGrid(),
        counts=made[0].astype(np.int64),
        weights=made[1],
        weights_squared=made[2],
    )


@st.composite
def weighted_rows(draw: st.DrawFn) -> Pairs:
    """Labels and predictions of three classes, some of them missing, and weights."""
    size = draw(st.integers(1, 40))
    classes = st.integers(0, ABSENT)
    label = draw(npst.arrays(np.int64, size, elements=classes))
    predicted = draw(npst.arrays(np.int64, size, elements=classes))
    weight = draw(npst.arrays(np.float64, size, elements=st.floats(0.125, 8)))
    return label, predicted, weight


def averaged(score: Callable[..., float], how: str) -> Callable[..., float]:
    """scikit-learn's score, averaged over all three classes; NaN where a class has none."""

    def measure(label: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> float:
        return float(
            score(
                label,
                predicted,
                labels=range(CLASSES),
                average=how,
                sample_weight=weight,
                zero_division=np.nan,
            )
        )

    return measure


def kappa(label: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> float:
    """scikit-learn's kappa; NaN where all rows are of one class."""
    if len(set(label) | set(predicted)) == 1:
        return np.nan
    return float(metrics.cohen_kappa_score(label, predicted, sample_weight=weight))


def correlation(label: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> float:
    """scikit-learn's Matthews correlation; NaN where a margin is of one class."""
    if len(set(label)) == 1 or len(set(predicted)) == 1:
        return np.nan
    return float(metrics.matthews_corrcoef(label, predicted, sample_weight=weight))


ORACLES: dict[Callable[[SliceTable], Estimates], Callable[..., float]] = {
    multiclass.accuracy: lambda y, p, w: metrics.accuracy_score(y, p, sample_weight=w),
    multiclass.macro_recall: averaged(metrics.recall_score, "macro"),
    multiclass.macro_precision: averaged(metrics.precision_score, "macro"),
    multiclass.macro_f1: averaged(metrics.f1_score, "macro"),
    multiclass.weighted_precision: averaged(metrics.precision_score, "weighted"),
    multiclass.weighted_f1: averaged(metrics.f1_score, "weighted"),
    multiclass.cohen_kappa: kappa,
    multiclass.matthews_correlation: correlation,
}

NEEDS: dict[Callable[[SliceTable], Estimates], Callable[[set[int], set[int]], bool]] = {
    multiclass.macro_recall: lambda labels, _: len(labels) == CLASSES,
    multiclass.macro_precision: lambda _, predicted: len(predicted) == CLASSES,
    multiclass.macro_f1: lambda labels, predicted: len(labels | predicted) == CLASSES,
    multiclass.weighted_precision: lambda labels, predicted: labels <= predicted,
    multiclass.cohen_kappa: lambda labels, predicted: len(labels | predicted) > 1,
    multiclass.matthews_correlation: lambda labels, predicted: min(len(labels), len(predicted)) > 1,
}
"""Which classes must occur, by label and by prediction, for a measure to be defined."""


@pytest.mark.parametrize("measure", ORACLES, ids=lambda item: item.__name__)
@given(rows=weighted_rows())
def test_agrees_with_scikit_learn(measure: Callable[[SliceTable], Estimates], rows: Pairs) -> None:
    """Weights, missing values and absent classes: scikit-learn's number, or none, never a 0."""
    label, predicted, weight = rows
    found = measure(table_of_rows(*rows))
    known = (label != ABSENT) & (predicted != ABSENT)
    label, predicted, weight = label[known], predicted[known], weight[known]
    needs = NEEDS.get(measure, lambda *_: True)
    if not known.any() or not needs(set(label.tolist()), set(predicted.tolist())):
        assert not found.defined[0], "a class that is absent here leaves the measure undefined"
        return
    assert found.rows[0] == known.sum()
    assert found.value[0] == pytest.approx(ORACLES[measure](label, predicted, weight), abs=1e-12)
    low, high = found.interval(0.95)
    assert -1 <= low[0] <= found.value[0] <= high[0] <= 1


@pytest.mark.parametrize("rows", [30, 60, 1000])
@pytest.mark.parametrize("right", [0.6, 0.95])
@pytest.mark.parametrize("measure", ORACLES, ids=lambda item: item.__name__)
def test_intervals_cover(
    measure: Callable[[SliceTable], Estimates], right: float, rows: int
) -> None:
    """Of 1,000 samples of three classes of unequal size, 95 % intervals hold the truth in 93 %."""
    size = np.array([0.5, 0.3, 0.2])
    truth = size[:, None] * ((1 - right) * size + right * np.eye(CLASSES))
    drawn = np.random.default_rng(7).multinomial(rows, truth.ravel(), size=1000)
    found = measure(table_of(drawn.reshape(-1, CLASSES, CLASSES)))
    low, high = found.interval(0.95)
    expected = measure(table_of(truth[None] * 1e12)).value[0]
    known = found.defined & np.isfinite(low)
    assert ((low <= expected) & (expected <= high))[known].mean() > 0.93


def test_confusion_rates_are_shares_of_a_class() -> None:
    """Of ten rows of class 0, three are taken for class 1; a class without rows has no rate."""
    table = table_of(np.array([[[6, 3, 1], [0, 0, 0], [0, 0, 5]]]))
    found = multiclass.confusion_rate(table, 0, 1)
    assert (found.value[0], found.rows[0]) == (pytest.approx(0.3), 10)
    assert found.interval(0.95) == pytest.approx(np.array(proportion(0.3, 10, 0.95))[:, None])
    assert found.method == ["wilson-mid-p"]
    assert np.isnan(multiclass.confusion_rate(table, 1, 0).value[0])


def test_nobody_has_no_measure() -> None:
    """An empty slice has no value, and says why in the evidence."""
    found = multiclass.accuracy(table_of(np.zeros((1, CLASSES, CLASSES))))
    assert "no row has both" in found.outcomes(0.95)[0].reason
