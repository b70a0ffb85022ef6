"""Dense counts of one set of attributes, and how they are added up and put in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.families import Shape
from roadworthy.stats.states import Integers, Numbering

WIDE = 2**31
"""From this many rows on, rows are counted in 64 bits."""

BY_STATE = ("rows", "weight", "score_sum")
"""The sums that a scored block holds by state; it holds the others by part."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """The dense counts of one set of attributes.

    Attributes:
        shape: the attributes, and whether score cells are told apart.
        sums: the sums by name, integers. Each has one axis for each attribute, then one of states
            (of the sums `BY_STATE`, if the block is scored) or of parts.
    """

    shape: Shape
    sums: Mapping[str, Integers]

    @property
    def size(self) -> int:
        """The number of cells."""
        return self.sums["rows"].size

    def by_state(self, name: str) -> bool:
        """True if the last axis of a sum is one of states."""
        return self.shape.scored and name in BY_STATE

    def summed(self, name: str, family: Sequence[str]) -> NDArray[np.int64]:
        """A sum by the groups of a family within this block, in its order, and the last axis."""
        return _summed(self.sums[name], self.shape.attributes, family, np.int64)

    def part_sums(
        self, name: str, family: Sequence[str], numbering: Numbering, states: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """A sum by group of a family and part, shape (G, classes, classes)."""
        found = self.sums[name]
        if self.by_state(name):
            found = numbering.by_part(found, states)
        by_group = _summed(found, self.shape.attributes, family, np.int64)
        return by_group.reshape(-1, numbering.classes, numbering.classes)

    def within(self, shape: Shape) -> Block:
        """The counts of a shape that this one covers; the same block if it is the same shape.

        Of a scored block, only scored shapes can be taken.
        """
        if shape == self.shape:
            return self
        names = self.shape.attributes
        sums = {
            name: _summed(found, names, shape.attributes, _bits_of_sums(found)).reshape(
                *(found.shape[names.index(name_)] for name_ in shape.attributes), found.shape[-1]
            )
            for name, found in self.sums.items()
        }
        return Block(shape=shape, sums=sums)

    def taken(self, places: Mapping[str, NDArray[np.intp]], states: NDArray[np.intp]) -> Block:
        """Only some values of each attribute and some states, in the order given."""
        sums = {}
        for name, found in self.sums.items():
            axes = [places[attribute] for attribute in self.shape.attributes]
            axes += [states] if self.by_state(name) else []
            for axis, index in enumerate(axes):
                found = _in_order(found, index, axis)  # noqa: PLW2901 - axis by axis
            sums[name] = found
        return Block(shape=self.shape, sums=sums)

    def spread(
        self,
        places: Mapping[str, NDArray[np.intp]],
        states: NDArray[np.intp],
        sizes: Mapping[str, int],
        width: int,
        *,
        narrow: bool,
    ) -> Block:
        """These counts among more values and states: where each of them goes, and how many.

        Rows are held in 32 bits if `narrow`, in 64 otherwise.
        """
        sums = {}
        for name, found in self.sums.items():
            axes = [places[attribute] for attribute in self.shape.attributes]
            length = [sizes[attribute] for attribute in self.shape.attributes]
            last = width if self.by_state(name) else found.shape[-1]
            axes.append(states if self.by_state(name) else np.arange(last))
            bits = np.int32 if narrow and name == "rows" else np.int64
            wide: Integers = np.zeros((*length, last), dtype=bits)
            wide[np.ix_(*axes)] = found
            sums[name] = wide
        return Block(shape=self.shape, sums=sums)


def _bits_of_sums(found: Integers) -> np.dtype[np.integer]:
    """A type for sums of counts, no wider than it must be."""
    if found.dtype == np.uint16:
        return np.dtype(np.int32 if found.sum(dtype=np.int64) < WIDE else np.int64)
    return found.dtype


def _in_order(found: Integers, index: NDArray[np.intp], axis: int) -> Integers:
    """The places of an axis in the order given; not a copy if they stand so already."""
    if not found.size or np.array_equal(index, np.arange(len(index))):
        return found[(slice(None),) * axis + (slice(len(index)),)]
    return found.take(index, axis=axis)


def _summed(
    found: Integers, names: Sequence[str], family: Sequence[str], dtype: type | np.dtype[np.integer]
) -> NDArray[np.int64]:
    """Sums over the attributes that are not in the family, shape (groups, last axis)."""
    others = tuple(axis for axis, name in enumerate(names) if name not in family)
    kept = [name for name in names if name in family]
    left = found.sum(axis=others, dtype=dtype) if others else found.astype(dtype, copy=False)
    order = [kept.index(name) for name in family]
    ordered = left.transpose(*order, left.ndim - 1)
    return ordered.reshape(prod(ordered.shape[:-1]), found.shape[-1])
