"""The Python face: the verbs as functions. Each one wires, calls one workflow and hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from roadworthy import wiring
from roadworthy.errors import UsageError
from roadworthy.policy.judge import judge
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.policy import Policy
from roadworthy.records.versions import ColumnRoles
from roadworthy.workflows.assess import Naming, Question
from roadworthy.workflows.assess import assess as assess_table
from roadworthy.workflows.assessment import Assessment
from roadworthy.workflows.ports import silent
from roadworthy.workflows.snapshot import version_of

__all__ = ["assess", "judge", "load", "load_policy"]


def assess(
    data: object,
    *,
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
    reference_groups: Mapping[str, str] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    features: Sequence[str] = (),
    condition: Sequence[str] = (),
    checks: Sequence[str] | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    name: str | None = None,
    at: datetime | None = None,
    progress: Callable[[str], None] = silent,
) -> Assessment:
    """Measure a table of predictions, or a model on a table, for everybody and for each group.

    Args:
        data: a path or glob (Parquet, CSV, JSON), a pandas or Polars frame, an Arrow table or a
            DuckDB relation. One row is one case.
        label: the column of true outcomes; two values.
        prediction: the column of decisions; two values.
        score: the column of probabilities of the positive class, in [0, 1].
        model: scores the rows itself: anything with `predict_proba` or `predict`.
        protected: columns whose groups are compared.
        intersections: how many protected columns are combined at once, at least 1.
        policy: judge by this: a `Policy`, a path or a tier's name.
        reference: a table to compare with (the training data, say): schema, overlap, drift.
        positive: the positive value of the label; recognised by itself for 0/1, no/yes and such.
        threshold: a score at or above it is a positive decision, if there is no prediction.
        weight: a column of non-negative row weights.
        reference_groups: for a protected column, the group that others are compared with; its
            largest group otherwise.
        ranges: for a column, the lowest and highest possible value.
        features: the model's input columns; all columns without another role otherwise.
        condition: columns that may legitimately explain a difference between groups.
        checks: slugs of the checks to run; all otherwise.
        confidence: of the intervals.
        seed: of everything that samples; the same seed gives the same evidence.
        name: what the record calls the data.
        at: the time the record carries; now otherwise.
        progress: told which step has begun.

    Raises:
        DataError: the data cannot be read, or a column is not what its role says.
        UsageError: the arguments contradict each other.
    """
    ports = wiring.ports()
    if isinstance(protected, str) or isinstance(features, str) or isinstance(condition, str):
        raise UsageError("protected, features and condition are lists of column names")
    progress("opening the data")
    table = ports.engine.open(data, name=name)
    wrapped, fingerprint, model_name = _wrap(model, features, positive, threshold)
    record = assess_table(
        table,
        Question(
            roles=ColumnRoles(
                label=label,
                positive=None if positive is None else _text(positive),
                prediction=prediction,
                score=score,
                threshold=threshold,
                weight=weight,
                protected=tuple(protected),
                features=tuple(features),
                condition=tuple(condition),
            ),
            intersections=intersections,
            reference_groups=reference_groups or {},
            ranges=ranges or {},
            checks=None if checks is None else tuple(checks),
            confidence=confidence,
            seed=seed,
        ),
        Naming(
            system=name or table.name,
            dataset=version_of(data, table, ports=ports).digest,
            dataset_name=table.name,
            producer=ports.producer,
            at=at or ports.now(),
            model=fingerprint,
            model_name=model_name,
        ),
        engine=ports.engine,
        model=wrapped,
        reference=None if reference is None else ports.engine.open(reference, name="reference"),
        progress=progress,
    )
    chosen = None if policy is None else ports.load_policy(policy)
    decision = judge(chosen, record, at=record.at) if chosen else None
    return Assessment(record=record, ports=ports, policy=chosen, decision=decision)


def load(path: str | Path) -> Assessment:
    """Read a saved assessment: the folder that `save` wrote, or its `assessment.json`.

    Raises:
        DataError: there is no such file.
        TrustError: the file is not an assessment.
    """
    record: AssessmentRecord = wiring.load_assessment(Path(path))
    return Assessment(record=record, ports=wiring.ports())


def load_policy(reference: str | Path) -> Policy:
    """Read a policy file, or the built-in policy of a tier: minimal, limited, high or critical."""
    return wiring.load_policy(reference)
