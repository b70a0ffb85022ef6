"""States: label, predicted class and score cell of a row as one number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.plan import TallyPlan

Integers = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the states of a plan are numbered, in the order of label, predicted class, cell.

    The *part* of a state is its label and predicted class together.

    Attributes:
        classes: labels and predictions that there are, the missing one included.
        cells: score cells that there are.
    """

    classes: int
    cells: int

    @classmethod
    def of(cls, plan: TallyPlan) -> Numbering:
        """The numbering of a plan's states."""
        return cls(len(plan.classes) + 1, plan.grid.cells)

    @property
    def parts(self) -> int:
        """The number of parts."""
        return self.classes**2

    @property
    def states(self) -> int:
        """The number of states."""
        return self.parts * self.cells

    def part(self, states: Integers) -> Integers:
        """The part of each state."""
        return states // self.cells

    def by_part(self, sums: Integers, states: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sums by state (the last axis, one entry for each of `states`, ascending) by part."""
        found = np.zeros((*sums.shape[:-1], self.parts), dtype=np.int64)
        if len(states):
            part = self.part(states)
            first = np.flatnonzero(np.diff(part, prepend=-1)).tolist()
            for start, stop in pairwise([*first, len(states)]):
                found[..., part[start]] = sums[..., start:stop].sum(axis=-1, dtype=np.int64)
        return found

    def by_score(self, sums: Integers, states: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sums by state, shape (G, T), by label and score cell, shape (G, classes, cells)."""
        found = np.zeros((len(sums), self.classes, self.cells), dtype=np.int64)
        part = self.part(states)
        for predicted in range(self.classes):
            mine = np.flatnonzero(part % self.classes == predicted)
            if len(mine):
                label, cell = part[mine] // self.classes, states[mine] % self.cells
                found[:, label, cell] += sums[:, mine]
        return found


_TELLING = 8
"""Telling all keys of new states costs as much as looking at a row for every 8 keys."""


class StateList:
    """The states seen so far, each with its place in the order in which they were first seen.

    Args:
        numbering: of the states.
        bins: how many of the score cells are bins.
        of_keys: the state that each key of a row stands for; -1 if a key does not tell.
    """

    def __init__(self, numbering: Numbering, bins: int, of_keys: NDArray[np.int64]) -> None:
        self._numbering = numbering
        self._bins = bins
        self._place = np.full(numbering.states, -1, dtype=np.int32)
        self._of_keys = of_keys
        self._place_of_key = np.full(len(of_keys), -1, dtype=np.int32)
        self._untold = False
        self._looked_at = 0
        self.states = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.states)

    @property
    def parts(self) -> NDArray[np.int32]:
        """The part of the state at each place."""
        return self._numbering.part(self.states).astype(np.int32)

    def places(
        self,
        keys: NDArray[np.int32],
        states_of: Callable[[NDArray[np.intp]], NDArray[np.int64]],
    ) -> NDArray[np.int32]:
        """The place of the state of each row; states that are new are added.

        Args:
            keys: of the rows.
            states_of: gives the states of some rows, for those whose keys do not tell.
        """
        found = self._place_of_key.take(keys)
        if len(found) and found.min() < 0:
            at = np.flatnonzero(found < 0)
            states = self._of_keys.take(keys.take(at))
            hidden = np.flatnonzero(states < 0)
            if len(hidden):
                states[hidden] = states_of(at.take(hidden))
            new = self._distinct(states[self._place.take(states) < 0])
            if len(new):
                self._admit(new if len(self.states) else self._filled(new))
            found[at] = self._place.take(states)
            self._looked_at += len(at)
            if self._untold and self._looked_at * _TELLING > len(self._of_keys):
                self._tell()
        return found

    def _admit(self, states: NDArray[np.int64]) -> None:
        self._place[states] = np.arange(len(self), len(self) + len(states), dtype=np.int32)
        self.states = np.concatenate([self.states, states])
        self._untold = True

    def _tell(self) -> None:
        """Tell the keys the places of states; until then, rows of new states are looked at."""
        self._place_of_key = np.where(self._of_keys < 0, -1, self._place.take(self._of_keys))
        self._untold, self._looked_at = False, 0

    def _distinct(self, states: NDArray[np.int64]) -> NDArray[np.int64]:
        """Each state once, ascending; many are counted, few are sorted."""
        if len(states) * _TELLING > len(self._place):
            return np.flatnonzero(np.bincount(states))
        return np.unique(states)

    def _filled(self, seen: NDArray[np.int64]) -> NDArray[np.int64]:
        """The first states, and those in the gaps: what is likely to come, so that none is new.

        Where at least half of the bins were seen with a label, the others join them, each with the
        prediction of the nearest one seen.
        """
        numbering, bins = self._numbering, np.arange(self._bins)
        found = [seen]
        for label in range(numbering.classes):
            mine = seen[numbering.part(seen) // numbering.classes == label]
            mine = mine[mine % numbering.cells < self._bins]
            cells = mine % numbering.cells
            if 2 * len(np.unique(cells)) >= self._bins:
                order = np.argsort(cells, kind="stable")
                nearest = np.searchsorted(cells[order], bins).clip(max=len(mine) - 1)
                part = numbering.part(mine[order][nearest])
                found.append(part * numbering.cells + bins)
        return np.unique(np.concatenate(found))
