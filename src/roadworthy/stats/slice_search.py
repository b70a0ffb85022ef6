"""Every slice of coded features, level by level, whose mean loss is surely above the average.

A slice is a conjunction of one code each of some features (a family). All slices of a family are
counted at once, densely, in chunks of rows that stay in the processor's cache. A family is counted
only if one of its slices could still reach the floor: a slice is no larger than the smallest of its
parents, carries no more loss than the one with the least, and no row loses more than the worst row.
So nothing that reaches the floor is missed.

Slices are scored by how many standard errors their mean loss lies above the mean of all rows; among
nested slices, the score is highest for the one whose rows are all bad and which holds all of them.

Sources: Kloesgen (1996) for the score, size^a (mean - mean of all) with a = 1/2; Sagadeeva and
Boehm (2021), SliceLine, for the bounds from all parents; Pastor, de Alfaro and Baralis (2021),
DivExplorer, for counting whole families.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, groupby
from math import prod
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roadworthy.stats.intervals import Floats

Codes: TypeAlias = "NDArray[np.uint8]"
Counts: TypeAlias = "NDArray[np.int64]"
Family: TypeAlias = "tuple[int, ...]"
"""The places of some features, ascending."""

CHUNK = 1 << 15
"""Rows counted at a time: their cells' numbers take 256 KiB."""


class Condition(NamedTuple):
    """A feature's code lies from `first` to `last`, both included."""

    feature: int
    first: int
    last: int


Conditions: TypeAlias = "tuple[Condition, ...]"
"""All of them hold; one for each feature at most, in the features' order."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CodedRows:
    """R rows: the code of each feature, and what each row loses.

    Attributes:
        codes: for each feature, the code of each row, shape (R,).
        cells: for each feature, how many codes it has; codes lie below it.
        ordered: for each feature, how many of its first codes stand in an order, such as bins of a
            number; 0 if they have none.
        loss: what each row loses, shape (R,), at least 0: 1 for an error and 0 for none, say.
    """

    codes: tuple[Codes, ...]
    cells: tuple[int, ...]
    ordered: tuple[int, ...]
    loss: Floats

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.loss)

    @cached_property
    def mean(self) -> float:
        """The mean loss of all rows; 0 of no rows."""
        return float(self.loss.mean()) if self.rows else 0.0

    @cached_property
    def spread(self) -> float:
        """The standard deviation of the loss."""
        return float(self.loss.std()) if self.rows else 0.0

    @cached_property
    def largest(self) -> float:
        """The largest loss of a row."""
        return float(self.loss.max()) if self.rows else 0.0

    @cached_property
    def is_binary(self) -> bool:
        """True if every row loses 0 or 1."""
        return bool(np.isin(self.loss, (0.0, 1.0)).all())

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> CodedRows:
        """Some of the rows."""
        return CodedRows(
            codes=tuple(item[chosen] for item in self.codes),
            cells=self.cells,
            ordered=self.ordered,
            loss=self.loss[chosen],
        )

    def matching(self, conditions: Iterable[Condition]) -> NDArray[np.bool_]:
        """Which rows are in the slice, shape (R,)."""
        inside = np.ones(self.rows, np.bool_)
        for feature, first, last in conditions:
            codes = self.codes[feature]
            inside &= codes == first if first == last else (codes >= first) & (codes <= last)
        return inside

    def score(self, rows: ArrayLike, loss: ArrayLike) -> Floats:
        """Standard errors by which slices with so many rows and so much loss exceed the mean."""
        n = np.asarray(rows, np.float64)
        scale = self.spread * np.sqrt(n)
        excess = np.asarray(loss, np.float64) - n * self.mean
        out: Floats = np.full(n.shape, -np.inf)
        np.divide(excess, scale, out=out, where=scale > 0)
        return out

    def reach(self, rows: ArrayLike, loss: ArrayLike, fewest: int) -> Floats:
        """The highest score that a part of such a slice can have, if it has `fewest` rows."""
        n, total = np.asarray(rows, np.float64), np.asarray(loss, np.float64)
        best = np.clip(total / self.largest if self.largest else total, fewest, n)
        score = self.score(best, np.minimum(total, best * self.largest))
        reached: Floats = np.where(n >= fewest, score, -np.inf)
        return reached


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """C slices that reach the floor; those of one family stand together, families in their order.

    Attributes:
        families: the families that hold one, fewer features first.
        family: the place of each slice's family, shape (C,).
        cell: the place of each slice among its family's cells, last feature fastest, shape (C,).
        rows: shape (C,).
        loss: total loss, shape (C,).
        looked_at: how many slices with enough rows were counted.
    """

    families: tuple[Family, ...]
    family: NDArray[np.intp]
    cell: NDArray[np.intp]
    rows: Counts
    loss: Floats
    looked_at: int

    def conditions(self, place: int, cells: Sequence[int]) -> Conditions:
        """The conditions of one slice, given how many codes each feature has."""
        family = self.families[self.family[place]]
        codes = np.unravel_index(self.cell[place], [cells[feature] for feature in family])
        return tuple(Condition(f, int(c), int(c)) for f, c in zip(family, codes, strict=True))


class _Level(NamedTuple):
    """The cells of one family that may have parts worth counting; shape: its features' cells."""

    rows: Counts
    loss: Floats


def search(rows: CodedRows, *, depth: int, fewest: int, floor: float) -> Candidates:
    """All slices of up to `depth` conditions with `fewest` rows whose score reaches `floor`.

    Args:
        rows: the rows to search.
        depth: conditions of a slice at most, at least 1.
        fewest: rows of a slice at least, at least 1.
        floor: standard errors above the mean of all rows, above 0.
    """
    families: list[Family] = []
    found: list[tuple[NDArray[np.intp], Counts, Floats]] = []
    looked_at = 0
    parents: dict[Family, _Level] = {}
    for size in range(1, min(depth, len(rows.codes)) + 1):
        level: dict[Family, _Level] = {}
        for family, n, total in tabulate(rows, _promising(rows, parents, size, fewest, floor)):
            enough = n >= fewest
            looked_at += int(enough.sum())
            cells = np.flatnonzero(enough & (rows.score(n, total) >= floor))
            if len(cells):
                families.append(family)
                found.append((cells, n[cells], total[cells]))
            live = enough & (rows.reach(n, total, fewest) >= floor)
            if size < depth and live.any():
                shape = [rows.cells[feature] for feature in family]
                level[family] = _Level(
                    np.where(live, n, 0).reshape(shape), np.where(live, total, 0.0).reshape(shape)
                )
        parents = level
    sizes = [len(cells) for cells, _, _ in found]
    empty = [(np.empty(0, np.intp), np.empty(0, np.int64), np.empty(0))]
    cell, counted, lost = (np.concatenate(part) for part in zip(*(found or empty), strict=True))
    return Candidates(
        families=tuple(families),
        family=np.repeat(np.arange(len(families)), sizes),
        cell=cell,
        rows=counted,
        loss=lost,
        looked_at=looked_at,
    )


def tabulate(
    rows: CodedRows, families: Iterable[Family]
) -> Iterator[tuple[Family, Counts, Floats]]:
    """For each family, the rows and the total loss in each of its cells, last feature fastest."""
    for prefix, group in groupby(families, key=lambda family: family[:-1]):
        bases = _bases(rows, prefix)
        for family in group:
            yield (family, *_count(rows, bases, prefix, family[-1]))


def _promising(
    rows: CodedRows, parents: Mapping[Family, _Level], size: int, fewest: int, floor: float
) -> Iterator[Family]:
    """The families of this size that may hold a slice, or a part of one, that reaches the floor."""
    for family in combinations(range(len(rows.codes)), size):
        if size == 1:
            yield family
            continue
        without = [family[:place] + family[place + 1 :] for place in range(size)]
        if not all(one in parents for one in without):
            continue
        levels = [parents[one] for one in without]
        most, total = levels[0].rows[None], levels[0].loss[None]
        for place, level in enumerate(levels[1:], start=1):
            most = np.minimum(most, np.expand_dims(level.rows, place))
            total = np.minimum(total, np.expand_dims(level.loss, place))
        if (rows.reach(most, total, fewest) >= floor).any():
            yield family


def _bases(rows: CodedRows, prefix: Family) -> list[tuple[slice, NDArray[np.intp]]]:
    """The cell of each row in the family before its last feature, chunk by chunk.

    Where losses are 0 or 1, the loss is one more digit, so that one count gives both answers.
    """
    bases = []
    for start in range(0, rows.rows, CHUNK):
        chunk = slice(start, start + CHUNK)
        base = np.zeros(len(rows.loss[chunk]), np.intp)
        for feature in prefix:
            base *= rows.cells[feature]
            base += rows.codes[feature][chunk]
        if rows.is_binary:
            base *= 2
            base += rows.loss[chunk].astype(np.intp)
        bases.append((chunk, base))
    return bases


def _count(
    rows: CodedRows, bases: list[tuple[slice, NDArray[np.intp]]], prefix: Family, last: int
) -> tuple[Counts, Floats]:
    width, before = rows.cells[last], prod(rows.cells[feature] for feature in prefix)
    size = before * width * (2 if rows.is_binary else 1)
    counts = np.zeros(size, np.int64)
    losses = np.zeros(0 if rows.is_binary else size)
    for chunk, base in bases:
        cell = base * width
        cell += rows.codes[last][chunk]
        counts += np.bincount(cell, minlength=size)
        if not rows.is_binary:
            losses += np.bincount(cell, rows.loss[chunk], minlength=size)
    if not rows.is_binary:
        return counts, losses
    split = counts.reshape(before, 2, width)
    return split.sum(axis=1).ravel(), split[:, 1].astype(np.float64).ravel()
