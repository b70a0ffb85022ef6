"""Paired differences: their values, their coverage, and that pairing helps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from roadworthy.stats.paired import (
    Placements,
    area_difference,
    mean_placements,
    share_difference,
)

PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=80)


@given(PAIRS, st.floats(0.5, 0.99))
def test_a_share_difference_lies_in_its_interval(rows, confidence):
    """The value is the difference of means, inside limits inside [-1, 1]."""
    first, second = (np.array(column) for column in zip(*rows, strict=True))
    found = share_difference(first, second, confidence=confidence)
    assert found.value == pytest.approx(first.mean() - second.mean())
    assert -1 <= found.low <= found.value <= found.high <= 1


@given(PAIRS)
def test_swapping_turns_the_sign(rows):
    """What one gains the other loses."""
    first, second = (np.array(column) for column in zip(*rows, strict=True))
    one = share_difference(first, second, confidence=0.9)
    other = share_difference(second, first, confidence=0.9)
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))


@pytest.mark.parametrize(("lost", "gained"), [(0.02, 0.01), (0.1, 0.05), (0.3, 0.3)])
def test_a_share_difference_covers(lost, gained):
    """Nominal 95 % covers at least 93 % over 2,000 simulated samples of 200 rows."""
    rng = np.random.default_rng(5)
    cells = rng.multinomial(200, [lost, gained, 1 - lost - gained], size=2000)
    hits = 0
    for b, c, _ in cells:
        first = np.arange(200) < b
        second = (np.arange(200) >= b) & (np.arange(200) < b + c)
        found = share_difference(first, second, confidence=0.95)
        hits += found.low <= lost - gained <= found.high
    assert hits / 2000 >= 0.93


def test_no_rows_are_refused():
    """A share of nothing is no share."""
    with pytest.raises(ValueError, match="equally long columns"):
        share_difference([], [], confidence=0.95)
    with pytest.raises(ValueError, match="equally long columns"):
        share_difference([1], [1, 0], confidence=0.95)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=60))
def test_the_area_is_scikit_learns(rows):
    """Ties count half; without one of the classes there is no area."""
    scores, truth = (np.array(column) for column in zip(*rows, strict=True))
    found = Placements.of(scores, truth)
    if truth.all() or not truth.any():
        assert found is None
        return
    assert found is not None
    assert found.area == pytest.approx(roc_auc_score(truth, scores))
    assert found.negative.mean() == pytest.approx(found.area)


def sample(rng, rows=300):
    """Scores before and after noise, with their labels."""
    truth = rng.random(rows) < 0.4
    before = rng.normal(size=rows) + truth
    return truth, before, before + rng.normal(size=rows)


def test_an_area_difference_covers():
    """Nominal 95 % covers at least 93 % over 500 simulated samples of 300 rows."""
    rng = np.random.default_rng(1)
    truth, before, after = sample(rng, 400_000)
    expected = Placements.of(before, truth).area - Placements.of(after, truth).area
    hits = 0
    for _ in range(500):
        truth, before, after = sample(rng)
        found = area_difference(
            Placements.of(before, truth), Placements.of(after, truth), confidence=0.95
        )
        hits += found.low <= expected <= found.high
    assert hits / 500 >= 0.93


def test_pairing_narrows_the_interval():
    """Scores that hardly change have a narrow difference, however uncertain each area is."""
    truth, before, _ = sample(np.random.default_rng(2))
    after = before + 0.01 * np.random.default_rng(3).normal(size=len(before))
    found = area_difference(
        Placements.of(before, truth), Placements.of(after, truth), confidence=0.95
    )
    assert found.high - found.low < 0.01


def test_no_movement_is_not_certainty():
    """If no row moved, the interval is as wide as what could go unseen."""
    placed = Placements.of([0.1, 0.9, 0.8, 0.2], [False, True, True, False])
    found = area_difference(placed, placed, confidence=0.95)
    assert found.value == 0.0
    assert found.high > 0.5


def test_another_source_of_variance_widens():
    """Variance between repeats adds to that between rows."""
    truth, before, after = sample(np.random.default_rng(4))
    pair = Placements.of(before, truth), Placements.of(after, truth)
    plain = area_difference(*pair, confidence=0.95)
    wide = area_difference(*pair, confidence=0.95, extra_variance=0.01)
    assert wide.high - wide.low > plain.high - plain.low


def test_mean_placements_have_the_mean_area():
    """Averaging placements averages areas."""
    truth, before, after = sample(np.random.default_rng(6))
    first, second = Placements.of(before, truth), Placements.of(after, truth)
    mean = mean_placements([first, second])
    assert mean.area == pytest.approx((first.area + second.area) / 2)
