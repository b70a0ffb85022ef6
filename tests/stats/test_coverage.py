"""Simulated coverage: a 95 % interval holds the truth 95 times in a hundred, or more."""

from __future__ import annotations

import numpy as np
import pytest

from roadworthy.stats import confusion, intervals
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.groups import SliceTable

SAMPLES = 4000


@pytest.mark.parametrize("trials", [10, 30, 100, 1000])
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
def test_wilson_covers(trials, rate):
    """Wilson's interval covers in small groups and for rare events, where a bootstrap does not."""
    found = np.random.default_rng(1).binomial(trials, rate, SAMPLES) / trials
    low, high = intervals.wilson(found, trials, 0.95)
    assert ((low <= rate) & (rate <= high)).mean() >= 0.915


@pytest.mark.parametrize("trials", [(10, 20), (30, 30), (50, 500)])
@pytest.mark.parametrize("rates", [(0.05, 0.05), (0.3, 0.1), (0.9, 0.5)])
def test_newcombe_and_katz_cover(trials, rates):
    """Differences and ratios between two groups are covered too."""
    generator = np.random.default_rng(2)
    (n, m), (p, q) = trials, rates
    first, second = generator.binomial(n, p, SAMPLES) / n, generator.binomial(m, q, SAMPLES) / m
    low, high = intervals.newcombe(first, n, second, m, 0.95)
    assert ((low <= p - q) & (p - q <= high)).mean() >= 0.935
    with np.errstate(all="ignore"):
        low, high = intervals.katz(first, n, second, m, 0.95)
    assert ((low <= p / q) & (p / q <= high)).mean() >= 0.93


@pytest.mark.parametrize("rows", [30, 100, 1000])
@pytest.mark.parametrize(
    "cells", [(0.5, 0.1, 0.1, 0.3), (0.9, 0.04, 0.03, 0.03), (0.495, 0.005, 0.005, 0.495)]
)
def test_measures_of_confusion_cover(rows, cells):
    """F1, balanced accuracy, Matthews correlation and FN/FP cover from 30 rows up."""
    drawn = np.random.default_rng(3).multinomial(rows, cells, SAMPLES)
    sample, population = _table(drawn), _table(np.array([cells]) * 1_000_000)
    for measure in (
        confusion.f1,
        confusion.balanced_accuracy,
        confusion.matthews_correlation,
        confusion.treatment_ratio,
    ):
        truth = measure(population).value[0]
        estimates = measure(sample)
        low, high = estimates.interval(0.95)
        held = ((low <= truth) & (truth <= high))[estimates.defined].mean()
        assert held >= 0.92, measure.__name__


def _table(cells):
    counts = np.zeros((len(cells), 3, 3))
    counts[:, :2, :2] = np.asarray(cells).reshape(-1, 2, 2)
    return SliceTable(
        slices=(),
        grid=ScoreGrid(),
        counts=counts.round().astype(np.int64),
        weights=counts,
        weights_squared=counts,
    )
