"""Tests of expected confusion matrices and of the error of what follows from them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.stats import multiclass, rates
from roadworthy.stats.expected_counts import ExpectedCounts, with_counts
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.rates import RATES
from roadworthy.stats.tally import TallyPlan


def table_of(label: np.ndarray, said: np.ndarray, classes: int) -> SliceTable:
    """The counts of everybody."""
    plan = TallyPlan(label="y", prediction="d", classes=tuple(map(str, range(classes))))
    rows = pa.table({"y": label.astype(str).tolist(), "d": said.astype(str).tolist()})
    return DuckDBEngine().open(rows).tally(plan).slices([()])


def known(counts: np.ndarray) -> ExpectedCounts:
    """Counts that nothing is uncertain about."""
    return ExpectedCounts(counts=counts, replicates=np.stack([counts, counts]))


def test_known_counts_give_the_measure_itself() -> None:
    """Where the expected counts are those of the labels, each measure is the measured one."""
    rng = np.random.default_rng(1)
    label, said = rng.integers(0, 3, 500), rng.integers(0, 3, 500)
    table = table_of(label, said, 3)
    found = known(table.weights[:, :3, :3])
    for function in (multiclass.accuracy, multiclass.macro_f1, multiclass.weighted_precision):
        expected, shown = found.share(function, table), function(table)
        assert expected.value == pytest.approx(shown.value)
        assert expected.rows.tolist() == shown.rows.tolist() == [500]
    kappa = found.measure(multiclass.cohen_kappa, table)
    assert kappa.value == pytest.approx(multiclass.cohen_kappa(table).value)
    assert kappa.interval(0.95).low == pytest.approx(kappa.value)


def test_one_class_is_set_against_the_rest() -> None:
    """Counts of one class against the rest are those of the binary question."""
    rng = np.random.default_rng(2)
    label, said = rng.integers(0, 4, 300), rng.integers(0, 4, 300)
    found = known(table_of(label, said, 4).weights[:, :4, :4])
    for k in range(4):
        binary = table_of((label == k).astype(int), (said == k).astype(int), 2)
        assert np.array_equal(found.against_rest(k).counts, binary.weights[:, :2, :2])
        assert found.against_rest(k).replicates.shape == (2, 1, 2, 2)


def test_the_error_is_the_spread_of_the_redrawn_measure() -> None:
    """A share of redrawn counts has the standard error that these counts spread by."""
    table = table_of(np.array([0, 1]), np.array([0, 1]), 2)
    counts = np.array([[[40.0, 10.0], [10.0, 40.0]]])
    drawn = np.random.default_rng(3).poisson(counts, size=(4_000, 1, 2, 2)).astype(float)
    found = ExpectedCounts(counts=counts, replicates=drawn)
    accuracy = found.share(partial(rates.estimate, rate=RATES["accuracy"]), table)
    assert accuracy.trials is not None
    assert accuracy.trials[0] == pytest.approx(100, rel=0.06)


@given(hnp.arrays(np.float64, (2, 3, 3), elements=st.floats(0, 50)))
def test_no_row_is_lost_by_rounding(counts: np.ndarray) -> None:
    """Whole rows of each decision add up to as many as were expected."""
    table = table_of(np.array([0, 1, 2]), np.array([0, 1, 2]), 3)
    rows = with_counts(table, counts).counts[:, :3, :3].sum(axis=1)
    assert np.array_equal(rows, np.rint(counts.sum(axis=1)))


def test_what_is_not_expected_has_no_value() -> None:
    """Without expected counts there are no values, and the rows are none."""
    table = table_of(np.array([0, 1]), np.array([0, 1]), 2)
    nothing = np.full((1, 2, 2), np.nan)
    found = known(nothing).share(multiclass.accuracy, table)
    assert np.isnan(found.value[0])
    assert found.rows.tolist() == [0]


def test_a_rate_of_hardly_any_row_is_not_expected() -> None:
    """Where next to no positive is expected, labels will show no rate, and none is made up."""
    table = table_of(np.array([0, 1]), np.array([0, 1]), 2)
    for positives, expected in ((0.001, False), (30.0, True)):
        counts = np.array([[[300.0, 10.0], [positives, positives]]])
        drawn = np.random.default_rng(4).poisson(counts, size=(200, 1, 2, 2)).astype(float)
        found = ExpectedCounts(counts=counts, replicates=drawn)
        for name in ("true-positive-rate", "false-positive-rate"):
            rate = found.share(partial(rates.estimate, rate=RATES[name]), table)
            assert rate.defined[0] == (expected or name == "false-positive-rate")


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_limits_of_few_rows_hold_what_labels_then_show(rows: int) -> None:
    """Of one row said to be positive the share that is right will be 0 or 1, not between."""
    rng, held, rounds = np.random.default_rng(5), 0, 200
    table = table_of(np.array([0, 1]), np.array([0, 1]), 2)
    precision = partial(rates.estimate, rate=RATES["positive-predictive-value"])
    for _ in range(rounds):
        chance = rng.uniform(0.5, 1.0, rows)
        counts = np.array([[[50.0, (1 - chance).sum()], [50.0, chance.sum()]]])
        drawn = rng.poisson(counts, size=(200, 1, 2, 2)).astype(float)
        found = ExpectedCounts(counts=counts, replicates=drawn).share(precision, table)
        low, high = found.interval(0.95)
        shown = float((rng.random(rows) < chance).mean())
        held += int(low[0] <= shown <= high[0])
        assert found.trials is None
    assert held >= 0.95 * rounds
