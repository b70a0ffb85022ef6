"""`CubeCounter`: counts rows into dense arrays, a piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.blocks import BY_STATE, WIDE, Block
from roadworthy.stats.cells import check_sum
from roadworthy.stats.cube import Cube
from roadworthy.stats.families import Families, Shape
from roadworthy.stats.plan import TallyPlan
from roadworthy.stats.rollup import SCORE_SUMS
from roadworthy.stats.states import Integers, Numbering, StateList
from roadworthy.stats.waiting_rows import SEVERAL, Piece, Waiting, WaitingRows

_SLACK = 1.25
_KEYS = 2**31
_STATES = 2**26

_SHORT = 2**16 - 1
_USUAL = Waiting()

Codes = NDArray[np.int32]


class DenseLimitError(Exception):
    """The dense counts would take more memory than they may."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CodedRows:
    """Rows as numbers, N of them.

    Attributes:
        codes: which value each row has of each attribute, shape (N,) each.
        sizes: how many values of each attribute are known.
        keys: label, predicted class and score of each row as a number, shape (N,).
        states_of: gives the states of the rows at some places, for keys that do not tell.
        sums: what each row adds to the sums of weights and scores, int64, shape (N,) each.
    """

    codes: Mapping[str, Codes]
    sizes: Mapping[str, int]
    keys: Codes
    states_of: Callable[[NDArray[np.intp]], NDArray[np.int64]]
    sums: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)


class CubeCounter:
    """Dense counts that grow with the values and states that are seen.

    An array has one axis for each attribute and one of states, which comes last. Where rows add to
    several arrays, each larger than a processor's cache, it comes first, and many rows at a time
    are put in the order of their states: so they add to few neighbouring cells of an array at once.
    Such counts begin in 16 bits, and get more before they need them.

    Args:
        plan: what is counted.
        families: the sets of attributes that will be asked for, as `asked_families` puts them.
        shapes: the sets to count, in which all families are contained.
        states_of_keys: the state that each key stands for; -1 if a key does not tell.
        limit: the most bytes that the counts may take.
        waiting: when rows wait for others, to be put in order together.

    Raises:
        DenseLimitError: the plan has too many classes and score cells.
    """

    def __init__(
        self,
        plan: TallyPlan,
        families: Families,
        shapes: Sequence[Shape],
        *,
        states_of_keys: NDArray[np.int64],
        limit: int,
        waiting: Waiting = _USUAL,
    ) -> None:
        self._plan = plan
        self._families = families
        self._numbering = Numbering.of(plan)
        self._limit = limit
        check_states(plan)
        self._totals = dict.fromkeys(plan.sums, 0.0)
        self._states = StateList(self._numbering, plan.grid.bins, states_of_keys)
        self._sizes = {name: 0 for shape in shapes for name in shape.attributes}
        self._width = 0
        self._shapes = tuple(shapes)
        by_state = [_by_state(shape, name) for shape in shapes for name in self._names(shape)]
        self._by_part = not all(by_state)
        self._several = sum(by_state) >= SEVERAL
        self._wait = waiting
        self._waiting: WaitingRows | None = None
        self._sums: list[dict[str, Integers]] = []
        self._highest = [0] * len(shapes)

    def add(self, rows: CodedRows) -> None:
        """Count further rows.

        Raises:
            DenseLimitError: the counts would take too much memory.
            DataError: a sum leaves 64 bits.
        """
        self._check_totals(rows)
        state = self._states.places(rows.keys, rows.states_of)
        if not self._sums:
            self._begin(rows.sizes)
        codes = {name: rows.codes[name] for name in self._sizes}
        piece = Piece(codes=codes, sizes=rows.sizes, state=state, sums=rows.sums)
        if self._waiting is None:
            self._widen(len(rows.keys))
            self._count(piece)
        else:
            self._waiting.add(piece)
            if self._waiting.full:
                self._count_waiting()

    def cube(self, categories: Mapping[str, Sequence[str]], reason: str) -> Cube:
        """The counts of all rows; the counter is used up.

        Args:
            categories: what the codes of each attribute stand for.
            reason: why the rows were counted so.

        Raises:
            DataError: an attribute has too many values.
        """
        if not self._sums:
            self._begin(self._sizes)
        self._count_waiting()
        self._make_room({name: len(categories[name]) for name in self._sizes})
        pairs = zip(self._shapes, self._sums, strict=True)
        made = [Block(shape=shape, sums=self._states_last(shape, sums)) for shape, sums in pairs]
        self._sums = []
        kept = {name: categories[name] for name in self._sizes}
        states = self._states.states
        if not any(shape.scored for shape in self._shapes):
            states = states[:0]
        return Cube.of(self._plan, self._families, kept, states, made, reason)

    def _begin(self, sizes: Mapping[str, int]) -> None:
        """Let rows wait if they add to several arrays that a cache seems not to hold."""
        cells = sum(
            prod(sizes[name] for name in shape.attributes) * len(self._states)
            for shape in self._shapes
            if shape.scored
        )
        if self._several and cells > self._wait.cached:
            self._waiting = WaitingRows(self._wait.together)
        self._sums = [self._empty(shape) for shape in self._shapes]

    def _count_waiting(self) -> None:
        if self._waiting is None:
            return
        self._widen(self._waiting.alike)
        for piece in self._waiting.taken():
            self._count(piece)

    def _count(self, piece: Piece) -> None:
        """Add rows to the sums of every set of attributes."""
        self._make_room(piece.sizes)
        part = self._states.parts.take(piece.state) if self._by_part else piece.state
        for shape, sums in zip(self._shapes, self._sums, strict=True):
            places: dict[bool, Codes] = {}
            for name, found in sums.items():
                by_state = _by_state(shape, name)
                if by_state not in places:
                    places[by_state] = self._places(shape, piece, part, by_state=by_state)
                added = found.dtype.type(1) if name == "rows" else piece.sums[name]
                np.add.at(found.reshape(-1), places[by_state], added)

    def _places(self, shape: Shape, piece: Piece, part: Codes, *, by_state: bool) -> Codes:
        """Where each row adds to the arrays of a shape that are by state, or by part."""
        if not by_state:
            return self._group(shape, piece, part, self._numbering.parts)
        if self._waiting is None:
            return self._group(shape, piece, piece.state, self._width)
        place = piece.state
        for name in shape.attributes:
            place = place * np.int32(self._sizes[name])
            np.add(place, piece.codes[name], out=place)
        return place

    def _group(self, shape: Shape, piece: Piece, last: Codes, width: int) -> Codes:
        """The number of each row's group, followed by one more axis."""
        group: Codes | None = None
        for name in shape.attributes:
            code = piece.codes[name]
            group = code if group is None else group * np.int32(self._sizes[name]) + code
        return last if group is None else group * np.int32(width) + last

    def _widen(self, more: int) -> None:
        """Give rows the bits that they need for so many more with the same state."""
        for position, sums in enumerate(self._sums):
            bits = self._bits(position, more)
            if sums["rows"].dtype != bits:
                sums["rows"] = sums["rows"].astype(bits)
                self._check_limit([self._lengths(shape) for shape in self._shapes])

    def _bits(self, position: int, more: int) -> type[np.integer]:
        """The type that the rows of a shape need."""
        rows = self._sums[position]["rows"]
        if self._totals["rows"] >= WIDE:
            return np.int64
        if rows.dtype != np.uint16:
            return np.int32
        self._highest[position] += more
        if self._highest[position] <= _SHORT:
            return np.uint16
        self._highest[position] = int(rows.max(initial=0)) + more
        return np.uint16 if self._highest[position] <= _SHORT // 2 else np.int32

    def _check_totals(self, rows: CodedRows) -> None:
        self._totals["rows"] += len(rows.keys)
        for name, values in rows.sums.items():
            self._totals[name] += float(values.sum(dtype=np.float64))
            check_sum(self._totals[name], name.replace("_", " "))

    def _make_room(self, sizes: Mapping[str, int]) -> None:
        """Let the arrays grow, a little further than they must."""
        asked = {name: _room(held, sizes[name]) for name, held in self._sizes.items()}
        width = _room(self._width, len(self._states))
        if (asked, width) == (self._sizes, self._width):
            return
        self._sizes, self._width = asked, width
        lengths = [self._lengths(shape) for shape in self._shapes]
        self._check_limit(lengths)
        for held, wanted in zip(self._sums, lengths, strict=True):
            for name, found in held.items():
                held[name] = _grown(found, wanted[name])

    def _lengths(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """The shape of each array."""
        groups = tuple(self._sizes[name] for name in shape.attributes)
        by_part = (*groups, self._numbering.parts)
        by_state = (*groups, self._width) if self._waiting is None else (self._width, *groups)
        return {
            name: by_state if _by_state(shape, name) else by_part for name in self._names(shape)
        }

    def _states_last(self, shape: Shape, sums: Mapping[str, Integers]) -> dict[str, Integers]:
        """The sums with the axis of states, or of parts, at the end."""
        if self._waiting is None:
            return dict(sums)
        return {
            name: np.moveaxis(found, 0, -1) if _by_state(shape, name) else found
            for name, found in sums.items()
        }

    def _names(self, shape: Shape) -> list[str]:
        return [name for name in self._plan.sums if shape.scored or name not in SCORE_SUMS]

    def _empty(self, shape: Shape) -> dict[str, Integers]:
        short = np.uint16 if self._waiting is not None and shape.scored else np.int32
        return {
            name: np.zeros(length, short if name == "rows" else np.int64)
            for name, length in self._lengths(shape).items()
        }

    def _check_limit(self, lengths: Sequence[Mapping[str, tuple[int, ...]]]) -> None:
        cells = [prod(length) for wanted in lengths for length in wanted.values()]
        size = sum(
            prod(length) * found.itemsize
            for held, wanted in zip(self._sums, lengths, strict=True)
            for found, length in zip(held.values(), wanted.values(), strict=True)
        )
        if max(cells) >= _KEYS or size > self._limit:
            raise DenseLimitError(f"{size:,} bytes of counts, at most {self._limit:,} are allowed")


def check_states(plan: TallyPlan) -> None:
    """Refuse a plan whose states are too many to number.

    Raises:
        DenseLimitError: it has too many classes and score cells.
    """
    states = Numbering.of(plan).states
    if states >= _STATES:
        raise DenseLimitError(f"{states:,} states are too many to number")


def _by_state(shape: Shape, name: str) -> bool:
    """True if a sum has an axis of states, false if one of parts."""
    return shape.scored and name in BY_STATE


def _room(held: int, asked: int) -> int:
    if asked <= held:
        return held
    return asked if held == 0 else max(asked, int(held * _SLACK))


def _grown(found: Integers, length: tuple[int, ...]) -> Integers:
    if found.shape == length:
        return found
    made = np.zeros(length, dtype=found.dtype)
    made[tuple(slice(size) for size in found.shape)] = found
    return made
