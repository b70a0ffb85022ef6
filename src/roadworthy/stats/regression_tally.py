"""`RegressionTally`: the exact sums that every measure of a regression is a function of.

Three sets of sums by group: of errors, labels and predictions and their products; a histogram of
errors; and a histogram of predictions with the sums of errors in each bin. They are integers (see
`fixed_sums`), so tallies of parts of a table merge, in any order, to the tally of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from roadworthy.errors import UsageError
from roadworthy.records.slices import Slice
from roadworthy.stats.cell_sums import CellSums, largest_by
from roadworthy.stats.fixed_sums import LIMB_BITS, sum_signed
from roadworthy.stats.intervals import Floats
from roadworthy.stats.number_grid import NumberGrid
from roadworthy.stats.regression_plan import Population, RegressionPlan
from roadworthy.stats.slice_list import Groups, SliceList

Integers = NDArray[np.int64]


class Binned(StrEnum):
    """The numbers that a tally of errors keeps a histogram of."""

    ERROR = "error"
    PREDICTION = "prediction"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionTally:
    """What was counted, by finest cell.

    Attributes:
        plan: what was counted, and in which units.
        groups: the sums of each finest group.
        errors: the histogram of errors over `plan.error_grid`; None without errors.
        predictions: the histogram over `plan.value_grid`; None without predictions.
    """

    plan: RegressionPlan
    groups: CellSums
    errors: CellSums | None = None
    predictions: CellSums | None = None

    def merge(self, other: RegressionTally) -> RegressionTally:
        """The tally of both parts together; the same in any order and grouping.

        Raises:
            UsageError: the tallies were made by different plans.
            DataError: together an attribute has too many values, or a sum leaves 64 bits.
        """
        if self.plan != other.plan:
            raise UsageError("only tallies of one plan merge: their plans differ")

        def both(mine: CellSums | None, theirs: CellSums | None) -> CellSums | None:
            if mine is None or theirs is None:
                return None
            return mine.merge(theirs, max_categories=self.plan.max_categories)

        return RegressionTally(
            plan=self.plan,
            groups=self.groups.merge(other.groups, max_categories=self.plan.max_categories),
            errors=both(self.errors, other.errors),
            predictions=both(self.predictions, other.predictions),
        )

    def slices(
        self, families: Iterable[Sequence[str]], *, histograms: bool = False
    ) -> RegressionTable:
        """The sums of every group that occurs in each family of attributes, family by family.

        Histograms take about 100 kB a group: ask for them where they are needed, a family at a
        time.

        Raises:
            UsageError: a family names an attribute that was not tallied.
        """
        wanted = list(dict.fromkeys(map(tuple, families)))
        unknown = sorted({name for family in wanted for name in family} - set(self.plan.attributes))
        if unknown:
            raise UsageError(
                f"attributes {unknown} were not tallied; tallied: {list(self.plan.attributes)}"
            )
        parts = [self.groups.groups(family) for family in wanted]
        return RegressionTable(
            plan=self.plan,
            slices=SliceList(groups for groups, _ in parts),
            sums={
                name: _rolled([sum_signed(group, column, len(s)) for s, group in parts])
                for name, column in self.groups.sums.items()
            },
            largest={
                name: np.concatenate([largest_by(group, column, len(s)) for s, group in parts])
                for name, column in self.groups.largest.items()
            },
            histograms={
                binned: _histogram(cells, wanted, [groups for groups, _ in parts])
                for binned, cells in (
                    (Binned.ERROR, self.errors),
                    (Binned.PREDICTION, self.predictions),
                )
                if histograms and cells is not None
            },
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RegressionTally):
            return NotImplemented
        return (self.plan, self.groups, self.errors, self.predictions) == (
            other.plan,
            other.groups,
            other.errors,
            other.predictions,
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BinSums:
    """A histogram of S slices over the U cells of a grid that occur, in the grid's order.

    Attributes:
        cells: the cells, shape (U,).
        sums: sums by slice and cell, shape (S, U) each; `rows` among them.
    """

    cells: Integers
    sums: dict[str, Integers]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionTable:
    """The sums of S slices, as numbers.

    Attributes:
        plan: what was counted.
        slices: the S slices; the first is `all` if it was asked for.
        sums: the integers behind every number, shape (S,) each.
        largest: the largest of some numbers, shape (S,) each.
        histograms: the histograms that the plan allows.
    """

    plan: RegressionPlan
    slices: Sequence[Slice]
    sums: dict[str, Integers]
    largest: dict[str, Floats]
    histograms: dict[Binned, BinSums]

    @property
    def rows(self) -> Integers:
        """All rows of each slice, shape (S,)."""
        return self.sums["rows"]

    def rows_of(self, population: Population) -> Integers:
        """The rows of a population, shape (S,)."""
        return self.sums[f"{population}_rows"]

    def weight(self, population: Population) -> Floats:
        """The weight of a population, shape (S,); its rows without a weight column."""
        if self.plan.weight is None:
            return self.rows_of(population).astype(np.float64)
        return _weights(self.sums[f"{population}_weight"], self.plan.weight_exponent)

    def weight_named(self, name: str) -> Floats:
        """The weight of the rows of a part of a population: `inside`, `under` or `over`."""
        if self.plan.weight is None:
            return self.sums[f"{name}_rows"].astype(np.float64)
        return _weights(self.sums[f"{name}_weight"], self.plan.weight_exponent)

    def effective(self, population: Population) -> Floats:
        """Kish's effective number of rows: (sum of weights)² / sum of squared weights."""
        weight = self.weight(population)
        if self.plan.weight is None:
            return weight
        exponent = 2 * self.plan.weight_exponent
        squares = _weights(self.sums[f"{population}_weight_squared"], exponent)
        return np.divide(weight**2, squares, out=np.zeros_like(weight), where=squares > 0)

    def total(self, name: str) -> Floats:
        """A sum of weighted numbers (see `regression_plan.POWERS`), shape (S,)."""
        return _total(self.plan, self.sums, name)

    def mean(self, name: str, population: Population = Population.KNOWN) -> Floats:
        """The mean of numbers over a population, shape (S,); NaN where it has no weight."""
        weight = self.weight(population)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: Floats = np.where(weight > 0, self.total(name) / weight, np.nan)
        return mean

    def grid(self, binned: Binned) -> NumberGrid:
        """The bins of a histogram."""
        return self.plan.error_grid if binned is Binned.ERROR else self.plan.value_grid

    def bin_weight(self, binned: Binned) -> Floats:
        """The weight in each cell of a histogram, shape (S, U)."""
        sums = self.histograms[binned].sums
        if self.plan.weight is None:
            return sums["rows"].astype(np.float64)
        return _weights(sums["weight"], self.plan.weight_exponent)

    def bin_known_weight(self, *, squared: bool) -> Floats:
        """The weight, or squared weight, of rows with an error in each bin of predictions."""
        name, times = ("known_weight_squared", 2) if squared else ("known_weight", 1)
        sums = self.histograms[Binned.PREDICTION].sums[name]
        return _weights(sums, times * self.plan.weight_exponent)

    def bin_total(self, binned: Binned, name: str) -> Floats:
        """A sum of weighted numbers in each cell of a histogram, shape (S, U)."""
        return _total(self.plan, self.histograms[binned].sums, name)


def _rolled(parts: list[Integers]) -> Integers:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _histogram(cells: CellSums, families: list[tuple[str, ...]], wanted: list[Groups]) -> BinSums:
    """The dense histogram of the slices wanted, empty where a slice has no numbers."""
    occurring, place = np.unique(cells.bin, return_inverse=True)
    width = len(occurring)
    parts: dict[str, list[Integers]] = {name: [] for name in cells.sums}
    for family, groups in zip(families, wanted, strict=True):
        own, group = cells.groups(family)
        position = {slice_: i for i, slice_ in enumerate(groups.slices())}
        moved = np.array([position[slice_] for slice_ in own.slices()], dtype=np.int64)
        index = moved[group] * width + place
        for name, column in cells.sums.items():
            dense = sum_signed(index, column, len(groups) * width)
            parts[name].append(dense.reshape(len(groups), width))
    return BinSums(
        cells=occurring.astype(np.int64),
        sums={name: np.concatenate(found) for name, found in parts.items()},
    )


def _total(plan: RegressionPlan, sums: dict[str, Integers], name: str) -> Floats:
    cut = plan.cut(name)
    totals = cut.join([sums[f"{name}_{limb}"] for limb in range(cut.limbs)])
    return np.asarray(totals * 2.0**plan.weight_exponent)


def _weights(totals: Integers, exponent: int) -> Floats:
    return np.asarray(totals * 2.0 ** (exponent - LIMB_BITS), dtype=np.float64)
