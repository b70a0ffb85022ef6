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


def test_only_rows_whose_keys_do_not_tell_are_looked_at() -> None:
    """New states are known by their keys, however late they come; other rows are looked at."""
    states, looked_at = state_list(), []

    def look(at: np.ndarray) -> np.ndarray:
        looked_at.append(at.tolist())
        return np.full(len(at), 8)

    for keys in ([0, 0], [6, 0], [6, 7, 6, 3], [6, 6]):
        states.places(np.array(keys, dtype=np.int32), look)
    assert looked_at == [[1, 3]]
    assert states.states.tolist() == [0, 6, 8]
