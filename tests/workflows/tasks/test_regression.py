"""Preparing a regression: roles that fit, roles that do not."""

from __future__ import annotations

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.errors import UsageError
from roadworthy.records.versions import ColumnRoles, Task
from roadworthy.workflows.tasks.regression import prepare_regression

TABLE = pa.table({"y": [1.0, 2.0], "p": [1.5, 2.5], "a": [0.0, 0.0], "b": [9.0, 9.0], "g": [1, 2]})


def prepare(**roles):
    """A table of two rows, prepared with these roles."""
    table = DuckDBEngine().open(TABLE)
    return prepare_regression(table, ColumnRoles(task=Task.REGRESSION, **roles))


def test_the_plan_counts_what_the_roles_name():
    """Conditions make groups too; the tally beside it counts no label."""
    ready = prepare(label="y", prediction="p", protected=("g",), condition=("b",))
    assert ready.error_plan.attributes == ready.plan.attributes == ("g", "b")
    assert (ready.error_plan.label, ready.plan.label) == ("y", None)
    assert ready.error_plan.center == 1.0


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({"score": "p"}, "a regression has no score column, found 'p'"),
        ({"label": "y", "positive": "1"}, "a regression has no positive value"),
        ({"label": "y", "interval": ("a",)}, "two columns, the lower and the upper limit; found 1"),
        ({"label": "y", "interval_confidence": 0.9}, "stated, but interval names no columns"),
        (
            {"label": "y", "interval": ("a", "b"), "interval_confidence": 95.0},
            "interval_confidence must lie between 0 and 1, found 95.0",
        ),
        ({}, "needs a label or a prediction column, found neither"),
    ],
)
def test_roles_of_another_task_are_refused(roles, message):
    """The message says what a regression has instead."""
    with pytest.raises(UsageError, match=message):
        prepare(**roles)
