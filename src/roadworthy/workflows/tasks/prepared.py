"""`Prepared`: a table made ready for the checks of one kind of task."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.data.engine import Table
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.regression_plan import RegressionPlan
from roadworthy.stats.tally import TallyPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A table whose columns were found to hold what their roles say.

    Attributes:
        table: the table, perhaps with columns that the task's checks count.
        roles: the roles with what could be found out, such as the positive value.
        plan: what every check's tally counts.
        error_plan: what the checks of a regression count.
    """

    table: Table
    roles: ColumnRoles
    plan: TallyPlan
    error_plan: RegressionPlan | None = None
