"""Assess: put a table, and perhaps a model, to every check, and record what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyarrow as pa

from roadworthy.checks import catalogue
from roadworthy.checks.check import MADE, PARTED, Part, Subject
from roadworthy.checks.groups import group_families
from roadworthy.checks.run import run
from roadworthy.checks.sharing import share_counts
from roadworthy.data.engine import Engine, Table
from roadworthy.data.learner import Learner
from roadworthy.data.model import ClassModel, Model
from roadworthy.errors import DataError, UsageError
from roadworthy.records.assessment import AssessmentRecord, SliceSize
from roadworthy.records.evidence import Curve, Evidence
from roadworthy.records.slices import CLASS, QUESTIONS, Slice
from roadworthy.records.versions import ColumnRoles, Task
from roadworthy.stats.counted import Counted
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.tally import plan_families
from roadworthy.workflows.tasks.awaited import (
    await_classes,
    awaited_labels,
    prepare_reference,
    without_label,
)
from roadworthy.workflows.tasks.class_scoring import score_classes
from roadworthy.workflows.tasks.prepare import prepare
from roadworthy.workflows.tasks.prepared import Prepared
from roadworthy.workflows.tasks.row_scoring import RowScoring

SCORE, PREDICTION = "_roadworthy_score", "_roadworthy_prediction"
"""Names of the columns that hold a model's scores and decisions while it is assessed."""

TAKEN = frozenset({"all", "column", "feature", "perturbation", "severity"})
"""Words that slices use for other things than groups of people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to assess: which columns mean what, how deep to intersect, and how sure to be.

    `checks` names the checks to run, or is None for all that need not be asked for; `required` are
    the measures that a policy asks for, so that checks which answer them run too.
    """

    roles: ColumnRoles
    intersections: int = 2
    reference_groups: Mapping[str, str] = field(default_factory=dict)
    reference_shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    checks: tuple[str, ...] | None = None
    required: frozenset[str] = frozenset()
    confidence: float = 0.95
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What the record calls the system, the dataset and the model, with their digests.

    `trained_on` holds the digests of the datasets that the model was trained on, if known.
    """

    system: str
    dataset: str
    dataset_name: str
    producer: str
    at: datetime
    model: str | None = None
    model_name: str | None = None
    trained_on: tuple[str, ...] = ()


def assess(
    table: Table,
    question: Question,
    naming: Naming,
    *,
    engine: Engine,
    model: Model | None = None,
    reference: Table | None = None,
    learner: Learner | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> AssessmentRecord:
    """Measure everything that can be measured; what cannot be says why.

    Args:
        table: the rows to assess, opened by `engine`.
        question: what to measure, and on which columns.
        naming: what the record calls its subject.
        engine: the engine that opened the tables.
        model: scores the rows first, if the table does not hold predictions already.
        reference: a table to compare with (the training split, say), for schema, overlap and drift.
            If it alone has the label column, performance is estimated without labels.
        learner: fits a classifier where a check needs one of its own.
        progress: told which step has begun.

    Raises:
        DataError: a column is missing or does not hold what its role says.
        UsageError: the question contradicts itself.
    """
    awaited = awaited_labels(table, reference, question.roles)
    if question.roles.label in awaited:
        question = replace(question, roles=without_label(reference, question.roles))
    _check_question(table, question, awaited)
    roles = question.roles
    if model is not None:
        progress("scoring rows with the model")
        if awaited and reference is not None:
            reference, _ = _score(reference, model, roles)
        table, roles = _score(table, model, roles)
    ready = prepare(table, replace(roles, features=_features(table, roles, model)))
    roles = ready.roles
    learned = None if reference is None else prepare_reference(reference, awaited, roles)
    subject = Subject(
        table=ready.table,
        engine=engine,
        roles=roles,
        dataset=naming.dataset,
        producer=naming.producer,
        at=naming.at,
        plan=ready.plan,
        intersections=question.intersections,
        model=model,
        model_digest=naming.model,
        reference=reference,
        reference_plan=learned.plan if learned else None,
        error_plan=ready.error_plan,
        reference_groups=question.reference_groups,
        reference_shares=question.reference_shares,
        ranges=question.ranges,
        confidence=question.confidence,
        seed=question.seed,
        learner=learner,
        progress=progress,
    )
    subject = _with_questions(subject, ready, learned)
    progress("counting")
    roster = _roster(subject)
    chosen = catalogue.select(question.checks, roles.task, required=question.required)
    evidence, curves = run(chosen, subject)
    return _record(subject, question, naming, roster, evidence, curves)


# --- before measuring ----------------------------------------------------------------------------


def _roles_of_columns(roles: ColumnRoles) -> list[tuple[str, str]]:
    """Every column that a role names, with the name of the role."""
    single = {
        "label": roles.label,
        "prediction": roles.prediction,
        "score": roles.score,
        "weight": roles.weight,
        "timestamp": roles.timestamp,
        "identifier": roles.identifier,
        "query": roles.query,
        "rank": roles.rank,
    }
    named = [(role, name) for role, name in single.items() if name is not None]
    several = {
        "label": roles.labels,
        "prediction": tuple(roles.predictions.values()),
        "score": tuple(roles.scores.values()),
        "interval": roles.interval,
        "metric": roles.metrics,
        "protected": roles.protected,
        "feature": roles.features,
        "condition": roles.condition,
    }
    return named + [(role, name) for role, names in several.items() for name in names]


def _taken(roles: ColumnRoles) -> set[str]:
    """The columns that cannot be inputs of the model, since they have another role."""
    inputs = {"protected", "feature", "condition"}
    return {name for role, name in _roles_of_columns(roles) if role not in inputs}


def _check_question(table: Table, question: Question, awaited: tuple[str, ...]) -> None:
    roles = question.roles
    names = [*(column.name for column in table.columns), *awaited]
    for role, name in _roles_of_columns(roles):
        if name not in names:
            raise DataError.from_missing_column(name, names, role=role)
    if len(set(roles.protected)) < len(roles.protected):
        raise UsageError(f"protected names a column twice: {', '.join(roles.protected)}")
    _check_attributes(roles)
    if question.intersections < 1:
        raise UsageError(f"intersections must be at least 1, found {question.intersections}")
    if not 0 < question.confidence < 1:
        raise UsageError(f"confidence must lie between 0 and 1, found {question.confidence}")
    if not 0 <= roles.threshold <= 1:
        raise UsageError(f"threshold must lie in [0, 1], found {roles.threshold}")
    for attribute in question.reference_groups:
        if attribute not in roles.protected:
            raise UsageError(
                f"reference_groups names {attribute!r}, which is not a protected column; "
                f"protected: {', '.join(roles.protected) or 'none'}"
            )


def _check_attributes(roles: ColumnRoles) -> None:
    taken = TAKEN | QUESTIONS if roles.task in PARTED else TAKEN
    for name in (*roles.protected, *roles.condition):
        if name in taken or "=" in name or ", " in name:
            raise UsageError(
                f"{name!r} cannot be a protected column or a condition: its groups could not be "
                f"told from other slices, which read `all`, `column=age` or `race=A, sex=B`; "
                f"rename it"
            )


def _score(table: Table, model: Model, roles: ColumnRoles) -> tuple[Table, ColumnRoles]:
    names = [column.name for column in table.columns]
    if roles.prediction or roles.score or roles.scores:
        raise UsageError("give a model, or a column of its predictions or scores, but not both")
    for name in model.features:
        if name not in names:
            raise DataError.from_missing_column(name, names, role="feature")
    if roles.label in model.features:
        raise UsageError(f"the model reads the label {roles.label!r}: it is told the answer")
    if isinstance(model, ClassModel):
        return score_classes(table, model, roles)
    decisions = pa.float64() if roles.task is Task.REGRESSION else pa.int8()
    adds = [pa.field(PREDICTION, decisions)]
    if model.has_scores:
        adds.append(pa.field(SCORE, pa.float64()))
    scoring = RowScoring(model, pa.schema(adds))
    reads = list(dict.fromkeys([*model.features, *model.rule.attributes]))
    roles = replace(
        roles,
        score=SCORE if model.has_scores else None,
        prediction=PREDICTION,
        threshold=model.rule.threshold,
    )
    return table.map_batches(scoring, reads=reads, adds=scoring.adds), roles


def _features(table: Table, roles: ColumnRoles, model: Model | None) -> tuple[str, ...]:
    """The model's inputs; every column without another role if nothing names them."""
    named = roles.features or (model.features if model else ())
    return named or tuple(c.name for c in table.columns if c.name not in _taken(roles))


# --- after measuring -----------------------------------------------------------------------------


def _with_questions(subject: Subject, ready: Prepared, learned: Prepared | None) -> Subject:
    """The subject with its parts and views: the same system, asked about other columns.

    `learned` is the labelled reference of a table that has no labels; each part has its own.
    """
    theirs = {part.question: part.prepared for part in learned.parts} if learned else {}
    families = group_families(subject)
    awaited = await_classes(ready, learned, families, seed=subject.seed) if learned else None

    def of(prepared: Prepared, reference: Prepared | None = None) -> Subject:
        return replace(
            subject,
            table=prepared.table,
            roles=prepared.roles,
            plan=prepared.plan,
            model=None,
            reference=reference.table if reference else None,
            reference_plan=reference.plan if reference else None,
            awaited=awaited,
        )

    asked = replace(
        subject,
        awaited=awaited,
        parts=tuple(
            Part(question=part.question, subject=of(part.prepared, theirs.get(part.question)))
            for part in ready.parts
        ),
        views={name: of(prepared) for name, prepared in ready.views.items()},
    )
    return share_counts(asked)


def _roster(subject: Subject) -> tuple[SliceSize, ...]:
    tally: Counted = subject.tally
    families = plan_families(subject.roles.protected, subject.intersections)
    groups = tally.slices(families, histogram=False)
    people = [
        SliceSize(slice=where, rows=int(rows))
        for where, rows in zip(groups.slices, groups.rows, strict=True)
    ]
    columns = [
        SliceSize(slice=Slice.of({"column": column.name}), rows=subject.table.rows)
        for column in subject.table.columns
        if not column.name.startswith(MADE)
    ]
    return (*people, *_questions(subject, groups), *columns)


def _questions(subject: Subject, groups: SliceTable) -> Iterator[SliceSize]:
    """Each class or label, in everybody and in each group.

    A class is as large as the rows that are of it, by their label or else by their prediction. Of a
    label, every row tells something.
    """
    for position, part in enumerate(subject.parts):
        rows = groups.rows
        if part.question.attribute == CLASS:
            labelled = subject.plan.label is not None
            rows = groups.counts.sum(axis=2 if labelled else 1)[:, position]
        for where, size in zip(groups.slices, rows.tolist(), strict=True):
            yield SliceSize(slice=where.about(part.question), rows=size)


def _record(
    subject: Subject,
    question: Question,
    naming: Naming,
    roster: tuple[SliceSize, ...],
    evidence: tuple[Evidence, ...],
    curves: tuple[Curve, ...],
) -> AssessmentRecord:
    known = catalogue.measures()
    return AssessmentRecord(
        system=naming.system,
        dataset=naming.dataset,
        dataset_name=naming.dataset_name,
        model=naming.model,
        model_name=naming.model_name,
        rows=subject.table.rows,
        roles=subject.roles,
        intersections=question.intersections,
        roster=roster,
        measures=tuple(known[slug] for slug in sorted({item.measure for item in evidence})),
        evidence=evidence,
        curves=curves,
        parameters={
            "confidence": question.confidence,
            "counting": subject.tally.strategy,
            "seed": question.seed,
            **({"trained_on": list(naming.trained_on)} if naming.trained_on else {}),
        },
        producer=naming.producer,
        at=naming.at,
    )
