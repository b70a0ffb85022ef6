"""Labels that are not there yet: the reference has them, and the table will have them later."""

from __future__ import annotations

from dataclasses import replace

from roadworthy.checks.awaited_classes import AwaitedClasses, Families
from roadworthy.checks.check import MADE
from roadworthy.data.class_columns import values_of
from roadworthy.data.engine import Table
from roadworthy.data.expression import case, column, is_null
from roadworthy.records.slices import LABEL, Term
from roadworthy.records.versions import ColumnRoles, Task
from roadworthy.stats.tally import TallyPlan
from roadworthy.workflows.tasks.multiclass import LABEL_CODE, PREDICTION_CODE, score_columns
from roadworthy.workflows.tasks.prepare import prepare
from roadworthy.workflows.tasks.prepared import Prepared, PreparedPart

_DECIDED = f"{MADE}decided"


def awaited_labels(table: Table, reference: Table | None, roles: ColumnRoles) -> tuple[str, ...]:
    """The label columns that the reference has and the table does not."""
    if reference is None:
        return ()
    here, there = ({column.name for column in each.columns} for each in (table, reference))
    named = [*([roles.label] if roles.label is not None else []), *roles.labels]
    return tuple(name for name in named if name in there - here)


def without_label(reference: Table | None, roles: ColumnRoles) -> ColumnRoles:
    """The roles of a table that awaits its label; its classes are those of the reference.

    Raises:
        DataError: the reference's label holds no classes.
        UsageError: it cannot be told which column of probabilities is whose.
    """
    label = roles.label
    roles = replace(roles, label=None)
    if reference is None or label is None or roles.task is not Task.MULTICLASS or not roles.scores:
        return roles
    return replace(roles, scores=score_columns(roles, values_of(reference, label, role="label")))


def prepare_reference(
    reference: Table, awaited: tuple[str, ...], roles: ColumnRoles
) -> Prepared | None:
    """The labelled reference, from which one learns what a score means; None if nothing is awaited.

    Without the scores there is nothing to learn, and the plan counts labels only.

    Args:
        reference: has the labels, and perhaps the scores, the attributes and the weight.
        awaited: its columns of labels that the table does not have.
        roles: those of the table that awaits its labels.

    Raises:
        DataError: a label or the scores of the reference are not what the task expects.
        UsageError: nothing tells which class is positive.
    """
    if not awaited:
        return None
    names = {column.name for column in reference.columns}
    known = replace(
        roles,
        prediction=roles.prediction if roles.prediction in names else None,
        protected=tuple(name for name in roles.protected if name in names),
        condition=(),
        weight=roles.weight if roles.weight in names else None,
    )
    if roles.task is Task.MULTILABEL:
        return _each_label(reference, awaited, known)
    several = roles.task is Task.MULTICLASS
    known = replace(known, label=awaited[0], prediction=known.prediction if several else None)
    scores = [roles.score] if roles.score is not None else list(roles.scores.values())
    return _learnable(reference, known, scores)


def _each_label(reference: Table, awaited: tuple[str, ...], roles: ColumnRoles) -> Prepared:
    """The reference of each label that is awaited, as a binary task."""
    parts = []
    for name in awaited:
        score = roles.scores.get(name)
        own = replace(
            roles,
            label=name,
            labels=(),
            predictions={},
            scores={},
            score=score,
            task=Task.BINARY,
        )
        part = _learnable(reference, own, [] if score is None else [score])
        parts.append(PreparedPart(question=Term(attribute=LABEL, value=name), prepared=part))
    return Prepared(table=reference, roles=roles, plan=parts[0].prepared.plan, parts=tuple(parts))


def _learnable(reference: Table, roles: ColumnRoles, scores: list[str]) -> Prepared:
    """The prepared reference; its labels only if it lacks some of the scores."""
    names = {column.name for column in reference.columns}
    if not scores or not names.issuperset(scores):
        return Prepared(table=reference, roles=roles, plan=TallyPlan(label=roles.label))
    return prepare(reference, roles)


def await_classes(
    ready: Prepared, learned: Prepared, families: Families, *, seed: int
) -> AwaitedClasses | None:
    """What to count of several classes while their labels are awaited; None without scores.

    The reference tells what a score means given the decision if both tables were decided alike: by
    columns of one name, or both by the likeliest class.

    Args:
        ready: the table that awaits its labels.
        learned: its labelled reference.
        families: the sets of attributes to slice by.
        seed: of what is redrawn.
    """
    if ready.roles.task is not Task.MULTICLASS or not learned.parts or not ready.roles.scores:
        return None
    decided = learned.roles.prediction == ready.roles.prediction
    classes = len(ready.parts)
    codes = tuple(map(str, range(classes)))
    reference = learned.parts[0].prepared.table
    if decided:
        reference = _with_decisions(reference, classes)
    return AwaitedClasses(
        classes=ready.roles.classes,
        table=ready.parts[0].prepared.table,
        plans=tuple(
            replace(
                part.prepared.plan,
                attributes=ready.roles.protected,
                label=PREDICTION_CODE,
                prediction=PREDICTION_CODE,
                classes=codes,
            )
            for part in ready.parts
        ),
        reference=reference,
        reference_plans=tuple(
            _reference_plan(part.prepared.plan, k, classes if decided else 0)
            for k, part in enumerate(learned.parts)
        ),
        decided=decided,
        families=families,
        seed=seed,
    )


def _with_decisions(reference: Table, classes: int) -> Table:
    """The reference with the decided class and whether a row is of each class, as one code."""
    decision = column(PREDICTION_CODE)
    made = {}
    for k in range(classes):
        true = column(f"{LABEL_CODE}_{k}")
        unknown = is_null(decision) | is_null(true)
        made[f"{_DECIDED}_{k}"] = case((unknown, None), otherwise=decision * 2 + true)
    return reference.derive(made)


def _reference_plan(plan: TallyPlan, k: int, decisions: int) -> TallyPlan:
    """Counts one class's score in the reference, by decision and by whether it is the class."""
    label = f"{_DECIDED}_{k}" if decisions else plan.label
    codes = tuple(map(str, range(2 * max(decisions, 1))))
    return replace(plan, label=label, prediction=label, classes=codes)
