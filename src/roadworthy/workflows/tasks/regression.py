"""Regressions: the system answers with a number, and perhaps with an interval around it."""

from __future__ import annotations

from roadworthy.data.engine import Table
from roadworthy.data.regression_plan import plan_errors
from roadworthy.errors import UsageError
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.regression_plan import RegressionPlan
from roadworthy.stats.tally import TallyPlan
from roadworthy.workflows.tasks.prepared import Prepared


def prepare_regression(table: Table, roles: ColumnRoles) -> Prepared:
    """Check the numbers, and choose the units in which their errors are summed.

    Raises:
        DataError: a label, prediction or limit is no finite number, or a weight cannot be used.
        UsageError: the roles are those of another task.
    """
    _check_roles(roles)
    attributes = tuple(dict.fromkeys([*roles.protected, *roles.condition]))
    plan = RegressionPlan(
        attributes=attributes,
        label=roles.label,
        prediction=roles.prediction,
        interval=roles.interval,
        confidence=roles.interval_confidence,
        weight=roles.weight,
    )
    return Prepared(
        table=table,
        roles=roles,
        plan=TallyPlan(attributes=attributes, weight=roles.weight),
        error_plan=plan_errors(table, plan),
    )


def _check_roles(roles: ColumnRoles) -> None:
    if roles.score is not None:
        raise UsageError(
            f"a regression has no score column, found {roles.score!r}; name the predicted numbers "
            f"as the prediction column"
        )
    if roles.positive is not None:
        raise UsageError("a regression has no positive value; leave `positive` out")
    if roles.interval and len(roles.interval) != 2:  # noqa: PLR2004 - a pair
        raise UsageError(
            f"interval names two columns, the lower and the upper limit; found "
            f"{len(roles.interval)}: {', '.join(roles.interval)}"
        )
    if roles.interval_confidence is not None and not roles.interval:
        raise UsageError("interval_confidence is stated, but interval names no columns")
    stated = roles.interval_confidence
    if stated is not None and not 0 < stated < 1:
        raise UsageError(f"interval_confidence must lie between 0 and 1, found {stated}")
