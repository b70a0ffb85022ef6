"""`Evidence`: one answer to one question, "what is this measure on this slice?".

The answer is a number with its interval and the rows behind it, or a reason why there is none.
Unknown is a value: no NaN, -1 or 0.0 ever stands in for a missing number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import ClassVar

from roadworthy.records.record import JSON, Record
from roadworthy.records.slices import Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Record):
    """A value, its interval, and the number of rows behind it.

    `method` names how the interval was made (`wilson`, `newcombe`, `delong`, ...). A quantity that
    is exact by its nature (a count of this very table, say) has `low == value == high` and the
    method `exact`.
    """

    value: float
    low: float
    high: float
    rows: int
    method: str
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not all(map(isfinite, (self.value, self.low, self.high))):
            raise ValueError(f"not a measurement: {self!r}; record Unmeasured instead")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"the value lies outside its own interval: {self!r}")
        if self.rows < 0 or not 0 < self.confidence < 1:
            raise ValueError(f"rows must be >= 0 and 0 < confidence < 1: {self!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured(Record):
    """The check ran and could not answer; a reader is owed the reason."""

    reason: str
    rows: int = 0

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("an unmeasured outcome needs a reason")


EXPECTED = "expected-"
"""How the slug begins of what a measure is expected to be."""


def expected_slug(measure: str) -> str:
    """The slug under which a measure is estimated before labels are known.

    >>> expected_slug("recall")
    'expected-recall'
    """
    return f"{EXPECTED}{measure}"


class Direction(StrEnum):
    """Which way a measure gets better, if it has a better way."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureSpec(Record):
    """What a measure is: enough to validate a policy, to draw it and to explain it to a layman.

    `best` is the ideal value (0 for a gap, 1 for a ratio), if there is one. `plain` is one sentence
    in everyday words. `source` cites the paper, standard or law that defines the measure.
    """

    schema: ClassVar[str] = "roadworthy/measure-spec/1"

    slug: str
    version: int = 1
    pillar: str
    title: str
    plain: str
    direction: Direction
    low: float | None = None
    high: float | None = None
    best: float | None = None
    unit: str = "1"
    assumptions: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Record):
    """One measure, on one slice, of one dataset version and (perhaps) one model version.

    `dataset` and `model` are content digests. `parameters` hold what must be known to repeat the
    measurement (threshold, bins, seed) and what it names beside its number (`worst_group`, say).
    """

    schema: ClassVar[str] = "roadworthy/evidence/1"

    measure: str
    version: int = 1
    slice: Slice
    outcome: Measured | Unmeasured
    dataset: str
    model: str | None = None
    parameters: Mapping[str, JSON] = field(default_factory=dict, hash=False)
    producer: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Point(Record):
    """A point of a curve, with its interval (if it has one) and the rows behind it."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    rows: int | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve(Record):
    """An ordered set of points: a ROC curve, a calibration curve, a response curve.

    `subject` says what the curve is about when the slice alone does not (a feature, say).
    """

    schema: ClassVar[str] = "roadworthy/curve/1"

    slug: str
    slice: Slice
    points: tuple[Point, ...]
    x_title: str
    y_title: str
    subject: str | None = None
