"""Is the table of the shape that was agreed on?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.quality.columns import NO_REFERENCE, PILLAR, exact
from roadworthy.data.schema import compare_schemas
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec, Unmeasured
from roadworthy.records.slices import ALL

MISMATCHES = MeasureSpec(
    slug="schema-mismatches",
    pillar=PILLAR,
    title="Schema mismatches",
    plain="How many columns are missing, new, or hold another type than in the reference table.",
    direction=Direction.LOWER,
    low=0,
    best=0,
    unit="columns",
    assumptions="The order of columns does not matter.",
    source="own definition",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaCheck:
    """Compares columns and types with those of the reference table."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """One count, with each mismatch in plain words."""
        if subject.reference is None:
            yield subject.evidence(MISMATCHES, ALL, Unmeasured(reason=NO_REFERENCE))
            return
        found = compare_schemas(
            subject.reference.columns, subject.columns, ignore=subject.roles.answers
        )
        outcome = exact(float(len(found)), subject.table.rows, subject.confidence)
        yield subject.evidence(
            MISMATCHES,
            ALL,
            outcome,
            mismatches=[str(mismatch) for mismatch in found],
            compared_with=subject.reference.name,
        )


SCHEMA = SchemaCheck(
    spec=CheckSpec(
        slug="schema",
        version=1,
        pillar=PILLAR,
        title="Schema and types",
        assumptions=MISMATCHES.assumptions,
        source=MISMATCHES.source,
        measures=(MISMATCHES,),
    )
)
