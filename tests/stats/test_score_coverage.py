"""Simulated coverage of the intervals of scores: 95 % or more, also in small groups."""

from __future__ import annotations

import numpy as np
import pytest

from roadworthy.stats import calibration, losses, ranking
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.scorebins import ScoreBins

GRID = ScoreGrid()

MEASURES = {
    ranking.area_under_roc: 0.92,
    ranking.average_precision: 0.92,
    losses.brier_score: 0.92,
    losses.log_loss: 0.92,
    calibration.expected_calibration_error: 0.95,
    calibration.calibration_slope: 0.93,
    calibration.calibration_intercept: 0.93,
}
"""Each measure with the coverage that it must reach of a nominal 95 %."""


def drawn(samples: int, rows: int, slope: float, shift: float, seed: int = 0) -> ScoreBins:
    """Samples of scored rows, whose truth is a logistic function of the score's logit."""
    generator = np.random.default_rng(seed)
    logit = 1.5 * generator.standard_normal((samples, rows)) - 0.5
    label = (generator.random((samples, rows)) < 1 / (1 + np.exp(-slope * logit - shift))).astype(
        int
    )
    score = 1 / (1 + np.exp(-logit))
    cells = np.ravel_multi_index(
        (np.arange(samples)[:, None], label, GRID.index(score)), (samples, 2, GRID.bins)
    ).ravel()
    shape, size = (samples, 2, GRID.bins), samples * 2 * GRID.bins
    weight = np.bincount(cells, minlength=size).reshape(shape).astype(float)
    used = np.flatnonzero(weight.any(axis=(0, 1)))
    total = np.bincount(cells, weights=score.ravel(), minlength=size).reshape(shape)
    counts = weight.sum(axis=2)
    return ScoreBins(
        low=GRID.edges[used],
        high=GRID.edges[used + 1],
        weight=weight[:, :, used],
        ranked=weight[:, :, used],
        rows=counts.astype(np.int64),
        score_sum=total[:, :, used],
        score_square_sum=np.stack([(score**2 * (label == k)).sum(axis=1) for k in (0, 1)], axis=1),
        effective=counts,
    )


@pytest.mark.parametrize(("rows", "samples"), [(30, 600), (300, 400)])
@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.5, 0.5), (2.0, 0.0), (0.3, 0.0)])
def test_intervals_of_scores_cover(rows, samples, slope, shift):
    """Calibrated or not, few rows or many, the intervals hold the population's value."""
    population, sample = drawn(1, 400_000, slope, shift, seed=1), drawn(samples, rows, slope, shift)
    for measure, least in MEASURES.items():
        truth = measure(population).value[0]
        estimates = measure(sample)
        low, high = estimates.interval(0.95)
        known = estimates.defined & np.isfinite(low)
        held = ((low <= truth) & (truth <= high))[known].mean()
        assert held >= least, (measure.__name__, held)
