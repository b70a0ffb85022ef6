"""Comparisons across groups agree with Fairlearn, and their intervals cover."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from roadworthy.stats import calibration, comparisons, confusion, intervals, rates
from roadworthy.stats.comparisons import Contest
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.multiplicity import tukey
from roadworthy.stats.rates import RATES
from roadworthy.stats.scorebins import score_bins


def contest(table, rate):
    """All groups of a table (its first slice is everybody), compared by a rate."""
    return Contest(
        estimates=rates.estimate(table, RATES[rate]),
        members=np.arange(1, len(table.slices)),
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 6), st.integers(30, 200))
def test_gaps_and_ratios_agree_with_fairlearn(tabulate, seed, groups, rows):
    """Differences and ratios of rates, and equalised odds, are Fairlearn's if defined."""
    generator = np.random.default_rng(seed)
    label, prediction = generator.integers(0, 2, (2, rows))
    group = generator.integers(0, groups, rows)
    table = tabulate(label, prediction, group=group)
    assume(len(table.slices) > 2)
    tpr, fpr, selected = (
        contest(table, name)
        for name in ("true-positive-rate", "false-positive-rate", "selection-rate")
    )
    assume(
        all(np.isfinite(item.values).all() and item.values.max() for item in (tpr, fpr, selected))
    )
    given_to_peer = {"y_true": label, "y_pred": prediction, "sensitive_features": group}
    for contests, name in (([selected], "demographic_parity"), ([tpr, fpr], "equalized_odds")):
        gap = comparisons.largest_difference(contests, 0.95)
        share = comparisons.smallest_ratio(contests, 0.95)
        expected = getattr(fairlearn, f"{name}_difference")(**given_to_peer)
        assert gap.value == pytest.approx(expected, abs=1e-12)
        expected = getattr(fairlearn, f"{name}_ratio")(**given_to_peer)
        assert share.value == pytest.approx(expected, abs=1e-12)
        assert 0 <= gap.low <= gap.value <= gap.high
        assert 0 <= share.low <= share.value <= share.high <= 1


def test_two_groups_get_newcombes_interval(tabulate):
    """For two groups the interval is Newcombe's for the higher minus the lower, from 0 up."""
    table = tabulate(
        [1] * 30, [1] * 12 + [0] * 3 + [1] * 6 + [0] * 9, group=["a"] * 15 + ["b"] * 15
    )
    found = comparisons.largest_difference([contest(table, "selection-rate")], 0.95)
    low, high = intervals.newcombe(0.8, 15, 0.4, 15, 0.95)
    assert (found.low, found.high) == pytest.approx((float(low), float(high)))
    assert (found.method, found.highest, found.lowest) == ("newcombe", 1, 2)
    ratio = comparisons.smallest_ratio([contest(table, "selection-rate")], 0.95)
    expected = intervals.katz(0.4, 15, 0.8, 15, 0.95)
    assert (ratio.low, ratio.high) == pytest.approx(
        (float(expected.low), min(1, float(expected.high)))
    )
    assert ratio.method == "katz-log"


def test_all_pairs_enter_the_interval(tabulate):
    """A tiny third group widens the interval: it might be the worst, for all we know."""
    label, prediction = [1] * 402, [1, 0] * 200 + [1, 0]
    two = tabulate(label[:400], prediction[:400], group=["a"] * 200 + ["b"] * 200)
    three = tabulate(label, prediction, group=["a"] * 200 + ["b"] * 200 + ["c"] * 2)
    narrow, wide = (
        comparisons.largest_difference([contest(table, "selection-rate")], 0.95)
        for table in (two, three)
    )
    assert narrow.value == wide.value == 0
    assert narrow.high < 0.1
    assert wide.high > 0.3
    assert wide.method == "tukey-newcombe"


def test_blocks_do_not_change_the_answer(tabulate, monkeypatch):
    """Comparing pairs block by block gives the same interval as all at once."""
    generator = np.random.default_rng(5)
    table = tabulate(
        generator.integers(0, 2, 900),
        generator.integers(0, 2, 900),
        group=generator.integers(0, 30, 900),
    )
    contests = [contest(table, "selection-rate")]
    at_once = comparisons.largest_difference(contests, 0.95)
    ratio = comparisons.smallest_ratio(contests, 0.95)
    monkeypatch.setattr(comparisons, "BLOCK", 70)
    assert comparisons.largest_difference(contests, 0.95) == at_once
    assert comparisons.smallest_ratio(contests, 0.95) == ratio


def test_a_ratio_of_zeros_is_undefined(tabulate):
    """If no group selects anybody, there is no ratio."""
    table = tabulate([1, 1], [0, 0], group=["a", "b"])
    assert comparisons.smallest_ratio([contest(table, "selection-rate")], 0.95) is None


def test_one_group_selecting_nobody_has_ratio_zero(tabulate):
    """A group that selects nobody gives a ratio of 0 with an interval that reaches up."""
    table = tabulate([1] * 40, [1, 0] * 10 + [0] * 20, group=["a"] * 20 + ["b"] * 20)
    found = comparisons.smallest_ratio([contest(table, "selection-rate")], 0.95)
    assert (found.value, found.low) == (0, 0)
    assert 0.1 < found.high < 1


def test_any_measure_can_be_compared(tabulate):
    """Measures that are no proportions are compared by MOVER from their own limits."""
    generator = np.random.default_rng(3)
    score = generator.random(600)
    label = (generator.random(600) < score).astype(int)
    table = tabulate(label, score=score, group=generator.integers(0, 3, 600))
    for estimates in (
        confusion.treatment_ratio(table),
        calibration.expected_calibration_error(score_bins(table)),
    ):
        found = comparisons.largest_difference(
            [Contest(estimates=estimates, members=np.arange(1, 4))], 0.95
        )
        assert found.method == "tukey-mover"
        assert found.low <= found.value <= found.high
        ratio = comparisons.smallest_ratio(
            [Contest(estimates=estimates, members=np.arange(1, 4))], 0.95
        )
        assert ratio.low <= ratio.value <= ratio.high


def test_differences_to_a_reference_are_signed(tabulate):
    """Each group minus the reference, by Newcombe; the reference itself differs by exactly 0."""
    table = tabulate(
        [1] * 40, [1] * 15 + [0] * 5 + [1] * 5 + [0] * 15, group=["a"] * 20 + ["b"] * 20
    )
    estimates = rates.estimate(table, RATES["selection-rate"])
    a, b = comparisons.difference_to(estimates, np.array([1, 2]), 1).outcomes(0.95)
    assert (a.value, a.low, a.high, a.method) == (0, 0, 0, "exact")
    low, high = intervals.newcombe(0.25, 20, 0.75, 20, 0.95)
    assert (b.value, b.low, b.high, b.method) == (-0.5, low, high, "newcombe")
    a, b = comparisons.ratio_to(estimates, np.array([1, 2]), 1).outcomes(0.95)
    assert (a.value, b.value) == (1, pytest.approx(1 / 3))
    assert (b.low, b.high) == pytest.approx(
        tuple(map(float, intervals.katz(0.25, 20, 0.75, 20, 0.95)))
    )


def test_reference_intervals_follow_each_groups_confidence(tabulate):
    """Levels that differ between groups widen each difference by its own level."""
    table = tabulate([1] * 30, [1, 0] * 15, group=["a", "b", "c"] * 10)
    found = comparisons.difference_to(
        rates.estimate(table, RATES["selection-rate"]), np.array([1, 2, 3]), 1
    )
    mixed = found.interval(np.array([0.9, 0.9, 0.99]))
    assert mixed.high[1] == found.interval(0.9).high[1]
    assert mixed.high[2] == found.interval(0.99).high[2]


def test_the_largest_gap_covers_the_truth(tabulate):
    """Of 600 samples of equal groups, at least 95 % of the 95 % intervals hold the gap of 0."""
    generator = np.random.default_rng(11)
    table = tabulate([1] * 5, [1] * 5, group=list("abcde"))
    held = 0
    for _ in range(600):
        counts = np.zeros_like(table.counts)
        counts[:, 1, 1] = generator.binomial(60, 0.3, 6)
        counts[:, 1, 0] = 60 - counts[:, 1, 1]
        drawn = type(table)(
            slices=table.slices,
            grid=table.grid,
            counts=counts,
            weights=counts.astype(float),
            weights_squared=counts.astype(float),
        )
        held += comparisons.largest_difference([contest(drawn, "selection-rate")], 0.95).low == 0
    assert held / 600 >= 0.95


def test_the_ends_correct_for_pairs_differently(tabulate):
    """The lower end holds for all pairs together, the upper one for the truly widest pair."""
    selected = {"a": 30, "b": 60, "c": 90}
    prediction = [row < n for n in selected.values() for row in range(150)]
    table = tabulate([1] * 450, prediction, group=np.repeat(list(selected), 150))
    found = comparisons.largest_difference([contest(table, "selection-rate")], 0.95)
    single = intervals.newcombe(0.6, 150, 0.2, 150, 0.95)
    together = intervals.newcombe(0.6, 150, 0.2, 150, tukey(0.95, [3]))
    assert found.high == pytest.approx(float(single.high))
    assert found.low == pytest.approx(float(together.low))
    ratio = comparisons.smallest_ratio([contest(table, "selection-rate")], 0.95)
    single = intervals.katz(0.2, 150, 0.6, 150, 0.95)
    together = intervals.katz(0.2, 150, 0.6, 150, tukey(0.95, [3]))
    assert (ratio.low, ratio.high) == pytest.approx((float(single.low), float(together.high)))
    assert ratio.method == "tukey-katz-log"


@given(st.lists(st.tuples(st.integers(1, 50), st.floats(0, 1)), min_size=2, max_size=8))
def test_the_order_of_groups_changes_nothing(tabulate, groups):
    """The interval of the widest gap is the same whichever group is counted first."""
    template = tabulate([1], [1], group=["a"])

    def gap(ordered):
        counts = np.zeros((len(ordered), 3, 3), dtype=np.int64)
        for position, (rows, share) in enumerate(ordered):
            counts[position, 1, :2] = rows - round(rows * share), round(rows * share)
        drawn = replace(
            template, counts=counts, weights=counts.astype(float), weights_squared=counts * 1.0
        )
        estimates = rates.estimate(drawn, RATES["selection-rate"])
        found = comparisons.largest_difference(
            [Contest(estimates=estimates, members=np.arange(len(ordered)))], 0.95
        )
        return found.value, found.low, found.high

    assert gap(groups) == gap(sorted(groups))


@pytest.mark.parametrize("groups", [3, 10])
@pytest.mark.parametrize("shift", [0.0, 0.1])
def test_gaps_of_many_groups_cover_and_are_not_too_wide(groups, shift):
    """Equal groups are held close to 95 % of the time, unequal ones more often."""
    generator = np.random.default_rng(12)
    truth = np.linspace(0.3, 0.3 + shift, groups)
    held = 0
    for found in generator.binomial(200, truth, (600, groups)):
        estimates = Estimates(
            value=found / 200,
            rows=np.full(groups, 200),
            bounds=lambda _: pytest.fail("proportions are bounded by their trials"),
            method="wilson",
            reason="",
            trials=np.full(groups, 200.0),
        )
        gap = comparisons.largest_difference(
            [Contest(estimates=estimates, members=np.arange(groups))], 0.95
        )
        held += gap.low <= shift <= gap.high
    assert held / 600 >= 0.935
    if shift == 0:
        assert held / 600 <= 0.975
