"""Inequality: how unequally right and wrong decisions fall on individuals, and between groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

import numpy as np

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.fairness.measures import LABELLED, PILLAR
from roadworthy.checks.groups import (
    Family,
    comparisons_of,
    decision_parameters,
    decision_table,
    families_of,
    lacking,
    on_every_slice,
    unmeasured,
)
from roadworthy.records.evidence import Direction, Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Task
from roadworthy.stats import inequality
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.inequality import Benefits

SPEICHER = (
    "Speicher et al. (2018), A unified approach to quantifying algorithmic unfairness: measuring "
    "individual and group unfairness via inequality indices"
)
ASSUMED = f"{LABELLED}; to be selected is good for everybody"


def _index(slug: str, title: str, plain: str) -> MeasureSpec:
    """An index of inequality: 0 if everybody gets the same."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.LOWER,
        low=0,
        best=0,
        assumptions=ASSUMED,
        source=SPEICHER,
    )


ENTROPY = _index(
    "generalized-entropy-index",
    "Generalised entropy index",
    "How unequally wrong refusals and wrong selections leave people: 0 if nobody is better or "
    "worse off by mistake.",
)
THEIL = _index(
    "theil-index",
    "Theil index",
    "The same inequality, counting those who are left with nothing for more.",
)
VARIATION = _index(
    "benefit-coefficient-of-variation",
    "Coefficient of variation of benefits",
    "How far benefits typically lie from the average benefit, as a part of it.",
)
BETWEEN = _index(
    "between-group-entropy",
    "Inequality between groups",
    "The part of the generalised entropy that would remain if everybody in a group got the same.",
)
WITHIN = _index(
    "within-group-entropy",
    "Inequality within groups",
    "The part of the generalised entropy among people of one group.",
)

OF_SLICES: Mapping[MeasureSpec, Callable[[Benefits], Estimates]] = {
    ENTROPY: inequality.generalized_entropy,
    THEIL: inequality.theil,
    VARIATION: inequality.variation,
}
PARTS = (BETWEEN, WITHIN)


class Inequality:
    """How unequally benefits fall."""

    spec: ClassVar = CheckSpec(
        slug="inequality",
        version=1,
        pillar=PILLAR,
        title="Inequality of benefits",
        assumptions=f"{ASSUMED}; a wrong refusal gives 0, a right decision 1, a wrong selection 2",
        source=SPEICHER,
        measures=(*OF_SLICES, *PARTS),
        tasks=(Task.BINARY,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure everybody and every group, and part the inequality between and within groups."""
        table = decision_table(subject)
        reason = lacking(subject, label=True, decision=True)
        if reason is not None:
            yield from unmeasured(subject, OF_SLICES, table.slices, reason)
            yield from unmeasured(subject, PARTS, comparisons_of(subject), reason)
            return
        found = inequality.benefits(table)
        common = decision_parameters(subject)
        for spec, function in OF_SLICES.items():
            yield from on_every_slice(subject, spec, table.slices, function(found), common=common)
        for family in families_of(table.slices):
            if family.attributes:
                yield from _parts(subject, table, found, family)


def _parts(
    subject: Subject, table: SliceTable, found: Benefits, family: Family
) -> Iterator[Evidence]:
    across, members = Slice.across(family.attributes), family.members
    rows = int(found.rows[members].sum())
    empty = [str(table.slices[i]) for i in members.tolist() if not found.effective[i] > 0]
    reason = f"{inequality.NOBODY} in {'; '.join(empty[:3])}" if empty else None
    if reason is None and not (found.weight[members] @ inequality.BENEFITS).sum() > 0:
        reason = inequality.NOTHING
    for spec in PARTS:
        if reason is not None:
            yield subject.evidence(spec, across, Unmeasured(reason=reason, rows=rows))
            continue
        part = (
            inequality.between_groups(
                found, members, subject.confidence, np.random.default_rng(subject.seed)
            )
            if spec is BETWEEN
            else inequality.within_groups(found, members, subject.confidence)
        )
        outcome = Measured(
            value=part.value,
            low=part.low,
            high=part.high,
            rows=rows,
            method=part.method,
            confidence=subject.confidence,
        )
        common = decision_parameters(subject)
        yield subject.evidence(spec, across, outcome, groups=len(members), **common)


INEQUALITY = Inequality()
