"""`Cube`: dense counts of the sets of attributes that were asked for; they add up.

Where many attributes meet a score, the finest cells of a `Tally` approach the rows. A cube holds
one dense array for each largest set of attributes that will be asked for, by the values of its
attributes and by *state*: label, predicted class and score cell together. Smaller sets are sums
over its axes. Cubes of parts of a table merge to the cube of the table, in any order, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from roadworthy.errors import UsageError
from roadworthy.stats.blocks import WIDE, Block
from roadworthy.stats.cells import check_total
from roadworthy.stats.families import Families, Shape, check_attributes, largest_shapes
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.plan import TallyPlan
from roadworthy.stats.rollup import slice_table
from roadworthy.stats.slice_list import Groups, SliceList
from roadworthy.stats.states import Integers, Numbering
from roadworthy.stats.tally import check_categories

_DECISIONS = ("rows", "weight", "weight_squared")
_SCORES = ("rows", "weight", "score_sum")

_Totals = dict[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cube:
    """Dense counts by set of attributes; `CubeCounter` makes one.

    Attributes:
        plan: what was counted.
        families: the sets of attributes that may be asked for, as `asked_families` puts them.
        categories: the values of each attribute of a family, sorted, perhaps some without rows;
            nulls and NaN are `(missing)`.
        states: the states, ascending, as `Numbering` numbers them, perhaps some without rows, shape
            (T,); none if no block is scored.
        blocks: the counts, of sets of attributes in which all families are contained.
        reason: why the rows were counted so, in words that follow "because".
    """

    plan: TallyPlan
    families: Families
    categories: Mapping[str, tuple[str, ...]]
    states: NDArray[np.int64]
    blocks: tuple[Block, ...]
    reason: str

    @classmethod
    def of(
        cls,
        plan: TallyPlan,
        families: Families,
        categories: Mapping[str, Sequence[str]],
        states: NDArray[np.int64],
        blocks: Sequence[Block],
        reason: str,
    ) -> Cube:
        """The cube of blocks whose values and states stand in any order.

        Raises:
            DataError: an attribute has too many values.
        """
        places = {name: _order(values) for name, values in categories.items()}
        place = np.argsort(states, kind="stable")
        narrow = int(blocks[0].sums["rows"].sum(dtype=np.int64)) < WIDE
        cube = cls(
            plan=plan,
            families=families,
            categories={
                name: tuple(values[i] for i in places[name]) for name, values in categories.items()
            },
            states=states[place],
            blocks=tuple(_as_wide(block.taken(places, place), narrow=narrow) for block in blocks),
            reason=reason,
        )
        for name, values in cube.categories.items():
            if len(values) > plan.max_categories:
                found = int(cube._occurring(name).sum())
                check_categories(name, found, plan.max_categories)
        return cube

    def __repr__(self) -> str:
        return f"Cube({self.rows:,} rows; {self.strategy})"

    @property
    def rows(self) -> int:
        """The number of rows that were counted."""
        return int(self.blocks[0].sums["rows"].sum(dtype=np.int64))

    @property
    def strategy(self) -> str:
        """How the rows were counted, and why so, in words."""
        return f"dense counts of {len(self.families)} sets of attributes, because {self.reason}"

    def merge(self, other: Cube) -> Cube:
        """The cube of both parts together; the same in any order and grouping.

        Raises:
            UsageError: the cubes were made by different plans, or for different families.
            DataError: together an attribute has too many values, or a sum leaves 64 bits.
        """
        if (self.plan, self.families) != (other.plan, other.families):
            raise UsageError("only cubes of one plan and the same families merge; these differ")
        self._check_totals(other)
        categories = {
            name: tuple(sorted({*values, *other.categories[name]}))
            for name, values in self.categories.items()
        }
        states = np.union1d(self.states, other.states)
        parts = (self, other)
        if [block.shape for block in self.blocks] != [block.shape for block in other.blocks]:
            parts = (self._canonical(), other._canonical())
        narrow = self.rows + other.rows < WIDE
        mine, theirs = (part._spread(categories, states, narrow=narrow) for part in parts)  # noqa: SLF001 - the same class
        added = [
            Block(
                shape=left.shape,
                sums={name: found + right.sums[name] for name, found in left.sums.items()},
            )
            for left, right in zip(mine, theirs, strict=True)
        ]
        reason = self.reason if self.reason == other.reason else "they are parts put together"
        return Cube.of(self.plan, self.families, categories, states, added, reason)

    def slices(self, families: Iterable[Sequence[str]], *, histogram: bool = True) -> SliceTable:
        """The counts of every group that occurs in each family of attributes, family by family.

        The groups of a family come in the order of its attributes' values. The empty family is the
        whole population. Histograms take about 50 kB a group: ask for few families at a time.

        Raises:
            UsageError: a family was not counted, or not with score histograms.
        """
        wanted = list(dict.fromkeys(map(tuple, families)))
        check_attributes(self.plan, wanted)
        scored = histogram and self.plan.score is not None
        parts = [self._groups(family, scored=scored) for family in wanted]
        numbering = Numbering.of(self.plan)
        classes, cells = numbering.classes, numbering.cells
        square = dict.fromkeys(_DECISIONS, (classes, classes))
        wide = {**dict.fromkeys(_SCORES, (classes, cells)), "score_square_sum": (classes,)}
        decisions = _joined([part.decisions for part in parts], square, self.plan.sums)
        scores = _joined([part.scores for part in parts], wide, self.plan.sums)
        slices = SliceList(part.groups for part in parts)
        return slice_table(self.plan, slices, decisions, scores if scored else None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cube):
            return NotImplemented
        mine, theirs = self._canonical()._tidied(), other._canonical()._tidied()
        same = (mine.plan, mine.families, mine.categories)
        if same != (theirs.plan, theirs.families, theirs.categories):
            return False
        return np.array_equal(mine.states, theirs.states) and all(
            np.array_equal(found, right.sums[name])
            for left, right in zip(mine.blocks, theirs.blocks, strict=True)
            for name, found in left.sums.items()
        )

    __hash__ = None  # type: ignore[assignment]

    def _canonical(self) -> Cube:
        """The same counts with one block for each of the largest shapes."""
        shapes = largest_shapes(self.plan, self.families)
        if [block.shape for block in self.blocks] == list(shapes):
            return self
        blocks = [self._block(shape.attributes, scored=shape.scored) for shape in shapes]
        made = [block.within(shape) for block, shape in zip(blocks, shapes, strict=True)]
        return replace(self, blocks=tuple(made))

    def _tidied(self) -> Cube:
        """The same counts, without values and states that have no rows."""
        places = {name: np.flatnonzero(self._occurring(name)) for name in self.categories}
        scored = [block for block in self.blocks if block.shape.scored]
        place = np.zeros(0, dtype=np.intp)
        if scored:
            smallest = min(scored, key=lambda block: block.size)
            place = np.flatnonzero(smallest.summed("rows", ())[0])
        return replace(
            self,
            categories={
                name: tuple(values[i] for i in places[name].tolist())
                for name, values in self.categories.items()
            },
            states=self.states[place],
            blocks=tuple(block.taken(places, place) for block in self.blocks),
        )

    def _occurring(self, attribute: str) -> NDArray[np.bool_]:
        """Which values of an attribute have rows."""
        holding = [block for block in self.blocks if attribute in block.shape.attributes]
        smallest = min(holding, key=lambda block: block.size)
        return np.asarray(smallest.summed("rows", (attribute,)).any(axis=1))

    def _groups(self, family: tuple[str, ...], *, scored: bool) -> _Groups:
        """The groups of a family that have rows."""
        block = self._block(family, scored=scored)
        numbering = Numbering.of(self.plan)
        decisions = {
            name: block.part_sums(name, family, numbering, self.states)
            for name in _DECISIONS
            if name in block.sums
        }
        present = np.flatnonzero(decisions["rows"].any(axis=(1, 2)))
        if not family:
            present = np.arange(1)
        scores: _Totals = {}
        for name in _SCORES if scored else ():
            if name in block.sums:
                by_state = block.summed(name, family)[present]
                scores[name] = numbering.by_score(by_state, self.states)
        if scored and "score_square_sum" in block.sums:
            squares = block.part_sums("score_square_sum", family, numbering, self.states)
            scores["score_square_sum"] = squares[present].sum(axis=2)
        return _Groups(
            groups=Groups.at(family, [self.categories[name] for name in family], present),
            decisions={name: found[present] for name, found in decisions.items()},
            scores=scores,
        )

    def _block(self, family: tuple[str, ...], *, scored: bool) -> Block:
        """The smallest block that holds a family."""
        asked = Shape(family, scored)
        found = [block for block in self.blocks if block.shape.covers(asked)]
        if found:
            return min(found, key=lambda block: block.size)
        if scored and any(block.shape.covers(Shape(family, scored=False)) for block in self.blocks):
            raise UsageError(
                f"{list(family)} was counted without score histograms, for it holds a condition; "
                "ask for it with histogram=False"
            )
        raise UsageError(
            f"{list(family)} was not among the sets of attributes to count: "
            f"{[list(known) for known in self.families]}; name it when the table is counted"
        )

    def _spread(
        self,
        categories: Mapping[str, tuple[str, ...]],
        states: NDArray[np.int64],
        *,
        narrow: bool,
    ) -> list[Block]:
        """The blocks with room for further values and states."""
        places = {
            name: np.searchsorted(np.array(categories[name], dtype=object), values).astype(np.intp)
            for name, values in self.categories.items()
        }
        sizes = {name: len(values) for name, values in categories.items()}
        place = np.searchsorted(states, self.states)
        return [
            block.spread(places, place, sizes, len(states), narrow=narrow) for block in self.blocks
        ]

    def _check_totals(self, other: Cube) -> None:
        for name in self.plan.sums:
            totals = [
                next(
                    int(block.sums[name].sum(dtype=np.int64))
                    for block in cube.blocks
                    if name in block.sums
                )
                for cube in (self, other)
            ]
            check_total(np.array(totals), name.replace("_", " "))


@dataclass(frozen=True, slots=True)
class _Groups:
    """The groups of a family with rows, and their totals."""

    groups: Groups
    decisions: _Totals
    scores: _Totals


def _joined(
    parts: Sequence[_Totals], shapes: Mapping[str, tuple[int, ...]], names: Sequence[str]
) -> _Totals:
    """The totals of all families, one after the other."""
    return {
        name: np.concatenate([np.zeros((0, *shape), np.int64), *(part[name] for part in parts)])
        for name, shape in shapes.items()
        if name in names and all(name in part for part in parts)
    }


def _order(values: Sequence[str]) -> NDArray[np.intp]:
    """Where each value stands, in ascending order of the values."""
    return np.array(sorted(range(len(values)), key=values.__getitem__), dtype=np.intp)


def _as_wide(block: Block, *, narrow: bool) -> Block:
    """The block with its rows in as many bits as they need; short counts stay so."""
    rows: Integers = block.sums["rows"]
    if rows.dtype != np.uint16:
        rows = rows.astype(np.int32 if narrow else np.int64, copy=False)
    return Block(shape=block.shape, sums={**block.sums, "rows": rows})
