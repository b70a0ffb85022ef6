"""`Tally`: the counts that almost every measure is a function of; they add up.

A tally counts rows by *finest cell*: one combination of attribute values, label, predicted class
and score cell that occurs. Tallies of parts of a table merge to the tally of the table, in any
order, bit for bit: counts are integers, and so are the sums of reals, in fixed point (what each row
adds is rounded down to a multiple of 2**-30).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from roadworthy.errors import DataError, UsageError
from roadworthy.stats.cells import check_total, distinct, pack, sum_by
from roadworthy.stats.counted import merge_all
from roadworthy.stats.families import check_attributes
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.plan import TallyPlan
from roadworthy.stats.rollup import roll_up

__all__ = ["SUMS", "Tally", "TallyPlan", "check_categories", "merge_all", "plan_families"]

SUMS = ("rows", "weight", "weight_squared", "score_sum", "score_square_sum")
"""The sums that a tally may hold, in order."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tally:
    """Sparse counts by finest cell, C cells in ascending order of (codes, label, predicted, cell).

    With K classes, code K of a label or prediction means missing. Build one with `Tally.of`.

    Attributes:
        plan: what was counted.
        categories: the values of each attribute, sorted; nulls and NaN are `(missing)`.
        codes: positions in `categories`, int32, shape (C, A).
        label: int32, shape (C,).
        predicted: int32, shape (C,).
        cell: score cell of `plan.grid`, int32, shape (C,); all `grid.missing` without a score.
        rows: int64, shape (C,).
        weight: fixed-point sums of weights, int64, shape (C,); None without a weight column.
        weight_squared: of squared weights; None without a weight column.
        score_sum: of weight times score, for scores in [0, 1]; None without a score column.
        score_square_sum: of weight times squared score; None without a score column.
        reason: why the rows were counted by finest cell, in words that follow "because".
    """

    plan: TallyPlan
    categories: tuple[tuple[str, ...], ...]
    codes: NDArray[np.int32]
    label: NDArray[np.int32]
    predicted: NDArray[np.int32]
    cell: NDArray[np.int32]
    rows: NDArray[np.int64]
    weight: NDArray[np.int64] | None = None
    weight_squared: NDArray[np.int64] | None = None
    score_sum: NDArray[np.int64] | None = None
    score_square_sum: NDArray[np.int64] | None = None
    reason: str = "any set of attributes may be asked for"

    @classmethod
    def of(
        cls,
        plan: TallyPlan,
        categories: Sequence[Sequence[str]],
        keys: Sequence[NDArray[np.integer]],
        sums: Mapping[str, NDArray[np.int64]],
    ) -> Tally:
        """The tally of cells in any order, some of them perhaps more than once.

        Args:
            plan: what was counted.
            categories: the values that the codes of each attribute stand for, each named once.
            keys: codes of each attribute, then label, predicted class and score cell; shape (C,)
                each.
            sums: `rows` and whichever of the fixed-point sums the plan asks for, shape (C,) each.

        Raises:
            DataError: an attribute has too many values, or a sum leaves 64 bits.
        """
        tidy = [
            _tidy(values, codes)
            for values, codes in zip(categories, keys[: len(categories)], strict=True)
        ]
        for name, (values, _) in zip(plan.attributes, tidy, strict=True):
            check_categories(name, len(values), plan.max_categories)
        for name, column in sums.items():
            check_total(column, name.replace("_", " "))
        classes = len(plan.classes) + 1
        sizes = [*(len(values) for values, _ in tidy), classes, classes, plan.grid.cells]
        columns = [*(codes for _, codes in tidy), *keys[len(categories) :]]
        told_apart = len(columns) if plan.score is not None else -1  # else all have one score cell
        first, group = distinct(pack(columns[:told_apart], sizes[:told_apart]))
        kept = [column[first].astype(np.int32) for column in columns]
        added = {name: sum_by(group, column, len(first)) for name, column in sums.items()}
        return cls(
            plan=plan,
            categories=tuple(values for values, _ in tidy),
            codes=np.stack(kept[:-3], axis=1) if tidy else np.zeros((len(first), 0), np.int32),
            label=kept[-3],
            predicted=kept[-2],
            cell=kept[-1],
            **added,  # type: ignore[arg-type]
        )

    def __repr__(self) -> str:
        return f"Tally({int(self.rows.sum()):,} rows; {self.strategy})"

    @property
    def strategy(self) -> str:
        """How the rows were counted, and why so, in words."""
        named = f"{len(self.plan.attributes)} attributes x label x prediction x score bin"
        return f"finest cells: {len(self.rows):,} combinations of {named}, because {self.reason}"

    @property
    def sums(self) -> dict[str, NDArray[np.int64]]:
        """The sums that the plan asks for, by name; `rows` first."""
        named = {name: getattr(self, name) for name in SUMS}
        return {name: column for name, column in named.items() if column is not None}

    def merge(self, other: Tally) -> Tally:
        """The tally of both parts together; the same in any order and grouping.

        Raises:
            UsageError: the tallies were made by different plans.
            DataError: together an attribute has too many values, or a sum leaves 64 bits.
        """
        if self.plan != other.plan:
            raise UsageError("only tallies of one plan merge: their plans differ")
        categories, codes = [], []
        for column, (left, right) in enumerate(zip(self.categories, other.categories, strict=True)):
            union = tuple(dict.fromkeys((*left, *right)))
            place = {value: position for position, value in enumerate(union)}
            moved = np.array([place[value] for value in right], dtype=np.int32)
            categories.append(union)
            codes.append(np.concatenate([self.codes[:, column], moved[other.codes[:, column]]]))
        keys = [
            np.concatenate([getattr(self, name), getattr(other, name)])
            for name in ("label", "predicted", "cell")
        ]
        theirs = other.sums
        sums = {name: np.concatenate([mine, theirs[name]]) for name, mine in self.sums.items()}
        whole = Tally.of(self.plan, categories, [*codes, *keys], sums)
        return replace(whole, reason=self.reason) if self.reason == other.reason else whole

    def slices(self, families: Iterable[Sequence[str]], *, histogram: bool = True) -> SliceTable:
        """The counts of every group that occurs in each family of attributes, family by family.

        The groups of a family come in the order of its attributes' values. The empty family is the
        whole population. Histograms take about 50 kB a group: leave them out where groups are many
        and only rates are asked for.

        Raises:
            UsageError: a family names an attribute that was not tallied.
        """
        wanted = list(dict.fromkeys(map(tuple, families)))
        check_attributes(self.plan, wanted)
        return roll_up(self, wanted, histogram=histogram and self.plan.score is not None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tally):
            return NotImplemented
        if (self.plan, self.categories) != (other.plan, other.categories):
            return False
        arrays = ("codes", "label", "predicted", "cell")
        mine = [*(getattr(self, name) for name in arrays), *self.sums.values()]
        theirs = [*(getattr(other, name) for name in arrays), *other.sums.values()]
        return all(map(np.array_equal, mine, theirs))

    __hash__ = None  # type: ignore[assignment]


def plan_families(attributes: Sequence[str], depth: int) -> tuple[tuple[str, ...], ...]:
    """Every set of up to `depth` attributes, smallest first; the empty set is the population.

    >>> plan_families(["sex", "race"], 2)
    ((), ('race',), ('sex',), ('race', 'sex'))
    """
    ordered = sorted(set(attributes))
    return tuple(
        family
        for size in range(min(depth, len(ordered)) + 1)
        for family in combinations(ordered, size)
    )


def check_categories(attribute: str, found: int, allowed: int) -> None:
    """Refuse an attribute with too many values to make groups of.

    Raises:
        DataError: there are more values than allowed.
    """
    if found > allowed:
        raise DataError(
            f"attribute {attribute!r} has {found:,} distinct values, at most {allowed:,} make "
            "groups; put them into bands (ranges, regions, ...) in a column of their own"
        )


def _tidy(
    values: Sequence[str], codes: NDArray[np.integer]
) -> tuple[tuple[str, ...], NDArray[np.integer]]:
    """Only the values that occur, sorted, and the codes that fit."""
    occurs = np.bincount(codes, minlength=len(values)) > 0
    kept = sorted(value for value, present in zip(values, occurs, strict=True) if present)
    place = {value: position for position, value in enumerate(kept)}
    moved = np.array([place.get(value, -1) for value in values], dtype=np.int32)
    return tuple(kept), moved[codes]
