"""Rows: how many cases there are, and how many of them later measures have to leave out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import decision_table
from roadworthy.checks.performance import measures
from roadworthy.records.evidence import Evidence, Measured
from roadworthy.records.versions import Task
from roadworthy.stats import rates


class Rows:
    """How many cases there are."""

    spec: ClassVar = CheckSpec(
        slug="rows",
        version=1,
        pillar=measures.PILLAR,
        title="Number of cases",
        assumptions=measures.ROWS.assumptions,
        source="",
        measures=(measures.ROWS,),
        tasks=(Task.BINARY, Task.MULTICLASS, Task.MULTILABEL, Task.RANKING),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Exact counts of everybody, every group and every intersection."""
        table = decision_table(subject)
        missing: dict[str, list[int]] = {}
        unlabelled, undecided = (rows.tolist() for rows in rates.missing_rows(table))
        if subject.plan.label is not None:
            missing["rows_without_label"] = unlabelled
        if subject.plan.prediction is not None or subject.plan.score is not None:
            missing["rows_without_prediction"] = undecided
        for position, (slice_, rows) in enumerate(
            zip(table.slices, table.rows.tolist(), strict=True)
        ):
            exact = Measured(
                value=rows,
                low=rows,
                high=rows,
                rows=rows,
                method="exact",
                confidence=subject.confidence,
            )
            own = {name: values[position] for name, values in missing.items()}
            yield subject.evidence(measures.ROWS, slice_, exact, **own)


ROWS = Rows()
