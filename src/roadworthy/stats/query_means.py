"""Means and ratios over queries, with intervals: a query is one draw, however many rows it has.

Means have Student's interval. A ratio of sums over queries, and a ratio of such ratios, have
Student's interval on the logarithmic scale, by linearisation. A single query is no sample: what is
measured on it is a fact about that list, and has the method `exact`.

Source: Cochran (1977), Sampling techniques, chapter 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats import intervals
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.intervals import Floats, Interval
from roadworthy.stats.multiplicity import bonferroni


def mean_over_queries(values: Floats, reason: str) -> Estimates:
    """The mean of the queries that have a value, from 0 to 1; `rows` are queries.

    Where all queries have the same value, Wilson's interval stands: a variable between 0 and 1
    never varies more than a proportion of the same mean.
    """
    known = values[np.isfinite(values)]
    number = len(known)
    mean = np.array([known.mean() if number else np.nan])
    error = np.array([known.std(ddof=1) / np.sqrt(number) if number > 1 else 0.0])

    def bounds(confidence: Floats) -> Interval:
        if number <= 1:
            return Interval(mean, mean)
        if not error[0] > 0:
            return intervals.wilson(mean, number, confidence)
        half = intervals.student(confidence, number - 1) * error
        return Interval(mean - half, mean + half)

    return Estimates(
        value=mean,
        rows=np.array([number], dtype=np.int64),
        bounds=bounds,
        method="exact" if number == 1 else "student" if error[0] > 0 else "wilson",
        reason=reason,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QueryRatios:
    """Ratios of sums over queries for G groups, and what each query adds to their logarithms.

    Attributes:
        value: shape (G,); NaN where a sum below the line is 0.
        influence: shape (G, Q), zero on average; NaN where the value is 0 or NaN.
        rows: shape (G,).
    """

    value: Floats
    influence: Floats
    rows: NDArray[np.int64]

    @classmethod
    def of(
        cls, above: Sequence[Floats], below: Sequence[Floats], rows: NDArray[np.int64]
    ) -> QueryRatios:
        """The product of the sums above the line over that of those below.

        Args:
            above: sums by group and query, shape (G, Q) or (Q,) each.
            below: likewise.
            rows: rows behind each ratio, shape (G,).
        """
        groups = len(rows)
        value = np.ones(groups)
        queries = above[0].shape[-1]
        influence = np.zeros((groups, queries))
        with np.errstate(invalid="ignore", divide="ignore"):
            for sign, parts in ((1.0, above), (-1.0, below)):
                for part in parts:
                    table = np.broadcast_to(part, (groups, queries))
                    total = table.sum(axis=1)
                    value = value * total if sign > 0 else value / total
                    influence = influence + sign * (queries * table / total[:, None] - 1.0)
        return cls(
            value=np.where(np.isfinite(value), value, np.nan), influence=influence, rows=rows
        )

    @property
    def queries(self) -> int:
        """The number of queries."""
        return int(self.influence.shape[1])

    def estimates(self, reason: str) -> Estimates:
        """Each ratio with its interval; the upper limit of a ratio of 0 is unknown."""
        error = _error(self.influence)
        single = self.queries == 1

        def bounds(confidence: Floats) -> Interval:
            if single:
                return Interval(self.value, self.value)
            half = intervals.student(confidence, self.queries - 1) * error
            with np.errstate(over="ignore", invalid="ignore"):
                return Interval(self.value * np.exp(-half), self.value * np.exp(half))

        return Estimates(
            value=self.value,
            rows=self.rows,
            bounds=bounds,
            method="exact" if single else "delta-log",
            reason=reason,
        )


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
        t = float(intervals.student(each, found.queries - 1))
        lows, highs = [], []
        for first in range(len(values)):
            away = found.influence[first] - np.delete(found.influence, first, axis=0)
            half = t * _error(away)
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = values[first] / np.delete(values, first)
                lows.append(float((ratio * np.exp(-half)).min()))
                highs.append(float((ratio * np.exp(half)).min()))
        low, high = min(lows), min(1.0, *highs)
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


def _error(influence: Floats) -> Floats:
    """The standard error of a logarithm, from what each query adds to it, queries last."""
    queries = influence.shape[-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (influence**2).sum(axis=-1) / (queries - 1)
    return np.asarray(np.sqrt(spread / queries), dtype=np.float64)
