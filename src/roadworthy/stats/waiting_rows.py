"""`WaitingRows`: rows held back until they are many, then given in the order of their states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEVERAL = 4
"""From so many arrays on, it pays to put rows in the order of their states."""

PIECE = 1 << 16
"""So many rows are given at a time: they fit into a processor's cache."""

_SORTED_BITS = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """N rows, ready to be counted.

    Attributes:
        codes: which value each row has of each attribute, shape (N,) each.
        sizes: how many values of each attribute are known.
        state: the place of each row's state, shape (N,).
        sums: what each row adds to the sums, int64, shape (N,) each.
    """

    codes: Mapping[str, NDArray[np.int32]]
    sizes: Mapping[str, int]
    state: NDArray[np.int32]
    sums: Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """When rows wait, and for how many others.

    Attributes:
        cached: arrays of so many cells together stay in a processor's cache, where any order will
            do; for larger ones rows wait.
        together: rows of so many bytes are put in order together.
    """

    cached: int = 1 << 20
    together: int = 1 << 24


class WaitingRows:
    """Rows that wait, in as few bytes as hold them.

    Args:
        most: the bytes from which on they are many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._pieces: list[Piece] = []
        self._bytes = 0
        self._alike = 0

    @property
    def alike(self) -> int:
        """The most rows that share a state, or a few more."""
        return self._alike

    @property
    def full(self) -> bool:
        """True if there are many rows."""
        return self._bytes >= self._most

    def add(self, piece: Piece) -> None:
        """Let further rows wait."""
        codes = {
            name: found.astype(np.min_scalar_type(piece.sizes[name]))
            for name, found in piece.codes.items()
        }
        self._pieces.append(
            Piece(codes=codes, sizes=piece.sizes, state=piece.state, sums=piece.sums)
        )
        arrays = (piece.state, *codes.values(), *piece.sums.values())
        self._bytes += sum(found.nbytes for found in arrays)
        self._alike += int(np.bincount(piece.state).max(initial=0))

    def taken(self) -> Iterator[Piece]:
        """All rows, which wait no longer, in the order of their states."""
        waiting, self._pieces, self._bytes, self._alike = self._pieces, [], 0, 0
        if not waiting:
            return
        state = np.concatenate([piece.state for piece in waiting])
        order = _order(state)
        codes = {
            name: np.concatenate([piece.codes[name] for piece in waiting]).take(order)
            for name in waiting[0].codes
        }
        sums = {
            name: np.concatenate([piece.sums[name] for piece in waiting]).take(order)
            for name in waiting[0].sums
        }
        state, sizes = state.take(order), waiting[-1].sizes
        del waiting, order
        for start in range(0, len(state), PIECE):
            cut = slice(start, start + PIECE)
            yield Piece(
                codes={name: found[cut].astype(np.int32) for name, found in codes.items()},
                sizes=sizes,
                state=state[cut],
                sums={name: found[cut] for name, found in sums.items()},
            )


def _order(state: NDArray[np.int32]) -> NDArray[np.intp]:
    """The order of the states, or of their first 16 bits, which are sorted in few steps."""
    spare = max(int(state.max(initial=0)).bit_length() - _SORTED_BITS, 0)
    return np.argsort((state >> spare).astype(np.uint16), kind="stable")
