"""The key of a row tells its state, or tells that it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.row_keys import Answers, RowKeys
from roadworthy.stats.states import Numbering
from roadworthy.stats.tally import TallyPlan

PLAN = TallyPlan(label="y", score="s", grid=ScoreGrid(octaves=2, per_octave=4), threshold=0.3)
PLANS = {
    "threshold inside a step": PLAN,
    "usual grid": replace(PLAN, grid=ScoreGrid()),
    "edges closer than any step": replace(PLAN, grid=ScoreGrid(octaves=30)),
    "predictions": replace(PLAN, prediction="p"),
    "many classes": replace(
        PLAN, prediction="p", classes=tuple(f"c{i:03d}" for i in range(300)), grid=ScoreGrid()
    ),
    "no label": replace(PLAN, label=None),
    "no score": TallyPlan(label="y", prediction="p"),
    "label only": TallyPlan(label="y"),
}


def answers_of(plan: TallyPlan, scores: np.ndarray, seed: int) -> Answers:
    """Rows with these scores, some of them null, and random classes."""
    rng = np.random.default_rng(seed)
    classes = len(plan.classes) + 1
    drawn = rng.integers(0, classes, (2, len(scores))).astype(np.int32)
    gone = rng.random(len(scores)) < 0.1
    return Answers(
        label=drawn[0] if plan.label else np.full_like(drawn[0], classes - 1),
        predicted=drawn[1] if plan.prediction else None,
        score=scores if plan.score else None,
        known=(scores >= 0) & (scores <= 1) & ~gone if plan.score else None,
        gone=gone if plan.score else None,
    )


def states_by_hand(plan: TallyPlan, answers: Answers) -> np.ndarray:
    """The state of each row, from its cell and its predicted class."""
    numbering = Numbering.of(plan)
    cell = np.full(len(answers.label), plan.grid.missing)
    if answers.score is not None:
        cell = plan.grid.index(np.ma.masked_array(answers.score, answers.gone))
    predicted = plan.decide(cell) if plan.decides_by_score else answers.predicted
    if predicted is None:
        predicted = np.full_like(cell, numbering.classes - 1)
    return (answers.label * numbering.classes + predicted) * numbering.cells + cell


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@given(
    scores=hnp.arrays(
        np.float64,
        st.integers(0, 40),
        elements=st.one_of(
            st.floats(0, 1),
            st.floats(0, 2**-10),
            st.floats(),
            st.sampled_from(PLAN.grid.edges.tolist()),
            st.sampled_from(np.nextafter(PLAN.grid.edges, 0).tolist()),
        ),
    ),
    seed=st.integers(0, 99),
)
def test_keys_tell_states(plan: TallyPlan, scores: np.ndarray, seed: int) -> None:
    """Whatever the score, a key stands for the row's state or sends one to look; so do places."""
    keys, answers = RowKeys(plan), answers_of(plan, scores, seed)
    expected = states_by_hand(plan, answers)
    told = keys.states[keys.of(answers)]
    assert np.array_equal(told[told >= 0], expected[told >= 0])
    assert np.array_equal(keys.states_of(answers)(np.arange(len(scores))), expected)


def test_nearly_every_key_tells() -> None:
    """On the usual grid, only scores within 2**-10 of 0 and 1, and what is no score, do not."""
    keys = RowKeys(replace(PLAN, threshold=0.5, grid=ScoreGrid()))
    inside = np.linspace(2**-10, 1 - 2**-9, 10_001)
    told = keys.states[keys.of(Answers(label=np.zeros(10_001, np.int32), score=inside))]
    assert told.min() >= 0
