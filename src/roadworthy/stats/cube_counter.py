"""`CubeCounter`: counts rows into dense arrays, a piece at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.blocks import BY_STATE, Block
from roadworthy.stats.cells import check_sum
from roadworthy.stats.cube import WIDE, Cube
from roadworthy.stats.families import Families, Shape
from roadworthy.stats.plan import TallyPlan
from roadworthy.stats.rollup import SCORE_SUMS
from roadworthy.stats.states import Integers, Numbering, StateList

_SLACK = 1.25
_KEYS = 2**31
_STATES = 2**26
_ONE = np.int32(1)

Codes = NDArray[np.int32]


class DenseLimitError(Exception):
    """The dense counts would take more memory than they may."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CodedRows:
    """Rows as numbers, N of them.

    Attributes:
        codes: which value each row has of each attribute, shape (N,) each.
        sizes: how many values of each attribute are known.
        label: the class, K where it is missing; shape (N,).
        predicted: the same of the prediction.
        cell: the score cell; shape (N,).
        sums: what each row adds to the sums of weights and scores, int64, shape (N,) each.
    """

    codes: Mapping[str, Codes]
    sizes: Mapping[str, int]
    label: Codes
    predicted: Codes
    cell: Codes
    sums: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)


class CubeCounter:
    """Dense counts that grow with the values and states that are seen.

    Args:
        plan: what is counted.
        families: the sets of attributes that will be asked for, as `asked_families` puts them.
        shapes: the sets to count, in which all families are contained.
        limit: the most bytes that the counts may take.

    Raises:
        DenseLimitError: the plan has too many classes and score cells.
    """

    def __init__(
        self, plan: TallyPlan, families: Families, shapes: Sequence[Shape], *, limit: int
    ) -> None:
        self._plan = plan
        self._families = families
        self._numbering = Numbering.of(plan)
        self._limit = limit
        if self._numbering.states >= _STATES:
            raise DenseLimitError(f"{self._numbering.states:,} states are too many to number")
        self._totals = dict.fromkeys(plan.sums, 0.0)
        self._states = StateList(self._numbering, plan.grid.bins)
        self._sizes = {name: 0 for shape in shapes for name in shape.attributes}
        self._width = 0
        self._shapes = tuple(shapes)
        self._sums = [self._empty(shape) for shape in shapes]

    def add(self, rows: CodedRows) -> None:
        """Count further rows.

        Raises:
            DenseLimitError: the counts would take too much memory.
            DataError: a sum leaves 64 bits.
        """
        self._check_totals(rows)
        part = rows.label * np.int32(self._numbering.classes) + rows.predicted
        scored = any(shape.scored for shape in self._shapes)
        state = self._states.places(part, rows.cell) if scored else part
        self._make_room(rows.sizes)
        for shape, sums in zip(self._shapes, self._sums, strict=True):
            self._count(shape, sums, rows, part, state)

    def cube(self, categories: Mapping[str, Sequence[str]], reason: str) -> Cube:
        """The counts of all rows; the counter is used up.

        Args:
            categories: what the codes of each attribute stand for.
            reason: why the rows were counted so.

        Raises:
            DataError: an attribute has too many values.
        """
        self._make_room({name: len(categories[name]) for name in self._sizes})
        pairs = zip(self._shapes, self._sums, strict=True)
        made = [Block(shape=shape, sums=sums) for shape, sums in pairs]
        self._sums = []
        kept = {name: categories[name] for name in self._sizes}
        return Cube.of(self._plan, self._families, kept, self._states.states, made, reason)

    def _count(
        self,
        shape: Shape,
        sums: Mapping[str, Integers],
        rows: CodedRows,
        part: Codes,
        state: Codes,
    ) -> None:
        """Add the rows to the sums of one set of attributes."""
        group = np.zeros_like(part)
        for name in shape.attributes:
            np.multiply(group, np.int32(self._sizes[name]), out=group)
            np.add(group, rows.codes[name], out=group)
        narrow = [name for name in sums if not (shape.scored and name in BY_STATE)]
        if narrow:
            by_part = group * np.int32(self._numbering.parts) + part
        if shape.scored:
            np.multiply(group, np.int32(self._width), out=group)
            np.add(group, state, out=group)
        for name, found in sums.items():
            place = by_part if name in narrow else group
            np.add.at(found.reshape(-1), place, _ONE if name == "rows" else rows.sums[name])

    def _check_totals(self, rows: CodedRows) -> None:
        self._totals["rows"] += len(rows.label)
        for name, values in rows.sums.items():
            self._totals[name] += float(values.sum(dtype=np.float64))
            check_sum(self._totals[name], name.replace("_", " "))
        if self._totals["rows"] >= WIDE:
            for sums in self._sums:
                sums["rows"] = sums["rows"].astype(np.int64, copy=False)

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
        return {
            name: (*groups, self._width if name in BY_STATE else self._numbering.parts)
            if shape.scored
            else (*groups, self._numbering.parts)
            for name in self._names(shape)
        }

    def _names(self, shape: Shape) -> list[str]:
        return [name for name in self._plan.sums if shape.scored or name not in SCORE_SUMS]

    def _empty(self, shape: Shape) -> dict[str, Integers]:
        return {
            name: np.zeros(length, np.int32 if name == "rows" else np.int64)
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
