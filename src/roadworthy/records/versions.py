"""`DatasetVersion` and `ModelVersion`: bytes that have a name, a digest and a history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from roadworthy.records.record import JSON, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry(Record):
    """One file of a manifest: its path relative to the manifest's root, size and SHA-256 digest."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Record):
    """A column's name and logical type: `integer`, `real`, `text`, `boolean`, `time` or `other`."""

    name: str
    type: str
    nullable: bool = True


class Task(StrEnum):
    """What kind of question the system under assessment answers about a row.

    - `binary`: yes or no; perhaps only a probability of yes.
    - `multiclass`: one of several classes.
    - `multilabel`: yes or no to each of several labels.
    - `regression`: a number.
    - `ranking`: an order of the rows that belong to one query.
    """

    BINARY = "binary"
    MULTICLASS = "multiclass"
    MULTILABEL = "multilabel"
    REGRESSION = "regression"
    RANKING = "ranking"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRoles(Record):
    """What the columns of a table mean to the system under assessment.

    `positive` is the label value (as text) that counts as the positive class. `threshold` turns a
    score into a decision: score >= threshold is positive. `features` are the model's inputs.
    `condition` names columns that may legitimately explain a difference between groups.

    `task` says which of the others matter. Multi-class: `classes` are the label values in order,
    and `scores` names each class's column of probabilities. Multi-label: `labels` are the label
    columns; `predictions` and `scores` name the columns that answer each of them. Regression:
    `interval` names the columns of the lower and the upper limit that the system predicts, which
    should hold the truth with the probability `interval_confidence`. Ranking: `label` is the
    relevance of a row, `query` names the column whose value rows to be ranked together share, and
    `score` or `rank` (1 is the top) their order. `metrics` are further columns of numbers, such as
    response times, whose distribution matters.
    """

    schema: ClassVar[str] = "roadworthy/column-roles/1"

    label: str | None = None
    positive: str | None = None
    prediction: str | None = None
    score: str | None = None
    threshold: float = 0.5
    weight: str | None = None
    protected: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    condition: tuple[str, ...] = ()
    timestamp: str | None = None
    identifier: str | None = None
    task: Task = Task.BINARY
    classes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    predictions: Mapping[str, str] = field(default_factory=dict, hash=False)
    scores: Mapping[str, str] = field(default_factory=dict, hash=False)
    interval: tuple[str, ...] = ()
    interval_confidence: float | None = None
    query: str | None = None
    rank: str | None = None
    metrics: tuple[str, ...] = ()

    @property
    def implied_task(self) -> Task | None:
        """The task that only some of these roles belong to; None if they fit several.

        >>> ColumnRoles(scores={"cat": "p_cat"}).implied_task, ColumnRoles(label="y").implied_task
        (<Task.MULTICLASS: 'multiclass'>, None)
        """
        if self.labels or self.predictions:
            return Task.MULTILABEL
        if self.scores or self.classes:
            return Task.MULTICLASS
        if self.query is not None or self.rank is not None:
            return Task.RANKING
        if self.interval:
            return Task.REGRESSION
        if self.score is not None or self.positive is not None:
            return Task.BINARY
        return None

    @property
    def answers(self) -> tuple[str, ...]:
        """The columns that hold what the system answered.

        >>> ColumnRoles(prediction="said", scores={"cat": "p_cat"}).answers
        ('said', 'p_cat')
        """
        single = (self.prediction, self.score, self.rank)
        several = (*self.predictions.values(), *self.scores.values(), *self.interval)
        named = [name for name in single if name is not None]
        return tuple(dict.fromkeys([*named, *several]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformation(Record):
    """How a version was made from its parents.

    `code` is the digest of the code that ran; `text` is the code itself when it is short enough to
    be read (an SQL statement), so that a reviewer need not look it up.
    """

    name: str
    code: str
    text: str | None = None
    parameters: Mapping[str, JSON] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetVersion(Record):
    """A table fixed by the digest of its content.

    `digest` covers the files and the schema, nothing else: adding the same bytes twice gives the
    same digest, whatever the name, the time or the folder. A table that is no files is fixed by its
    rows instead, and `origin` says where they were read, without any secret.
    """

    schema: ClassVar[str] = "roadworthy/dataset-version/1"

    name: str
    digest: str
    files: tuple[FileEntry, ...]
    rows: int
    columns: tuple[Column, ...]
    created: datetime
    parents: tuple[str, ...] = ()
    transformation: Transformation | None = None
    roles: ColumnRoles | None = None
    sensitivity: str = "unclassified"
    origin: str | None = None


class ModelFormat(StrEnum):
    """How a model's artefact is stored. Pickle is absent on purpose."""

    SKOPS = "skops"
    ONNX = "onnx"
    LIGHTGBM = "lightgbm"
    XGBOOST = "xgboost"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule(Record):
    """How a score becomes a decision: one threshold, or one for each group of an attribute.

    `attribute` reads like a comparison slice: `sex`, or `age_band, sex` for their intersections. A
    group is named by its values in that order: `Female`, or `25-44, Female`. A group that is not
    listed gets `threshold`.
    """

    threshold: float = 0.5
    attribute: str | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict, hash=False)

    @property
    def attributes(self) -> tuple[str, ...]:
        """The columns that the rule reads beside the score.

        >>> DecisionRule(attribute="age_band, sex").attributes
        ('age_band', 'sex')
        """
        return tuple(self.attribute.split(", ")) if self.attribute else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion(Record):
    """A model fixed by the digest of its artefact, with what it was made from.

    `training` lists digests of dataset versions. `parents` lists digests of the model versions that
    this one repairs. `environment` is the digest of the installed packages and their versions.
    """

    schema: ClassVar[str] = "roadworthy/model-version/1"

    name: str
    digest: str
    format: ModelFormat
    files: tuple[FileEntry, ...]
    features: tuple[str, ...]
    rule: DecisionRule
    created: datetime
    training: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    method: str = ""
    parameters: Mapping[str, JSON] = field(default_factory=dict, hash=False)
    code: str | None = None
    environment: str | None = None
