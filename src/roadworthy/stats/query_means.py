"""Means and ratios over queries, with intervals: a query is one draw, however many rows it has.

A mean, which lies between 0 and 1, has Wilson's interval with the number of trials that its own
standard error stands for, and Student's factor instead of the normal one: it stays between 0 and 1
and holds better than Student's own where values pile up at an end. With weights a mean is a ratio
of two sums, and its spread is that of what each query adds to it, with as many degrees of freedom
as the effective number of queries leaves.

A ratio of sums over queries, and a ratio of such ratios, have Student's interval on the logarithmic
scale, by linearisation. A table of a single query is no sample: what is measured on it is a fact
about that list, and has the method `exact`. A group of a single query among others is a small
sample.

Sources: Cochran (1977), Sampling techniques, chapter 6; Kish (1965), Survey sampling, for the
effective number; Korn and Graubard (1998) for proportions with the trials of their standard error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats import intervals
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.exact_totals import ExactTotals
from roadworthy.stats.intervals import Floats, Interval
from roadworthy.stats.multiplicity import bonferroni

_ONE = float(1 << 30)


class QueryMoments:
    """Weighted sums over queries of a number from 0 to 1, for each of S slices."""

    def __init__(self, slices: int) -> None:
        self._rows = np.zeros(slices, dtype=np.int64)
        self._sums = {name: ExactTotals(slices) for name in ("w", "ww", "wx", "wwx", "wwxx")}
        self._least = np.full(slices, np.inf)
        self._most = np.full(slices, -np.inf)

    def add(self, slices: NDArray[np.integer], values: Floats, weights: Floats) -> None:
        """Add queries; those without a value, or without weight, do not count.

        Args:
            slices: the slice of each query, shape (Q,).
            values: shape (Q,); NaN where a query has none.
            weights: shape (Q,), at most 2**16.
        """
        known = np.isfinite(values) & (weights > 0)
        index, x, w = slices[known], values[known], weights[known]
        self._rows += np.bincount(index, minlength=len(self._rows))
        parts = {"w": w, "ww": w * w, "wx": w * x, "wwx": w * w * x, "wwxx": w * w * x * x}
        for name, part in parts.items():
            self._sums[name].add_by(index, np.floor(part * _ONE).astype(np.int64))
        np.minimum.at(self._least, index, x)
        np.maximum.at(self._most, index, x)

    @property
    def queries(self) -> NDArray[np.int64]:
        """The queries that have a value, shape (S,)."""
        return self._rows

    @property
    def effective(self) -> Floats:
        """As many queries of one weight would tell as much, shape (S,)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            weight, squares = (self._sums[name].times(1 / _ONE) for name in ("w", "ww"))
            return np.asarray(weight**2 / squares)

    def mean(self, reason: str, *, alone: bool = False) -> Estimates:
        """The mean of the queries that have a value; `rows` are queries.

        The limits are those of a proportion of as many trials as would give it the standard error
        of this mean, widened as Student's are. Where all queries have the same value, of as many
        trials as there are queries: a variable between 0 and 1 never varies more than a proportion.

        Args:
            reason: why there is no mean, as a clause.
            alone: true if there is one query in all, whose value is a fact.
        """
        number, alike = self._rows, self._least == self._most
        w, wx, wwx, wwxx, ww = (
            self._sums[name].times(1 / _ONE) for name in ("w", "wx", "wwx", "wwxx", "ww")
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(alike, self._least, wx / w)
            spread = np.maximum(wwxx - 2 * mean * wwx + mean**2 * ww, 0.0)
            error = np.sqrt(spread * number / (number - 1)) / w
        mean = np.where(number > 0, mean, np.nan)
        effective = self.effective

        def bounds(confidence: Floats) -> Interval:
            with np.errstate(invalid="ignore", divide="ignore"):
                wider = intervals.student(confidence, effective - 1) / intervals.critical(
                    confidence
                )
                trials = mean * (1.0 - mean) / (wider * error) ** 2
            low, high = intervals.wilson(mean, np.where(alike, effective, trials), confidence)
            return Interval(mean, mean) if alone else Interval(low, high)

        return Estimates(
            value=mean,
            rows=number,
            bounds=bounds,
            method="exact"
            if alone
            else ["wilson" if same else "wilson-student" for same in alike.tolist()],
            reason=reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QueryTotals:
    """Sums over queries of M numbers, and of the products of each two of them.

    Attributes:
        sums: shape (M,).
        products: shape (M, M).
        queries: how many queries there are.
        effective: as many queries of one weight would tell as much.
    """

    sums: Floats
    products: Floats
    queries: int
    effective: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QueryRatios:
    """Ratios of sums over queries for G groups, and how their logarithms vary together.

    Attributes:
        value: shape (G,); NaN where a sum below the line is 0.
        spread: sums over queries of the products of what each query adds to two logarithms, shape
            (G, G); NaN where a value is 0 or NaN.
        rows: shape (G,).
        queries: how many queries there are.
        effective: as many queries of one weight would tell as much.
    """

    value: Floats
    spread: Floats
    rows: NDArray[np.int64]
    queries: int
    effective: float

    @classmethod
    def of(
        cls,
        totals: QueryTotals,
        above: Sequence[Floats],
        below: Sequence[Floats],
        rows: NDArray[np.int64],
    ) -> QueryRatios:
        """The product of the sums above the line over that of those below, as many.

        Args:
            totals: sums of M numbers.
            above: which of them each sum adds up, by group, zeros and ones of shape (G, M) each.
            below: likewise.
            rows: rows behind each ratio, shape (G,).
        """
        value = np.ones(len(rows))
        adds = np.zeros((len(rows), len(totals.sums)))
        with np.errstate(invalid="ignore", divide="ignore"):
            for sign, parts in ((1.0, above), (-1.0, below)):
                for part in parts:
                    total = part @ totals.sums
                    value = value * total if sign > 0 else value / total
                    adds = adds + sign * totals.queries * part / total[:, None]
            spread = adds @ totals.products @ adds.T
        return cls(
            value=np.where(np.isfinite(value), value, np.nan),
            spread=spread,
            rows=rows,
            queries=totals.queries,
            effective=totals.effective,
        )

    def estimates(self, reason: str) -> Estimates:
        """Each ratio with its interval; the upper limit of a ratio of 0 is unknown."""
        single = self.queries == 1
        error = self.error(np.diag(self.spread))

        def bounds(confidence: Floats) -> Interval:
            if single:
                return Interval(self.value, self.value)
            half = intervals.student(confidence, self.effective - 1) * error
            with np.errstate(over="ignore", invalid="ignore"):
                return Interval(self.value * np.exp(-half), self.value * np.exp(half))

        return Estimates(
            value=self.value,
            rows=self.rows,
            bounds=bounds,
            method="exact" if single else "delta-log",
            reason=reason,
        )

    def error(self, spread: Floats) -> Floats:
        """The standard error of a logarithm, from the squares of what each query adds to it."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.maximum(spread, 0.0) / (self.queries - 1)
            return np.asarray(np.sqrt(mean / self.queries), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallestRatio:
    """The smallest ratio of two groups' values; groups as positions."""

    value: float
    low: float
    high: float
    method: str
    lowest: int
    highest: int


def smallest_ratio(found: QueryRatios, confidence: float) -> SmallestRatio | None:
    """The lowest value over the highest, with limits that hold for all pairs together.

    Groups share queries, so a pair's interval is made of what each query adds to both. None if
    every value is 0. Limits are NaN where a value is 0, which has no logarithm.
    """
    values = found.value
    if values.max() == 0:
        return None
    lowest, highest = int(values.argmin()), int(values.argmax())
    value = float(values[lowest] / values[highest])
    low = high = value
    pairs = len(values) * (len(values) - 1) // 2
    if found.queries > 1:
        each = bonferroni(confidence, pairs)
        own = np.diag(found.spread)
        half = float(intervals.student(each, found.effective - 1)) * found.error(
            own[:, None] + own[None, :] - 2 * found.spread
        )
        others = ~np.eye(len(values), dtype=bool)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = values[:, None] / values[None, :]
            low = float((ratio * np.exp(-half))[others].min())
            highs = np.where(others, ratio * np.exp(half), np.inf).min(axis=1)
        high = min(1.0, float(highs.min()))
    return SmallestRatio(
        value=value,
        low=min(low, value),
        high=max(high, value),
        method="exact"
        if found.queries == 1
        else ("simultaneous-delta-log" if pairs > 1 else "delta-log"),
        lowest=lowest,
        highest=highest,
    )
