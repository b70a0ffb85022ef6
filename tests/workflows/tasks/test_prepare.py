"""Tests of the door to the kinds of tasks."""

from __future__ import annotations

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.errors import DataError
from roadworthy.records.versions import ColumnRoles
from roadworthy.workflows.tasks.prepare import prepare

TABLE = pa.table({"y": ["no", "yes", "no"], "p": [0.1, 0.9, 1.2]})


def test_a_binary_label_names_its_classes() -> None:
    """The positive value is found out, and the tally counts negative before positive."""
    ready = prepare(DuckDBEngine().open(TABLE), ColumnRoles(label="y"))
    assert ready.roles.positive == "yes"
    assert ready.plan.classes == ("no", "yes")


def test_scores_that_are_no_probabilities_are_refused() -> None:
    """A score above 1 is named, with what was expected."""
    with pytest.raises(DataError, match=r"1 values outside \[0, 1\].*expected probabilities"):
        prepare(DuckDBEngine().open(TABLE), ColumnRoles(label="y", score="p"))
