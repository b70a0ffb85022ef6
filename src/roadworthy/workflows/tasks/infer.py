"""Which task a system has, found out from the roles that were given and from the values there."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.data.class_columns import KINDS, values_of
from roadworthy.data.engine import Table
from roadworthy.data.expression import column, count, count_distinct, count_if, floor, is_nan
from roadworthy.data.profile import is_missing, present
from roadworthy.errors import UsageError
from roadworthy.records.versions import ColumnRoles, Task
from roadworthy.stats.classes import class_number, class_of

TWO = 2
FEW = 20
"""Up to this many whole numbers are taken for classes, if the predictions are of the same ones."""

MANY = 100
"""Text of more values than this is not taken for classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What a column holds: its type, its different values, and whether all are whole numbers."""

    type: str
    values: int
    whole: bool

    @property
    def numeric(self) -> bool:
        return self.type in {"integer", "real"}


def infer_task(table: Table, roles: ColumnRoles, *, classes: int | None = None) -> Task:
    """The task that these roles and this table speak of.

    Args:
        table: the table to assess.
        roles: the roles that were given.
        classes: how many classes the model knows, if there is a model that tells.

    Raises:
        UsageError: it could be more than one; the message says what was found and how to say it.
    """
    if roles.implied_task is not None:
        return roles.implied_task
    if classes is not None:
        return Task.MULTICLASS if classes > TWO else Task.BINARY
    known = {item.name: item.type for item in table.columns}
    name = roles.label or roles.prediction
    if name not in known or known[name] not in KINDS:
        return Task.BINARY  # whatever is wrong with the column, its error is told there
    return _by_values(table, roles, name)


def _by_values(table: Table, roles: ColumnRoles, name: str) -> Task:
    role = "label" if roles.label is not None else "prediction"
    kind = _kind(table, name)
    if kind.values <= TWO:
        return Task.BINARY
    if not kind.numeric:
        return _of_text(table, roles, name, role, kind)
    said = _kind(table, roles.prediction) if _has(table, roles.prediction) else None
    if not kind.whole or (said is not None and said.numeric and not said.whole):
        return Task.REGRESSION
    if roles.label is not None and _same_values(table, roles, kind):
        return Task.MULTICLASS
    raise UsageError(
        f"cannot tell whether the whole numbers in the {role} column {name!r} ({kind.values:,} "
        f"different ones) are classes or quantities: say task='multiclass' or task='regression' "
        f"(on the command line --task)"
    )


def _of_text(table: Table, roles: ColumnRoles, name: str, role: str, kind: _Kind) -> Task:
    if kind.values > MANY:
        raise UsageError(
            f"{role} column {name!r} holds {kind.values:,} different texts, too many for classes; "
            f"name another column, or put rare classes together"
        )
    if roles.label is not None and _has(table, roles.prediction):
        _check_same_kind(table, roles)
    return Task.MULTICLASS


def _check_same_kind(table: Table, roles: ColumnRoles) -> None:
    """Refuse predictions none of which is a class of the label."""
    label = values_of(table, str(roles.label), role="label")
    said = values_of(table, str(roles.prediction), role="prediction")
    if any(class_of(text, label.texts) is not None for text in said.texts):
        return
    if all(class_number(text) is not None for text in said.texts):
        return  # positions of classes, or values that the preparation refuses by name
    raise UsageError(
        f"the label column {label.column!r} holds {label.shown}, and the prediction column "
        f"{said.column!r} holds {said.shown}: no value is in both, so nothing tells what the "
        f"system answers. Give predictions in the label's words, or say task=..."
    )


def _same_values(table: Table, roles: ColumnRoles, kind: _Kind) -> bool:
    """True if every prediction is a value of the label, of which there are few."""
    if kind.values > FEW or not _has(table, roles.prediction):
        return False
    label = {class_number(text) for text in values_of(table, str(roles.label), role="label").texts}
    said = values_of(table, str(roles.prediction), role="prediction").texts
    return {class_number(text) for text in said} <= label


def _has(table: Table, name: str | None) -> bool:
    return any(item.name == name and item.type in KINDS for item in table.columns)


def _kind(table: Table, name: str | None) -> _Kind:
    item = next(item for item in table.columns if item.name == name)
    value = present(item)
    select = {"values": count_distinct(value), "present": count(value)}
    if item.type == "real":
        number = column(item.name)
        select["broken"] = count_if(~is_nan(number) & number.ne(floor(number)))
    found = table.aggregate(select, where=~is_missing(item)).to_pylist()[0]
    return _Kind(
        type=item.type,
        values=int(found["values"] or 0),
        whole=item.type == "integer" or (item.type == "real" and not found["broken"]),
    )
