"""`SliceList`: the slices of a table, each made when somebody asks for it.

Thousands of groups are counted and bounded by arrays; naming them takes longer than that, and often
only the worst few are named.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

from roadworthy.records.slices import Slice, Term
from roadworthy.stats.cells import distinct, pack


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """The groups of one family of attributes, by the values that they have.

    Attributes:
        attributes: the family, in any order; the empty one has one group, the population.
        values: the values of each attribute, in order.
        codes: positions in `values`, shape (G, A).
    """

    attributes: tuple[str, ...]
    values: Sequence[Sequence[str]]
    codes: NDArray[np.integer]

    @classmethod
    def at(
        cls,
        attributes: tuple[str, ...],
        values: Sequence[Sequence[str]],
        places: NDArray[np.intp],
    ) -> Groups:
        """The groups at some places among all combinations of the values, the last varying first.

        >>> found = Groups.at(("sex", "race"), (["F", "M"], ["a", "b"]), np.array([1, 2]))
        >>> [str(slice_) for slice_ in found.slices()]
        ['race=b, sex=F', 'race=a, sex=M']
        """
        codes = np.zeros((len(places), len(attributes)), dtype=np.intp)
        if attributes:
            codes = np.stack(np.unravel_index(places, tuple(map(len, values))), axis=1)
        return cls(attributes=attributes, values=values, codes=codes)

    def __len__(self) -> int:
        return len(self.codes)

    def slice(self, position: int) -> Slice:
        """One group."""
        codes = self.codes[position].tolist()
        pairs = zip(self.attributes, self.values, codes, strict=True)
        return Slice.of({name: own[code] for name, own, code in pairs})

    def slices(self) -> Iterator[Slice]:
        """Every group, in order; groups share their terms."""
        order = sorted(range(len(self.attributes)), key=self.attributes.__getitem__)
        terms = [
            [Term(attribute=self.attributes[axis], value=value) for value in self.values[axis]]
            for axis in order
        ]
        for row in self.codes[:, order].tolist():
            yield Slice(terms=tuple(own[code] for own, code in zip(terms, row, strict=True)))


def groups_of(
    family: Sequence[str],
    attributes: Sequence[str],
    values: Sequence[Sequence[str]],
    codes: NDArray[np.integer],
) -> tuple[Groups, NDArray[np.intp]]:
    """The groups of a family that occur, in the order of their values, and which one each row has.

    Args:
        family: some of the attributes, in any order; none of them makes the population one group.
        attributes: what the rows are told apart by.
        values: the values of each attribute.
        codes: positions in `values`, shape (rows, attributes).
    """
    columns = [attributes.index(name) for name in family]
    own = [values[column] for column in columns]
    if not columns:
        return Groups.at((), (), np.zeros(1, np.intp)), np.zeros(len(codes), np.intp)
    place, which = distinct(pack([codes[:, column] for column in columns], list(map(len, own))))
    groups = Groups(attributes=tuple(family), values=own, codes=codes[place][:, columns])
    return groups, which


class SliceList(Sequence[Slice]):
    """The groups of several families, one family after the other; behaves as a tuple of slices.

    >>> race = Groups(attributes=("race",), values=(["a", "b"],), codes=np.array([[0], [1]]))
    >>> found = SliceList([race])
    >>> len(found), str(found[1])
    (2, 'race=b')
    """

    __slots__ = ("_ends", "_families", "_made")

    def __init__(self, families: Iterable[Groups]) -> None:
        self._families = tuple(families)
        self._ends = list(accumulate(map(len, self._families)))
        self._made: tuple[Slice, ...] | None = None

    def __repr__(self) -> str:
        return f"SliceList({len(self):,} slices of {len(self._families)} families)"

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[Slice]:
        if self._made is None:
            self._made = tuple(slice_ for family in self._families for slice_ in family.slices())
        return iter(self._made)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Slice: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Slice, ...]: ...

    def __getitem__(self, index: SupportsIndex | slice) -> Slice | tuple[Slice, ...]:
        if isinstance(index, slice):
            return tuple(self[position] for position in range(*index.indices(len(self))))
        if self._made is not None:
            return self._made[index]
        position = range(len(self))[index]
        family = bisect_right(self._ends, position)
        return self._families[family].slice(position - self._ends[family])

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, SliceList | tuple) else False

    def __hash__(self) -> int:
        return hash(tuple(self))

    def by_attributes(self) -> dict[tuple[str, ...], NDArray[np.intp]]:
        """The positions of the groups of each set of attributes, in order of appearance."""
        found: dict[tuple[str, ...], list[NDArray[np.intp]]] = {}
        for family, end in zip(self._families, self._ends, strict=True):
            if len(family):
                place = np.arange(end - len(family), end, dtype=np.intp)
                found.setdefault(tuple(sorted(family.attributes)), []).append(place)
        return {attributes: np.concatenate(places) for attributes, places in found.items()}
