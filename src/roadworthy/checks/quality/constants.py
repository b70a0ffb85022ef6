"""Are there columns that hardly say anything?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.quality.columns import PILLAR, exact
from roadworthy.data.expression import Expression, Value, column, count_if
from roadworthy.data.profile import PLAIN, ColumnProfile
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec
from roadworthy.records.slices import ALL

NEAR = 0.99
"""From this share of rows with one value on, a column is nearly constant."""

CONSTANT_COLUMNS = MeasureSpec(
    slug="constant-columns",
    pillar=PILLAR,
    title="Constant columns",
    plain="How many columns hold the same value in every row, or none at all.",
    direction=Direction.LOWER,
    low=0,
    best=0,
    unit="columns",
    assumptions="A missing value is a value here: a column with gaps is not constant.",
    source="own definition",
)
NEAR_CONSTANT_COLUMNS = MeasureSpec(
    slug="near-constant-columns",
    pillar=PILLAR,
    title="Nearly constant columns",
    plain="How many columns hold one value, or none, in at least 99 of 100 rows.",
    direction=Direction.LOWER,
    low=0,
    best=0,
    unit="columns",
    assumptions=(
        "Constant columns are not counted again. The value is sought in a sample and its rows are "
        "counted exactly. Times are left out."
    ),
    source="Kuhn and Johnson (2013), Applied Predictive Modeling, section 3.5",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantsCheck:
    """Counts constant and nearly constant columns, in one pass after the profile."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Two counts, naming the columns."""
        profile = subject.profile
        constant = [item.name for item in profile.columns if _is_constant(item, profile.rows)]
        rest = [item for item in profile.columns if item.name not in constant]
        near = _near_constant(subject, rest)
        rows = profile.rows
        yield subject.evidence(
            CONSTANT_COLUMNS,
            ALL,
            exact(float(len(constant)), rows, subject.confidence),
            columns=list(constant),
        )
        yield subject.evidence(
            NEAR_CONSTANT_COLUMNS,
            ALL,
            exact(float(len(near)), rows, subject.confidence),
            columns=list(near),
            share=NEAR,
        )


def _is_constant(item: ColumnProfile, rows: int) -> bool:
    if item.missing == rows:
        return True
    return item.missing == 0 and item.low is not None and item.low == item.high


def _near_constant(subject: Subject, columns: list[ColumnProfile]) -> list[str]:
    rows = subject.profile.rows
    select: dict[str, Expression] = {}
    for item in columns:
        candidate = _most_frequent(subject, item)
        if candidate is not None:
            select[item.name] = count_if(column(item.name).eq(candidate))
    found = subject.table.aggregate(select).to_pylist()[0] if select else {}
    return [
        item.name
        for item in columns
        if max(item.missing, int(found.get(item.name) or 0)) >= NEAR * rows
    ]


def _most_frequent(subject: Subject, item: ColumnProfile) -> Value:
    """The sample's most frequent value; only one that fills half of it could fill the column."""
    if item.column.type not in PLAIN:
        return None
    values = subject.sample[item.name].drop_null()
    if item.column.type == "real":  # both zeros are one; NaN is missing
        values = pc.add(values.filter(pc.invert(pc.is_nan(values))), 0.0)
    if not len(values):
        return None
    counts = pc.value_counts(values)
    rows = np.asarray(counts.field("counts").to_numpy())
    most = int(rows.argmax())
    fills = 2 * rows[most] >= subject.sample.num_rows
    value: Value = counts.field("values")[most].as_py()
    return value if fills else None


CONSTANTS = ConstantsCheck(
    spec=CheckSpec(
        slug="constants",
        version=1,
        pillar=PILLAR,
        title="Constant and nearly constant columns",
        assumptions=f"{CONSTANT_COLUMNS.assumptions} {NEAR_CONSTANT_COLUMNS.assumptions}",
        source=NEAR_CONSTANT_COLUMNS.source,
        measures=(CONSTANT_COLUMNS, NEAR_CONSTANT_COLUMNS),
    )
)
