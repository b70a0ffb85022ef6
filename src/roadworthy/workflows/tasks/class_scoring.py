"""Asking a model of several classes about every row of a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa

from roadworthy.checks.check import MADE
from roadworthy.data.engine import Table
from roadworthy.data.model import ClassModel
from roadworthy.records.versions import ColumnRoles
from roadworthy.workflows.tasks.row_scoring import ClassScoring

SAID = f"{MADE}prediction"
"""The column of a model's decisions while it is assessed."""


def score_classes(table: Table, model: ClassModel, roles: ColumnRoles) -> tuple[Table, ColumnRoles]:
    """The table with the model's decisions and, if it gives any, a probability of each class."""
    columns = {name: f"{MADE}score_{k}" for k, name in enumerate(model.classes)}
    adds: list[pa.Field[Any]] = [pa.field(SAID, pa.string())]
    if model.has_probabilities:
        adds += [pa.field(column, pa.float64()) for column in columns.values()]
    scoring = ClassScoring(model, pa.schema(adds))
    roles = replace(
        roles,
        prediction=SAID,
        scores=columns if model.has_probabilities else {},
        classes=roles.classes or model.classes,
    )
    return table.map_batches(scoring, reads=model.features, adds=scoring.adds), roles
