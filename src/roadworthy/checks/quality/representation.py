"""Who is in the table, and does it resemble the population it should stand for?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.quality.columns import PILLAR, exact
from roadworthy.checks.quality.rates import share_difference, shares
from roadworthy.data.engine import Table
from roadworthy.records.evidence import Direction, Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.slices import ALL, Slice
from roadworthy.stats.tally import TallyPlan, plan_families

SHARE = MeasureSpec(
    slug="group-representation",
    pillar=PILLAR,
    title="Share of rows by group",
    plain="The share of all rows that belong to the group.",
    direction=Direction.NEITHER,
    low=0,
    high=1,
    assumptions="Rows count once each, whatever their weight.",
    source="Gebru et al. (2021), Datasheets for Datasets, composition",
)
DIFFERENCE = MeasureSpec(
    slug="group-representation-difference",
    pillar=PILLAR,
    title="Group share against the reference",
    plain="The group's share of rows here minus its share in the reference population.",
    direction=Direction.NEITHER,
    low=-1,
    high=1,
    best=0,
    assumptions=(
        "Stated shares are taken as exact and go before the reference table, which counts as a "
        "sample of its own."
    ),
    source="Newcombe (1998), method 10",
)
VANISHED = MeasureSpec(
    slug="vanished-groups",
    pillar=PILLAR,
    title="Groups that are not here",
    plain="How many groups of the reference population have no row in this table.",
    direction=Direction.LOWER,
    low=0,
    best=0,
    unit="groups",
    assumptions="Single attributes only. A stated share of 0 expects no row.",
    source="own definition",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentationCheck:
    """Compares the sizes of groups with stated shares or with the reference table."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Shares and differences by group; vanished groups by attribute."""
        if not subject.roles.protected:
            for spec in self.spec.measures:
                reason = "no protected column was named, so there are no groups"
                yield subject.evidence(spec, ALL, Unmeasured(reason=reason))
            return
        here = _sizes(subject, subject.table)
        there = None if subject.reference is None else _reference_sizes(subject, subject.reference)
        rows = subject.table.rows
        found = shares(list(here.values()), [rows] * len(here), subject.confidence, of="row")
        for (where, size), outcome in zip(here.items(), found, strict=True):
            yield subject.evidence(SHARE, where, outcome, group_rows=size)
        for (where, size), outcome in zip(here.items(), found, strict=True):
            yield _difference(subject, where, size, outcome, there)
        for attribute in subject.roles.protected:
            yield _vanished(subject, attribute, here, there)


def _sizes(subject: Subject, table: Table) -> dict[Slice, int]:
    """Rows of every group, intersections included."""
    plan = TallyPlan(attributes=subject.roles.protected, max_categories=subject.plan.max_categories)
    tally = subject.tally if table is subject.table else table.tally(plan)
    families = plan_families(subject.roles.protected, subject.intersections)
    found = tally.slices([family for family in families if family], histogram=False)
    return {where: int(n) for where, n in zip(found.slices, found.rows, strict=True)}


def _reference_sizes(subject: Subject, table: Table) -> dict[Slice, int] | None:
    names = {item.name for item in table.columns}
    return _sizes(subject, table) if set(subject.roles.protected) <= names else None


def _difference(
    subject: Subject,
    where: Slice,
    size: int,
    here: Measured | Unmeasured,
    there: Mapping[Slice, int] | None,
) -> Evidence:
    stated = _stated(subject, where)
    rows, confidence = subject.table.rows, subject.confidence
    if stated is not None:
        if isinstance(here, Measured):
            here = Measured(
                value=here.value - stated,
                low=here.low - stated,
                high=here.high - stated,
                rows=rows,
                method=here.method,
                confidence=confidence,
            )
        return subject.evidence(
            DIFFERENCE, where, here, reference="stated shares", reference_share=stated
        )
    if there is None or subject.reference is None:
        reason = (
            "neither shares of the population nor a reference table were given"
            if subject.reference is None
            else "the reference table lacks a protected column"
        )
        return subject.evidence(DIFFERENCE, where, Unmeasured(reason=reason, rows=size))
    other, other_rows = there.get(where, 0), subject.reference.rows
    return subject.evidence(
        DIFFERENCE,
        where,
        share_difference(size, rows, other, other_rows, confidence),
        reference=subject.reference.name,
        reference_share=other / other_rows,
    )


def _stated(subject: Subject, where: Slice) -> float | None:
    """The stated share of a single group; a group that the statement leaves out has none."""
    if len(where.terms) != 1 or where.terms[0].attribute not in subject.reference_shares:
        return None
    term = where.terms[0]
    return subject.reference_shares[term.attribute].get(str(term.value), 0.0)


def _vanished(
    subject: Subject,
    attribute: str,
    here: Mapping[Slice, int],
    there: Mapping[Slice, int] | None,
) -> Evidence:
    slice_ = Slice.across([attribute])
    if attribute in subject.reference_shares:
        shares = subject.reference_shares[attribute]
        expected = {Slice.of({attribute: group}) for group, part in shares.items() if part > 0}
    elif there is not None:
        expected = {where for where in there if where.attributes == (attribute,)}
    else:
        reason = "there is no reference population to compare the groups with"
        return subject.evidence(VANISHED, slice_, Unmeasured(reason=reason))
    gone = sorted(str(where) for where in expected - here.keys())
    outcome = exact(float(len(gone)), subject.table.rows, subject.confidence)
    return subject.evidence(VANISHED, slice_, outcome, groups=list(gone))


REPRESENTATION = RepresentationCheck(
    spec=CheckSpec(
        slug="representation",
        version=1,
        pillar=PILLAR,
        title="Representation of groups",
        assumptions=DIFFERENCE.assumptions,
        source=SHARE.source,
        measures=(SHARE, DIFFERENCE, VANISHED),
    )
)
