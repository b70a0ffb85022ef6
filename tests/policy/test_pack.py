"""Policies from YAML: packs that get stricter upward, and departures that need a reason."""

from __future__ import annotations

import json
from importlib import resources
from itertools import pairwise

import jsonschema
import pytest

from roadworthy.checks import catalogue
from roadworthy.errors import DocumentError, PolicyError
from roadworthy.policy.pack import (
    PACKS,
    check_tier,
    load_policy,
    pack_for,
    policy_schema,
    with_departures,
    with_system,
)
from roadworthy.policy.questionnaire import assess_risk
from roadworthy.policy.requirements import laxer
from roadworthy.records import canonical
from roadworthy.records.document import parse_document
from roadworthy.records.policy import Policy, Proof, Requirement, Scope, Tier, Waiver
from roadworthy.records.system import FairnessObjective, System
from roadworthy.records.versions import Task

KNOWN = {"roc-auc", "rows", "accuracy", "true-positive-rate", "equal-opportunity-difference"}
VALIDATOR = jsonschema.Draft202012Validator(policy_schema())

OWN = """
name: our policy
version: "2"
description: What we ask of it.
confidence: 0.99
objective: {maximise: accuracy, slice: all, within: 0.01}
requirements:
  - id: ranks-well
    measure: roc-auc
    at_least: 0.8
    why: It must rank.
    remedy: Improve it.
  - id: found-everywhere
    measure: true-positive-rate
    scope: groups
    of: [sex, race]
    at_least: 0.6
    proof: point
    minimum_rows: 50
    small: ignore
waivers:
  - {requirement: ranks-well, owner: Jane, reason: Known., expires: 2027-01-31}
"""


@pytest.mark.parametrize(("lower", "upper"), list(pairwise(Tier)))
def test_each_pack_is_at_least_as_strict_as_the_one_below(lower, upper):
    """Every requirement of a tier is there in the next one, and asks at least as much."""
    above = {requirement.id: requirement for requirement in pack_for(upper).requirements}
    for requirement in pack_for(lower).requirements:
        twin = above[requirement.id]
        assert (twin.measure, twin.scope, twin.slice, twin.of) == (
            requirement.measure,
            requirement.scope,
            requirement.slice,
            requirement.of,
        )
        assert laxer(twin, requirement) == ()
    lower_family, upper_family = (pack_for(tier).family_confidence for tier in (lower, upper))
    assert (upper_family or 0) >= (lower_family or 0)
    assert pack_for(upper).confidence >= pack_for(lower).confidence


@pytest.mark.parametrize("tier", list(Tier))
def test_each_pack_says_what_it_is_for(tier):
    """Every requirement has a reason and a remedy, and the upper tiers ask for proof."""
    pack = pack_for(tier)
    assert (pack.name, pack.tier) == (tier.name.lower(), tier)
    proof = Proof.INTERVAL if tier >= Tier.HIGH else Proof.POINT
    assert {requirement.proof for requirement in pack.requirements} == {proof}
    for requirement in pack.requirements:
        assert requirement.why.endswith(".")
        assert requirement.remedy.endswith(".")
    text = (resources.files("roadworthy.policy") / f"packs/{pack.name}.yaml").read_bytes()
    VALIDATOR.validate(parse_document(text, pack.name).plain())


def test_packs_only_ask_what_the_checks_can_answer():
    """A misspelt measure in a pack could never pass."""
    known = catalogue.measures()
    for name in PACKS:
        text = (resources.files("roadworthy.policy") / f"packs/{name}.yaml").read_bytes()
        asked = {r.measure for r in load_policy(text, name, known_measures=known).requirements}
        assert asked <= known.keys()


def test_a_policy_of_ones_own_says_all_it_says():
    """Every field of the file arrives in the record."""
    policy = load_policy(OWN, "policies/ours.yaml", known_measures=KNOWN)
    assert (policy.name, policy.version, policy.tier) == ("our policy", "2", None)
    assert (policy.confidence, policy.family_confidence) == (0.99, None)
    assert (policy.objective.maximise, policy.objective.within) == ("accuracy", 0.01)
    assert policy.requirements == (
        Requirement(
            id="ranks-well",
            measure="roc-auc",
            at_least=0.8,
            why="It must rank.",
            remedy="Improve it.",
        ),
        Requirement(
            id="found-everywhere",
            measure="true-positive-rate",
            scope=Scope.GROUPS,
            of=("sex", "race"),
            at_least=0.6,
            proof=Proof.POINT,
            minimum_rows=50,
            small="ignore",
        ),
    )
    assert policy.waivers[0].owner == "Jane"
    VALIDATOR.validate(parse_document(OWN, "f").plain())
    assert canonical.from_bytes(Policy, canonical.to_bytes(policy)) == policy


def test_a_policy_without_a_name_is_called_as_its_file():
    """So that decisions can name it."""
    policy = load_policy("extends: high", "policies/ours.yaml")
    assert (policy.name, policy.tier) == ("ours", Tier.HIGH)
    assert policy.requirements == pack_for(Tier.HIGH).requirements


def test_an_extended_pack_may_be_tightened_and_added_to():
    """Neither needs a reason, and the order of the pack stays."""
    policy = load_policy(
        """
        extends: high
        family_confidence: 0.99
        requirements:
          - {id: discrimination, at_least: 0.9}
          - {id: accurate, measure: accuracy, at_least: 0.7}
        """,
        "ours.yaml",
    )
    base = pack_for(Tier.HIGH)
    assert [r.id for r in policy.requirements] == [*(r.id for r in base.requirements), "accurate"]
    changed = {r.id: r for r in policy.requirements}["discrimination"]
    assert (changed.at_least, changed.measure) == (0.9, "roc-auc")
    assert policy.departures == ()
    assert policy.family_confidence == 0.99


def test_what_is_loosened_or_left_out_is_carried_with_its_reason():
    """Every reader of a decision learns where its policy departs from the pack."""
    policy = load_policy(
        """
        extends: high
        requirements:
          - {id: equal-opportunity, at_most: 0.2, of: [sex], why: Races are too few.}
        remove:
          - {id: no-leakage, why: There are no inputs.}
        """,
        "ours.yaml",
    )
    assert policy.departures == (
        "no-leakage left out, because There are no inputs.",
        (
            "equal-opportunity with at_most 0.2 instead of 0.15, of sex instead of all protected, "
            "because Races are too few."
        ),
    )
    assert "no-leakage" not in {requirement.id for requirement in policy.requirements}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x", "line 1: found a policy without requirements; expected at least one"),
        ("name: x\nrequirements: []", "found a policy without requirements"),
        (
            "requirements:\n  - {id: a, measure: roc-auc}",
            "line 2: found no bound in requirement `a`",
        ),
        ("requirements:\n  - {id: a, at_least: 1}", "line 2: found no `measure`"),
        ("requirements:\n  - {measure: roc-auc, at_least: 1}", "line 2: found no `id`"),
        (
            "requirements:\n  - {id: a, measure: roc-acu, at_least: 1}",
            r"line 2: found the unknown measure 'roc-acu'.*Did you mean roc-auc\?",
        ),
        (
            "requirements:\n  - {id: a, measure: roc-auc, at_lest: 1}",
            r"found the unknown name `at_lest`.*Did you mean at_least\?",
        ),
        (
            "requirements:\n  - {id: A b, measure: roc-auc, at_least: 1}",
            "found the text 'A b'; expected a short name",
        ),
        (
            "requirements:\n  - {id: a, measure: roc-auc, at_least: 2, at_most: 1}",
            r"found 2; expected `at_least` no greater than `at_most` \(1\)",
        ),
        (
            (
                "requirements:\n  - {id: a, measure: rows, at_least: 1}\n"
                "  - {id: a, measure: rows, at_least: 2}"
            ),
            "line 3: found a second requirement `a`",
        ),
        (
            "requirements:\n  - {id: a, measure: rows, at_least: 1, scope: group}",
            r"expected one of slice, groups.*Did you mean groups\?",
        ),
        (
            "requirements:\n  - {id: a, measure: rows, at_least: 1, scope: groups, slice: all}",
            "expected no `slice` with scope groups; use `of`",
        ),
        (
            "requirements:\n  - {id: a, measure: rows, at_least: 1, of: [sex]}",
            "expected a `scope` that speaks of several slices",
        ),
        (
            "requirements:\n  - {id: a, measure: rows, at_least: 1, slice: 'sex=a, race'}",
            "expected all, sex=Female, or sex",
        ),
        ("requirements:\n  - {id: a, measure: rows, at_least: .nan}", "expected a number"),
        ("extends: hgih", r"found the text 'hgih'.*Did you mean high\?"),
        ("extends: high\ntier: critical", "expected no higher tier than that of the extended"),
        ("extends: high\nconfidence: 0.9", "expected at least 0.95, as in the extended pack"),
        ("extends: high\nfamily_confidence: 0.9", "expected at least 0.95"),
        ("extends: high\nconfidence: 1.5", "expected a number from 0.5 to 0.999999"),
        (
            "extends: high\nrequirements:\n  - {id: discrimination, at_least: 0.5}",
            "line 3: found `discrimination` with at_least 0.5 instead of 0.75; expected a `why`",
        ),
        (
            "extends: high\nrequirements:\n  - {id: discrimination, measure: accuracy}",
            "expected the measure of the pack's `discrimination`, roc-auc.*an id of its own",
        ),
        (
            "extends: high\nremove:\n  - {id: no-leekage, why: None.}",
            r"expected the id of a requirement of the pack high.*Did you mean no-leakage\?",
        ),
        ("extends: high\nremove:\n  - {id: no-leakage}", "found no `why`"),
        (
            "requirements:\n  - {id: a, measure: rows, at_least: 1}\nremove:\n  - {id: a, why: x}",
            "expected no `remove` without `extends`",
        ),
        (
            "extends: high\nwaivers:\n  - {requirement: no-leakage, owner: J, reason: R}",
            "found no `expires`",
        ),
        (
            (
                "extends: high\nwaivers:\n"
                "  - {requirement: no-leakage, owner: J, reason: R, expires: soon}"
            ),
            "found the text 'soon'; expected a date like 2026-01-31",
        ),
        (
            (
                "extends: high\nwaivers:\n"
                "  - {requirement: a, owner: J, reason: R, expires: 2027-01-01, slice: '=x'}"
            ),
            "expected all, sex=Female, or sex",
        ),
    ],
)
def test_what_is_no_policy_is_refused_with_its_line(text, message):
    """Every mistake is one sentence with the line, what was found and what was expected."""
    with pytest.raises(DocumentError, match=message):
        load_policy(text, "ours.yaml", known_measures=KNOWN)


STRUCTURAL = [
    "name: x",
    "requirements: []",
    "requirements:\n  - {id: a, measure: roc-auc}",
    "requirements:\n  - {id: a, at_least: 1}",
    "requirements:\n  - {id: a, measure: roc-auc, at_lest: 1}",
    "requirements:\n  - {id: A b, measure: roc-auc, at_least: 1}",
    "requirements:\n  - {id: a, measure: rows, at_least: 1, scope: group}",
    "requirements:\n  - {id: a, measure: rows, at_least: 1, minimum_rows: 1.5}",
    "requirements:\n  - {id: a, measure: rows, at_least: 1, small: maybe}",
    "extends: hgih",
    "extends: high\nconfidence: 1.5",
    "extends: high\nremove:\n  - {id: no-leakage}",
    "requirements:\n  - {id: a, measure: rows, at_least: 1}\nremove:\n  - {id: a, why: x}",
    "extends: high\nwaivers:\n  - {requirement: a, owner: J, reason: R, expires: soon}",
]


@pytest.mark.parametrize("text", STRUCTURAL)
def test_the_schema_refuses_what_the_parser_refuses(text):
    """An editor marks the mistakes that the gate would refuse."""
    with pytest.raises(DocumentError):
        load_policy(text, "ours.yaml")
    assert not VALIDATOR.is_valid(parse_document(text, "f").plain())


def test_the_shipped_schema_is_the_one_the_code_makes():
    """If this fails, write policy_schema() to policy.schema.json again."""
    text = (resources.files("roadworthy.policy") / "policy.schema.json").read_text()
    assert json.loads(text) == json.loads(json.dumps(policy_schema()))
    jsonschema.Draft202012Validator.check_schema(policy_schema())


# --- with a system -------------------------------------------------------------------------------


def system(**changes: object) -> System:
    """A system with one fairness objective and one waiver."""
    requirement = Requirement(
        id="found",
        measure="true-positive-rate",
        scope=Scope.GROUPS,
        at_least=0.6,
        why="They need it.",
    )
    aim = FairnessObjective(requirement=requirement, stakeholder="job seekers", why="They need it.")
    waiver = Waiver(
        owner="J",
        reason="R",
        requirement="found",
        expires=parse_document("d: 2027-01-01", "f").nodes["d"].day(),
    )
    given = {
        "name": "s",
        "owner": "o",
        "intended_use": "u",
        "objectives": (aim,),
        "waivers": (waiver,),
    }
    return System(**{**given, **changes})


def test_a_system_brings_its_objectives_and_waivers():
    """The policy that is judged by, and stored, holds everything that was judged."""
    policy = with_system(pack_for(Tier.HIGH), system())
    assert policy.requirements[-1].id == "found"
    assert policy.requirements[-1].why == "for job seekers: They need it."
    assert policy.waivers == system().waivers
    assert with_system(policy, system(waivers=())).requirements == policy.requirements


def test_an_objective_may_not_take_the_id_of_a_requirement():
    """A waiver of one would waive the other."""
    base = pack_for(Tier.HIGH)
    aim = FairnessObjective(
        requirement=Requirement(id="discrimination", measure="roc-auc", at_least=0.1),
        stakeholder="x",
        why="y",
    )
    with pytest.raises(PolicyError, match="objective 'discrimination' has the id of a requirement"):
        with_system(base, system(objectives=(aim,)))


def test_a_policy_that_stands_alone_says_what_it_does_not_ask():
    """Whoever writes one line of his own leaves a trace of the pack's twelve."""
    risk = assess_risk({})
    pack = pack_for(risk.tier)
    own = Policy(
        name="own",
        tier=risk.tier,
        requirements=(
            Requirement(id="any", measure="rows", at_least=1, proof=Proof.POINT),
            Requirement(id="ranks", measure="roc-auc", at_least=0.99),
        ),
    )
    said = with_departures(own, risk).departures
    assert said[0] == (
        "enough-rows of the pack 'critical' is asked with at_least 1 instead of 2000, "
        "proof by the estimate instead of the interval"
    )
    assert said[1] == "few-missing-values of the pack 'critical' is not asked"
    assert said[-1] == "family_confidence none instead of the 0.95 of the pack 'critical'"
    asked = {"discrimination"}
    wanted = {r.id for r in pack.requirements if not r.tasks or Task.BINARY in r.tasks}
    assert {line.split()[0] for line in said[:-1]} == wanted - asked
    classes = with_departures(own, risk, Task.MULTICLASS).departures
    assert "better-than-chance-between-classes of the pack 'critical' is not asked" in classes
    assert not any(line.startswith("better-than-chance of") for line in classes)
    assert with_departures(pack, risk).departures == ()


def test_what_was_departed_from_is_said_once():
    """A policy that extends the pack has given its reason already."""
    text = """
    extends: critical
    requirements: [{id: discrimination, at_least: 0.6, why: A hard task.}]
    remove: [{id: no-leakage, why: No inputs are known.}]
    """
    policy = load_policy(text, "p.yaml")
    assert len(policy.departures) == 2
    assert with_departures(policy, assess_risk({})) == policy


def test_a_policy_for_less_risk_than_the_systems_is_refused():
    """The answers choose the tier; the policy may be stricter but not laxer."""
    risk = assess_risk({})
    check_tier(pack_for(Tier.CRITICAL), risk)
    check_tier(Policy(name="own", requirements=()), risk)
    with pytest.raises(
        PolicyError, match=r"made for high risk, but .* critical risk .*9 unanswered"
    ):
        check_tier(pack_for(Tier.HIGH), risk)
