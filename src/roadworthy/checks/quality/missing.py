"""How much is missing, where, and for whom?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.quality.columns import PILLAR
from roadworthy.checks.quality.rates import share, shares
from roadworthy.data.expression import CastType, cast, count, count_if
from roadworthy.data.profile import ColumnProfile, TableProfile, is_missing, present
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec
from roadworthy.records.slices import ALL, MISSING, Slice

RATE = MeasureSpec(
    slug="missing-rate",
    pillar=PILLAR,
    title="Missing values",
    plain="The share of values that are missing: of the whole table, a column, or a group.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    assumptions=(
        "Null and NaN are missing. Values of one row may be missing together: the interval of the "
        "whole table counts as many independent values as the scatter between rows allows. A "
        "column that is never missing has no evidence by group."
    ),
    source="Little and Rubin (2019), Statistical Analysis with Missing Data",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingValuesCheck:
    """Counts missing values in one pass, and by each protected attribute in one pass more."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """The whole table, each column, and each column with missing values by group."""
        profile = subject.profile
        cells = profile.rows * len(profile.columns)
        yield subject.evidence(
            RATE,
            ALL,
            share(
                profile.missing,
                cells,
                subject.confidence,
                of="value",
                effective=_independent_values(profile),
            ),
            columns=len(profile.columns),
            worst_column=_worst(profile),
        )
        found = shares(
            [item.missing for item in profile.columns],
            [profile.rows] * len(profile.columns),
            subject.confidence,
            of="row",
        )
        for item, outcome in zip(profile.columns, found, strict=True):
            yield subject.evidence(RATE, Slice.of({"column": item.name}), outcome)
        incomplete = [item for item in profile.columns if item.missing]
        for attribute in subject.roles.protected:
            asked = [item for item in incomplete if item.name != attribute]
            if asked and attribute != "column":
                yield from _by_group(subject, attribute, asked)


def _by_group(subject: Subject, attribute: str, asked: list[ColumnProfile]) -> Iterator[Evidence]:
    column = next(item for item in subject.table.columns if item.name == attribute)
    counts = {str(at): count_if(is_missing(item.column)) for at, item in enumerate(asked)}
    groups = subject.table.aggregate(
        {"rows": count(), **counts}, by={"group": cast(present(column), CastType.TEXT)}
    ).to_pylist()
    rows = [int(row["rows"]) for row in groups]
    for at, item in enumerate(asked):
        found = shares([int(row[str(at)]) for row in groups], rows, subject.confidence, of="row")
        for row, outcome in zip(groups, found, strict=True):
            name = MISSING if row["group"] is None else row["group"]
            yield subject.evidence(RATE, Slice.of({"column": item.name, attribute: name}), outcome)


def _independent_values(profile: TableProfile) -> float:
    """Kish's effective number of values, from the scatter of missing values between rows."""
    rows, columns, missing = profile.rows, len(profile.columns), profile.missing
    cells = rows * columns
    rate = missing / cells
    mean = missing / rows
    scatter = profile.missing_squares / rows - mean**2
    binomial = columns * rate * (1 - rate)
    if scatter <= 0 or binomial <= 0:
        return float(rows)
    return min(cells * binomial / scatter, float(cells))


def _worst(profile: TableProfile) -> str | None:
    worst = max(profile.columns, key=lambda item: item.missing)
    return worst.name if worst.missing else None


MISSING_VALUES = MissingValuesCheck(
    spec=CheckSpec(
        slug="missing-values",
        version=1,
        pillar=PILLAR,
        title="Missing values",
        assumptions=RATE.assumptions,
        source=RATE.source,
        measures=(RATE,),
    )
)
