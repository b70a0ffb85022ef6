"""Tests of what a labelled reference teaches about scores."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy.special import expit, logit

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.stats.calibrator import INFORMATION, MOST_GROUPS, Calibrator, calibrator
from roadworthy.stats.scorebins import ScoreBins, score_bins
from roadworthy.stats.tally import TallyPlan

RNG = np.random.default_rng(11)


def bins_of(labels: np.ndarray, scores: np.ndarray) -> ScoreBins:
    """The score bins of everybody."""
    table = DuckDBEngine().open(pa.table({"y": labels.astype(int), "p": scores}))
    return score_bins(table.tally(TallyPlan(label="y", score="p")).slices([()]))


def learned(labels: np.ndarray, scores: np.ndarray) -> Calibrator:
    """The calibrator of everybody, who has both labels."""
    found = calibrator(bins_of(labels, scores), 0)
    assert found is not None
    return found


def test_stretched_scores_are_put_right() -> None:
    """Scores whose log odds are stretched and shifted are calibrated to the true chances."""
    truth = expit(RNG.normal(-1, 1.3, 200_000))
    scores = expit(1.7 * logit(truth) + 0.4)
    known = learned(RNG.random(len(truth)) < truth, scores)
    found = known.probability(scores)
    assert np.abs(found - truth).mean() < 0.008
    far = known.probability(np.array([1e-4, 1 - 1e-4]))
    assert np.allclose(far, expit((logit([1e-4, 1 - 1e-4]) - 0.4) / 1.7), rtol=0.3, atol=0.01)


def test_right_scores_stay() -> None:
    """Scores that are right already change by no more than chance."""
    truth = RNG.uniform(0.02, 0.98, 200_000)
    known = learned(RNG.random(len(truth)) < truth, truth)
    grid = np.linspace(0.03, 0.97, 50)
    assert np.abs(known.probability(grid) - grid).max() < 0.03
    assert len(known.rate) == MOST_GROUPS


def test_probabilities_stay_between_0_and_1() -> None:
    """Whatever the score, the answer is a probability, and a higher slope never turns it over."""
    scores = np.array([0.0, 0.1, 0.2, 0.6, 0.9, 1.0])
    known = learned(np.array([0, 1, 0, 1, 0, 1]), scores)
    found = known.probability(np.linspace(0, 1, 101))
    assert ((found > 0) & (found < 1)).all()
    assert (np.diff(found) >= 0).all()


def test_one_label_teaches_nothing() -> None:
    """Of a reference with one label there is no calibrator."""
    assert calibrator(bins_of(np.zeros(100), RNG.random(100)), 0) is None


def test_small_references_have_few_groups() -> None:
    """A group holds so much information that several rows of either label are expected in it."""
    labels, scores = RNG.random(350) < 0.5, RNG.uniform(0.3, 0.7, 350)
    assert len(learned(labels, scores).rate) <= 350 / 4 / INFORMATION
    rare = learned(RNG.random(4_000) < 0.004, RNG.uniform(0.003, 0.005, 4_000))
    assert len(rare.rate) == 1


def test_small_references_have_no_leaning() -> None:
    """The mean chance given to new rows is right on average, also in a tail of rare positives."""
    found = []
    for _ in range(60):
        truth = expit(RNG.normal(-2, 1.5, 1_500))
        known = learned(RNG.random(len(truth)) < truth, expit(1.7 * logit(truth)))
        fresh = np.sort(expit(RNG.normal(-2, 1.5, 4_000)))
        given = known.probability(expit(1.7 * logit(fresh)))
        found.append([(given - fresh).mean(), (given - fresh)[:2_000].mean()])
    apart, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    assert (np.abs(apart) < 4 * error).all()


def test_one_label_may_teach_that_it_is_all_there_is() -> None:
    """Asked to, one learns from rows of one label that the other is unlikely."""
    bins = bins_of(np.zeros(500), RNG.random(500))
    known = calibrator(bins, 0, one_label=True)
    assert known is not None
    assert known.probability(np.linspace(0, 1, 11)).max() < 0.02


def test_scores_that_mean_the_opposite_are_put_right() -> None:
    """Scores that fall where the rate rises get the chances that are there."""
    scores = RNG.random(20_000)
    known = learned(RNG.random(20_000) > scores, scores)
    grid = np.linspace(0.1, 0.9, 17)
    assert np.abs(known.probability(grid) - (1 - grid)).mean() < 0.05


def test_redrawn_rates_spread_as_samples_do() -> None:
    """The spread of redrawn rates is the standard error of a proportion."""
    labels, scores = RNG.random(20_000) < 0.3, np.full(20_000, 0.3)
    known = learned(labels, scores)
    drawn = known.redraw(np.random.default_rng(1), 4_000)
    expected = np.sqrt(known.rate * (1 - known.rate) / known.trials)
    assert np.allclose(drawn.std(axis=0), expected, rtol=0.05)


def test_nothing_is_made_up_beyond_the_scores_of_the_reference() -> None:
    """A score of 1 that the reference never had is given the chance of its highest scores."""
    scores = RNG.uniform(0.2, 0.8, 5_000)
    known = learned(RNG.random(5_000) < scores, scores)
    outer, beyond = (known.probability(np.array(item)) for item in ([0.2, 0.8], [0.0, 1.0]))
    assert np.allclose(outer, beyond, rtol=1e-3)
    assert np.allclose(outer, [0.2, 0.8], atol=0.06)


def test_scores_that_part_the_labels_wholly_overflow_nothing() -> None:
    """Where two close scores tell all, the odds of others are large, and still finite."""
    known = learned(np.arange(40_000) >= 20_000, np.repeat([0.475, 0.525], 20_000))
    found = known.probability(np.array([0.0, 0.475, 0.525, 1.0]))
    assert (found[:2] < 0.01).all()
    assert (found[2:] > 0.99).all()
