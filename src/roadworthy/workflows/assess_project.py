"""Assess what a project file names: its dataset, its model and its roles, kept in its store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from roadworthy.data.engine import Table
from roadworthy.data.model import Model
from roadworthy.errors import UsageError
from roadworthy.policy.pack import pack_for
from roadworthy.policy.questionnaire import assess_risk
from roadworthy.records import canonical
from roadworthy.records.decision import Decision
from roadworthy.records.policy import Policy
from roadworthy.records.versions import ColumnRoles, ModelVersion
from roadworthy.registry.store import Event
from roadworthy.workflows.assess import Naming, Question, assess
from roadworthy.workflows.assessment import Assessment
from roadworthy.workflows.context import context_of, latest_record
from roadworthy.workflows.gate import gate, measures_asked
from roadworthy.workflows.ports import silent
from roadworthy.workflows.project import Project
from roadworthy.workflows.snapshot import snapshots


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A registered model: its version and the object that scores."""

    version: ModelVersion
    model: Model


def assess_project(
    project: Project,
    *,
    model: LoadedModel | None = None,
    dataset: str | None = None,
    policy: Policy | None = None,
    progress: Callable[[str], None] = silent,
) -> Assessment:
    """Assess the project's dataset (its `assess` entry, or the one named) and keep the evidence.

    The training dataset, if the project names one, is the reference for schema, overlap and drift.

    What runs on request only runs if the policy (that of the project file, if none is given) or an
    objective asks for it.

    Raises:
        UsageError: the project names no dataset to assess, or a policy that is not there.
    """
    system = project.system
    name = dataset or system.assess
    if name is None:
        raise UsageError(
            "the project file does not say which dataset to assess: add `assess: NAME`"
        )
    wanted = dict.fromkeys([name, *([system.train] if system.train else [])])
    taken = snapshots(project, wanted, progress=progress)
    subject = taken[name]
    reference = taken[system.train].table if system.train not in {None, name} else None
    at, ports = project.ports.now(), project.ports.by(subject.engine)
    roles = _roles(project, subject.table)
    if model is not None:
        roles = replace(roles, prediction=None, score=None, features=model.version.features)
    record = assess(
        subject.table,
        Question(
            roles=roles,
            intersections=system.intersections,
            reference_groups=system.reference_groups,
            reference_shares=system.reference_shares,
            ranges={k: (v[0], v[1]) for k, v in system.ranges.items()},
            checks=system.checks or None,
            required=measures_asked(policy or _policy_of(project), system),
        ),
        Naming(
            system=system.name,
            dataset=subject.version.digest,
            dataset_name=name,
            producer=ports.producer,
            at=at,
            model=model.version.digest if model else None,
            model_name=model.version.name if model else None,
            trained_on=model.version.training if model else (),
        ),
        engine=ports.engine,
        model=model.model if model else None,
        reference=reference,
        learner=project.ports.learner,
        progress=progress,
    )
    judged = gate(record, policy, at=at, system=system) if policy is not None else None
    found = Assessment(
        record=record,
        ports=project.ports,
        policy=judged.policy if judged else None,
        decision=judged.decision if judged else None,
        context=context_of(project, record),
    )
    keep(project, record_name=name, assessment=found)
    return found


def _policy_of(project: Project) -> Policy:
    """The policy that the project file names, or the pack of its risk's tier."""
    named = project.system.policy
    if named is not None:
        return project.ports.load_policy(named)
    return pack_for(assess_risk(project.system.risk).tier)


def _roles(project: Project, table: Table) -> ColumnRoles:
    """The project's column roles; only what no measure depends on may be absent from the table."""
    there = project.roles_for(table)
    return replace(project.system.roles, identifier=there.identifier, timestamp=there.timestamp)


def latest(project: Project, policy: Policy | None = None) -> Assessment:
    """The project's latest assessment, with its latest decision or judged by this policy.

    Raises:
        UsageError: nothing has been assessed yet.
    """
    record = latest_record(project)
    found = Assessment(record=record, ports=project.ports, context=context_of(project, record))
    if policy is not None:
        judged = gate(record, policy, at=project.ports.now(), system=project.system)
        return replace(found, policy=judged.policy, decision=judged.decision)
    judged_record = canonical.digest(record)
    decided = [
        decision
        for key in reversed(project.store.digests(Decision))
        if (decision := project.store.get(Decision, key)).assessment == judged_record
    ]
    if not decided:
        return found
    return replace(found, policy=project.store.get(Policy, decided[0].policy), decision=decided[0])


def keep(project: Project, *, record_name: str, assessment: Assessment) -> None:
    """Keep an assessment, and the decision on it, in the project's store and ledger."""
    store, record = project.store, assessment.record
    told = Event(event="assessed", name=record_name, at=record.at)
    store.put(record, name=record_name, event=told)
    if assessment.decision is not None:
        keep_decision(project, assessment.decision, assessment.policy)


def keep_decision(project: Project, decision: Decision, policy: Policy | None) -> None:
    """Keep a decision and the policy that it was made by."""
    store = project.store
    if policy is not None:
        store.put(policy, name=policy.name)
    told = Event(event="decided", name=decision.verdict.name, at=decision.at)
    store.put(decision, name=project.system.name, event=told)
