"""Gate: judge an assessment by a policy, and tell CI in the forms it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from roadworthy.errors import PolicyError, UsageError
from roadworthy.policy.judge import judge
from roadworthy.policy.junit import render_junit
from roadworthy.policy.pack import check_tier, with_departures, with_system
from roadworthy.policy.questionnaire import assess_risk
from roadworthy.policy.sarif import render_sarif
from roadworthy.policy.statement import render_statement
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision
from roadworthy.records.policy import Policy
from roadworthy.records.system import System


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What was judged, by what, and what came of it.

    `policy` is the policy that was judged by: the one asked for, with the fairness objectives and
    the waivers of the project file.
    """

    record: AssessmentRecord
    policy: Policy
    decision: Decision


def gate(
    record: AssessmentRecord, policy: Policy, *, at: datetime, system: System | None = None
) -> Gate:
    """Judge an assessment by a policy and, if it is of this system, by what its project file says.

    Raises:
        PolicyError: the policy is made for less risk than the system's, or cannot be applied; or
            the assessment looked at fewer groups than the project file names.
        UsageError: the assessment is of another system.
    """
    if system is not None:
        if record.system != system.name:
            raise UsageError(
                f"the assessment is of {record.system!r}, and the project file describes "
                f"{system.name!r}; assess this system, or judge outside of its folder"
            )
        check_roles(record, system)
        policy = policy_for(system, policy)
    return Gate(record=record, policy=policy, decision=judge(policy, record, at=at))


def check_roles(record: AssessmentRecord, system: System) -> None:
    """Refuse an assessment made before the project file named another label or more groups.

    Raises:
        PolicyError: the record does not answer what the project file asks.
    """
    asked, had = system.roles, record.roles
    unseen = [name for name in asked.protected if name not in had.protected]
    if unseen:
        wrong = f"did not look at the protected column {unseen[0]!r}"
    elif asked.label not in {None, had.label}:
        wrong = f"has the label {had.label!r}, not {asked.label!r}"
    elif asked.protected and record.intersections < system.intersections:
        wrong = f"combined {record.intersections} columns at once, not {system.intersections}"
    else:
        return
    raise PolicyError(f"the assessment {wrong}, as the project file asks; assess again")


def check_judged(record: AssessmentRecord, policy: Policy, system: System) -> None:
    """Refuse a policy that left out what the project file asks of this system.

    Raises:
        PolicyError: the policy is made for less risk, or lacks an objective or a waiver of the
            project file; or the assessment looked at fewer groups than it names.
    """
    check_roles(record, system)
    wanted = policy_for(system, replace(policy, waivers=()))
    lacking = [item.id for item in wanted.requirements if item not in policy.requirements]
    lacking += [item for item in wanted.departures if item not in policy.departures]
    lacking += [f"the waiver of {w.requirement}" for w in system.waivers if w not in policy.waivers]
    if lacking:
        raise PolicyError(
            f"the policy {policy.name!r} was not judged with what the project file says: "
            f"{lacking[0]}; judge again with: roadworthy gate"
        )


def policy_for(system: System, policy: Policy) -> Policy:
    """The policy that judges this system: with its fairness objectives and its waivers.

    It also says where it asks less than the pack of the system's risk.

    Raises:
        PolicyError: the policy is made for less risk than the system's.
    """
    risk = assess_risk(system.risk)
    check_tier(policy, risk)
    return with_departures(with_system(policy, system), risk, system.roles.task)


def measures_asked(policy: Policy | None, system: System | None = None) -> frozenset[str]:
    """The measures that a policy, and the objectives of a project file, ask for."""
    asked = [item.measure for item in policy.requirements] if policy else []
    aims = system.objectives if system else ()
    return frozenset([*asked, *(aim.requirement.measure for aim in aims)])


def write_outputs(
    judged: Gate,
    outputs: Mapping[str, Path],
    *,
    write: Callable[[Path, bytes], None],
    artifact: str,
    version: str,
) -> None:
    """Write the decision in the forms asked for; every form is made before the first is written.

    Args:
        judged: what to write.
        outputs: a path for each form: `junit`, `sarif`, `statement`, `json`.
        write: writes a file whole or not at all.
        artifact: the file that SARIF results are shown at.
        version: of the tool.
    """
    decision = judged.decision
    forms: dict[str, Callable[[], bytes]] = {
        "junit": lambda: render_junit(decision).encode(),
        "sarif": lambda: render_sarif(decision, artifact=artifact, version=version).encode(),
        "statement": lambda: render_statement(decision, judged.record).encode(),
        "json": lambda: canonical.to_bytes(decision),
    }
    made = [(path, forms[form]()) for form, path in outputs.items()]
    for path, data in made:
        write(path, data)
