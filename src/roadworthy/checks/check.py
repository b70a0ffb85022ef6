"""`Check`: what measures, and `Subject`: what is measured.

A check never knows a threshold of acceptance and never sees a policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Protocol

import pyarrow as pa

from roadworthy.data.engine import Engine, Table
from roadworthy.data.model import Model
from roadworthy.data.profile import TableProfile, profile
from roadworthy.data.regression import count_errors
from roadworthy.records.evidence import Curve, Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import Slice
from roadworthy.records.versions import ColumnRoles, Task
from roadworthy.stats.regression_plan import RegressionPlan
from roadworthy.stats.regression_tally import RegressionTally
from roadworthy.stats.tally import Tally, TallyPlan

SAMPLE_ROWS = 20_000


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One table, perhaps with a model, and what its columns mean.

    `table` already holds the columns that `roles.score` and `roles.prediction` name (if any): the
    workflow has scored it. `reference` is the table to compare with (the training split, say) and
    `reference_groups` names, for an attribute, the group that others are compared with.
    `reference_shares` states, for an attribute, the share of each group in the population that the
    table should stand for. `ranges` states the lowest and highest possible value of a column.
    """

    table: Table
    engine: Engine
    roles: ColumnRoles
    dataset: str
    producer: str
    at: datetime
    plan: TallyPlan
    intersections: int = 2
    model: Model | None = None
    model_digest: str | None = None
    reference: Table | None = None
    reference_groups: Mapping[str, str] = field(default_factory=dict)
    reference_shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    confidence: float = 0.95
    seed: int = 0
    progress: Callable[[str], None] = lambda _: None
    error_plan: RegressionPlan | None = None

    @cached_property
    def tally(self) -> Tally:
        """The tally of the table, made once and shared by every check."""
        return self.table.tally(self.plan)

    @cached_property
    def errors(self) -> RegressionTally:
        """The sums of a regression's errors, made once and shared by every check.

        Raises:
            ValueError: the subject is no regression.
        """
        if self.error_plan is None:
            raise ValueError("the subject is no regression")
        return count_errors(self.table, self.error_plan)

    @cached_property
    def profile(self) -> TableProfile:
        """Missing values and extremes of every column but the model's answers, found once."""
        answers = [name for name in (self.roles.prediction, self.roles.score) if name]
        return profile(self.table, leave_out=answers)

    @cached_property
    def sample(self) -> pa.Table:
        """Some rows, the same ones for one seed, from which bins and limits are chosen."""
        return self.table.read(sample=SAMPLE_ROWS, seed=self.seed)

    def evidence(
        self,
        spec: MeasureSpec,
        slice_: Slice,
        outcome: Measured | Unmeasured,
        **parameters: JSON,
    ) -> Evidence:
        """Evidence about this subject: who measured, when, and on which bytes."""
        return Evidence(
            measure=spec.slug,
            version=spec.version,
            slice=slice_,
            outcome=_possible(spec, outcome),
            dataset=self.dataset,
            model=self.model_digest,
            parameters=parameters,
            producer=self.producer,
            at=self.at,
        )


def _possible(spec: MeasureSpec, outcome: Measured | Unmeasured) -> Measured | Unmeasured:
    """The outcome without limits that the measure cannot reach, such as an error above 1."""
    if isinstance(outcome, Unmeasured):
        return outcome
    low = outcome.low if spec.low is None else max(outcome.low, spec.low)
    high = outcome.high if spec.high is None else min(outcome.high, spec.high)
    return replace(outcome, low=min(low, outcome.value), high=max(high, outcome.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """What a check is: its name, what it assumes, where it comes from and what it answers.

    `tasks` are the kinds of system that it speaks of; it is not put to others.
    """

    slug: str
    version: int
    pillar: str
    title: str
    assumptions: str
    source: str
    measures: tuple[MeasureSpec, ...]
    tasks: tuple[Task, ...] = tuple(Task)


class Check(Protocol):
    """Measures a subject. Every question it can answer is answered, if only by `Unmeasured`."""

    @property
    def spec(self) -> CheckSpec:
        """What this check is."""

    def measure(self, subject: Subject) -> Iterable[Evidence | Curve]:
        """Measure; yields evidence and curves as they are made."""
