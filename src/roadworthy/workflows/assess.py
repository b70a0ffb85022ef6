"""Assess: put a table, and perhaps a model, to every check, and record what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyarrow as pa

from roadworthy.checks import catalogue
from roadworthy.checks.check import Subject
from roadworthy.checks.run import run
from roadworthy.data.classes import Classes, binary_classes
from roadworthy.data.engine import Engine, Table
from roadworthy.data.expression import column as col
from roadworthy.data.expression import count, count_if, is_nan, maximum, minimum
from roadworthy.data.model import Model
from roadworthy.errors import DataError, UsageError
from roadworthy.records.assessment import AssessmentRecord, SliceSize
from roadworthy.records.evidence import Curve, Evidence
from roadworthy.records.slices import Slice
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.tally import Tally, TallyPlan, plan_families

SCORE, PREDICTION = "_roadworthy_score", "_roadworthy_prediction"
"""Names of the columns that hold a model's scores and decisions while it is assessed."""

TAKEN = frozenset({"all", "column", "feature", "perturbation", "severity"})
"""Words that slices use for other things than groups of people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to assess: which columns mean what, how deep to intersect, and how sure to be."""

    roles: ColumnRoles
    intersections: int = 2
    reference_groups: Mapping[str, str] = field(default_factory=dict)
    reference_shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    checks: tuple[str, ...] | None = None
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
        progress: told which step has begun.

    Raises:
        DataError: a column is missing or does not hold what its role says.
        UsageError: the question contradicts itself.
    """
    _check_question(table, question)
    roles = question.roles
    if model is not None:
        progress("scoring rows with the model")
        table, roles = _score(table, model, roles)
    classes = _classes(table, roles)
    _check_scores(table, roles)
    roles = _complete(table, roles, model, classes)
    subject = Subject(
        table=table,
        engine=engine,
        roles=roles,
        dataset=naming.dataset,
        producer=naming.producer,
        at=naming.at,
        plan=_plan(roles, classes),
        intersections=question.intersections,
        model=model,
        model_digest=naming.model,
        reference=reference,
        reference_groups=question.reference_groups,
        reference_shares=question.reference_shares,
        ranges=question.ranges,
        confidence=question.confidence,
        seed=question.seed,
        progress=progress,
    )
    progress("counting")
    roster = _roster(subject)
    evidence, curves = run(catalogue.select(question.checks), subject)
    return _record(subject, question, naming, roster, evidence, curves)


# --- before measuring ----------------------------------------------------------------------------


def _check_question(table: Table, question: Question) -> None:
    roles = question.roles
    names = [column.name for column in table.columns]
    single = {
        "label": roles.label,
        "prediction": roles.prediction,
        "score": roles.score,
        "weight": roles.weight,
        "timestamp": roles.timestamp,
        "identifier": roles.identifier,
    }
    asked = [(role, name) for role, name in single.items() if name is not None]
    asked += [("protected", name) for name in roles.protected]
    asked += [("feature", name) for name in roles.features]
    asked += [("condition", name) for name in roles.condition]
    for role, name in asked:
        if name not in names:
            raise DataError.from_missing_column(name, names, role=role)
    if len(set(roles.protected)) < len(roles.protected):
        raise UsageError(f"protected names a column twice: {', '.join(roles.protected)}")
    _check_attributes((*roles.protected, *roles.condition))
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


def _check_attributes(names: tuple[str, ...]) -> None:
    for name in names:
        if name in TAKEN or "=" in name or ", " in name:
            raise UsageError(
                f"{name!r} cannot be a protected column or a condition: its groups could not be "
                f"told from other slices, which read `all`, `column=age` or `race=A, sex=B`; "
                f"rename it"
            )


def _score(table: Table, model: Model, roles: ColumnRoles) -> tuple[Table, ColumnRoles]:
    names = [column.name for column in table.columns]
    if roles.prediction or roles.score:
        raise UsageError("give a model, or a column of its predictions or scores, but not both")
    for name in model.features:
        if name not in names:
            raise DataError.from_missing_column(name, names, role="feature")
    if roles.label in model.features:
        raise UsageError(f"the model reads the label {roles.label!r}: it is told the answer")
    rows = table.read(list(dict.fromkeys([*model.features, *model.rule.attributes])))
    scores = model.score(rows) if model.has_scores else None
    made = {PREDICTION: pa.array(model.decide(rows, scores))}
    if scores is not None:
        made[SCORE] = pa.array(scores)
    roles = replace(
        roles,
        score=None if scores is None else SCORE,
        prediction=PREDICTION,
        threshold=model.rule.threshold,
    )
    return table.with_columns(pa.table(made)), roles


def _classes(table: Table, roles: ColumnRoles) -> Classes | None:
    if roles.label is not None:
        return binary_classes(
            table,
            roles.label,
            positive=roles.positive,
            role="label",
            predicted=roles.prediction,
        )
    if roles.prediction is not None:
        return binary_classes(table, roles.prediction, positive=roles.positive, role="prediction")
    if roles.score is not None:
        return Classes(negative="0", positive="1")
    return None


def _check_scores(table: Table, roles: ColumnRoles) -> None:
    if roles.score is None:
        return
    kind = next(item.type for item in table.columns if item.name == roles.score)
    score = col(roles.score)
    if kind not in {"real", "integer"}:
        _refuse_scores(table, roles.score, kind)
    found = table.aggregate(
        {
            "low": minimum(score),
            "high": maximum(score),
            "outside": count_if((score < 0) | (score > 1)),
            "present": count(score),
        },
        where=~is_nan(score),
    ).to_pylist()[0]
    if not found["present"]:
        raise DataError(f"score column {roles.score!r} has no values: all rows are missing")
    if found["outside"]:
        raise DataError(
            f"score column {roles.score!r} has {found['outside']} values outside [0, 1] "
            f"(from {found['low']:g} to {found['high']:g}); expected probabilities of the positive "
            f"class. Rescale or calibrate them, or pass decisions as the prediction column"
        )


def _refuse_scores(table: Table, name: str, kind: str) -> None:
    """Say what stands in place of scores; in a CSV file, a column of nothing reads as text."""
    score = col(name)
    found = table.aggregate({"last": maximum(score), "present": count(score)}).to_pylist()[0]
    if not found["present"]:
        raise DataError(f"score column {name!r} has no values: all rows are missing")
    raise DataError(
        f"score column {name!r} holds {kind} values such as {str(found['last'])!r}; "
        f"expected probabilities of the positive class, from 0 to 1"
    )


def _complete(
    table: Table, roles: ColumnRoles, model: Model | None, classes: Classes | None
) -> ColumnRoles:
    """The roles with what could be found out: the positive value and the features."""
    taken = {
        roles.label,
        roles.prediction,
        roles.score,
        roles.weight,
        roles.timestamp,
        roles.identifier,
    }
    features = roles.features or (model.features if model else ())
    if not features:
        features = tuple(c.name for c in table.columns if c.name not in taken)
    return replace(roles, features=features, positive=classes.positive if classes else None)


def _plan(roles: ColumnRoles, classes: Classes | None) -> TallyPlan:
    return TallyPlan(
        attributes=tuple(dict.fromkeys([*roles.protected, *roles.condition])),
        label=roles.label,
        classes=classes.ordered if classes else ("0", "1"),
        prediction=roles.prediction,
        score=roles.score,
        weight=roles.weight,
        threshold=roles.threshold,
        grid=ScoreGrid(thresholds=(roles.threshold,)),
    )


# --- after measuring -----------------------------------------------------------------------------


def _roster(subject: Subject) -> tuple[SliceSize, ...]:
    tally: Tally = subject.tally
    families = plan_families(subject.roles.protected, subject.intersections)
    groups = tally.slices(families, histogram=False)
    people = [
        SliceSize(slice=where, rows=int(rows))
        for where, rows in zip(groups.slices, groups.rows, strict=True)
    ]
    columns = [
        SliceSize(slice=Slice.of({"column": column.name}), rows=subject.table.rows)
        for column in subject.table.columns
        if column.name not in {SCORE, PREDICTION}
    ]
    return (*people, *columns)


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
            "seed": question.seed,
            **({"trained_on": list(naming.trained_on)} if naming.trained_on else {}),
        },
        producer=naming.producer,
        at=naming.at,
    )
