"""`Counted`: whatever holds the counts of a table, however it came by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, Self, TypeVar

from roadworthy.errors import UsageError
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.plan import TallyPlan


class Counted(Protocol):
    """Counts of rows by groups, label, prediction and score; they add up.

    `Tally` holds the finest cells, from which any set of attributes follows; `Cube` holds dense
    counts of the sets that were asked for. Of one table both give the same `SliceTable`.
    """

    @property
    def plan(self) -> TallyPlan:
        """What was counted."""

    @property
    def strategy(self) -> str:
        """How it was counted, and why so, in words."""

    def slices(self, families: Iterable[Sequence[str]], *, histogram: bool = True) -> SliceTable:
        """The counts of every group that occurs in each family of attributes, family by family.

        The groups of a family come in the order of its attributes' values. The empty family is the
        whole population.

        Raises:
            UsageError: a family was not counted, or not with score histograms.
        """

    def merge(self, other: Self) -> Self:
        """The counts of both parts together; the same in any order and grouping, bit for bit.

        Raises:
            UsageError: the parts were counted by different plans.
            DataError: together an attribute has too many values, or a sum leaves 64 bits.
        """


_Part = TypeVar("_Part", bound=Counted)


def merge_all(parts: Iterable[_Part]) -> _Part:
    """The counts of all parts together.

    Raises:
        UsageError: there are none, or their plans differ.
    """
    left = list(parts)
    if not left:
        raise UsageError("expected at least one tally to merge, found none")
    while len(left) > 1:
        pairs = zip(left[::2], left[1::2], strict=False)
        left = [first.merge(second) for first, second in pairs] + left[len(left) // 2 * 2 :]
    return left[0]
