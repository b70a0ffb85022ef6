"""Do rows that look the same carry different labels?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.quality.columns import NO_LABEL, PILLAR, exact, feature_columns
from roadworthy.data.sql_names import quote_name
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec, Unmeasured
from roadworthy.records.slices import ALL
from roadworthy.records.versions import Column, Task

RATE = MeasureSpec(
    slug="conflicting-labels-rate",
    pillar=PILLAR,
    title="Conflicting labels",
    plain="The share of rows that agree in every feature with a row of another label.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    assumptions=(
        "Rows without a label are left out; missing features agree with each other. Few and coarse "
        "features conflict by nature: `best_accuracy` is what no model of them can exceed here."
    ),
    source="Northcutt et al. (2021), Confident Learning",
)

NO_LISTS = tuple(task for task in Task if task is not Task.RANKING)
"""Every task but rankings, whose lists may well hold the same row again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictingLabelsCheck:
    """Groups rows by all features, where the table lives."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """One rate, exact for this table, with the accuracy that the conflicts leave possible."""
        label = subject.roles.label
        features = feature_columns(subject)
        if label is None or not features:
            reason = NO_LABEL if label is None else "there is no feature to compare"
            yield subject.evidence(RATE, ALL, Unmeasured(reason=reason))
            return
        found = subject.engine.transform(
            _statement(features, _column(subject, label)),
            {"rows": subject.table},
            name="conflicting labels",
        )
        row = found.read().to_pylist()[0]
        if not row["n"]:
            yield subject.evidence(RATE, ALL, Unmeasured(reason="no row has a label"))
            return
        rows = int(row["n"])
        yield subject.evidence(
            RATE,
            ALL,
            exact(int(row["conflicting"]) / rows, rows, subject.confidence),
            conflicting=int(row["conflicting"]),
            patterns=int(row["patterns"]),
            best_accuracy=int(row["majority"]) / rows,
            features=len(features),
        )


def _column(subject: Subject, name: str) -> Column:
    return next(item for item in subject.table.columns if item.name == name)


def _statement(features: Sequence[Column], label: Column) -> str:
    keys = ", ".join(f"{_known(item)} AS f{place}" for place, item in enumerate(features))
    names = ", ".join(f"f{place}" for place in range(len(features)))
    return f"""
SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS n,
       CAST(coalesce(sum(CASE WHEN labels > 1 THEN n ELSE 0 END), 0) AS BIGINT) AS conflicting,
       CAST(coalesce(sum(CASE WHEN labels > 1 THEN 1 ELSE 0 END), 0) AS BIGINT) AS patterns,
       CAST(coalesce(sum(largest), 0) AS BIGINT) AS majority
FROM (SELECT sum(n) AS n, count(*) AS labels, max(n) AS largest
      FROM (SELECT {names}, label, count(*) AS n
            FROM (SELECT {keys}, {_known(label)} AS label FROM "rows")
            WHERE label IS NOT NULL
            GROUP BY {names}, label)
      GROUP BY {names})
"""


def _known(item: Column) -> str:
    """The column's value; NaN is null, for both mean that nothing is known."""
    value = quote_name(item.name)
    return f"CASE WHEN isnan({value}) THEN NULL ELSE {value} END" if item.type == "real" else value


CONFLICTING_LABELS = ConflictingLabelsCheck(
    spec=CheckSpec(
        slug="conflicting-labels",
        version=1,
        pillar=PILLAR,
        title="Conflicting labels",
        assumptions=RATE.assumptions,
        source=RATE.source,
        measures=(RATE,),
        tasks=NO_LISTS,
    )
)
