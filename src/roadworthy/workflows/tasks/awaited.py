"""Labels that are not there yet: the reference has them, and the table will have them later."""

from __future__ import annotations

from dataclasses import replace

from roadworthy.data.classes import binary_classes
from roadworthy.data.engine import Table
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.tally import TallyPlan


def awaited_label(table: Table, reference: Table | None, roles: ColumnRoles) -> str | None:
    """The label column, if the reference has it and the table does not."""
    if roles.label is None or reference is None:
        return None
    here, there = ({column.name for column in each.columns} for each in (table, reference))
    return roles.label if roles.label in there - here else None


def reference_plan(
    plan: TallyPlan, reference: Table, label: str, roles: ColumnRoles
) -> TallyPlan | None:
    """What to count in the reference, to learn what a score means; None without scores.

    Raises:
        DataError: the label is all missing, or has more than two values.
        UsageError: nothing tells which of its values is positive.
    """
    names = {column.name for column in reference.columns}
    if plan.score is None or plan.score not in names:
        return replace(plan, label=label, attributes=(), prediction=None, score=None, weight=None)
    classes = binary_classes(reference, label, positive=roles.positive, role="label")
    return replace(
        plan,
        label=label,
        classes=classes.ordered,
        prediction=None,
        attributes=tuple(name for name in plan.attributes if name in names),
        weight=plan.weight if plan.weight in names else None,
    )
