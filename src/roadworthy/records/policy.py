"""`Policy`: what the evidence must show, chosen by the risk of the system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from typing import ClassVar

from roadworthy.records.record import Record
from roadworthy.records.versions import Task


class Tier(IntEnum):
    """How much harm the system can do; no tier's policy is laxer than the policy below it."""

    MINIMAL = 1
    LIMITED = 2
    HIGH = 3
    CRITICAL = 4


class Proof(StrEnum):
    """How sure a PASS must be: the whole interval inside the bounds, or the estimate alone."""

    INTERVAL = "interval"
    POINT = "point"


class Scope(StrEnum):
    """Which slices a requirement speaks of.

    `SLICE`: the one slice that `slice` names. `GROUPS`: every group of each attribute in `of`.
    `ACROSS`: one comparison across the groups of each attribute in `of`. `INTERSECTIONS`: every
    intersection of the attributes in `of`. `ACROSS_INTERSECTIONS`: one comparison for each
    combination of attributes. A check may name slices by other terms than protected attributes
    (`column=age`, `perturbation=noise, severity=0.2`); `of: [column]` then means every column.
    """

    SLICE = "slice"
    GROUPS = "groups"
    ACROSS = "across"
    INTERSECTIONS = "intersections"
    ACROSS_INTERSECTIONS = "across-intersections"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement(Record):
    """On these slices, this measure must lie between `at_least` and `at_most`.

    `tasks` are the kinds of systems that it is asked of; empty means every kind. `each` asks the
    same of every class (`class`) or of every label (`label`) of a system that answers several
    questions about a row: with the scope `groups`, of every class in every group.
    `of` lists attributes; empty means every protected attribute of the system. Slices with fewer
    than `minimum_rows` rows are reported and judged by `small` ("unknown" or "ignore"); ignoring is
    itself recorded in the finding.
    """

    id: str
    measure: str
    scope: Scope = Scope.SLICE
    slice: str = "all"
    each: str | None = None
    tasks: tuple[Task, ...] = ()
    of: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    proof: Proof = Proof.INTERVAL
    minimum_rows: int = 0
    small: str = "unknown"
    why: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver(Record):
    """A named person's acceptance of named findings, for a stated reason and until a date.

    `requirement` is a requirement's id; `slice` a slice's name, or None for every slice of it.
    """

    owner: str
    reason: str
    expires: date
    requirement: str
    slice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective(Record):
    """What a repair should maximise among the candidates that meet the most requirements."""

    maximise: str = "balanced-accuracy"
    slice: str = "all"
    within: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Record):
    """Requirements, the waivers against them, and how sure a family of slices must be.

    `departures` says, a sentence each, where the policy is laxer than the one it extends, and why,
    or asks less than the pack of the system's risk.
    """

    schema: ClassVar[str] = "roadworthy/policy/1"

    name: str
    version: str = "1"
    tier: Tier | None = None
    requirements: tuple[Requirement, ...]
    waivers: tuple[Waiver, ...] = ()
    objective: Objective = field(default_factory=Objective)
    confidence: float = 0.95
    family_confidence: float | None = None
    description: str = ""
    departures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAssessment(Record):
    """Answers to the risk questionnaire, the tier they lead to and why."""

    schema: ClassVar[str] = "roadworthy/risk-assessment/1"

    answers: Mapping[str, str] = field(hash=False)
    tier: Tier
    score: int
    reasons: tuple[str, ...]
    unanswered: tuple[str, ...] = ()
