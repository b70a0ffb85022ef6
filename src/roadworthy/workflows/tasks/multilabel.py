"""Multi-label systems: yes or no to each of several labels, or a probability of each.

Each label is a binary task of its own. Whether all labels of a row are right, and which share of
them is wrong, is counted from derived columns, of rows whose labels and answers are all known.
"""

from __future__ import annotations

from collections.abc import Mapping

from roadworthy.checks.check import MADE
from roadworthy.checks.views import ALL_RIGHT, SHARE_WRONG
from roadworthy.data.class_columns import class_code, values_of
from roadworthy.data.engine import Table
from roadworthy.data.expression import (
    Expression,
    any_of,
    case,
    column,
    is_nan,
    is_null,
    literal,
)
from roadworthy.errors import UsageError
from roadworthy.records.slices import LABEL, Term
from roadworthy.records.versions import ColumnRoles, Task
from roadworthy.stats.tally import TallyPlan
from roadworthy.workflows.tasks.binary import prepare_binary
from roadworthy.workflows.tasks.prepared import Prepared, PreparedPart

_RIGHT, _WRONG, _ONE = f"{MADE}all_right", f"{MADE}share_wrong", f"{MADE}one"


def prepare_multilabel(table: Table, roles: ColumnRoles) -> Prepared:
    """Find the two values of each label, and derive what is counted of all of them.

    A label that is no column of the table is awaited: there are only answers to it.

    Raises:
        DataError: a label has more than two values, or scores are no probabilities.
        UsageError: there are no labels, or answers to other labels than those named.
    """
    _check(roles)
    known = {column.name for column in table.columns}
    parts = {
        name: prepare_binary(table, _roles_of(roles, name, labelled=name in known))
        for name in roles.labels
    }
    answered = (set(roles.predictions) | set(roles.scores)) & known
    views = _views(table, roles, parts) if answered >= set(roles.labels) else {}
    return Prepared(
        table=table,
        roles=roles,
        plan=_plan(roles),
        parts=tuple(
            PreparedPart(question=Term(attribute=LABEL, value=name), prepared=part)
            for name, part in parts.items()
        ),
        views=views,
    )


def _check(roles: ColumnRoles) -> None:
    if not roles.labels:
        raise UsageError(
            "a multi-label system needs its label columns: labels=['urgent', 'legal', ...], with "
            "predictions={label: column} or scores={label: column}"
        )
    for given, role in ((roles.label, "label"), (roles.prediction, "prediction")):
        if given is not None:
            raise UsageError(
                f"a multi-label system has several labels: give labels, predictions and scores "
                f"instead of {role}={given!r}"
            )
    for role, answers in (("predictions", roles.predictions), ("scores", roles.scores)):
        strangers = sorted(set(answers) - set(roles.labels))
        if strangers:
            raise UsageError(
                f"{role} answer {strangers[0]!r}, which is no label; labels: "
                f"{', '.join(roles.labels)}"
            )


def _roles_of(roles: ColumnRoles, name: str, *, labelled: bool) -> ColumnRoles:
    """The binary task of one label."""
    return ColumnRoles(
        label=name if labelled else None,
        positive=roles.positive,
        prediction=roles.predictions.get(name),
        score=roles.scores.get(name),
        threshold=roles.threshold,
        weight=roles.weight,
        protected=roles.protected,
        condition=roles.condition,
        task=Task.BINARY,
    )


def _plan(roles: ColumnRoles, *, label: str | None = None, score: str | None = None) -> TallyPlan:
    return TallyPlan(
        attributes=tuple(dict.fromkeys([*roles.protected, *roles.condition])),
        label=label,
        score=score,
        weight=roles.weight,
    )


def _views(table: Table, roles: ColumnRoles, parts: Mapping[str, Prepared]) -> dict[str, Prepared]:
    """Whether all labels are right, and which share of them is wrong."""
    answers = [_answers(table, part) for part in parts.values()]
    unknown = any_of(is_null(item) for pair in answers for item in pair)
    wrong: Expression = literal(0.0)
    for true, said in answers:
        wrong = wrong + case((true.eq(said), 0.0), otherwise=1.0)
    made = table.derive(
        {
            _RIGHT: case((unknown, None), (wrong.eq(0.0), 1), otherwise=0),
            _WRONG: case((unknown, None), otherwise=wrong * (1.0 / len(answers))),
            _ONE: case((unknown, None), otherwise=1),
        }
    )
    plans = {
        ALL_RIGHT: _plan(roles, label=_RIGHT),
        SHARE_WRONG: _plan(roles, label=_ONE, score=_WRONG),
    }
    return {name: Prepared(table=made, roles=roles, plan=plan) for name, plan in plans.items()}


def _answers(table: Table, part: Prepared) -> tuple[Expression, Expression]:
    """What a label is and what it is said to be: 0, 1 or null."""
    roles, plan = part.roles, part.plan
    true = class_code(values_of(table, str(roles.label), role="label"), plan.classes)
    if roles.prediction is not None:
        said: Expression = class_code(
            values_of(table, roles.prediction, role="prediction"), plan.classes
        )
    else:
        score = column(str(roles.score))
        absent = is_null(score) | is_nan(score)
        said = case((absent, None), (score >= roles.threshold, 1), otherwise=0)
    return true, said
