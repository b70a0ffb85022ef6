"""Tests of what labels would show."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.stats import confusion, losses, ranking, rates
from roadworthy.stats.calibrator import Calibrator, calibrator
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.expected import Expected, by_decision, expect
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.rates import RATES
from roadworthy.stats.scorebins import score_bins
from roadworthy.stats.tally import Tally, TallyPlan

ENGINE = DuckDBEngine()
PLAN = TallyPlan(label="y", score="p")


def sample(
    rng: np.random.Generator, rows: int, *, shift: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and scores whose log odds are stretched and shifted."""
    odds = rng.normal(-1 + shift, 1.3, rows)
    return (rng.random(rows) < expit(odds)).astype(int), expit(1.7 * odds + 0.4)


def tally_of(labels: np.ndarray, scores: np.ndarray, **more: np.ndarray) -> Tally:
    """The tally of labelled scores."""
    plan = replace(PLAN, weight="w") if "w" in more else PLAN
    return ENGINE.open(pa.table({"y": labels, "p": scores, **more})).tally(plan)


def learned(tally: Tally) -> Calibrator | None:
    """What everybody teaches."""
    return calibrator(score_bins(tally.slices([()])), 0)


def blind(tally: Tally) -> SliceTable:
    """The table with decisions in place of labels."""
    return replace(tally, label=tally.predicted).slices([()])


def rate(found: Expected, name: str, like: SliceTable) -> Estimates:
    """An expected rate."""
    return found.share(partial(rates.estimate, rate=RATES[name]), like)


def test_expected_counts_are_sums_of_probabilities() -> None:
    """Of calibrated scores, expected true positives are the sum of the scores decided positive."""
    rng = np.random.default_rng(2)
    scores = rng.integers(1, 10, 4_000) / 10
    # a reference in which each score is right to the last row
    labels = np.concatenate([np.arange(1000) < 1000 * s for s in np.arange(1, 10) / 10])
    reference = tally_of(labels.astype(int), np.repeat(np.arange(1, 10) / 10, 1000))
    table = blind(tally_of(np.zeros(len(scores), int), scores))
    found = expect(table, [learned(reference)])
    chosen = scores >= 0.5
    expected = [
        [(1 - scores[~chosen]).sum(), (1 - scores[chosen]).sum()],
        [scores[~chosen].sum(), scores[chosen].sum()],
    ]
    assert np.allclose(found.counts[0], expected, rtol=2e-3)
    auc = found.score_measure(ranking.area_under_roc).value[0]
    both = np.repeat([1, 0], len(scores))
    weight = np.concatenate([scores, 1 - scores])
    assert auc == pytest.approx(
        roc_auc_score(both, np.tile(scores, 2), sample_weight=weight), abs=1e-3
    )


def test_unlabelled_rows_of_another_mix_are_foreseen() -> None:
    """Where cases shift and scores mean the same, expectation meets what labels then show."""
    rng = np.random.default_rng(3)
    reference = tally_of(*sample(rng, 100_000))
    labels, scores = sample(rng, 100_000, shift=0.7)
    shown = tally_of(labels, scores)
    table = blind(shown)
    found = expect(table, [learned(reference)])
    truth = shown.slices([()])
    for name in ("true-positive-rate", "false-positive-rate", "positive-predictive-value"):
        real = rates.estimate(truth, RATES[name]).value[0]
        assert rate(found, name, table).value[0] == pytest.approx(real, abs=0.012)
    for function in (confusion.f1, confusion.balanced_accuracy):
        assert found.share(function, table).value[0] == pytest.approx(
            function(truth).value[0], abs=0.012
        )
    correlation = found.measure(confusion.matthews_correlation, table).value[0]
    assert correlation == pytest.approx(confusion.matthews_correlation(truth).value[0], abs=0.02)
    for function in (ranking.area_under_roc, losses.log_loss, losses.brier_score):
        real = function(score_bins(truth)).value[0]
        assert found.score_measure(function).value[0] == pytest.approx(real, abs=0.012)


@pytest.mark.slow
def test_limits_hold_what_labels_then_show() -> None:
    """Nominal 95 % limits hold the later rate at least 92 times in a hundred."""
    rng = np.random.default_rng(5)
    names = ("accuracy", "true-positive-rate", "false-positive-rate", "positive-predictive-value")
    held = dict.fromkeys((*names, "auc"), 0)
    rounds = 150
    for number in range(rounds):
        reference = tally_of(*sample(rng, 2_000))
        shown = tally_of(*sample(rng, 2_000, shift=0.4))
        table, truth = blind(shown), shown.slices([()])
        found = expect(table, [learned(reference)], seed=number)
        for name in names:
            low, high = rate(found, name, table).interval(0.95)
            held[name] += int(low[0] <= rates.estimate(truth, RATES[name]).value[0] <= high[0])
        low, high = found.score_measure(ranking.area_under_roc).interval(0.95)
        held["auc"] += int(low[0] <= ranking.area_under_roc(score_bins(truth)).value[0] <= high[0])
    assert min(held.values()) >= 0.92 * rounds


def test_decisions_from_scores_are_those_of_the_cells() -> None:
    """Putting decisions in place of labels in a table, or in its finest cells, is the same."""
    rng = np.random.default_rng(8)
    scores = rng.random(3_000)
    scores[rng.random(3_000) < 0.1] = np.nan
    scores[:4] = [0.3, 0.0, 1.0, -0.5]
    rows = pa.table(
        {
            "p": pa.array(scores, mask=rng.random(3_000) < 0.1),
            "g": rng.choice(["a", "b"], 3_000),
            "w": rng.integers(1, 4, 3_000).astype(float),
        }
    )
    plan = TallyPlan(attributes=("g",), score="p", threshold=0.3, weight="w")
    tally = ENGINE.open(rows).tally(plan)
    plan = tally.plan
    families = [(), ("g",)]
    expected = replace(tally, label=tally.predicted).slices(families)
    found = by_decision(tally.slices(families), plan)
    for name in ("counts", "weights", "weights_squared", "histogram_rows"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    assert np.allclose(found.histogram, expected.histogram, rtol=1e-12)
    bins = plan.grid.bins
    assert np.allclose(found.score_sum[..., :bins], expected.score_sum[..., :bins], rtol=1e-9)


def test_weights_count_as_rows_of_their_weight() -> None:
    """Weights of 2 give the expectation of every row twice, with the error of single rows."""
    rng = np.random.default_rng(6)
    reference = learned(tally_of(*sample(rng, 5_000)))
    labels, scores = sample(rng, 3_000)
    single, doubled = (
        blind(tally_of(labels, scores, **more)) for more in ({}, {"w": np.full(len(scores), 2.0)})
    )
    plain, weighted = (expect(table, [reference], seed=1) for table in (single, doubled))
    assert np.allclose(plain.counts, weighted.counts, rtol=1e-6)
    assert np.allclose(
        rate(plain, "accuracy", single).interval(0.95),
        rate(weighted, "accuracy", doubled).interval(0.95),
        rtol=1e-3,
    )


def test_nothing_is_expected_without_a_calibrator() -> None:
    """A slice that the reference teaches nothing about has no values."""
    table = blind(tally_of(np.array([0, 1]), np.array([0.2, 0.8])))
    found = expect(table, [None])
    assert np.isnan(found.counts).all()
    assert np.isnan(rate(found, "accuracy", table).value).all()
    assert np.isnan(found.score_measure(ranking.area_under_roc).value).all()


def test_tables_without_scores_are_refused() -> None:
    """Decisions alone say nothing about labels."""
    table = ENGINE.open(pa.table({"y": [0, 1], "d": [0, 1]}))
    counts = table.tally(TallyPlan(label="y", prediction="d")).slices([()])
    with pytest.raises(ValueError, match="counts no scores"):
        expect(counts, [None])
