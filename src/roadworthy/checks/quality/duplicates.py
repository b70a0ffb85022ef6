"""Does the table hold a row more than once, or rows that the model was trained on?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.quality.columns import NO_REFERENCE, PILLAR, data_columns, exact
from roadworthy.checks.quality.rates import share
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import ALL
from roadworthy.records.versions import Task

DUPLICATES_RATE = MeasureSpec(
    slug="duplicate-rows-rate",
    pillar=PILLAR,
    title="Duplicate rows",
    plain="The share of rows that repeat an earlier row in every column.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    assumptions=(
        "The model's score and prediction are left out; an identifier counts as a column. "
        "`identical_but_for_identifier` tells how many rows differ in the identifier only, which "
        "is usual where columns are few and coarse."
    ),
    source="own definition",
)
OVERLAP_RATE = MeasureSpec(
    slug="train-overlap-rate",
    pillar=PILLAR,
    title="Overlap with the reference table",
    plain="The share of rows that occur, equal in every column, in the reference table too.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    assumptions=(
        "The reference table is the one that the model was trained on. Columns that both tables "
        "have are compared, an identifier included, since it tells the same row from a similar one."
    ),
    source="Kaufman et al. (2012), Leakage in Data Mining",
)

NO_LISTS = tuple(task for task in Task if task is not Task.RANKING)
"""Every task but rankings, whose lists may well hold the same row again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatesCheck:
    """Counts rows that repeat an earlier one."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """One rate, exact for this table."""
        columns = [item.name for item in data_columns(subject)]
        rows = subject.table.rows
        repeated = subject.table.duplicates(columns)
        parameters: dict[str, JSON] = {"duplicates": repeated, "columns": len(columns)}
        identifier = subject.roles.identifier
        if identifier is not None:
            rest = [name for name in columns if name != identifier]
            parameters["repeated_identifiers"] = subject.table.duplicates([identifier])
            if rest:
                parameters["identical_but_for_identifier"] = subject.table.duplicates(rest)
        outcome = exact(repeated / rows, rows, subject.confidence)
        yield subject.evidence(DUPLICATES_RATE, ALL, outcome, **parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapCheck:
    """Counts rows that the reference table holds too."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """One rate, with its interval."""
        if subject.reference is None:
            yield subject.evidence(OVERLAP_RATE, ALL, Unmeasured(reason=NO_REFERENCE))
            return
        theirs = {item.name for item in subject.reference.columns}
        columns = [item.name for item in data_columns(subject) if item.name in theirs]
        if not columns:
            reason = "the reference table has no column in common with this one"
            yield subject.evidence(OVERLAP_RATE, ALL, Unmeasured(reason=reason))
            return
        rows = subject.table.rows
        shared = subject.table.shared(subject.reference, columns)
        parameters: dict[str, JSON] = {"shared": shared, "columns": len(columns)}
        identifier = subject.roles.identifier
        rest = [name for name in columns if name != identifier]
        if rest and len(rest) < len(columns):
            parameters["shared_but_for_identifier"] = subject.table.shared(subject.reference, rest)
        outcome = share(shared, rows, subject.confidence, of="row")
        yield subject.evidence(OVERLAP_RATE, ALL, outcome, **parameters)


DUPLICATES = DuplicatesCheck(
    spec=CheckSpec(
        slug="duplicates",
        version=1,
        pillar=PILLAR,
        title="Duplicate rows",
        assumptions=DUPLICATES_RATE.assumptions,
        source=DUPLICATES_RATE.source,
        measures=(DUPLICATES_RATE,),
        tasks=NO_LISTS,
    )
)
OVERLAP = OverlapCheck(
    spec=CheckSpec(
        slug="overlap",
        version=1,
        pillar=PILLAR,
        title="Rows the model was trained on",
        assumptions=OVERLAP_RATE.assumptions,
        source=OVERLAP_RATE.source,
        measures=(OVERLAP_RATE,),
    )
)
