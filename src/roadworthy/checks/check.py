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

from roadworthy.checks.awaited_classes import AwaitedClasses
from roadworthy.data.engine import Engine, Table
from roadworthy.data.learner import Learner
from roadworthy.data.model import Model
from roadworthy.data.profile import TableProfile, profile
from roadworthy.data.ranking import count_lists
from roadworthy.data.regression import count_errors
from roadworthy.data.shared_counts import SharedCounts
from roadworthy.records.evidence import Curve, Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import Slice, Term
from roadworthy.records.versions import Column, ColumnRoles, Task
from roadworthy.stats.counted import Counted
from roadworthy.stats.ranked_lists import ListCounts
from roadworthy.stats.regression_plan import RegressionPlan
from roadworthy.stats.regression_tally import RegressionTally
from roadworthy.stats.tally import TallyPlan, plan_families

SAMPLE_ROWS = 20_000

MADE = "_roadworthy_"
"""How the names of columns begin that are made while a system is assessed."""

PARTED = frozenset({Task.MULTICLASS, Task.MULTILABEL})
"""Tasks that ask several questions about a row."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One table, perhaps with a model, and what its columns mean.

    `table` already holds the columns that `roles.score` and `roles.prediction` name (if any): the
    workflow has scored it. `reference` is the table to compare with (the training split, say) and
    `reference_groups` names, for an attribute, the group that others are compared with.
    `reference_plan` says what to count in a reference that has labels while the table has none.
    `reference_shares` states, for an attribute, the share of each group in the population that the
    table should stand for. `ranges` states the lowest and highest possible value of a column.
    `learner` fits a classifier where a check needs one of its own.

    A system that answers several questions about a row (of which class it is, which labels it has)
    has `parts`: each question as a binary subject of its own. `views` are subjects that count
    something else about the same rows, by what it is: how likely the true class was, say.
    `error_plan` says what to count of a regression. `awaited` counts several classes while their
    labels are awaited; the parts have it, too. `shared` holds counts that are made together with
    those of other subjects about the same table.
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
    reference_plan: TallyPlan | None = None
    reference_groups: Mapping[str, str] = field(default_factory=dict)
    reference_shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    confidence: float = 0.95
    seed: int = 0
    learner: Learner | None = None
    progress: Callable[[str], None] = lambda _: None
    parts: tuple[Part, ...] = ()
    views: Mapping[str, Subject] = field(default_factory=dict)
    error_plan: RegressionPlan | None = None
    awaited: AwaitedClasses | None = None
    shared: SharedCounts | None = None

    @cached_property
    def tally(self) -> Counted:
        """The counts of the table, made once and shared by every check."""
        if self.shared is not None and self.shared.table is self.table:
            return self.shared.tally(self.counted, self.families)
        return self.table.tally(self.counted, self.families)

    @property
    def counted(self) -> TallyPlan:
        """The plan of the tally, with those of the attributes that only tell like cases apart."""
        strata = [name for name in self.roles.condition if name not in self.roles.protected]
        return replace(self.plan, conditions=tuple(strata))

    @property
    def families(self) -> tuple[tuple[str, ...], ...]:
        """The sets of attributes that checks ask about: protected ones, and those by condition."""
        families = plan_families(self.roles.protected, self.intersections)
        if not self.roles.condition:
            return families
        return (*families, *((*family, *self.roles.condition) for family in families if family))

    @cached_property
    def finest(self) -> Counted:
        """The finest cells of the table, counted once: they tell scores by decision, too."""
        return self.table.tally(self.plan)

    @cached_property
    def reference_tally(self) -> Counted:
        """The tally of the labelled reference, made once.

        Raises:
            ValueError: there is no reference, or no plan for one.
        """
        if self.reference is None or self.reference_plan is None:
            raise ValueError("the subject has no labelled reference")
        plan = self.reference_plan
        return self.reference.tally(plan, plan_families(plan.attributes, self.intersections))

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
    def lists(self) -> ListCounts:
        """The sums over the lists of a ranking, counted once and shared by every check."""
        families = plan_families(self.roles.protected, self.intersections)
        return count_lists(self.table, self.roles, self.roles.protected, families)

    @cached_property
    def profile(self) -> TableProfile:
        """Missing values and extremes of every column but the model's answers, found once."""
        kept = {column.name for column in self.columns}
        others = [column.name for column in self.table.columns if column.name not in kept]
        return profile(self.table, leave_out=others)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that describe the rows: not the system's answers, nor what is made of them.

        Columns whose names begin with `_roadworthy_` were made to be counted.
        """
        answers = self.roles.answers
        return tuple(
            column
            for column in self.table.columns
            if column.name not in answers and not column.name.startswith(MADE)
        )

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the questions that a system answers about a row, as a binary subject.

    `question` is the term of the slices that speak of it: `class=cat` or `label=urgent`.
    """

    question: Term
    subject: Subject


def _possible(spec: MeasureSpec, outcome: Measured | Unmeasured) -> Measured | Unmeasured:
    """The outcome without limits that the measure cannot reach, such as an error above 1."""
    if isinstance(outcome, Unmeasured):
        return outcome
    low = outcome.low if spec.low is None else max(outcome.low, spec.low)
    high = outcome.high if spec.high is None else min(outcome.high, spec.high)
    if (low, high) == (outcome.low, outcome.high):
        return outcome
    return replace(outcome, low=min(low, outcome.value), high=max(high, outcome.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """What a check is: its name, what it assumes, where it comes from and what it answers.

    `tasks` are the kinds of system that it speaks of; it is not put to others. A check of binary
    systems with `each_part` is also put to each class against the rest, and to each label. A check
    `on_request` takes its time: it runs if it is named, or if a policy asks for what it measures.
    """

    slug: str
    version: int
    pillar: str
    title: str
    assumptions: str
    source: str
    measures: tuple[MeasureSpec, ...]
    tasks: tuple[Task, ...] = tuple(Task)
    each_part: bool = False
    on_request: bool = False

    def speaks_of(self, task: Task) -> bool:
        """True if the check is put to systems of this kind, or to their parts."""
        return task in self.tasks or (self.each_part and task in PARTED)


class Check(Protocol):
    """Measures a subject. Every question it can answer is answered, if only by `Unmeasured`."""

    @property
    def spec(self) -> CheckSpec:
        """What this check is."""

    def measure(self, subject: Subject) -> Iterable[Evidence | Curve]:
        """Measure; yields evidence and curves as they are made."""
