"""Which columns the quality checks speak of, and the words they share."""

from __future__ import annotations

from roadworthy.checks.check import Subject
from roadworthy.records.evidence import Measured
from roadworthy.records.versions import Column

PILLAR = "quality"
NO_LABEL = "no label column was named"
NO_REFERENCE = "no reference table was given"


def data_columns(subject: Subject) -> tuple[Column, ...]:
    """Every column but the model's answers."""
    return subject.columns


def feature_columns(subject: Subject) -> tuple[Column, ...]:
    """The model's inputs; if they are not named, every column without another role."""
    roles = subject.roles
    if roles.features:
        return tuple(item for item in subject.table.columns if item.name in roles.features)
    taken = {roles.label, *roles.labels, roles.weight, roles.identifier, roles.timestamp}
    return tuple(item for item in data_columns(subject) if item.name not in taken)


def exact(value: float, rows: int, confidence: float) -> Measured:
    """A quantity of this very table, which has no uncertainty."""
    return Measured(
        value=value, low=value, high=value, rows=rows, method="exact", confidence=confidence
    )


def is_candidate(subject: Subject, column: Column) -> bool:
    """True if the column's values describe the row, so that their spread means something."""
    roles = subject.roles
    return column.name not in {roles.identifier, roles.weight, roles.timestamp}
