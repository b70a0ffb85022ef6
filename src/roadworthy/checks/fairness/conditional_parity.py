"""Conditional parity: how far apart groups are among cases that are alike in what may matter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from roadworthy.checks.across import Compared, Kind, Round, contrast_of
from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.fairness import measures
from roadworthy.checks.groups import comparisons_of, decision_parameters, group_families, lacking
from roadworthy.records.evidence import Evidence, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Task
from roadworthy.stats import rates
from roadworthy.stats.rates import RATES


class ConditionalParity:
    """Demographic parity within each stratum of the condition columns; the largest gap counts.

    A stratum is one combination of the condition columns' values. One with a single group has
    nothing to compare and is left out, and counted.
    """

    spec: ClassVar = CheckSpec(
        slug="conditional-parity",
        version=1,
        pillar=measures.PILLAR,
        title="Differences between like cases",
        assumptions="the condition columns may legitimately explain a difference; intervals hold "
        "for all pairs of groups in all strata together",
        source=measures.CONDITIONAL_DEMOGRAPHIC_PARITY.source,
        measures=(measures.CONDITIONAL_DEMOGRAPHIC_PARITY,),
        tasks=(Task.BINARY,),
        each_part=True,
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Compare the groups of every attribute and intersection; nothing without conditions."""
        if not subject.roles.condition:
            return
        reason = lacking(subject, decision=True)
        for across, family in zip(
            comparisons_of(subject), filter(None, group_families(subject)), strict=True
        ):
            shared = sorted(set(family) & set(subject.roles.condition))
            obstacle = reason or (
                f"{shared[0]} is itself a condition, so its groups are never alike in it"
                if shared
                else None
            )
            if obstacle is not None:
                yield subject.evidence(
                    measures.CONDITIONAL_DEMOGRAPHIC_PARITY, across, Unmeasured(reason=obstacle)
                )
            else:
                yield _measure(subject, across, family)


def _measure(subject: Subject, across: Slice, family: tuple[str, ...]) -> Evidence:
    conditions = subject.roles.condition
    table = subject.tally.slices([(*family, *conditions)], histogram=False)
    strata: dict[Slice, list[int]] = {}
    for position, slice_ in enumerate(table.slices):
        stratum = Slice(terms=tuple(term for term in slice_.terms if term.attribute in conditions))
        strata.setdefault(stratum, []).append(position)
    compared = Compared(
        name="selection-rate", estimates=rates.estimate(table, RATES["selection-rate"])
    )
    rounds = [
        Round(compared=compared, members=np.array(members), stratum=str(stratum))
        for stratum, members in strata.items()
        if len(members) > 1
    ]
    groups = [_without(slice_, conditions) for slice_ in table.slices]
    outcome, names = contrast_of(Kind.DIFFERENCE, groups, rounds, subject.confidence)
    parameters: dict[str, JSON] = {
        **decision_parameters(subject),
        **names,
        "condition": list(conditions),
        "strata": len(strata),
        "strata_with_one_group": len(strata) - len(rounds),
    }
    return subject.evidence(measures.CONDITIONAL_DEMOGRAPHIC_PARITY, across, outcome, **parameters)


def _without(slice_: Slice, conditions: tuple[str, ...]) -> Slice:
    """The group that a slice belongs to, whatever its stratum."""
    return Slice(terms=tuple(term for term in slice_.terms if term.attribute not in conditions))


CONDITIONAL_PARITY = ConditionalParity()
