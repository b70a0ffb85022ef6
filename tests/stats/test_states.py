"""States get places in the order in which they come, and keys are told of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.stats.states import Numbering, StateList

NUMBERING = Numbering(classes=3, cells=9)


def state_list() -> StateList:
    """A list of states that are their own keys; every fourth key does not tell."""
    states = np.arange(NUMBERING.states)
    return StateList(NUMBERING, 5, np.where(states % 4 == 3, -1, states))


@given(st.lists(st.lists(st.integers(0, NUMBERING.states - 1), max_size=30), max_size=6))
def test_places_lead_back_to_states(pieces: list[list[int]]) -> None:
    """However the states come, each row's place is that of its state, and places never change."""
    states, seen = state_list(), np.zeros(0, dtype=np.int64)
    for piece in pieces:
        keys = np.array(piece, dtype=np.int32)
        found = states.places(keys, keys.astype(np.int64).take)
        assert np.array_equal(states.states[found], keys)
        assert np.array_equal(states.states[: len(seen)], seen)
        assert np.array_equal(states.parts, states.states // NUMBERING.cells)
        seen = states.states


def test_states_that_come_late_are_not_looked_at_for_ever() -> None:
    """A state that is new after the first rows is known by its key once it has come often."""
    states, looked_at = state_list(), []

    def look(at: np.ndarray) -> np.ndarray:
        looked_at.append(len(at))
        return np.full(len(at), 6)

    states.places(np.zeros(50, dtype=np.int32), lambda at: np.zeros(len(at), dtype=np.int64))
    for _ in range(6):
        states.places(np.full(4, 6, dtype=np.int32), look)
    assert looked_at == [4, 4, 4]
