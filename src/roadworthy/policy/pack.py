"""Policies from YAML: the four packs that ship, one for each tier, and a project's own.

A project's policy may extend a pack. It may add requirements, tighten them, loosen them or leave
them out; loosening and leaving out need a `why` of their own, and the policy carries what was
departed from, and why, for every reader of the decision. Sureness (`confidence`,
`family_confidence`) may only be raised.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from roadworthy.errors import PolicyError
from roadworthy.policy.requirements import BOUNDED, DRAFT, ID, OBJECTIVE, WAIVER, Draft, laxer
from roadworthy.policy.shape import Choice, ListOf, Member, Number, Object, Text
from roadworthy.records.document import Fields, parse_document, suggestion
from roadworthy.records.policy import Policy, Requirement, RiskAssessment, Tier
from roadworthy.records.record import JSON
from roadworthy.records.system import System
from roadworthy.records.versions import Task

PACKS = {
    "minimal": "little can go wrong: a sanity check",
    "limited": "people can be inconvenienced",
    "high": "people can lose something they need",
    "critical": "people can lose health, safety, liberty or livelihood",
}
"""The names of the packs and when each applies."""

_UP_TO_CERTAINTY = Number(low=0.5, high=0.999999)


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A requirement of the extended pack that is left out, and why."""

    id: str
    why: str
    node: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    values: dict[str, Any]
    node: Fields


_REMOVAL = Object(
    members=(
        Member(name="id", shape=ID, meaning="The requirement to leave out.", required=True),
        Member(name="why", shape=Text(), meaning="Why it does not apply here.", required=True),
    ),
    build=lambda values, node: Removal(node=node, **values),
)

_ALONE: dict[str, JSON] = {
    "if": {"not": {"required": ["extends"]}},
    "then": {
        "required": ["requirements"],
        "not": {"required": ["remove"]},
        "properties": {
            "requirements": {"minItems": 1, "items": {"required": ["measure"], **BOUNDED}}
        },
    },
}

POLICY = Object(
    members=(
        Member(name="name", shape=Text(), meaning="What decisions call this policy."),
        Member(name="version", shape=Text(), meaning="Of this policy, in quotes.", required=False),
        Member(name="tier", shape=Choice(options=PACKS), meaning="The risk that it is made for."),
        Member(
            name="extends",
            shape=Choice(options=PACKS),
            meaning="The pack whose requirements hold unless they are changed here.",
        ),
        Member(name="description", shape=Text(), meaning="What the policy is for, in a sentence."),
        Member(
            name="confidence",
            shape=_UP_TO_CERTAINTY,
            meaning="The confidence that each interval must have, 0.95 say.",
        ),
        Member(
            name="family_confidence",
            shape=_UP_TO_CERTAINTY,
            meaning="The confidence that all intervals of a family of groups hold at once.",
        ),
        Member(name="objective", shape=OBJECTIVE, meaning="What a repair should maximise."),
        Member(
            name="requirements",
            shape=ListOf(item=DRAFT, words="a list of requirements"),
            meaning="What the evidence must show.",
        ),
        Member(
            name="remove",
            shape=ListOf(item=_REMOVAL, words="a list of ids, each with a why"),
            meaning="Requirements of the extended pack that do not apply here.",
        ),
        Member(
            name="waivers",
            shape=ListOf(item=WAIVER, words="a list of waivers"),
            meaning="Findings that a named person accepts for a time.",
        ),
    ),
    build=lambda values, node: _File(values=values, node=node),
    rules=_ALONE,
)
"""A policy file."""


def load_policy(
    text: str | bytes, name: str, *, known_measures: Collection[str] | None = None
) -> Policy:
    """The policy that a YAML text says.

    Args:
        text: the file's content.
        name: what messages call the file; also the policy's name if it gives itself none.
        known_measures: the measures there are, to refuse a misspelt one; not checked if None.

    Raises:
        DocumentError: the text is not a policy; the message names the line.
    """
    file = POLICY.read(parse_document(text, name))
    base = pack_for(Tier[file.values["extends"].upper()]) if "extends" in file.values else None
    requirements, departures = _requirements(file, base, known_measures)
    return Policy(
        name=file.values.get("name", _stem(name)),
        version=file.values.get("version", "1"),
        tier=_tier(file, base),
        requirements=requirements,
        waivers=file.values.get("waivers", ()),
        objective=file.values.get(
            "objective", (base or Policy(name="", requirements=())).objective
        ),
        confidence=_sureness(file, base, "confidence") or 0.95,
        family_confidence=_sureness(file, base, "family_confidence"),
        description=file.values.get("description", base.description if base else ""),
        departures=departures,
    )


@cache
def pack_for(tier: Tier) -> Policy:
    """The pack that ships for a tier."""
    name = f"{tier.name.lower()}.yaml"
    text = (resources.files("roadworthy.policy") / "packs" / name).read_text(encoding="utf-8")
    return load_policy(text, name)


def with_system(policy: Policy, system: System) -> Policy:
    """The policy with what the project file adds: its fairness objectives and its waivers.

    Raises:
        PolicyError: the policy is made for a lower tier than the system's risk asks, or an
            objective has the id of another requirement.
    """
    taken = {requirement.id: requirement for requirement in policy.requirements}
    added = []
    for objective in system.objectives:
        requirement = objective_requirement(objective.requirement, objective.stakeholder)
        if taken.get(requirement.id, requirement) != requirement:
            raise PolicyError(
                f"the fairness objective {requirement.id!r} has the id of a requirement of policy "
                f"{policy.name!r}; give it an id of its own"
            )
        if requirement.id not in taken:
            added.append(requirement)
            taken[requirement.id] = requirement
    return replace(
        policy,
        requirements=(*policy.requirements, *added),
        waivers=(*policy.waivers, *system.waivers),
    )


def objective_requirement(requirement: Requirement, stakeholder: str) -> Requirement:
    """A fairness objective's requirement, saying for whom it is made."""
    return replace(requirement, why=f"for {stakeholder}: {requirement.why}".rstrip(": "))


def check_tier(policy: Policy, risk: RiskAssessment) -> None:
    """Refuse a policy made for less risk than the system's.

    Raises:
        PolicyError: the policy's tier is below the risk's.
    """
    if policy.tier is not None and policy.tier < risk.tier:
        silent = len(risk.unanswered)
        counted = f"; {silent} unanswered questions count as the gravest answer" if silent else ""
        raise PolicyError(
            f"the policy {policy.name!r} is made for {policy.tier.name.lower()} risk, but the "
            f"answers under `risk` in the project file lead to {risk.tier.name.lower()} risk "
            f"({risk.reasons[0]}{counted}); correct the answers, or extend the pack "
            f"{risk.tier.name.lower()!r} and say where and why you depart from it"
        )


def with_departures(policy: Policy, risk: RiskAssessment, task: Task = Task.BINARY) -> Policy:
    """The policy, saying where it asks less than the pack that the system's risk leads to.

    A policy that extends the pack has said so already, with reasons; for one that stands alone,
    this is the only trace of what nobody asked. What the pack asks of other kinds of systems than
    `task` is no loss.
    """
    pack = pack_for(risk.tier)
    name = f"the pack {pack.name!r}"
    found = []
    for wanted in pack.requirements:
        elsewhere = wanted.tasks and task not in wanted.tasks
        if elsewhere or any(said.startswith(f"{wanted.id} ") for said in policy.departures):
            continue
        rivals = [item for item in policy.requirements if _same_question(item, wanted)]
        ways = min((laxer(item, wanted) for item in rivals), key=len, default=None)
        if ways is None:
            found.append(f"{wanted.id} of {name} is not asked")
        elif ways:
            found.append(f"{wanted.id} of {name} is asked with {', '.join(ways)}")
    for measure in ("confidence", "family_confidence"):
        asked, given = getattr(pack, measure), getattr(policy, measure)
        if asked is not None and (given is None or given < asked):
            shown = "none" if given is None else f"{given:g}"
            found.append(f"{measure} {shown} instead of the {asked:g} of {name}")
    return replace(policy, departures=(*policy.departures, *found))


def _same_question(one: Requirement, other: Requirement) -> bool:
    names = ("measure", "scope", "slice", "each")
    return all(getattr(one, name) == getattr(other, name) for name in names)


# --- parts of a file -----------------------------------------------------------------------------


def _requirements(
    file: _File, base: Policy | None, known_measures: Collection[str] | None
) -> tuple[tuple[Requirement, ...], tuple[str, ...]]:
    drafts: tuple[Draft, ...] = file.values.get("requirements", ())
    kept = {requirement.id: requirement for requirement in (base.requirements if base else ())}
    departures = [_remove(removal, kept, base, file) for removal in file.values.get("remove", ())]
    seen: set[str] = set()
    for draft in drafts:
        if draft.id in seen:
            raise draft.node.nodes["id"].refusal(
                "an id of its own", found=f"a second requirement `{draft.id}`"
            )
        seen.add(draft.id)
        if draft.id in kept:
            old = kept[draft.id]
            kept[draft.id] = _override(draft, old, known_measures)
            departures += _departure(draft, kept[draft.id], old)
        else:
            kept[draft.id] = draft.complete(known_measures)
    if not kept:
        raise file.node.refusal(
            "at least one requirement: an empty policy would pass everything",
            found="a policy without requirements",
        )
    return tuple(kept.values()), tuple(departures)


def _remove(
    removal: Removal, kept: dict[str, Requirement], base: Policy | None, file: _File
) -> str:
    if base is None:
        raise file.node.nodes["remove"].refusal("no `remove` without `extends`")
    if removal.id not in kept:
        raise removal.node.nodes["id"].refusal(
            f"the id of a requirement of the pack {base.name}: {', '.join(kept)}",
            hint=suggestion(removal.id, kept),
        )
    del kept[removal.id]
    return f"{removal.id} left out, because {removal.why}"


def _override(
    draft: Draft, old: Requirement, known_measures: Collection[str] | None
) -> Requirement:
    new = draft.merged(old, known_measures)
    for name in ("measure", "scope", "slice", "each"):
        if getattr(new, name) != getattr(old, name):
            raise draft.node.nodes[name].refusal(
                f"the {name} of the pack's `{draft.id}`, {getattr(old, name)}",
                hint="A different question needs an id of its own",
            )
    return new


def _departure(draft: Draft, new: Requirement, old: Requirement) -> list[str]:
    ways = laxer(new, old)
    if not ways:
        return []
    if "why" not in draft.values:
        raise draft.node.refusal(
            "a `why` of its own: what is loosened needs a reason",
            found=f"`{draft.id}` with {', '.join(ways)}",
        )
    return [f"{draft.id} with {', '.join(ways)}, because {new.why}"]


def _tier(file: _File, base: Policy | None) -> Tier | None:
    if "tier" not in file.values:
        return base.tier if base else None
    tier = Tier[file.values["tier"].upper()]
    if base and base.tier and tier > base.tier:
        raise file.node.nodes["tier"].refusal(
            f"no higher tier than that of the extended pack, {base.name}"
        )
    return tier


def _sureness(file: _File, base: Policy | None, name: str) -> float | None:
    old: float | None = getattr(base, name) if base else None
    new: float | None = file.values.get(name, old)
    if old is not None and new is not None and new < old:
        raise file.node.nodes[name].refusal(f"at least {old:g}, as in the extended pack")
    return new


def _stem(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name


def policy_schema() -> Mapping[str, JSON]:
    """The JSON Schema of a policy file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Roadworthy policy",
        **POLICY.schema(),
    }
