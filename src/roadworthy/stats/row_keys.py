"""`RowKeys`: label, predicted class and score of a row as one small number, found in few steps.

A score that is known to one part in a power of two mostly tells its cell, and with it the class
that it predicts. So one table tells the state of nearly every row; the others are looked at anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.plan import TallyPlan
from roadworthy.stats.states import Numbering

Codes = NDArray[np.int32]
Floats = NDArray[np.float64]

_MOST_STEPS = 1 << 16
_MOST_KEYS = 1 << 18
"""Tables of so many entries stay in a processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What N rows hold beside their groups.

    Attributes:
        label: the class, K where it is missing; shape (N,).
        predicted: the same of the prediction; None if there is no column of predictions.
        score: shape (N,); None if there is no score.
        known: where the score is between 0 and 1, shape (N,); None if it is everywhere.
        gone: where the score is null, shape (N,); None if it is nowhere.
    """

    label: Codes
    predicted: Codes | None = None
    score: Floats | None = None
    known: NDArray[np.bool_] | None = None
    gone: NDArray[np.bool_] | None = None


class RowKeys:
    """Numbers the rows of a plan.

    Attributes:
        states: the state that each key stands for, as `Numbering` numbers them; -1 for the keys of
            rows that must be looked at, int64.
    """

    def __init__(self, plan: TallyPlan) -> None:
        self._plan = plan
        self._numbering = Numbering.of(plan)
        self._steps = _most_steps(plan)
        self.states = _states_of_keys(_alike(plan))

    def of(self, answers: Answers) -> Codes:
        """The key of each row, shape (N,)."""
        head = answers.label
        if answers.predicted is not None:
            head = head * np.int32(self._numbering.classes) + answers.predicted
        if answers.score is None:
            return head
        score = answers.score
        if answers.known is not None:
            score = np.where(answers.known, score, 0.0)
        key = (score * float(self._steps)).astype(np.int32)
        if answers.known is not None:
            key[~answers.known] = self._steps + 1
        key += head * np.int32(self._steps + 2)
        return key

    def states_of(self, answers: Answers) -> Callable[[NDArray[np.intp]], NDArray[np.int64]]:
        """Gives the states of rows at some places, whatever their keys."""
        plan = self._plan

        def states(at: NDArray[np.intp]) -> NDArray[np.int64]:
            cell = np.full(len(at), plan.grid.missing, dtype=np.int32)
            if answers.score is not None:
                cell = plan.grid.place(answers.score[at])
            if answers.gone is not None:
                cell[answers.gone[at]] = plan.grid.missing
            predicted = None if answers.predicted is None else answers.predicted[at]
            return _states(plan, answers.label[at], predicted, cell)

        return states


def _alike(plan: TallyPlan) -> TallyPlan:
    """The same plan of all whose keys mean the same."""
    return TallyPlan(
        classes=plan.classes,
        prediction=None if plan.prediction is None else "prediction",
        score=None if plan.score is None else "score",
        grid=plan.grid,
        threshold=plan.threshold,
    )


@lru_cache(maxsize=8)
def _states_of_keys(plan: TallyPlan) -> NDArray[np.int64]:
    """The state of each key, by head (label, or label and prediction) and step of the score."""
    classes, heads = Numbering.of(plan).classes, _heads(plan)
    cell = np.array([plan.grid.missing], dtype=np.int32)
    if plan.score is not None:
        cell = np.append(plan.grid.bins_of_steps(_most_steps(plan)), np.int32(-1))
    head = np.repeat(np.arange(heads, dtype=np.int32), len(cell))
    cell = np.tile(cell, heads)
    predicted = None if plan.prediction is None else head % classes
    label = head if plan.prediction is None else head // classes
    states = np.where(cell < 0, np.int64(-1), _states(plan, label, predicted, cell))
    states.setflags(write=False)
    return states


def _states(
    plan: TallyPlan, label: Codes, predicted: Codes | None, cell: Codes
) -> NDArray[np.int64]:
    numbering = Numbering.of(plan)
    if plan.decides_by_score:
        predicted = plan.decide(cell)
    elif predicted is None:
        predicted = np.full_like(cell, numbering.classes - 1)
    parts = label.astype(np.int64) * numbering.classes + predicted
    return parts * numbering.cells + cell


def _heads(plan: TallyPlan) -> int:
    classes = Numbering.of(plan).classes
    return classes if plan.prediction is None else classes**2


def _most_steps(plan: TallyPlan) -> int:
    """As many steps of the score as tell all cells, or as can be; 0 without a score."""
    if plan.score is None:
        return 0
    allowed = max(_MOST_KEYS // _heads(plan) - 2, 1)
    power = 1 << (allowed.bit_length() - 1)
    return min(plan.grid.steps, _MOST_STEPS, power)
