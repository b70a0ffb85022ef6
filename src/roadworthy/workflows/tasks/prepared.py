"""`Prepared`: a table made ready for the checks of one kind of task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from roadworthy.data.engine import Table
from roadworthy.records.slices import Term
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
        parts: each class against the rest, or each label, as a binary task.
        views: further counts of the same rows, by what they count.
        error_plan: what the checks of a regression count.
    """

    table: Table
    roles: ColumnRoles
    plan: TallyPlan
    parts: tuple[PreparedPart, ...] = ()
    views: Mapping[str, Prepared] = field(default_factory=dict)
    error_plan: RegressionPlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPart:
    """One question of several: the term of the slices that speak of it, and its binary task."""

    question: Term
    prepared: Prepared
