"""`CellSums`: named integer sums by group and by bin of a number; they merge in any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.cells import distinct, pack
from roadworthy.stats.fixed_sums import check_signed_total, sum_signed
from roadworthy.stats.slice_list import Groups, groups_of
from roadworthy.stats.tally import check_categories

Sums = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellSums:
    """Sparse sums by finest cell, C cells in ascending order of (codes, bin).

    Attributes:
        attributes: the columns whose values make groups.
        categories: the values of each attribute, sorted.
        codes: positions in `categories`, int32, shape (C, A).
        bin: the bin of a number that a cell speaks of, int32, shape (C,); 0 if there is none.
        sums: int64, shape (C,) each.
        largest: the largest of some number in each cell, shape (C,) each; NaN of no numbers.
    """

    attributes: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    codes: NDArray[np.int32]
    bin: NDArray[np.int32]
    sums: Sums
    largest: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        attributes: tuple[str, ...],
        categories: Sequence[Sequence[str]],
        codes: Sequence[NDArray[np.integer]],
        bins: NDArray[np.integer],
        sums: Sums,
        largest: Mapping[str, NDArray[np.float64]] | None = None,
        *,
        max_categories: int,
    ) -> CellSums:
        """The sums of cells in any order, some of them perhaps more than once.

        Raises:
            DataError: an attribute has too many values, or a sum leaves 64 bits.
        """
        tidy = [_tidy(values, own) for values, own in zip(categories, codes, strict=True)]
        for name, (values, _) in zip(attributes, tidy, strict=True):
            check_categories(name, len(values), max_categories)
        for name, column in sums.items():
            check_signed_total(column, name.replace("_", " "))
        columns = [*(own for _, own in tidy), bins]
        sizes = [*(len(values) for values, _ in tidy), int(bins.max(initial=0)) + 1]
        first, group = distinct(pack(columns, sizes))
        kept = [column[first].astype(np.int32) for column in columns]
        return cls(
            attributes=attributes,
            categories=tuple(values for values, _ in tidy),
            codes=np.stack(kept[:-1], axis=1) if tidy else np.zeros((len(first), 0), np.int32),
            bin=kept[-1],
            sums={name: sum_signed(group, column, len(first)) for name, column in sums.items()},
            largest={
                name: largest_by(group, column, len(first))
                for name, column in (largest or {}).items()
            },
        )

    def merge(self, other: CellSums, *, max_categories: int) -> CellSums:
        """The sums of both parts together.

        Raises:
            DataError: together an attribute has too many values, or a sum leaves 64 bits.
        """
        categories, codes = [], []
        for column, (left, right) in enumerate(zip(self.categories, other.categories, strict=True)):
            union = tuple(dict.fromkeys((*left, *right)))
            place = {value: position for position, value in enumerate(union)}
            moved = np.array([place[value] for value in right], dtype=np.int32)
            categories.append(union)
            codes.append(np.concatenate([self.codes[:, column], moved[other.codes[:, column]]]))
        return CellSums.of(
            self.attributes,
            categories,
            codes,
            np.concatenate([self.bin, other.bin]),
            {name: np.concatenate([own, other.sums[name]]) for name, own in self.sums.items()},
            {
                name: np.concatenate([own, other.largest[name]])
                for name, own in self.largest.items()
            },
            max_categories=max_categories,
        )

    def groups(self, family: Sequence[str]) -> tuple[Groups, NDArray[np.intp]]:
        """The groups that occur in a family of attributes, and which one each cell belongs to."""
        return groups_of(family, self.attributes, self.categories, self.codes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CellSums):
            return NotImplemented
        if (self.attributes, self.categories) != (other.attributes, other.categories):
            return False
        pairs: list[tuple[NDArray[np.integer], NDArray[np.integer]]]
        pairs = [(self.codes, other.codes), (self.bin, other.bin)]
        pairs += [(column, other.sums[name]) for name, column in self.sums.items()]
        exact = all(np.array_equal(mine, theirs) for mine, theirs in pairs)
        return exact and all(
            np.array_equal(column, other.largest[name], equal_nan=True)
            for name, column in self.largest.items()
        )

    __hash__ = None  # type: ignore[assignment]


def largest_by(
    index: NDArray[np.integer], values: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    """The largest value by index, shape (size,); NaN where there is none."""
    found = np.full(size, -np.inf)
    np.maximum.at(found, index, np.where(np.isnan(values), -np.inf, values))
    return np.where(np.isneginf(found), np.nan, found)


def _tidy(
    values: Sequence[str], codes: NDArray[np.integer]
) -> tuple[tuple[str, ...], NDArray[np.integer]]:
    """Only the values that occur, sorted, and the codes that fit."""
    occurs = np.bincount(codes, minlength=len(values)) > 0
    kept = sorted(value for value, present in zip(values, occurs, strict=True) if present)
    place = {value: position for position, value in enumerate(kept)}
    moved = np.array([place.get(value, -1) for value in values], dtype=np.int64)
    return tuple(kept), moved[codes]
