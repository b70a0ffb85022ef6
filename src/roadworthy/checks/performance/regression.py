"""Regression: how far predictions are from the truth, for everybody and for every group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import ClassVar

import numpy as np

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import group_families, on_every_slice, unmeasured
from roadworthy.checks.numbers import lacking_numbers
from roadworthy.checks.performance import measures
from roadworthy.checks.performance import regression_measures as named
from roadworthy.checks.performance.residuals import residual_curves
from roadworthy.records.evidence import Curve, Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.versions import Task
from roadworthy.stats import regression_losses as losses
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.regression_plan import Population
from roadworthy.stats.regression_quantiles import (
    Distribution,
    absolute,
    bin_bound,
    distribution,
    quantile,
)
from roadworthy.stats.regression_tally import Binned, RegressionTable

MEANS: Mapping[MeasureSpec, Callable[[RegressionTable], Estimates]] = {
    named.MEAN_ABSOLUTE_ERROR: losses.mean_absolute_error,
    named.ROOT_MEAN_SQUARED_ERROR: losses.root_mean_squared_error,
    named.MEAN_SQUARED_ERROR: losses.mean_squared_error,
    named.R_SQUARED: losses.r_squared,
    named.EXPLAINED_VARIANCE: losses.explained_variance,
    named.MEAN_ERROR: losses.mean_error,
    named.PINBALL_10: partial(losses.pinball_loss, quantile=0.1),
    named.PINBALL_50: partial(losses.pinball_loss, quantile=0.5),
    named.PINBALL_90: partial(losses.pinball_loss, quantile=0.9),
}
"""Measures that are functions of sums."""

QUANTILES: Mapping[MeasureSpec, tuple[float, bool]] = {
    named.ERROR_05: (0.05, False),
    named.ERROR_50: (0.5, False),
    named.ERROR_95: (0.95, False),
    named.ABSOLUTE_ERROR_90: (0.9, True),
}
"""Measures that are quantiles of errors, or of their sizes."""

OF_ERRORS = (*MEANS, *QUANTILES, named.MAX_ERROR)
"""What a label and a prediction allow to measure."""


class Regression:
    """How far predictions are from the truth."""

    spec: ClassVar = CheckSpec(
        slug="regression",
        version=1,
        pillar=measures.PILLAR,
        title="Quality of predicted numbers",
        assumptions="errors are prediction minus label; `bin_bound` says how far binning can have "
        "moved a quantile",
        source=named.HYNDMAN,
        measures=(measures.ROWS, *OF_ERRORS),
        tasks=(Task.REGRESSION,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence | Curve]:
        """Measure everybody, every group and every intersection, one family at a time."""
        table = subject.errors.slices(group_families(subject))
        yield from _rows(subject, table)
        reason = lacking_numbers(subject, label=True, prediction=True)
        if reason is not None:
            yield from unmeasured(subject, OF_ERRORS, table.slices, reason)
            return
        for spec, function in MEANS.items():
            yield from on_every_slice(subject, spec, table.slices, function(table))
        yield from _largest(subject, table)
        for family in group_families(subject):
            binned = subject.errors.slices([family], histograms=True)
            yield from _quantiles(subject, binned)
            if len(family) <= 1:
                yield from residual_curves(binned, subject.confidence)


def _rows(subject: Subject, table: RegressionTable) -> Iterator[Evidence]:
    plan = table.plan
    counts: dict[str, list[int]] = {}
    if plan.prediction is not None:
        counts["rows_without_prediction"] = (
            table.rows - table.rows_of(Population.PREDICTED)
        ).tolist()
    if plan.label is not None:
        counts["rows_left_out"] = (table.rows - table.rows_of(Population.KNOWN)).tolist()
    for position, (slice_, rows) in enumerate(zip(table.slices, table.rows.tolist(), strict=True)):
        own = {name: values[position] for name, values in counts.items()}
        exact = _exact(rows, rows, subject.confidence)
        yield subject.evidence(measures.ROWS, slice_, exact, **own)


def _largest(subject: Subject, table: RegressionTable) -> Iterator[Evidence]:
    """The largest error of each slice: a fact about this table, with no interval."""
    rows = table.rows_of(Population.KNOWN).tolist()
    values = losses.largest_error(table).tolist()
    for slice_, value, number in zip(table.slices, values, rows, strict=True):
        outcome = (
            _exact(value, number, subject.confidence)
            if np.isfinite(value)
            else Unmeasured(reason=losses.NOBODY)
        )
        yield subject.evidence(named.MAX_ERROR, slice_, outcome)


def _quantiles(subject: Subject, table: RegressionTable) -> Iterator[Evidence]:
    errors = distribution(table, Binned.ERROR)
    found: dict[bool, Distribution] = {False: errors, True: absolute(errors)}
    for spec, (q, is_absolute) in QUANTILES.items():
        bounds: list[JSON] = [
            None if bound != bound else bound  # noqa: PLR0124 - NaN is unlike itself
            for bound in bin_bound(found[is_absolute], q).tolist()
        ]
        yield from on_every_slice(
            subject,
            spec,
            table.slices,
            quantile(found[is_absolute], q),
            parameters={"bin_bound": bounds},
        )


def _exact(value: float, rows: int, confidence: float) -> Measured:
    return Measured(
        value=value, low=value, high=value, rows=rows, method="exact", confidence=confidence
    )


REGRESSION = Regression()
