"""Rankings: how good each list is, and whom the tops of all lists show, from sums over each list.

The rows of one query make one list, best first. Rows that tie stand in any order with the same
chance, and every number here is the expectation over those orders, so none depends on how a table
happens to be sorted. Queries are the sampling unit: means and intervals are over queries.

Sources: Järvelin and Kekäläinen (2002) for the discounted cumulative gain; McSherry and Najork
(2008) for expectations over ties; Voorhees (1999) for the reciprocal rank; Singh and Joachims
(2018) for exposure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from roadworthy.records.slices import Slice
from roadworthy.stats.exact_totals import ExactProducts, ExactTotals, Integers
from roadworthy.stats.intervals import Floats
from roadworthy.stats.query_means import QueryMoments, QueryRatios, QueryTotals

Sums = Mapping[str, Integers]
"""Whole numbers of each list by what they are, in units of 2**-30 where they stand for reals."""

TOP = 10
"""How many places count as the top."""

_ONE = float(1 << 30)


class Amount(StrEnum):
    """What groups have shares of."""

    EXPOSURE = "exposure"
    SIZE = "size"
    SHOWN = "shown"
    WORTH = "worth"


def ndcg(sums: Sums) -> Floats:
    """Discounted gain over the best possible one, by list; NaN where nothing is relevant.

    The gain of a row is its relevance itself, as in scikit-learn, not 2 to its power.
    """
    return _over(sums["gained"], sums["best"])


def ndcg_at_top(sums: Sums) -> Floats:
    """The same of the first ten places."""
    return _over(sums["gained_top"], sums["best_top"])


def precision_at_top(sums: Sums) -> Floats:
    """The share of relevant rows among the first ten places; shorter lists count as ten."""
    return np.asarray(sums["hits_top"] / (TOP * _ONE))


def recall_at_top(sums: Sums) -> Floats:
    """The share of the relevant rows in the first ten places; NaN where nothing is relevant."""
    return _over(sums["hits_top"] / _ONE, sums["relevant"])


def average_precision(sums: Sums) -> Floats:
    """The mean precision at the places of relevant rows, by list; NaN where none is relevant.

    Where r of t tied rows are relevant, each of the t places holds a relevant row with the chance
    r / t, and of the i - 1 tied rows before it (i - 1) (r - 1) / (t - 1) are expected to be.
    """
    return _over(sums["precision"] / _ONE, sums["relevant"])


def reciprocal_rank(sums: Sums) -> Floats:
    """One over the place of the first relevant row, by list; 0 where nothing is relevant."""
    columns = np.stack([sums["first"], sums["first_tied"], sums["first_hits"]], axis=1)
    kinds, which = np.unique(columns, axis=0, return_inverse=True)
    found = [_expected_reciprocal(*kind) for kind in kinds.tolist()]
    return np.array(found, dtype=np.float64)[which.reshape(-1)]


QUALITIES: tuple[Callable[[Sums], Floats], ...] = (
    ndcg_at_top,
    ndcg,
    average_precision,
    reciprocal_rank,
    precision_at_top,
    recall_at_top,
)
"""What can be told of a labelled list, each a number from 0 to 1."""


def _expected_reciprocal(first: int, tied: int, hits: int) -> float:
    """The mean of one over the place of the first of some rows that stand anywhere in a tie."""
    if not hits:
        return 0.0
    step = np.arange(tied - hits + 1)
    chance = hits / (tied - step)
    still = np.cumprod(np.concatenate([[1.0], 1.0 - chance[:-1]]))
    return float((still * chance / (first + step)).sum())


def _over(above: Floats | Integers, below: Integers) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.minimum(above / below, 1.0)
    return np.where(below > 0, share, np.nan)


class ListQuality:
    """How good lists are on average: everybody's, and those of groups of queries.

    Args:
        slices: what lists are averaged over; of one set of attributes each, everybody first.
    """

    def __init__(self, slices: Sequence[Slice]) -> None:
        self.slices = tuple(slices)
        self._moments = {quality: QueryMoments(len(self.slices)) for quality in QUALITIES}

    def add(self, sums: Sums, weights: Floats, members: Sequence[Integers]) -> None:
        """Add lists; `members` says, for each set of attributes, the slice of each list."""
        for quality, moments in self._moments.items():
            values = quality(sums)
            for slices in members:
                moments.add(slices, values, weights)

    def of(self, quality: Callable[[Sums], Floats]) -> QueryMoments:
        """What is known of one quality, slice by slice."""
        return self._moments[quality]


class GroupShares:
    """What the groups of one set of attributes have in all lists together.

    Args:
        slices: the groups.
        rows: their rows, shape (G,).
        amounts: what each has of, in the order of the columns to add.
    """

    def __init__(self, slices: Sequence[Slice], rows: Integers, amounts: Sequence[Amount]) -> None:
        self.slices = tuple(slices)
        self.rows = rows
        self._amounts = tuple(amounts)
        columns = len(self.slices) * len(self._amounts)
        self._sums, self._products = ExactTotals(columns), ExactProducts(columns)

    def add(self, values: Integers) -> None:
        """Add lists, shape (lists, amounts x G), the groups of an amount side by side."""
        self._sums.add_rows(values)
        self._products.add(values)

    def ratios(self, above: Amount, below: Amount | None, counts: ListCounts) -> QueryRatios:
        """Each group's share of an amount, or that share over its share of another."""
        totals = QueryTotals(
            sums=self._sums.times(1 / _ONE),
            products=self._products.times(1 / _ONE),
            queries=counts.queries,
            effective=counts.effective,
        )
        numerators, denominators = [self._of(above)], [self._all(above)]
        if below is not None:
            numerators.append(self._all(below))
            denominators.append(self._of(below))
        return QueryRatios.of(totals, numerators, denominators, self.rows)

    def _of(self, amount: Amount) -> Floats:
        """Which column holds a group's amount."""
        groups = len(self.slices)
        found = np.zeros((groups, groups * len(self._amounts)))
        found[np.arange(groups), self._amounts.index(amount) * groups + np.arange(groups)] = 1.0
        return found

    def _all(self, amount: Amount) -> Floats:
        """Which columns hold an amount of any group."""
        return np.repeat(self._of(amount).sum(axis=0, keepdims=True), len(self.slices), axis=0)


@dataclass(kw_only=True)
class ListCounts:
    """What is known of all lists together.

    Attributes:
        left_out: rows without a query, an order or a relevance.
        queries: how many lists there are.
        uneven: lists whose rows have different weights.
        mixed: for each attribute, the lists whose rows have different values.
        several: lists of more than one row.
        quality: how good they are; None without labels.
        shares: what groups have, by set of attributes.
    """

    left_out: int = 0
    queries: int = 0
    uneven: int = 0
    several: int = 0
    mixed: dict[str, int] = field(default_factory=dict)
    quality: ListQuality | None = None
    shares: dict[tuple[str, ...], GroupShares] = field(default_factory=dict)
    weight: ExactTotals = field(default_factory=lambda: ExactTotals(2))

    @property
    def effective(self) -> float:
        """As many lists of one weight would tell as much."""
        weight, squares = self.weight.times(1 / _ONE).tolist()
        return float(weight**2 / squares) if squares > 0 else 0.0

    def add(self, rows: Integers, weights: Floats, *, uneven: int) -> None:
        """Add lists of so many rows, whose rows have these weights on average."""
        self.queries += len(rows)
        self.uneven += uneven
        self.several += int((rows > 1).sum())
        parts = np.stack([weights, weights**2], axis=1)
        index = np.tile(np.arange(2), len(rows))
        self.weight.add_by(index, np.floor(parts.ravel() * _ONE).astype(np.int64))
