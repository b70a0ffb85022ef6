"""Asking a model of several classes about every row of a table."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from roadworthy.checks.check import MADE
from roadworthy.data.engine import Table
from roadworthy.data.model import ClassModel
from roadworthy.records.versions import ColumnRoles

SAID = f"{MADE}prediction"
"""The column of a model's decisions while it is assessed."""


def score_classes(table: Table, model: ClassModel, roles: ColumnRoles) -> tuple[Table, ColumnRoles]:
    """The table with the model's decisions and, if it gives any, a probability of each class."""
    rows = table.read(list(model.features))
    made = {SAID: pa.array(model.decide(rows, None), pa.string())}
    columns = {name: f"{MADE}score_{k}" for k, name in enumerate(model.classes)}
    if model.has_probabilities:
        found = model.probabilities(rows)
        made |= {column: pa.array(found[:, k]) for k, column in enumerate(columns.values())}
    roles = replace(
        roles,
        prediction=SAID,
        scores=columns if model.has_probabilities else {},
        classes=roles.classes or model.classes,
    )
    return table.with_columns(pa.table(made)), roles
