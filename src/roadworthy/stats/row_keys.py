"""`RowKeys`: label, predicted class and score of a row as one small number, found in few steps.

A score that is known to one part in a power of two mostly tells its cell, and with it the class
that it predicts. So one table tells the state of nearly every row; the others are looked at anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
        classes = self._numbering.classes
        self._heads = classes if plan.prediction is None else classes**2
        self._steps = 0 if plan.score is None else self._most_steps()
        self.states = self._states_of_keys()

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
            return self._states(answers.label[at], predicted, cell)

        return states

    def _states(self, label: Codes, predicted: Codes | None, cell: Codes) -> NDArray[np.int64]:
        classes, cells = self._numbering.classes, self._numbering.cells
        if self._plan.decides_by_score:
            predicted = self._plan.decide(cell)
        elif predicted is None:
            predicted = np.full_like(cell, classes - 1)
        return (label.astype(np.int64) * classes + predicted) * cells + cell

    def _states_of_keys(self) -> NDArray[np.int64]:
        plan, classes = self._plan, self._numbering.classes
        cell = np.array([plan.grid.missing], dtype=np.int32)
        if plan.score is not None:
            cell = np.append(plan.grid.bins_of_steps(self._steps), np.int32(-1))
        head = np.repeat(np.arange(self._heads, dtype=np.int32), len(cell))
        cell = np.tile(cell, self._heads)
        predicted = None if plan.prediction is None else head % classes
        label = head if plan.prediction is None else head // classes
        return np.where(cell < 0, np.int64(-1), self._states(label, predicted, cell))

    def _most_steps(self) -> int:
        """As many steps as tell all cells, or as can be."""
        allowed = max(_MOST_KEYS // self._heads - 2, 1)
        power = 1 << (allowed.bit_length() - 1)
        return min(self._plan.grid.steps, _MOST_STEPS, power)
