"""From columns to weak slices: code the features, take each row's loss, search, and say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from roadworthy.data.feature_codes import FeatureCodes, encode_feature
from roadworthy.data.row_losses import RowLosses
from roadworthy.errors import DataError
from roadworthy.records.evidence import Measured
from roadworthy.records.versions import Column
from roadworthy.records.weak_slices import LeftOut, SliceCondition, WeakSlice
from roadworthy.stats.slice_search import CodedRows, Conditions
from roadworthy.stats.slice_tests import coverage_level
from roadworthy.stats.weak_slices import Found, JudgedSlice, Part, SearchPlan, find_weak_slices

SHARE = 200
"""A slice holds one row in so many at least, unless the caller says otherwise."""

FEWEST = 50
"""Rows of a slice at least, unless the caller says otherwise: each half judges half of them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Searched:
    """The rows that were searched, what was found in them, and what its codes mean."""

    features: tuple[FeatureCodes, ...]
    left_out: tuple[LeftOut, ...]
    rows: CodedRows
    plan: SearchPlan
    found: Found

    def conditions(self, conditions: Conditions) -> tuple[SliceCondition, ...]:
        """The conditions of a slice in words."""
        return tuple(
            self.features[one.feature].condition(one.first, one.last) for one in conditions
        )

    def text(self, conditions: Conditions) -> str:
        """A slice in words."""
        return " and ".join(condition.text for condition in self.conditions(conditions))


def default_fewest(eligible: int) -> int:
    """How many rows a slice has at least, unless the caller says otherwise.

    >>> default_fewest(4_000), default_fewest(1_000_000)
    (50, 5000)
    """
    return max(FEWEST, eligible // SHARE)


def search_slices(
    rows: pa.Table,
    columns: Iterable[Column],
    losses: RowLosses,
    plan: SearchPlan,
) -> Searched:
    """Search the rows to which a measure applies.

    Args:
        rows: the rows, with the columns to search.
        columns: the columns to search.
        losses: what each row adds to the measure.
        plan: how to search.

    Raises:
        DataError: the measure applies to too few rows for two slices in each half.
    """
    eligible = np.flatnonzero(losses.eligible)
    if len(eligible) < 2 * plan.fewest:
        raise DataError(
            f"the measure applies to {len(eligible):,} rows; slices of at least {plan.fewest:,} "
            f"rows can be told from the rest in {2 * plan.fewest:,} rows or more"
        )
    part: Any = None if len(eligible) == rows.num_rows else pa.array(eligible)
    coded: list[FeatureCodes] = []
    left_out: list[LeftOut] = []
    for item in columns:
        values = rows.column(item.name) if part is None else rows.column(item.name).take(part)
        made = encode_feature(item, values, fewest=plan.fewest)
        if isinstance(made, str):
            left_out.append(LeftOut(attribute=item.name, reason=made))
        else:
            coded.append(made)
    counted = CodedRows(
        codes=tuple(item.codes for item in coded),
        cells=tuple(item.cells for item in coded),
        ordered=tuple(item.ordered for item in coded),
        loss=losses.loss[eligible],
    )
    return Searched(
        features=tuple(coded),
        left_out=tuple(left_out),
        rows=counted,
        plan=plan,
        found=find_weak_slices(counted, plan),
    )


def measured(part: Part, confidence: float) -> Measured:
    """A mean loss with its interval."""
    low, high = part.interval(confidence)
    return Measured(
        value=part.mean,
        low=min(float(low), part.mean),
        high=max(float(high), part.mean),
        rows=part.rows,
        method="wilson" if part.is_binary else "student-log",
        confidence=confidence,
    )


def weak_slices(
    searched: Searched, *, confidence: float, top: int, protected: Iterable[str]
) -> tuple[WeakSlice, ...]:
    """The slices that are worse than the rest, the one that stands out most first.

    Intervals make up for reporting only what passed a test.
    """
    worse = searched.found.worse(searched.plan.rate)
    level = coverage_level(confidence, len(worse), len(searched.found.tested))
    fair = set(protected)
    return tuple(_weak_slice(searched, item, level, fair) for item in worse[:top])


def _weak_slice(searched: Searched, item: JudgedSlice, level: float, fair: set[str]) -> WeakSlice:
    conditions = searched.conditions(item.conditions)
    return WeakSlice(
        conditions=conditions,
        rows=int(searched.rows.matching(item.conditions).sum()),
        outcome=measured(item.part, level),
        rest=measured(item.rest, level),
        share_of_rows=item.share_of_rows,
        share_of_loss=item.share_of_loss,
        p_value=item.adjusted,
        protected=tuple(c.attribute for c in conditions if c.attribute in fair),
    )
