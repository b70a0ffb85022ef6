"""The door to the kinds of tasks: each prepares a table in its own file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from roadworthy.data.engine import Table
from roadworthy.errors import UsageError
from roadworthy.records.versions import ColumnRoles, Task
from roadworthy.workflows.tasks.binary import prepare_binary
from roadworthy.workflows.tasks.multiclass import prepare_multiclass
from roadworthy.workflows.tasks.multilabel import prepare_multilabel
from roadworthy.workflows.tasks.prepared import Prepared
from roadworthy.workflows.tasks.ranking import prepare_ranking
from roadworthy.workflows.tasks.regression import prepare_regression

PREPARE: Mapping[Task, Callable[[Table, ColumnRoles], Prepared]] = {
    Task.BINARY: prepare_binary,
    Task.MULTICLASS: prepare_multiclass,
    Task.MULTILABEL: prepare_multilabel,
    Task.REGRESSION: prepare_regression,
    Task.RANKING: prepare_ranking,
}


def prepare(table: Table, roles: ColumnRoles) -> Prepared:
    """Make a table ready for the checks of its task.

    Raises:
        DataError: a column does not hold what its role says.
        UsageError: the roles do not fit the task.
    """
    if roles.task not in PREPARE:
        raise UsageError(f"tasks of the kind {roles.task} are not measured yet")
    return PREPARE[roles.task](table, roles)
