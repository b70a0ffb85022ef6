"""Scores are counted in bins that are fine enough for what is measured."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn

from roadworthy.checks.performance import scoring
from roadworthy.checks.performance.scoring import SCORING

ROWS = 60_000


@pytest.fixture(scope="module")
def crowded():
    """Scores that crowd around a half, so that few bins hold them all."""
    generator = np.random.default_rng(4)
    score = 0.5 + 0.03 * generator.standard_normal(ROWS)
    return {
        "label": (generator.random(ROWS) < 0.5 + 5 * (score - 0.5)).astype(int),
        "score": score,
        "sex": generator.choice(["Female", "Male"], ROWS),
    }


def test_crowded_scores_are_counted_in_finer_bins(ask, crowded):
    """Where the usual bins could move the area by more than is tolerated, finer ones are used."""
    found = ask(SCORING, crowded, label="label", score="score", protected=["sex"])
    for where in ("all", "sex=Female"):
        kept = crowded["sex"] == "Female" if where != "all" else np.ones(ROWS, bool)
        label, score = crowded["label"][kept], crowded["score"][kept]
        told = found.parameters("roc-auc", where)
        assert told["bins"] == 2 * 15 * scoring.FINER
        assert told["bin_bound"] < 0.005
        expected = sklearn.roc_auc_score(label, score)
        assert found.value("roc-auc", where) == pytest.approx(expected, abs=told["bin_bound"])
        reach = found["average-precision", where]
        expected = sklearn.average_precision_score(label, score)
        assert reach.value == pytest.approx(expected, abs=2e-4)
        assert reach.low < expected < reach.high


def test_many_groups_keep_the_usual_bins(ask, crowded, monkeypatch):
    """Finer bins take memory for each group, so families of many groups do without."""
    monkeypatch.setattr(scoring, "REFINED", 1)
    found = ask(SCORING, crowded, label="label", score="score", protected=["sex"])
    assert found.parameters("roc-auc", "sex=Male")["bins"] == 2 * 15 * 64
    assert found.parameters("roc-auc", "all")["bins"] == 2 * 15 * scoring.FINER


def test_intervals_reach_as_far_as_bins_may_have_moved_the_area(ask, crowded, monkeypatch):
    """With coarse bins the interval is wider by what these may have done."""
    fine = ask(SCORING, crowded, label="label", score="score")["roc-auc", "all"]
    monkeypatch.setattr(scoring, "REFINED", 0)
    found = ask(SCORING, crowded, label="label", score="score")
    coarse, bound = found["roc-auc", "all"], found.parameters("roc-auc")["bin_bound"]
    assert bound > 0.002
    assert coarse.high - coarse.low > fine.high - fine.low + bound
    assert coarse.method == "delong-logit"


def test_scores_of_a_few_values_are_truly_tied(ask, crowded):
    """Scores of a tree with a few leaves share bins because they are equal: nothing is unknown."""
    rounded = {**crowded, "score": np.round(crowded["score"] * 40) / 40}
    found = ask(SCORING, rounded, label="label", score="score")
    told = found.parameters("roc-auc")
    assert (told["bins"], told["bin_bound"]) == (2 * 15 * 64, 0)
    for measure, function in (
        ("roc-auc", sklearn.roc_auc_score),
        ("average-precision", sklearn.average_precision_score),
    ):
        expected = function(rounded["label"], rounded["score"])
        assert found.value(measure) == pytest.approx(expected, abs=1e-12)
