"""Rankings: where the relevant rows of each query stand, and whom the top shows.

The rows of one query make one list, best first. Rows that tie stand in any order with the same
chance, and every number here is the expectation over those orders, so none depends on how a table
happens to be sorted. Queries are the sampling unit: means and intervals are over queries.

Sources: Järvelin and Kekäläinen (2002) for the discounted cumulative gain; McSherry and Najork
(2008) for expectations over ties; Voorhees (1999) for the reciprocal rank; Singh and Joachims
(2018) for exposure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats.intervals import Floats

Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class RankedLists:
    """Lists of rows, query by query, each from the first place to the last; N rows, Q queries.

    Build one with `RankedLists.of`.

    Attributes:
        query: the number of each row's query, ascending, shape (N,).
        place: the place of each row in its list, from 1, ties in any order, shape (N,).
        tie_start: the place at which the row's tie begins, shape (N,).
        tie_size: rows that tie with the row, itself included, shape (N,).
        relevance: shape (N,), not negative; None without labels.
        groups: for each attribute, the code of the row's group, shape (N,).
        names: for each attribute, the names that the codes stand for.
        left_out: rows without a query, an order or a relevance.
    """

    query: Integers
    place: Integers
    tie_start: Integers
    tie_size: Integers
    relevance: Floats | None
    groups: tuple[Integers, ...]
    names: tuple[tuple[str, ...], ...]
    left_out: int = 0

    @classmethod
    def of(
        cls,
        query: Integers,
        order: Floats,
        relevance: Floats | None,
        groups: Sequence[Integers] = (),
        names: Sequence[Sequence[str]] = (),
        left_out: int = 0,
    ) -> RankedLists:
        """The lists of rows in any order; the row with the lowest `order` comes first.

        Args:
            query: any number for each query, shape (N,).
            order: shape (N,); rows with equal numbers tie.
            relevance: shape (N,), not negative, or None.
            groups: for each attribute, codes of groups, shape (N,).
            names: for each attribute, the names of the codes.
            left_out: rows that are not among these.
        """
        by = np.lexsort((order, query))
        sorted_query, sorted_order = query[by], order[by]
        new_query = np.diff(sorted_query, prepend=sorted_query[:1] - 1) != 0
        new_tie = new_query | (np.diff(sorted_order, prepend=np.nan) != 0)
        first, tie = np.flatnonzero(new_query), np.flatnonzero(new_tie)
        number = np.cumsum(new_query) - 1
        place = np.arange(len(by)) - first[number] + 1
        which = np.cumsum(new_tie) - 1
        sizes = np.diff(np.append(tie, len(by)))
        return cls(
            query=number.astype(np.int64),
            place=place.astype(np.int64),
            tie_start=place[tie][which].astype(np.int64),
            tie_size=sizes[which].astype(np.int64),
            relevance=None if relevance is None else relevance[by],
            groups=tuple(codes[by] for codes in groups),
            names=tuple(tuple(values) for values in names),
            left_out=left_out,
        )

    @property
    def queries(self) -> int:
        """The number of queries."""
        return int(self.query[-1]) + 1 if len(self.query) else 0

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.query)

    def per_query(self, values: Floats) -> Floats:
        """The sum of a number of each row in each query, shape (Q,)."""
        sums = np.bincount(self.query, weights=values, minlength=self.queries)
        return np.asarray(sums, dtype=np.float64)

    @cached_property
    def exposure(self) -> Floats:
        """The expected 1 / log2(1 + place) of each row, shape (N,)."""
        return self._expected(1.0 / np.log2(1.0 + np.arange(1, self._longest + 1)))

    def shown(self, k: int) -> Floats:
        """The chance of each row to stand among the first k of its list, shape (N,)."""
        inside = np.clip(k - self.tie_start + 1, 0, self.tie_size)
        return np.asarray(inside / self.tie_size, dtype=np.float64)

    def discounted(self, k: int | None) -> Floats:
        """The expected discount of each row, 0 beyond the first k places, shape (N,)."""
        discount = 1.0 / np.log2(1.0 + np.arange(1, self._longest + 1))
        if k is not None:
            discount[k:] = 0.0
        return self._expected(discount)

    @property
    def _longest(self) -> int:
        return int(self.place.max(initial=1))

    def _expected(self, of_place: Floats) -> Floats:
        """The mean over a row's tie of a number of each place, shape (N,)."""
        sums = np.concatenate([[0.0], np.cumsum(of_place)])
        last = self.tie_start + self.tie_size - 1
        return np.asarray((sums[last] - sums[self.tie_start - 1]) / self.tie_size)


def ndcg(lists: RankedLists, k: int | None = None) -> Floats:
    """Discounted gain over the best possible one, by query; NaN where nothing is relevant.

    The gain of a row is its relevance itself, as in scikit-learn, not 2 to its power.
    """
    relevance = _relevance(lists)
    gained = lists.per_query(relevance * lists.discounted(k))
    best = RankedLists.of(lists.query, -relevance, relevance)
    ideal = best.per_query(_relevance(best) * best.discounted(k))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(ideal > 0, gained / ideal, np.nan)


def precision(lists: RankedLists, k: int) -> Floats:
    """The share of relevant rows among the first k, by query; lists shorter than k count as k."""
    return lists.per_query((_relevance(lists) > 0) * lists.shown(k)) / k


def recall(lists: RankedLists, k: int) -> Floats:
    """The share of the relevant rows among the first k, by query; NaN where nothing is relevant."""
    relevant = (_relevance(lists) > 0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(lists.per_query(relevant * lists.shown(k)) / lists.per_query(relevant))


def average_precision(lists: RankedLists) -> Floats:
    """The mean precision at the places of relevant rows, by query; NaN where none is relevant.

    Where r of t tied rows are relevant, each of the t places holds a relevant row with the chance
    r / t, and of the i - 1 tied rows before it (i - 1) (r - 1) / (t - 1) are expected to be.
    """
    relevant = (_relevance(lists) > 0).astype(np.float64)
    tied, before = _tied(lists, relevant)
    inner = lists.place - lists.tie_start
    with np.errstate(invalid="ignore", divide="ignore"):
        among = np.where(lists.tie_size > 1, inner * (tied - 1) / (lists.tie_size - 1), 0.0)
        here = (before + 1 + among) / lists.place * tied / lists.tie_size
        return np.asarray(lists.per_query(here) / lists.per_query(relevant))


def reciprocal_rank(lists: RankedLists) -> Floats:
    """One over the place of the first relevant row, by query; 0 where nothing is relevant."""
    relevant = (_relevance(lists) > 0).astype(np.float64)
    tied, before = _tied(lists, relevant)
    found = np.zeros(lists.queries)
    deciding = (tied > 0) & (before == 0) & (lists.place == lists.tie_start)
    for row in np.flatnonzero(deciding).tolist():
        size, number = int(lists.tie_size[row]), int(tied[row])
        place = float(lists.tie_start[row])
        still, expected = 1.0, 0.0
        for step in range(size - number + 1):
            chance = number / (size - step)
            expected += still * chance / (place + step)
            still *= 1.0 - chance
        found[lists.query[row]] = expected
    return found


def _relevance(lists: RankedLists) -> Floats:
    if lists.relevance is None:
        raise ValueError("the lists have no relevance")
    return lists.relevance


def _tied(lists: RankedLists, relevant: Floats) -> tuple[Floats, Floats]:
    """For each row, the relevant rows in its tie, and those of its list before the tie."""
    start = np.flatnonzero(lists.place == lists.tie_start)
    which = np.cumsum(lists.place == lists.tie_start) - 1
    sums = np.add.reduceat(relevant, start) if len(start) else np.zeros(0)
    passed = np.cumsum(sums) - sums
    first = np.flatnonzero(lists.place[start] == 1)
    of_query = passed[first]
    before = passed - of_query[lists.query[start]]
    return sums[which], before[which]
