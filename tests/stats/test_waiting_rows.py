"""Rows that wait come back in the order of their states, each once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.stats.waiting_rows import Piece, WaitingRows

ROWS = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 400_000), st.integers(0, 9)), max_size=60
)


def piece_of(rows: list[tuple[int, int, int]]) -> Piece:
    """Rows of code, state and weight."""
    code, state, weight = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Piece(
        codes={"a": code.astype(np.int32)},
        sizes={"a": int(code.max(initial=0)) + 1},
        state=state.astype(np.int32),
        sums={"weight": weight},
    )


@given(st.lists(ROWS, max_size=4))
def test_rows_come_back_in_order(parts: list[list[tuple[int, int, int]]]) -> None:
    """Every row comes back once with all that it holds; states ascend but for their last bits."""
    waiting = WaitingRows(1000)
    for rows in parts:
        waiting.add(piece_of(rows))
    states = [state for rows in parts for _, state, _ in rows]
    assert waiting.alike >= max((states.count(state) for state in states), default=0)
    taken = list(waiting.taken())
    found = [
        row
        for piece in taken
        for row in zip(
            piece.codes["a"].tolist(),
            piece.state.tolist(),
            piece.sums["weight"].tolist(),
            strict=True,
        )
    ]
    assert sorted(found) == sorted(row for rows in parts for row in rows)
    ordered = [state >> 3 for _, state, _ in found]  # 400,000 has 19 bits, of which 16 count
    assert ordered == sorted(ordered) or max(states) < 2**18
    assert (waiting.alike, list(waiting.taken())) == (0, [])


def test_rows_come_in_pieces_that_fit_into_a_cache() -> None:
    """However many wait, they are given 65,536 at a time; from enough bytes on, they are many."""
    waiting = WaitingRows(most=13 * 70_000)
    waiting.add(piece_of([(1, 5, 2)] * 69_999))
    assert not waiting.full
    waiting.add(piece_of([(1, 5, 2)]))
    assert waiting.full
    assert [len(piece.state) for piece in waiting.taken()] == [65_536, 4_464]
    assert not waiting.full
