"""Group rates: what happens to each group, and against a reference group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.fairness import measures
from roadworthy.checks.fairness.reference import find_reference
from roadworthy.checks.groups import (
    Family,
    amounts,
    decision_parameters,
    decision_table,
    families_of,
    lacking,
    on_every_slice,
    simultaneous,
    unmeasured,
)
from roadworthy.records.evidence import Evidence, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Task
from roadworthy.stats import confusion, rates
from roadworthy.stats.comparisons import difference_to, ratio_to
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.rates import RATES

SHARES = (
    measures.SELECTION_RATE,
    measures.TRUE_POSITIVE_RATE,
    measures.FALSE_POSITIVE_RATE,
    measures.TRUE_NEGATIVE_RATE,
    measures.FALSE_NEGATIVE_RATE,
    measures.POSITIVE_PREDICTIVE_VALUE,
    measures.NEGATIVE_PREDICTIVE_VALUE,
)
"""The measures that are plain rates; a rate has the measure's slug for its name."""

SIGNED = {
    measures.SELECTION_RATE_DIFFERENCE: ("selection-rate", difference_to),
    measures.SELECTION_RATE_RATIO: ("selection-rate", ratio_to),
    measures.TRUE_POSITIVE_RATE_DIFFERENCE: ("true-positive-rate", difference_to),
    measures.FALSE_POSITIVE_RATE_DIFFERENCE: ("false-positive-rate", difference_to),
}
"""Measures of a group against its reference group: the rate, and how the two are compared."""


class GroupRates:
    """What the system does to each group."""

    spec: ClassVar = CheckSpec(
        slug="group-rates",
        version=1,
        pillar=measures.PILLAR,
        title="Decisions by group",
        assumptions="a group whose attribute is missing is a group; the reference group is the "
        "stated one or else the largest",
        source=measures.FAWCETT,
        measures=(*SHARES, measures.TREATMENT_RATIO, *SIGNED),
        tasks=(Task.BINARY,),
        each_part=True,
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure everybody, every group and every intersection."""
        table = decision_table(subject)
        common = decision_parameters(subject)
        for spec in SHARES:
            rate = RATES[spec.slug]
            reason = lacking(subject, label=rate.labelled, decision=rate.predicted)
            if reason is not None:
                yield from unmeasured(subject, [spec], table.slices, reason)
                continue
            counts = rates.count(table, rate)
            yield from on_every_slice(
                subject,
                spec,
                table.slices,
                rates.estimate(table, rate),
                parameters={
                    "numerator": amounts(counts.numerator),
                    "denominator": amounts(counts.denominator),
                },
                common=common,
            )
        yield from _treatment(subject, table, common)
        for family in families_of(table.slices):
            if family.attributes:
                yield from _against_reference(subject, table, family, common)


def _treatment(subject: Subject, table: SliceTable, common: dict[str, JSON]) -> Iterator[Evidence]:
    spec = measures.TREATMENT_RATIO
    reason = lacking(subject, label=True, decision=True)
    if reason is not None:
        yield from unmeasured(subject, [spec], table.slices, reason)
        return
    yield from on_every_slice(
        subject,
        spec,
        table.slices,
        confusion.treatment_ratio(table),
        parameters={
            "false_negatives": amounts(rates.weight_of(table, (rates.FALSE_NEGATIVE,))),
            "false_positives": amounts(rates.weight_of(table, (rates.FALSE_POSITIVE,))),
        },
        common=common,
    )


def _against_reference(
    subject: Subject, table: SliceTable, family: Family, common: dict[str, JSON]
) -> Iterator[Evidence]:
    """Each group of a family against the family's reference group."""
    slices = [table.slices[position] for position in family.members]
    reference = find_reference(subject, table, family)
    for spec, (name, against) in SIGNED.items():
        rate = RATES[name]
        reason = lacking(subject, label=rate.labelled, decision=rate.predicted)
        if reason is None and isinstance(reference, str):
            reason = reference
        if reason is not None or isinstance(reference, str):
            yield from unmeasured(subject, [spec], slices, reason or "")
            continue
        estimates = rates.estimate(table, rate)
        parameters: dict[str, JSON] = {
            **common,
            "reference_group": str(table.slices[reference]),
            "reference_rows": int(estimates.rows[reference]),
        }
        if not estimates.defined[reference]:
            reason = f"{estimates.reason} in the reference group {table.slices[reference]}"
            yield from _without_value(subject, spec, slices, reason, parameters)
            continue
        parameters["reference_value"] = float(estimates.value[reference])
        compared = against(estimates, family.members, reference)
        yield from _compared(subject, spec, table, family, compared, parameters)


def _compared(
    subject: Subject,
    spec: MeasureSpec,
    table: SliceTable,
    family: Family,
    compared: Estimates,
    parameters: dict[str, JSON],
) -> Iterator[Evidence]:
    slices = [table.slices[position] for position in family.members]
    if parameters["reference_value"] == 0 and np.isnan(compared.value).all():
        reason = f"the rate of the reference group {parameters['reference_group']} is 0"
        yield from _without_value(subject, spec, slices, reason, parameters)
        return
    together = simultaneous(slices, compared, subject.confidence, fewer=1)
    outcomes = compared.outcomes(subject.confidence)
    for slice_, outcome, own in zip(slices, outcomes, together, strict=True):
        family_of = {} if isinstance(outcome, Unmeasured) else own
        yield subject.evidence(spec, slice_, outcome, **parameters, **family_of)


def _without_value(
    subject: Subject,
    spec: MeasureSpec,
    slices: Sequence[Slice],
    reason: str,
    parameters: dict[str, JSON],
) -> Iterator[Evidence]:
    for slice_ in slices:
        yield subject.evidence(spec, slice_, Unmeasured(reason=reason), **parameters)


GROUP_RATES = GroupRates()
