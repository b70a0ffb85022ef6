"""Fairness of regressions: how far apart groups are in predictions and in errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roadworthy.checks.across import Compared, Kind, Round, compare, contrast_of, obstacle
from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.fairness import measures
from roadworthy.checks.fairness import regression_measures as named
from roadworthy.checks.groups import (
    Family,
    comparisons_of,
    families_of,
    group_families,
    on_every_slice,
    unmeasured,
)
from roadworthy.checks.numbers import lacking_numbers
from roadworthy.records.evidence import Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Task
from roadworthy.stats import regression_losses as losses
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.multiplicity import sidak
from roadworthy.stats.regression_tally import RegressionTable

Of = Callable[[RegressionTable], Estimates]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrasted:
    """One comparison of groups: what is compared, how, and what it needs."""

    spec: MeasureSpec
    function: Of
    name: str
    kind: Kind = Kind.DIFFERENCE
    label: bool = True
    prediction: bool = True
    interval: bool = False
    higher_is_worse: bool = True


COMPARISONS = (
    Contrasted(
        spec=named.MEAN_PREDICTION_GAP,
        function=losses.mean_prediction,
        name="mean-prediction",
        label=False,
        higher_is_worse=False,
    ),
    Contrasted(
        spec=named.MEAN_LABEL_GAP,
        function=losses.mean_label,
        name="mean-label",
        prediction=False,
        higher_is_worse=False,
    ),
    Contrasted(spec=named.MEAN_ERROR_GAP, function=losses.mean_error, name="mean-error"),
    Contrasted(
        spec=named.MEAN_ABSOLUTE_ERROR_GAP,
        function=losses.mean_absolute_error,
        name="mean-absolute-error",
    ),
    Contrasted(
        spec=named.MEAN_ABSOLUTE_ERROR_RATIO,
        function=losses.mean_absolute_error,
        name="mean-absolute-error",
        kind=Kind.RATIO,
    ),
    Contrasted(
        spec=named.ROOT_MEAN_SQUARED_ERROR_GAP,
        function=losses.root_mean_squared_error,
        name="root-mean-squared-error",
    ),
    Contrasted(
        spec=named.ROOT_MEAN_SQUARED_ERROR_RATIO,
        function=losses.root_mean_squared_error,
        name="root-mean-squared-error",
        kind=Kind.RATIO,
    ),
    Contrasted(
        spec=named.INTERVAL_COVERAGE_DIFFERENCE,
        function=losses.interval_coverage,
        name="interval-coverage",
        prediction=False,
        interval=True,
        higher_is_worse=False,
    ),
)

WORST: Mapping[MeasureSpec, Of] = {
    named.WORST_ABSOLUTE_LOSS: losses.mean_absolute_error,
    named.WORST_SQUARED_LOSS: losses.mean_squared_error,
}
OF_GROUPS: Mapping[MeasureSpec, Of] = {
    named.MEAN_PREDICTION: losses.mean_prediction,
    named.MEAN_LABEL: losses.mean_label,
}


class RegressionParity:
    """How far apart groups are in what is predicted for them, and in how wrong it is."""

    spec: ClassVar = CheckSpec(
        slug="regression-parity",
        version=1,
        pillar=measures.PILLAR,
        title="Differences between groups in predicted numbers",
        assumptions="every group counts, however small; intervals hold for all pairs of groups "
        "together",
        source=named.AGARWAL,
        measures=(
            *OF_GROUPS,
            *(item.spec for item in COMPARISONS),
            named.CONDITIONAL_MEAN_PREDICTION_GAP,
            *WORST,
        ),
        tasks=(Task.REGRESSION,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Compare the groups of every attribute and of every intersection."""
        table = subject.errors.slices(group_families(subject))
        families = [family for family in families_of(table.slices) if family.attributes]
        yield from _of_groups(subject, table)
        for item in COMPARISONS:
            yield from _comparison(subject, table, families, item)
        yield from _worst(subject, table, families)
        yield from _conditional(subject)


def _of_groups(subject: Subject, table: RegressionTable) -> Iterator[Evidence]:
    for spec, function in OF_GROUPS.items():
        predicted = spec is named.MEAN_PREDICTION
        reason = lacking_numbers(subject, label=not predicted, prediction=predicted)
        if reason is not None:
            yield from unmeasured(subject, [spec], table.slices, reason)
        else:
            yield from on_every_slice(subject, spec, table.slices, function(table))


def _comparison(
    subject: Subject, table: RegressionTable, families: list[Family], item: Contrasted
) -> Iterator[Evidence]:
    if item.interval and not subject.roles.interval:
        return
    reason = lacking_numbers(
        subject, label=item.label, prediction=item.prediction, interval=item.interval
    )
    if reason is not None:
        yield from unmeasured(subject, [item.spec], comparisons_of(subject), reason)
        return
    compared = Compared(
        name=item.name, estimates=item.function(table), higher_is_worse=item.higher_is_worse
    )
    yield from compare(
        subject,
        item.spec,
        kind=item.kind,
        slices=table.slices,
        families=families,
        compared=[compared],
    )


# --- bounded group loss --------------------------------------------------------------------------


def _worst(subject: Subject, table: RegressionTable, families: list[Family]) -> Iterator[Evidence]:
    """The largest loss of a group: it lies between the largest limits of all groups together."""
    reason = lacking_numbers(subject, label=True, prediction=True)
    for spec, function in WORST.items():
        if reason is not None:
            yield from unmeasured(subject, [spec], comparisons_of(subject), reason)
            continue
        estimates = function(table)
        for family in families:
            yield _worst_of(subject, spec, table, family, estimates)


def _worst_of(
    subject: Subject,
    spec: MeasureSpec,
    table: RegressionTable,
    family: Family,
    estimates: Estimates,
) -> Evidence:
    across, members = Slice.across(family.attributes), family.members
    rows = int(estimates.rows[members].sum())
    compared = Compared(name=spec.slug, estimates=estimates, higher_is_worse=True)
    reason = obstacle(table.slices, [Round(compared=compared, members=members)])
    low, high = estimates.interval(sidak(subject.confidence, len(members)))
    if reason is None and not np.isfinite([low[members], high[members]]).all():
        reason = "a group has too few rows for an interval"
    if reason is not None:
        return subject.evidence(spec, across, Unmeasured(reason=reason, rows=rows))
    values = estimates.value[members]
    worst = int(members[values.argmax()])
    outcome = Measured(
        value=float(values.max()),
        low=float(min(low[members].max(), values.max())),
        high=float(high[members].max()),
        rows=rows,
        method=f"simultaneous-{estimates.method}",
        confidence=subject.confidence,
    )
    return subject.evidence(
        spec,
        across,
        outcome,
        groups=len(members),
        worst_group=str(table.slices[worst]),
        worst_rows=int(estimates.rows[worst]),
    )


# --- like cases ----------------------------------------------------------------------------------


def _conditional(subject: Subject) -> Iterator[Evidence]:
    """The largest gap in mean prediction within a stratum of the condition columns."""
    conditions = subject.roles.condition
    if not conditions:
        return
    reason = lacking_numbers(subject, prediction=True)
    for across, family in zip(
        comparisons_of(subject), filter(None, group_families(subject)), strict=True
    ):
        shared = sorted(set(family) & set(conditions))
        hindrance = reason or (
            f"{shared[0]} is itself a condition, so its groups are never alike in it"
            if shared
            else None
        )
        if hindrance is not None:
            yield subject.evidence(
                named.CONDITIONAL_MEAN_PREDICTION_GAP, across, Unmeasured(reason=hindrance)
            )
        else:
            yield _within_strata(subject, across, family)


def _within_strata(subject: Subject, across: Slice, family: tuple[str, ...]) -> Evidence:
    conditions = subject.roles.condition
    table = subject.errors.slices([(*family, *conditions)])
    strata: dict[Slice, list[int]] = {}
    for position, slice_ in enumerate(table.slices):
        stratum = Slice(terms=tuple(t for t in slice_.terms if t.attribute in conditions))
        strata.setdefault(stratum, []).append(position)
    compared = Compared(name="mean-prediction", estimates=losses.mean_prediction(table))
    rounds = [
        Round(compared=compared, members=np.array(members), stratum=str(stratum))
        for stratum, members in strata.items()
        if len(members) > 1
    ]
    groups = [
        Slice(terms=tuple(t for t in slice_.terms if t.attribute not in conditions))
        for slice_ in table.slices
    ]
    outcome, names = contrast_of(Kind.DIFFERENCE, groups, rounds, subject.confidence)
    parameters: dict[str, JSON] = {
        **names,
        "condition": list(conditions),
        "strata": len(strata),
        "strata_with_one_group": len(strata) - len(rounds),
    }
    return subject.evidence(named.CONDITIONAL_MEAN_PREDICTION_GAP, across, outcome, **parameters)


REGRESSION_PARITY = RegressionParity()
