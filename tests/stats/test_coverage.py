"""Simulated coverage: a 95 % interval holds the truth 95 times in a hundred, or more."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from roadworthy.stats import confusion, intervals, proportions
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.groups import SliceTable

SAMPLES = 4000


@pytest.mark.parametrize("trials", [30, 50, 99, 100, 200, 500, 2000])
@pytest.mark.parametrize(("confidence", "least"), [(0.95, 0.933), (0.99, 0.9865), (0.999, 0.9985)])
def test_proportions_cover(trials, confidence, least):
    """By exact enumeration, for every rate: also where Wilson's and mid-P's own limits fail."""
    found, rates = np.arange(trials + 1), np.linspace(0.01, 0.5, 99)
    low, high = proportions.proportion(found / trials, trials, confidence)
    chance = binom.pmf(found[:, None], trials, rates)
    held = (chance * ((low[:, None] <= rates) & (rates <= high[:, None]))).sum(axis=0)
    assert held.min() >= least


def test_weighted_rates_cover():
    """Kish's effective sample size keeps the coverage of rates with unequal weights."""
    generator = np.random.default_rng(6)
    weight = generator.lognormal(0, 0.8, (SAMPLES, 200))
    hit = generator.random(weight.shape) < 0.2
    total = weight.sum(axis=1)
    low, high = proportions.proportion(
        (weight * hit).sum(axis=1) / total, total**2 / (weight**2).sum(axis=1), 0.95
    )
    assert 0.935 <= ((low <= 0.2) & (high >= 0.2)).mean() <= 0.97


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
