"""Areas of cross-fitted scores: scikit-learn's in each fold, with DeLong's variance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from roadworthy.stats.separation import cross_validated_area


def delong_variance(label: np.ndarray, scores: np.ndarray) -> float:
    """DeLong's variance by comparing every pair of rows."""
    positive, negative = scores[label == 1], scores[label == 0]
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    return wins.mean(axis=1).var(ddof=1) / len(positive) + wins.mean(axis=0).var(ddof=1) / len(
        negative
    )


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), min_size=4, max_size=80))
def test_one_fold_is_scikit_learns_area(rows: list[tuple[int, int]]) -> None:
    """Of a single fold the area is scikit-learn's, ties counting half; without both it is NaN."""
    label, scores = (np.array(column) for column in zip(*rows, strict=True))
    found = cross_validated_area(label, scores.astype(float), np.zeros(len(label), dtype=int))
    if len(set(label.tolist())) == 1:
        assert np.isnan(found.value[0])
        assert found.outcomes(0.95)[0].reason == "no fold holds rows of both kinds"
        return
    assert found.value[0] == pytest.approx(roc_auc_score(label, scores))
    (outcome,) = found.outcomes(0.95)
    assert outcome.low <= outcome.value <= outcome.high


def test_folds_are_averaged() -> None:
    """The area is the mean of the folds', and its error that of a mean, on the logit scale."""
    rng = np.random.default_rng(3)
    label, fold = rng.integers(0, 2, 900), rng.integers(0, 3, 900)
    scores = rng.normal(label * 0.8, 1) + fold * 100  # folds on different scales
    found = cross_validated_area(label, scores, fold)
    own = [roc_auc_score(label[fold == at], scores[fold == at]) for at in range(3)]
    assert found.value[0] == pytest.approx(np.mean(own))
    error = np.sqrt(
        np.mean([delong_variance(label[fold == at], scores[fold == at]) for at in range(3)]) / 3
    )
    low, high = found.interval(np.array([0.95]))
    centre = np.log(found.value[0] / (1 - found.value[0]))
    half = 1.959964 * error / (found.value[0] * (1 - found.value[0]))
    expected = 1 / (1 + np.exp(-(centre + np.array([-half, half]))))
    assert [low[0], high[0]] == pytest.approx(expected.tolist(), rel=1e-6)


def test_the_interval_covers_the_true_area() -> None:
    """Nominal 95 % intervals hold the true area in at least 180 of 200 simulated pairs."""
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        label, fold = rng.integers(0, 2, 400), rng.integers(0, 4, 400)
        (outcome,) = cross_validated_area(label, rng.normal(label * 0.5, 1), fold).outcomes(0.95)
        covered += outcome.low <= 0.63816 <= outcome.high
    assert covered >= 180


def test_few_rows_have_a_wide_interval() -> None:
    """With a dozen rows, or perfect separation, Newcombe's interval stands in for DeLong's."""
    label, fold = np.array([0, 1] * 6), np.zeros(12, dtype=int)
    (outcome,) = cross_validated_area(label, label.astype(float), fold).outcomes(0.95)
    assert (outcome.value, outcome.method) == (1.0, "newcombe-area")
    assert outcome.low < 0.9


def test_models_that_saw_the_same_rows_are_trusted_less() -> None:
    """Four folds, each scored by a model of the three others, have 1.53 times the error."""
    rng = np.random.default_rng(5)
    label, fold = rng.integers(0, 2, 4000), rng.integers(0, 4, 4000)
    scores = rng.normal(label * 0.1, 1)
    alone = cross_validated_area(label, scores, fold).outcomes(0.95)[0]
    together = cross_validated_area(label, scores, fold, shared=1 / 3).outcomes(0.95)[0]
    assert together.value == alone.value
    ratio = (together.high - together.low) / (alone.high - alone.low)
    assert ratio == pytest.approx(np.sqrt(4 * (1 / 4 + 1 / 3)), rel=0.01)
    apart = cross_validated_area(label, label.astype(float), fold, shared=1 / 3).outcomes(0.95)[0]
    assert apart.method == "newcombe-area"
    assert apart.low < cross_validated_area(label, label.astype(float), fold).outcomes(0.95)[0].low
