"""Tests of finding out which task a table speaks of."""

from __future__ import annotations

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.errors import UsageError
from roadworthy.records.versions import ColumnRoles, Task
from roadworthy.workflows.tasks.infer import infer_task

ROWS = 240
TABLE = {
    "yes_no": ["no", "yes"] * (ROWS // 2),
    "word": ["cat", "dog", "eel"] * (ROWS // 3),
    "said": ["cat", "eel", "eel"] * (ROWS // 3),
    "place": [0, 2, 2] * (ROWS // 3),
    "grade": [1, 2, 3, 4] * (ROWS // 4),
    "graded": [1, 2, 2, 3] * (ROWS // 4),
    "graded_later": [1.0, 2.0, None, 3.0] * (ROWS // 4),
    "money": [1.5, 2.25, 3.0, 4.125] * (ROWS // 4),
    "count": list(range(ROWS)),
    "name": [f"n{i}" for i in range(ROWS)],
    "colour": ["red", "blue", "red"] * (ROWS // 3),
}


def inferred(classes: int | None = None, **roles) -> Task:
    """The task of these roles on the table above."""
    table = DuckDBEngine().open(pa.table(TABLE))
    return infer_task(table, ColumnRoles(**roles), classes=classes)


@pytest.mark.parametrize(
    ("roles", "task"),
    [
        ({}, Task.BINARY),
        ({"label": "yes_no"}, Task.BINARY),
        ({"label": "yes_no", "prediction": "word"}, Task.BINARY),
        ({"label": "nowhere"}, Task.BINARY),
        ({"label": "word"}, Task.MULTICLASS),
        ({"label": "word", "prediction": "said"}, Task.MULTICLASS),
        ({"label": "word", "prediction": "place"}, Task.MULTICLASS),
        ({"prediction": "word"}, Task.MULTICLASS),
        ({"label": "word", "positive": "cat"}, Task.BINARY),
        ({"label": "grade", "prediction": "graded"}, Task.MULTICLASS),
        ({"label": "grade", "prediction": "graded_later"}, Task.MULTICLASS),
        ({"label": "grade", "prediction": "money"}, Task.REGRESSION),
        ({"label": "money"}, Task.REGRESSION),
        ({"label": "money", "prediction": "count"}, Task.REGRESSION),
        ({"label": "grade", "scores": {"1": "p"}}, Task.MULTICLASS),
        ({"label": "grade", "interval": ("a", "b")}, Task.REGRESSION),
        ({"label": "grade", "query": "word"}, Task.RANKING),
        ({"labels": ("yes_no",)}, Task.MULTILABEL),
        ({"label": "yes_no", "score": "money"}, Task.BINARY),
        ({"label": "word", "classes": None}, Task.MULTICLASS),
    ],
)
def test_the_task_follows_from_roles_and_values(roles: dict, task: Task) -> None:
    """Roles that only one task has decide; then what the label and the prediction hold."""
    roles = {name: value for name, value in roles.items() if value is not None}
    assert inferred(**roles) is task


def test_the_classes_of_a_model_decide() -> None:
    """A model of three classes is asked about classes, one of two about the positive one."""
    assert inferred(classes=3, label="grade") is Task.MULTICLASS
    assert inferred(classes=2, label="yes_no") is Task.BINARY


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({"label": "grade"}, "label column 'grade' .4 different ones. are classes or quantities"),
        ({"label": "count", "prediction": "count"}, "say task='multiclass' or task='regression'"),
        ({"label": "name"}, "'name' holds 240 different texts, too many for classes"),
        ({"label": "word", "prediction": "colour"}, "no value is in both"),
    ],
)
def test_what_could_be_several_tasks_is_asked_about(roles: dict, message: str) -> None:
    """The error says what was found, and which task to name."""
    with pytest.raises(UsageError, match=message):
        inferred(**roles)
