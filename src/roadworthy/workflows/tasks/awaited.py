"""Labels that are not there yet: the reference has them, and the table will have them later."""

from __future__ import annotations

from dataclasses import replace

from roadworthy.data.engine import Table
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.tally import TallyPlan
from roadworthy.workflows.tasks.prepare import prepare
from roadworthy.workflows.tasks.prepared import Prepared


def awaited_label(table: Table, reference: Table | None, roles: ColumnRoles) -> str | None:
    """The label column, if the reference has it and the table does not."""
    if roles.label is None or reference is None:
        return None
    here, there = ({column.name for column in each.columns} for each in (table, reference))
    return roles.label if roles.label in there - here else None


def prepare_reference(reference: Table, label: str, roles: ColumnRoles) -> Prepared:
    """The labelled reference, from which one learns what a score means.

    Without the scores there is nothing to learn, and the plan counts labels only.

    Args:
        reference: has the label, and perhaps the scores, the attributes and the weight.
        label: its column of labels.
        roles: those of the table that awaits its labels.

    Raises:
        DataError: the label or the scores of the reference are not what the task expects.
        UsageError: nothing tells which class is positive.
    """
    names = {column.name for column in reference.columns}
    known = replace(
        roles,
        label=label,
        prediction=None,
        protected=tuple(name for name in roles.protected if name in names),
        condition=(),
        weight=roles.weight if roles.weight in names else None,
    )
    scores = [roles.score] if roles.score is not None else list(roles.scores.values())
    if not scores or not names.issuperset(scores):
        return Prepared(table=reference, roles=known, plan=TallyPlan(label=label))
    return prepare(reference, known)
