"""Assess a table or a model on a table, with nothing on disk but what the caller asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from roadworthy import wiring
from roadworthy.api.notebooks import draw_decisions
from roadworthy.data.model import Model
from roadworthy.data.values import value_text
from roadworthy.errors import UsageError
from roadworthy.policy.judge import judge
from roadworthy.records.policy import Policy
from roadworthy.records.versions import ColumnRoles, Task
from roadworthy.workflows.assess import Naming, Question
from roadworthy.workflows.assess import assess as assess_table
from roadworthy.workflows.assessment import Assessment
from roadworthy.workflows.gate import measures_asked
from roadworthy.workflows.ports import silent
from roadworthy.workflows.snapshot import version_of
from roadworthy.workflows.tasks.infer import infer_task


def assess(
    data: object,
    *,
    task: Task | str | None = None,
    label: str | None = None,
    prediction: str | None = None,
    score: str | None = None,
    model: object | None = None,
    protected: Sequence[str] = (),
    intersections: int = 2,
    policy: Policy | str | Path | None = None,
    reference: object | None = None,
    positive: object | None = None,
    threshold: float = 0.5,
    weight: str | None = None,
    reference_groups: Mapping[str, object] | None = None,
    reference_shares: Mapping[str, Mapping[Any, float]] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    features: Sequence[str] = (),
    condition: Sequence[str] = (),
    classes: Sequence[object] = (),
    labels: Sequence[str] = (),
    predictions: Mapping[str, str] | None = None,
    scores: Mapping[Any, str] | Sequence[str] = (),
    metrics: Sequence[str] = (),
    interval: Sequence[str] = (),
    interval_confidence: float | None = None,
    query: str | None = None,
    rank: str | None = None,
    checks: Sequence[str] | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    name: str | None = None,
    at: datetime | None = None,
    progress: Callable[[str], None] = silent,
) -> Assessment:
    """Measure a table of predictions, or a model on a table, for everybody and for each group.

    Args:
        data: a path or glob (Parquet, CSV, JSON, Arrow), a pandas or Polars frame, an Arrow table
            or a DuckDB relation; or a list of such parts with the same columns; or the URL of a
            table in PostgreSQL, `postgresql://USER@HOST/DATABASE?table=SCHEMA.TABLE`. One row is
            one case.
        task: what kind of question the system answers: `binary`, `multiclass`, `multilabel`,
            `regression` or `ranking`; found out from the roles and the values if left out.
        label: the column of true outcomes: two values, several classes, or numbers for a
            regression.
        prediction: the column of decisions, of the same kind.
        score: the column of probabilities of the positive class, in [0, 1].
        model: scores the rows itself: anything with `predict_proba` or `predict`.
        protected: columns whose groups are compared.
        intersections: how many protected columns are combined at once, at least 1.
        policy: judge by this: a `Policy`, a path or a tier's name.
        reference: a table to compare with (the training data, say): schema, overlap, drift. If it
            alone has the labels, what they will show is estimated.
        positive: the positive value of the label; recognised by itself for 0/1, no/yes and such.
        threshold: a score at or above it is a positive decision, if there is no prediction.
        weight: a column of non-negative row weights.
        reference_groups: for a protected column, the group that others are compared with; its
            largest group otherwise.
        reference_shares: for a protected column, the share of each group in the population that
            the data should stand for, in [0, 1].
        ranges: for a column, the lowest and highest possible value.
        features: the model's input columns; all columns without another role otherwise.
        condition: columns that may legitimately explain a difference between groups.
        classes: of a multi-class system, all classes in order; those that occur otherwise.
        labels: of a multi-label system, the columns that hold whether a row has each label.
        predictions: of a multi-label system, the column that answers each label.
        scores: of a multi-class or a multi-label system, the column of probabilities of each class
            or label; columns that are called like the classes (`cat` or `p_cat`) may be listed.
        metrics: further columns of numbers, such as response times, whose quantiles matter.
        interval: of a regression, the columns of the lower and the upper predicted limit.
        interval_confidence: how often a predicted interval should hold the truth, in (0, 1).
        query: of a ranking, the column whose value the rows of one list share; one list otherwise.
        rank: of a ranking, the column of places, 1 being the top, instead of a score.
        checks: slugs of the checks to run, or of their pillars; all otherwise, but for
            `weak-slices`, which runs if it is named here or if the policy asks for what it
            measures.
        confidence: of the intervals.
        seed: of everything that samples; the same seed gives the same evidence.
        name: what the record calls the data.
        at: the time the record carries; now otherwise.
        progress: told which step has begun.

    Raises:
        DataError: the data cannot be read, or a column is not what its role says.
        UsageError: the arguments contradict each other.
    """
    lists = (protected, features, condition, metrics, interval, labels, classes, scores)
    if any(isinstance(names, str) for names in lists):
        raise UsageError(
            "protected, features, condition, metrics, interval, labels, classes and scores are "
            "lists of column names"
        )
    draw_decisions()
    progress("opening the data")
    engine = wiring.engine_for(data)
    table = engine.open(data, name=name)
    ports = wiring.ports(by=engine)
    chosen = None if policy is None else ports.load_policy(policy)
    positive_text = None if positive is None else value_text(positive)
    roles = ColumnRoles(
        label=label,
        positive=positive_text,
        prediction=prediction,
        score=score,
        threshold=threshold,
        weight=weight,
        protected=tuple(protected),
        features=tuple(features),
        condition=tuple(condition),
        classes=tuple(map(value_text, classes)),
        labels=tuple(labels),
        predictions=dict(predictions or {}),
        scores=_scores(scores),
        metrics=tuple(metrics),
        interval=tuple(interval),
        interval_confidence=interval_confidence,
        query=query,
        rank=rank,
    )
    kind = _task(task) or infer_task(table, roles, classes=wiring.number_of_classes(model))
    given = _model(model, kind, features, positive_text, threshold)
    record = assess_table(
        table,
        Question(
            roles=replace(roles, task=kind),
            intersections=intersections,
            reference_groups={
                column: value_text(group) for column, group in (reference_groups or {}).items()
            },
            reference_shares={
                column: {value_text(group): share for group, share in shares.items()}
                for column, shares in (reference_shares or {}).items()
            },
            ranges=ranges or {},
            checks=None if checks is None else tuple(checks),
            required=measures_asked(chosen),
            confidence=confidence,
            seed=seed,
        ),
        Naming(
            system=name or table.name,
            dataset=version_of(data, table, ports=ports).digest,
            dataset_name=table.name,
            producer=ports.producer,
            at=at or ports.now(),
            model=given.digest,
            model_name=given.name,
        ),
        engine=ports.engine,
        model=given.model,
        reference=None
        if reference is None
        else wiring.engine_for(reference).open(reference, name="reference"),
        learner=ports.learner,
        progress=progress,
    )
    decision = judge(chosen, record, at=record.at) if chosen else None
    return Assessment(record=record, ports=ports, policy=chosen, decision=decision)


def load(path: str | Path) -> Assessment:
    """Read a saved assessment: the folder that `save` wrote, or its `assessment.json`.

    Raises:
        DataError: there is no such file.
        TrustError: the file is not an assessment.
    """
    draw_decisions()
    return Assessment(record=wiring.load_assessment(Path(path)), ports=wiring.ports())


def load_policy(reference: str | Path) -> Policy:
    """Read a policy file, or the built-in policy of a tier: minimal, limited, high or critical."""
    return wiring.load_policy(reference)


@dataclass(frozen=True, slots=True)
class _Given:
    model: Model | None = None
    digest: str | None = None
    name: str | None = None


def _scores(scores: Mapping[Any, str] | Sequence[str]) -> dict[str, str]:
    """The column of each class; a listed column stands for the class that it is called like."""
    if isinstance(scores, Mapping):
        return {value_text(name): column for name, column in scores.items()}
    return {name: name for name in scores}


def _task(task: Task | str | None) -> Task | None:
    if task is None:
        return None
    try:
        return Task(task)
    except ValueError:
        raise UsageError(f"task is one of {', '.join(Task)}; found {task!r}") from None


def _model(
    model: object | None,
    task: Task,
    features: Sequence[str],
    positive: str | None,
    threshold: float,
) -> _Given:
    if model is None:
        return _Given()
    if isinstance(model, str | Path):
        loaded = wiring.load_model(str(model), None)
        return _Given(loaded.model, loaded.version.digest, loaded.version.name)
    named = tuple(features) or None
    match task:
        case Task.REGRESSION:
            wrapped = wiring.wrap_regressor(model, features=named)
        case Task.MULTICLASS:
            wrapped = wiring.wrap_classifier(model, features=named)
        case Task.MULTILABEL | Task.RANKING:
            raise UsageError(
                f"no model is asked about a {task} system: predict with it, and give the columns "
                f"of its answers"
            )
        case _:
            wrapped = wiring.wrap_model(
                model, features=named, positive=positive, threshold=threshold
            )
    name = f"{type(model).__name__} (in memory, not registered)"
    return _Given(wrapped, wiring.model_digest(wrapped), name)
