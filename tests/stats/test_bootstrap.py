"""Resampling cells is seeded, agrees with closed forms, and refuses small groups."""

from __future__ import annotations

import numpy as np
import pytest

from roadworthy.stats import bootstrap, confusion, intervals
from roadworthy.stats.confusion import _phi


def accuracy(counts):
    """Share of the diagonal, for replicates of 2x2 tables."""
    flat = counts.reshape(len(counts), 4)
    return (flat[:, 0] + flat[:, 3]) / flat.sum(axis=1)


def test_replicates_keep_the_number_of_rows():
    """Every replicate has as many rows as the table, and an empty table stays empty."""
    cells = np.array([[5, 3], [2, 90]])
    found = bootstrap.resample(cells, np.random.default_rng(0), 50)
    assert found.shape == (50, 2, 2)
    assert (found.sum(axis=(1, 2)) == 100).all()
    assert not bootstrap.resample(cells * 0, np.random.default_rng(0), 5).any()


def test_one_seed_one_answer():
    """The same generator gives the same interval."""
    cells = np.array([[50, 30], [20, 900]])
    first, second = (
        bootstrap.interval(cells, accuracy, confidence=0.95, generator=np.random.default_rng(4))
        for _ in range(2)
    )
    assert first == second


def test_the_bootstrap_agrees_with_closed_forms():
    """In a large table the percentile interval is Wilson's, or Fisher's for a correlation."""
    cells = np.array([[5000, 700], [900, 3400]])
    found = bootstrap.interval(
        cells, accuracy, confidence=0.95, generator=np.random.default_rng(4), replicates=4000
    )
    low, high = intervals.wilson(0.84, 10_000, 0.95)
    assert (found.low, found.high) == pytest.approx((float(low), float(high)), abs=1e-3)
    found = bootstrap.interval(
        cells,
        lambda counts: _phi(counts.reshape(-1, 4).astype(float)),
        confidence=0.95,
        generator=np.random.default_rng(4),
        replicates=4000,
    )
    expected = confusion._fisher(cells.reshape(1, 4).astype(float), np.array([0.95]))
    assert (found.low, found.high) == pytest.approx((expected.low[0], expected.high[0]), abs=2e-3)


def test_small_groups_get_no_percentile_interval():
    """Below 100 rows a percentile interval would lie, so there is none."""
    found = bootstrap.interval(
        np.array([[9, 0], [0, 90]]),
        accuracy,
        confidence=0.95,
        generator=np.random.default_rng(0),
    )
    assert found is None


def test_undefined_replicates_are_counted():
    """The share of replicates without a value is told; an undefined statistic has no interval."""

    def second_share(counts):
        with np.errstate(invalid="ignore"):
            return np.where(counts[:, 1] > 0, counts[:, 1] / counts.sum(axis=1), np.nan)

    generator = np.random.default_rng(0)
    found = bootstrap.interval(
        np.array([199, 1]), second_share, confidence=0.95, generator=generator
    )
    assert 0.3 < found.undefined < 0.45
    assert (
        bootstrap.interval(np.array([200, 0]), second_share, confidence=0.95, generator=generator)
        is None
    )
