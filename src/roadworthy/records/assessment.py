"""`AssessmentRecord`: everything that was measured about one subject, in one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from roadworthy.records.evidence import Curve, Evidence, MeasureSpec
from roadworthy.records.record import JSON, Record
from roadworthy.records.slices import Slice
from roadworthy.records.versions import ColumnRoles


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceSize(Record):
    """A slice that exists in the population, and its number of rows."""

    slice: Slice
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentRecord(Record):
    """The evidence about one dataset version and one model version.

    `roster` lists every slice that exists, measured or not: a policy that asks about every group
    asks about the roster, so that hiding evidence can never make a group disappear.
    `measures` describes each measure that occurs in the evidence.
    """

    schema: ClassVar[str] = "roadworthy/assessment/1"

    system: str
    dataset: str
    dataset_name: str
    model: str | None = None
    model_name: str | None = None
    rows: int
    roles: ColumnRoles
    intersections: int
    roster: tuple[SliceSize, ...]
    measures: tuple[MeasureSpec, ...]
    evidence: tuple[Evidence, ...]
    curves: tuple[Curve, ...] = ()
    parameters: Mapping[str, JSON] = field(default_factory=dict, hash=False)
    producer: str
    at: datetime
