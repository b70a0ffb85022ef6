"""The judge: a policy, a record and a time go in; a decision comes out, the same one every time.

The rules, all of them:

- A requirement asks about every slice that its scope names in the record's roster. Where nobody
  answered, the finding is UNKNOWN; unknown never passes.
- A requirement that names `tasks` is asked of systems of those kinds only; the decision lists the
  others. One that names none is asked of every system: where its measure was not taken, because it
  does not speak of such systems, the finding is UNKNOWN like any other.
- `proof: interval`: the whole interval inside the bounds is PASS, the whole interval outside is
  FAIL, anything else is UNKNOWN. `proof: point`: the estimate inside is PASS, outside is FAIL.
- If the policy sets `family_confidence`, the simultaneous interval that the evidence carries for
  its family of groups is judged; evidence that belongs to no family keeps its own interval.
- An interval of less confidence than the policy asks never passes.
- A slice (or a group within a comparison) of fewer rows than `minimum_rows` is too small to judge:
  unless its interval lies wholly outside the bounds, it is UNKNOWN (`small: unknown`), or it is set
  aside, which passes and is reported with its number (`small: ignore`). A comparison cannot set one
  of its groups aside, so there `ignore` judges the comparison as it stands. Where every slice of a
  requirement would be set aside, nothing was judged, and each of them is UNKNOWN.
- Waivers are applied last (`roadworthy.policy.waivers`); the worst finding is the verdict.

What cannot be judged is an error and no verdict at all: a policy without requirements, or without
any for systems of this kind, a
requirement without bounds, evidence about other data or another model, evidence from the very rows
that the model was trained on, two answers to one question,
a group in the evidence that the roster does not list, groups that do not add up to the rows, and
anything in a policy that this version does not understand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite
from typing import cast

from roadworthy.errors import PolicyError, UsageError
from roadworthy.policy import reasons
from roadworthy.policy.pack import objective_requirement
from roadworthy.policy.scopes import Roster, Target
from roadworthy.policy.waivers import apply_waivers
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.canonical import digest
from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.evidence import Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.policy import Policy, Proof, Requirement
from roadworthy.records.slices import Slice
from roadworthy.records.system import FairnessObjective
from roadworthy.records.versions import Task

Answers = Mapping[tuple[str, Slice], Evidence]

_ROUNDING = 1e-9
"""Confidences are compared to this: 1 - 0.05 is not 0.95 to the last bit."""


def judge(
    policy: Policy,
    record: AssessmentRecord,
    *,
    at: datetime,
    objectives: Iterable[FairnessObjective] = (),
) -> Decision:
    """Judge an assessment by a policy, and by the system's fairness objectives beside it.

    Raises:
        PolicyError: the policy or the record cannot be judged as it stands.
        UsageError: the time has no time zone.
    """
    if at.tzinfo is None:
        raise UsageError(f"the time of a decision needs a time zone, found {at.isoformat()}")
    requirements = _requirements(policy, objectives)
    if record.dataset in cast("Iterable[str]", record.parameters.get("trained_on", ())):
        raise PolicyError(
            f"the model was trained on {record.dataset_name!r}, so what was measured there says "
            f"nothing about people it has not seen; assess it on other rows"
        )
    asked = _asked(policy, requirements, record.roles.task)
    roster = Roster(record)
    bench = _Bench(
        policy=policy,
        answers=_answers(record, roster),
        specs={spec.slug: spec for spec in record.measures},
    )
    findings = [
        finding
        for requirement in asked
        for finding in _somebody_judged(
            [bench.finding(requirement, target) for target in roster.targets(requirement)]
        )
    ]
    return Decision(
        policy=digest(policy),
        policy_name=policy.name,
        assessment=digest(record),
        dataset=record.dataset,
        model=record.model,
        findings=apply_waivers(findings, policy.waivers, at=at),
        not_asked=tuple(item.id for item in requirements if item not in asked),
        at=at,
    )


# --- before judging ------------------------------------------------------------------------------


def _requirements(
    policy: Policy, objectives: Iterable[FairnessObjective]
) -> tuple[Requirement, ...]:
    aims = tuple(objective_requirement(aim.requirement, aim.stakeholder) for aim in objectives)
    requirements = policy.requirements + tuple(
        aim for aim in aims if aim not in policy.requirements
    )
    if not requirements:
        raise PolicyError(f"policy {policy.name!r} requires nothing; it would pass everything")
    for part in (policy, *requirements, *policy.waivers):
        if part.extra:
            raise PolicyError(
                f"policy {policy.name!r} says {', '.join(map(repr, sorted(part.extra)))}, which "
                f"this Roadworthy does not understand; a newer one can judge by it"
            )
    seen: set[str] = set()
    for requirement in requirements:
        _check(requirement)
        if requirement.id in seen:
            raise PolicyError(f"two requirements have the id {requirement.id!r}")
        seen.add(requirement.id)
    return requirements


def _asked(
    policy: Policy, requirements: tuple[Requirement, ...], task: Task
) -> tuple[Requirement, ...]:
    """The requirements that speak of systems of this kind."""
    asked = tuple(item for item in requirements if not item.tasks or task in item.tasks)
    if not asked:
        kinds = sorted({kind for item in requirements for kind in item.tasks})
        raise PolicyError(
            f"policy {policy.name!r} asks nothing of a {task} system, so it would pass everything; "
            f"its requirements speak of: {', '.join(kinds)}"
        )
    return asked


def _check(requirement: Requirement) -> None:
    given = [b for b in (requirement.at_least, requirement.at_most) if b is not None]
    if not given:
        raise PolicyError(
            f"requirement {requirement.id!r} has neither `at_least` nor `at_most`; everything "
            f"would pass it"
        )
    if not all(map(isfinite, given)) or given != sorted(given):
        raise PolicyError(
            f"requirement {requirement.id!r} has bounds that nothing can meet: "
            f"at_least {requirement.at_least}, at_most {requirement.at_most}"
        )
    if requirement.small not in {"unknown", "ignore"}:
        raise PolicyError(
            f"requirement {requirement.id!r}: `small` is unknown or ignore, "
            f"found {requirement.small!r}"
        )


def _answers(record: AssessmentRecord, roster: Roster) -> Answers:
    pillars = {spec.slug: spec.pillar for spec in record.measures}
    protected = set(record.roles.protected)
    answers: dict[tuple[str, Slice], Evidence] = {}
    for item in record.evidence:
        name = f"the evidence for {item.measure!r} on {item.slice}"
        if item.dataset != record.dataset:
            raise PolicyError(f"{name} is about another dataset ({item.dataset})")
        about_data = item.model is None and pillars.get(item.measure) == "quality"
        if item.model != record.model and not about_data:
            raise PolicyError(f"{name} is about another model ({item.model or 'none'})")
        if (item.measure, item.slice) in answers:
            raise PolicyError(f"{name} is given twice; keep the answer you stand by")
        people = item.slice.people
        is_group = people.terms and not people.is_comparison
        if is_group and set(people.attributes) <= protected and item.slice not in roster:
            raise PolicyError(f"{name} is about a group that the assessment's roster lacks")
        answers[item.measure, item.slice] = item
    return answers


# --- judging -------------------------------------------------------------------------------------


def _somebody_judged(findings: list[Finding]) -> list[Finding]:
    """The findings of a requirement, UNKNOWN if every one of them was set aside."""
    if not all(finding.set_aside for finding in findings):
        return findings
    return [
        replace(
            finding,
            verdict=Verdict.UNKNOWN,
            set_aside=False,
            reason=f"{finding.reason}, and so is every slice of {finding.requirement.id}: nothing "
            f"was judged",
            remedy=finding.requirement.remedy,
            rows_needed=finding.requirement.minimum_rows,
        )
        for finding in findings
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    policy: Policy
    answers: Answers
    specs: dict[str, MeasureSpec]

    def finding(self, requirement: Requirement, target: Target) -> Finding:
        title = reasons.title_of(requirement.measure, self.specs)
        evidence = self.answers.get((requirement.measure, target.slice))
        if target.obstacle or evidence is None:
            return Finding(
                requirement=requirement,
                slice=target.slice,
                verdict=Verdict.UNKNOWN,
                reason=reasons.unasked(target, title),
                remedy=reasons.MEASURE_IT,
            )
        finding = self._answered(requirement, target, evidence, title)
        worst = evidence.parameters.get("worst_group")
        return replace(
            finding,
            evidence=digest(evidence),
            worst_group=worst if isinstance(worst, str) else None,
        )

    def _answered(
        self, requirement: Requirement, target: Target, evidence: Evidence, title: str
    ) -> Finding:
        outcome, shortfall = self._judged(evidence)
        if isinstance(outcome, Measured):
            words = reasons.measured(target, title, outcome, requirement)
            opinion = _opinion(requirement, outcome, shortfall)
            tail = reasons.groups_named(evidence)
        else:
            words, tail = reasons.unmeasured(target, title, outcome), ""
            opinion = _Opinion(verdict=Verdict.UNKNOWN)
        if _is_small(requirement, target, outcome):
            opinion = _small_opinion(requirement, target, outcome)
        return Finding(
            requirement=requirement,
            slice=target.slice,
            verdict=opinion.verdict,
            outcome=outcome,
            reason=f"{words}{opinion.says}{tail}",
            remedy="" if opinion.verdict is Verdict.PASS else requirement.remedy,
            rows_needed=opinion.rows_needed,
            set_aside=opinion.set_aside,
        )

    def _judged(self, evidence: Evidence) -> tuple[Measured | Unmeasured, str]:
        """The outcome with the interval to judge, and why it is not sure enough to pass, if so."""
        outcome, asked = evidence.outcome, self.policy.confidence
        if isinstance(outcome, Unmeasured) or outcome.method == reasons.EXACT:
            return outcome, ""
        if self.policy.family_confidence is not None and "family_low" in evidence.parameters:
            outcome, asked = _with_family(outcome, evidence), self.policy.family_confidence
        if outcome.confidence + _ROUNDING >= asked:
            return outcome, ""
        return outcome, (
            f"its interval has {100 * outcome.confidence:g} % confidence and the policy asks "
            f"{100 * asked:g} %"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opinion:
    verdict: Verdict
    says: str = ""
    rows_needed: int | None = None
    set_aside: bool = False


def _opinion(requirement: Requirement, outcome: Measured, shortfall: str) -> _Opinion:
    side = reasons.side(outcome, requirement)
    if _outside(requirement, outcome):
        return _Opinion(verdict=Verdict.FAIL, says=f" {side}")
    if requirement.proof is Proof.POINT:
        verdict = Verdict.PASS if _within(requirement, outcome.value) else Verdict.FAIL
        return _Opinion(verdict=verdict, says=f" {side}, judged by the estimate")
    if not (_within(requirement, outcome.low) and _within(requirement, outcome.high)):
        needed = reasons.rows_to_settle(outcome, requirement)
        says = f" {reasons.undecided(outcome, requirement, needed)}"
        return _Opinion(verdict=Verdict.UNKNOWN, says=says, rows_needed=needed)
    if shortfall:
        return _Opinion(verdict=Verdict.UNKNOWN, says=f" {side}, but {shortfall}")
    return _Opinion(verdict=Verdict.PASS, says=f" {side}")


def _is_small(requirement: Requirement, target: Target, outcome: Measured | Unmeasured) -> bool:
    """True if the slice is too small to judge and its fate is `requirement.small`."""
    sizes = [rows for _, rows in target.parts] or [
        outcome.rows if target.rows is None else target.rows
    ]
    if min(sizes) >= requirement.minimum_rows or (target.parts and requirement.small == "ignore"):
        return False
    return not (isinstance(outcome, Measured) and _outside(requirement, outcome))


def _small_opinion(
    requirement: Requirement, target: Target, outcome: Measured | Unmeasured
) -> _Opinion:
    why = reasons.too_small(target, requirement, outcome)
    if requirement.small == "ignore":
        return _Opinion(verdict=Verdict.PASS, says=f"; {why}: set aside", set_aside=True)
    return _Opinion(
        verdict=Verdict.UNKNOWN,
        says=f"; {why}: too few to judge",
        rows_needed=requirement.minimum_rows,
    )


def _within(requirement: Requirement, value: float) -> bool:
    low, high = requirement.at_least, requirement.at_most
    return (low is None or value >= low) and (high is None or value <= high)


def _outside(requirement: Requirement, outcome: Measured) -> bool:
    low, high = requirement.at_least, requirement.at_most
    return (high is not None and outcome.low > high) or (low is not None and outcome.high < low)


def _with_family(outcome: Measured, evidence: Evidence) -> Measured:
    """The outcome with the simultaneous interval, never narrower than its own."""
    keys = ("family_low", "family_high", "family_confidence")
    numbers = [evidence.parameters.get(key) for key in keys]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise PolicyError(
            f"the evidence for {evidence.measure!r} on {evidence.slice} carries no whole family "
            f"interval: {dict(zip(keys, numbers, strict=True))}"
        )
    low, high, confidence = (float(cast(float, number)) for number in numbers)
    return replace(
        outcome,
        low=min(low, outcome.low),
        high=max(high, outcome.high),
        confidence=confidence,
        method=f"{outcome.method} {reasons.SIMULTANEOUS}",
    )
