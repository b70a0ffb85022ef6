"""Score bins: exact edges, exact thresholds, small error of the AUC."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from roadworthy.data.cells import score_cell
from roadworthy.errors import UsageError
from roadworthy.stats.grid import ScoreGrid
from roadworthy.testing.interpreter import evaluate

GRIDS = st.builds(
    ScoreGrid,
    octaves=st.integers(1, 20),
    per_octave=st.sampled_from([1, 2, 16, 64]),
    thresholds=st.lists(st.floats(0, 1), max_size=4).map(tuple),
)
SCORES = st.one_of(st.floats(), st.floats(0, 1), st.sampled_from([0.0, -0.0, 0.5, 1.0, 5e-324]))


@given(GRIDS)
def test_edges_ascend_from_zero_to_one(grid: ScoreGrid) -> None:
    """Edges ascend from 0 to 1, one more than the bins, and hold the thresholds."""
    edges = grid.edges.tolist()
    assert (edges[0], edges[-1], len(edges)) == (0.0, 1.0, grid.bins + 1)
    assert all(low < high for low, high in pairwise(edges[:-1]))
    assert set(grid.thresholds) <= set(edges)


@given(GRIDS, st.lists(SCORES, min_size=1, max_size=30))
def test_index_is_monotone(grid: ScoreGrid, scores: list[float]) -> None:
    """A higher score never falls into a lower bin."""
    valid = np.array(sorted(score for score in scores if 0 <= score <= 1))
    cells = grid.index(valid)
    assert (np.diff(cells) >= 0).all()
    assert ((cells >= 0) & (cells < grid.bins)).all()


@given(GRIDS, SCORES)
def test_index_needs_pure_arithmetic_only(grid: ScoreGrid, score: float) -> None:
    """The expression for engines, which only scales and floors, finds the bin a search finds."""
    found = evaluate(score_cell(grid, "score"), {"score": score})
    assert found == grid.index(np.array([score]))[0]


@given(GRIDS, st.data())
def test_index_agrees_beside_every_edge(grid: ScoreGrid, data: st.DataObject) -> None:
    """On an edge and one bit beside it, the expression still finds the bin."""
    edge = float(data.draw(st.sampled_from(grid.edges.tolist())))
    for score in (math.nextafter(edge, -1), edge, math.nextafter(edge, 2)):
        found = evaluate(score_cell(grid, "score"), {"score": score})
        assert found == grid.index(np.array([score]))[0]


@given(GRIDS, st.lists(st.floats(0, 1), min_size=1, max_size=30), st.data())
def test_thresholds_are_exact(grid: ScoreGrid, scores: list[float], data: st.DataObject) -> None:
    """Bins from a threshold's position on hold exactly the scores that reach it."""
    threshold = data.draw(st.sampled_from([*grid.edges[:-1].tolist(), 1.5, -1.0]))
    reached = (grid.index(np.array(scores)) >= grid.position(threshold)).sum()
    assert reached == sum(score >= threshold for score in scores)


def test_special_scores_have_cells_of_their_own() -> None:
    """Null, NaN and scores outside [0, 1] are counted apart; 0 and 1 are in the end bins."""
    grid = ScoreGrid()
    scores = np.ma.masked_array(
        [0.0, 1.0, 0.5, math.nan, -1e-9, -math.inf, 1 + 1e-9, math.inf],
        mask=[False] * 2 + [True] + [False] * 5,
    )
    assert grid.index(scores).tolist() == [
        0,
        grid.bins - 1,
        grid.missing,
        grid.nan,
        grid.below,
        grid.below,
        grid.above,
        grid.above,
    ]
    assert grid.cells == grid.bins + 4
    assert ScoreGrid().bins == 1920


def test_threshold_inside_a_bin_is_refused() -> None:
    """A threshold that is no edge has no position."""
    with pytest.raises(UsageError, match=r"0\.3 is not an edge"):
        ScoreGrid().position(0.3)
    assert ScoreGrid().with_thresholds([0.3]).position(0.3) > 0


@pytest.mark.parametrize(
    "arguments",
    [
        {"octaves": 0},
        {"per_octave": 48},
        {"octaves": 60},
        {"thresholds": (1.5,)},
        {"thresholds": (math.nan,)},
    ],
)
def test_impossible_grids_are_refused(arguments: dict[str, object]) -> None:
    """Bins that cannot be exact, and thresholds that are no scores, are refused."""
    with pytest.raises(UsageError, match=r"score grid|threshold between 0 and 1"):
        ScoreGrid(**arguments)


def test_equal_grids_are_equal() -> None:
    """The order and repetition of thresholds do not matter."""
    assert ScoreGrid(thresholds=(0.7, 0.5, 0.7)) == ScoreGrid(thresholds=(0.5, 0.7))
    assert ScoreGrid(thresholds=(0.5,)) != ScoreGrid(thresholds=(0.7,))


def _logistic(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


@pytest.mark.parametrize(
    "shape",
    ["uniform", "beta 1/2 1/2", "beta 2 5", "beta 30 30", "rare 1e-3", "rare 5e-5", "common"],
)
def test_binned_auc_is_close(shape: str) -> None:
    """The AUC of the default bins is within 1e-4 of the exact one, also for rare events."""
    rng = np.random.default_rng(11)
    n = 400_000
    scores = {
        "uniform": lambda: rng.random(n),
        "beta 1/2 1/2": lambda: rng.beta(0.5, 0.5, n),
        "beta 2 5": lambda: rng.beta(2, 5, n),
        "beta 30 30": lambda: rng.beta(30, 30, n),
        "rare 1e-3": lambda: _logistic(rng.normal(-7, 1.5, n)),
        "rare 5e-5": lambda: _logistic(rng.normal(-10, 1.5, n)),
        "common": lambda: _logistic(rng.normal(7, 1.5, n)),
    }[shape]()
    labels = rng.random(n) < scores
    grid = ScoreGrid()
    negative, positive = (
        np.bincount(grid.index(scores[labels == k]), minlength=grid.cells) for k in (0, 1)
    )
    below = np.cumsum(negative) - negative
    auc = (positive * (below + negative / 2)).sum() / (positive.sum() * negative.sum())
    assert abs(auc - roc_auc_score(labels, scores)) < 1e-4


@given(GRIDS, st.integers(0, 12), st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_steps_tell_bins_or_say_that_they_do_not(
    grid: ScoreGrid, power: int, scores: list[float]
) -> None:
    """The bin of a step is that of every score in it; a step with an edge inside has none."""
    bins = grid.bins_of_steps(1 << power)
    step = (np.array(scores) * (1 << power)).astype(int)
    told = bins[step]
    assert np.array_equal(told[told >= 0], grid.index(np.array(scores))[told >= 0])
    inner = grid.edges[:-1] * (1 << power)
    divided = {math.floor(edge) for edge in inner.tolist() if edge % 1}
    assert set(np.flatnonzero(bins[:-1] < 0).tolist()) == divided
