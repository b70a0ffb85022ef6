"""Mitigate: try repairs, assess each on validation data, and choose by the policy's objective.

The holdout is never touched here: who repairs must not see what the repair is judged by. A repair
is a new model, which starts again at `assess`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from roadworthy.checks import catalogue
from roadworthy.data.engine import Engine, Table
from roadworthy.data.model import Model
from roadworthy.errors import DataError, UsageError
from roadworthy.policy.judge import judge
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.records.policy import Policy, Scope
from roadworthy.records.system import FairnessObjective
from roadworthy.records.tradeoff import Candidate, TradeOff
from roadworthy.records.versions import ColumnRoles
from roadworthy.training.aims import Aim, aims_of, shortfall
from roadworthy.training.frontier import Contender, choose
from roadworthy.training.trainer import Trainer
from roadworthy.workflows.assess import Naming, Question
from roadworthy.workflows.assess import assess as assess_table
from roadworthy.workflows.ports import silent
from roadworthy.workflows.repairs import Idea, Made, Workshop, scoring

AS_TRAINED = "as trained"
REPAIRABLE = frozenset({"performance", "fairness"})
"""Pillars whose measures another model or another threshold can change."""

Assess = Callable[[Model], AssessmentRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One model that was tried, and what came of it on the validation data.

    `made` holds the model, the parameters to make it again, and notes: sentences that a reader must
    see (a group too small to have a threshold of its own, say).
    """

    name: str
    method: str
    made: Made
    record: AssessmentRecord
    decision: Decision

    @property
    def model(self) -> Model:
        """The model that was tried."""
        return self.made.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Every attempt, the trade-off between them, and which one was chosen."""

    tradeoff: TradeOff
    attempts: tuple[Attempt, ...]
    position: int
    skipped: tuple[str, ...] = ()

    @property
    def chosen(self) -> Attempt:
        """The attempt that the policy's objective took."""
        return self.attempts[self.position]

    @property
    def is_repaired(self) -> bool:
        """False if the model as it was trained is the best of all."""
        return self.position > 0


def _unknown(model: Model) -> None:
    """No digest: the model is not kept."""
    del model


def mitigate(
    base: Model,
    *,
    train: Table | None,
    validation: Table,
    roles: ColumnRoles,
    policy: Policy,
    assess: Assess,
    trainer: Trainer | None,
    at: datetime,
    objectives: Sequence[FairnessObjective] = (),
    fingerprint: Callable[[Model], str | None] = _unknown,
    progress: Callable[[str], None] = silent,
) -> Repair:
    """Try the base model, reweighing, group thresholds and both together; choose one.

    Args:
        base: the model to repair.
        train: the rows it was trained on, for reweighing; None to leave reweighing out.
        validation: the rows that thresholds and the choice rest on; never the holdout.
        roles: the label and the protected columns.
        policy: what to meet, and the objective to choose by.
        assess: measures a model on the validation rows.
        trainer: fits the model again; None to leave reweighing out.
        at: the time that decisions carry.
        objectives: the system's fairness objectives, judged beside the policy.
        fingerprint: the digest of a model's artefact, for the candidates that are kept.
        progress: told which repair is tried.

    Raises:
        UsageError: there is no label or no protected column, the model gives no scores, or the
            policy asks for nothing that a repair could change.
        DataError: a column is not what its role says.
    """
    workshop = Workshop(
        base=scoring(base),
        train=train,
        validation=validation,
        roles=_checked(roles),
        trainer=trainer,
    )
    trial = _Trial(
        assess=assess, policy=repairable(policy), objectives=objectives, at=at, progress=progress
    )
    progress(f"measuring the model {AS_TRAINED}")
    unrepaired = Made(model=base, parameters={})
    first = trial.attempt(Idea(name=AS_TRAINED, method="none", make=lambda: unrepaired))
    attempts = [first]
    if first.decision.verdict is not Verdict.PASS:
        aims = aims_of(first.decision.findings, roles.protected)
        weighed = trial.all(workshop.reweighings())
        placed = trial.all(workshop.thresholds(aims))
        attempts += weighed + placed
        attempts += trial.all(_combined(workshop, weighed, placed, aims, policy))
    return _repair(attempts, policy, trial.skipped, fingerprint)


def repairable(policy: Policy) -> Policy:
    """The policy's requirements on measures that a repair can change.

    Raises:
        UsageError: there are none.
    """
    known = catalogue.measures()
    kept = tuple(
        requirement
        for requirement in policy.requirements
        if requirement.measure in known and known[requirement.measure].pillar in REPAIRABLE
    )
    if not kept:
        raise UsageError(
            f"policy {policy.name!r} asks for nothing that a repair could change: "
            f"no requirement is about performance or fairness"
        )
    ids = {requirement.id for requirement in kept}
    waivers = tuple(waiver for waiver in policy.waivers if waiver.requirement in ids)
    return replace(policy, requirements=kept, waivers=waivers)


def validation_assessor(
    validation: Table, question: Question, naming: Naming, *, engine: Engine, policy: Policy
) -> Assess:
    """Measures a model on the validation rows, as far as a repair can change what the policy asks.

    Intersections are left out unless the policy speaks of them, since every candidate is measured.
    """
    pillars = tuple(sorted(REPAIRABLE))
    further = catalogue.requested({item.measure for item in policy.requirements})
    depth = question.intersections if _asks_intersections(policy) else 1
    asked = replace(question, checks=(*pillars, *further), intersections=depth)

    def assess(model: Model) -> AssessmentRecord:
        roles = replace(question.roles, prediction=None, score=None, features=model.features)
        return assess_table(
            validation, replace(asked, roles=roles), naming, engine=engine, model=model
        )

    return assess


def _asks_intersections(policy: Policy) -> bool:
    scopes = {requirement.scope for requirement in policy.requirements}
    return bool(scopes & {Scope.INTERSECTIONS, Scope.ACROSS_INTERSECTIONS}) or any(
        ", " in requirement.slice for requirement in policy.requirements
    )


# --- trying --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Trial:
    """Assesses and judges repairs; those that cannot be made are skipped, with the reason."""

    assess: Assess
    policy: Policy
    objectives: Sequence[FairnessObjective]
    at: datetime
    progress: Callable[[str], None]
    skipped: list[str] = field(default_factory=list)

    def attempt(self, idea: Idea) -> Attempt:
        made = idea.make()
        record = self.assess(made.model)
        return Attempt(
            name=idea.name,
            method=idea.method,
            made=made,
            record=record,
            decision=judge(self.policy, record, at=self.at, objectives=self.objectives),
        )

    def all(self, ideas: Iterable[Idea]) -> list[Attempt]:
        tried = []
        for idea in ideas:
            self.progress(f"trying {idea.name}")
            try:
                tried.append(self.attempt(idea))
            except (UsageError, DataError) as error:
                self.skipped.append(f"{idea.name}: {error}")
        return tried


def _combined(
    workshop: Workshop,
    weighed: Sequence[Attempt],
    placed: Sequence[Attempt],
    aims: Sequence[Aim],
    policy: Policy,
) -> Iterator[Idea]:
    """The best reweighing and the best thresholds together."""
    if weighed and placed:
        first, second = _best(weighed, policy), _best(placed, policy)
        aim = next(aim for aim in aims if aim.name == second.name)
        yield workshop.both(first.name, first.made, aim)


def _checked(roles: ColumnRoles) -> ColumnRoles:
    if roles.label is None or not roles.protected:
        raise UsageError(
            "a repair needs a label column and at least one protected column to compare groups by"
        )
    return roles


# --- choosing ------------------------------------------------------------------------------------


def _repair(
    attempts: list[Attempt],
    policy: Policy,
    skipped: Sequence[str],
    fingerprint: Callable[[Model], str | None],
) -> Repair:
    goal, target = policy.objective, _target(attempts[0].decision)
    contenders = [_contender(attempt, policy, target) for attempt in attempts]
    words = goal.maximise.replace("-", " ")
    choice = choose(contenders, objective=words, within=goal.within)
    candidates = tuple(
        Candidate(
            name=attempt.name,
            method=attempt.method,
            model=fingerprint(attempt.model) if position in {0, choice.position} else None,
            x=_outcome(attempt.record, goal.maximise, goal.slice),
            y=_outcome(attempt.record, target.requirement.measure, str(target.slice)),
            failing=contenders[position].failing,
            unknown=contenders[position].unknown,
            chosen=position == choice.position,
            reason=choice.reasons[position],
        )
        for position, attempt in enumerate(attempts)
    )
    asked = target.requirement
    tradeoff = TradeOff(
        objective=f"meet the most requirements, then the best {words} ({goal.slice})",
        x_measure=goal.maximise,
        x_slice=goal.slice,
        y_measure=asked.measure,
        y_slice=str(target.slice),
        limit=asked.at_most if asked.at_most is not None else asked.at_least,
        candidates=candidates,
    )
    return Repair(
        tradeoff=tradeoff,
        attempts=tuple(attempts),
        position=choice.position,
        skipped=tuple(skipped),
    )


def _target(decision: Decision) -> Finding:
    """The finding about groups that is furthest from passing: what the repair is for."""
    about_groups = [f for f in decision.findings if f.slice.attributes] or decision.findings
    return max(about_groups, key=lambda finding: (finding.counts, shortfall(finding)))


def _contender(attempt: Attempt, policy: Policy, target: Finding) -> Contender:
    goal, asked = policy.objective, target.requirement
    worth = _outcome(attempt.record, goal.maximise, goal.slice)
    gap = _outcome(attempt.record, asked.measure, str(target.slice))
    sign = 1.0 if asked.at_most is not None else -1.0
    counts = [finding.counts for finding in attempt.decision.findings]
    return Contender(
        name=attempt.name,
        failing=counts.count(Verdict.FAIL),
        unknown=counts.count(Verdict.UNKNOWN),
        worth=worth.value if isinstance(worth, Measured) else None,
        gap=sign * gap.value if isinstance(gap, Measured) else None,
    )


def _best(attempts: Sequence[Attempt], policy: Policy) -> Attempt:
    target = _target(attempts[0].decision)
    contenders = [_contender(attempt, policy, target) for attempt in attempts]
    words = policy.objective.maximise
    return attempts[choose(contenders, objective=words, within=policy.objective.within).position]


def _outcome(record: AssessmentRecord, measure: str, where: str) -> Measured | Unmeasured:
    for item in record.evidence:
        if item.measure == measure and str(item.slice) == where:
            return item.outcome
    return Unmeasured(reason=f"no check measured {measure} on {where}")
