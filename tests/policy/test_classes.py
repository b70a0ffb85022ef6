"""Policies about systems that tell several classes apart, and about systems of other kinds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judged_example import AT, GAP, SIZES, assessment, evidence, requirement

from roadworthy.errors import DocumentError, PolicyError
from roadworthy.policy.judge import judge
from roadworthy.policy.pack import load_policy, pack_for
from roadworthy.records.assessment import SliceSize
from roadworthy.records.decision import Verdict
from roadworthy.records.policy import Policy, Requirement, Scope, Tier
from roadworthy.records.slices import Slice
from roadworthy.records.versions import ColumnRoles, Task

CLASSES = {"cat": 100, "dog": 12_801}
ROLES = ColumnRoles(
    label="y", protected=("sex", "race"), task=Task.MULTICLASS, classes=tuple(CLASSES)
)
ROSTER = (
    *(SliceSize(slice=Slice.parse(name), rows=rows) for name, rows in SIZES.items()),
    *(SliceSize(slice=Slice.parse(f"class={name}"), rows=rows) for name, rows in CLASSES.items()),
    SliceSize(slice=Slice.parse("class=cat, sex=Female"), rows=60),
    SliceSize(slice=Slice.parse("class=cat, sex=Male"), rows=40),
    SliceSize(slice=Slice.parse("class=dog, sex=Female"), rows=6940),
    SliceSize(slice=Slice.parse("class=dog, sex=Male"), rows=5861),
)
RECORD = assessment(
    evidence(GAP, "class=cat, sex", 0.02, 0.0, 0.04),
    evidence(GAP, "class=dog, sex", 0.2, 0.15, 0.25),
    evidence(GAP, "sex", 0.2, 0.15, 0.25, worst_class="dog", lowest_group="sex=Male"),
    evidence("recall", "class=cat", 0.8, 0.75, 0.85),
    evidence("recall", "class=cat, sex=Female", 0.9, 0.85, 0.95),
    roles=ROLES,
    roster=ROSTER,
)


def verdicts(rule: Requirement) -> dict[str, Verdict]:
    """The verdict on each slice that a requirement speaks of."""
    decision = judge(Policy(name="p", requirements=(rule,)), RECORD, at=AT)
    return {str(finding.slice): finding.verdict for finding in decision.findings}


def test_each_class_is_asked_about() -> None:
    """One comparison for every class; what nobody answered is unknown."""
    rule = requirement(scope=Scope.ACROSS, slice="all", of=("sex",), each="class")
    assert verdicts(rule) == {"class=cat, sex": Verdict.PASS, "class=dog, sex": Verdict.FAIL}
    found = Requirement(id="found", measure="recall", at_least=0.6, each="class")
    assert verdicts(found) == {"class=cat": Verdict.PASS, "class=dog": Verdict.UNKNOWN}


def test_each_class_of_each_group_is_as_large_as_its_cases_there() -> None:
    """Forty cats among the men are too few to judge, however many men there are."""
    rule = Requirement(
        id="found",
        measure="recall",
        scope=Scope.GROUPS,
        of=("sex",),
        each="class",
        at_least=0.6,
        minimum_rows=50,
        small="ignore",
    )
    found = verdicts(rule)
    assert found["class=cat, sex=Female"] is Verdict.PASS
    assert found["class=cat, sex=Male"] is Verdict.UNKNOWN, "nobody measured it"
    assert len(found) == 4
    narrow = requirement(
        scope=Scope.ACROSS, slice="all", of=("sex",), each="class", minimum_rows=50
    )
    assert verdicts(narrow)["class=cat, sex"] is Verdict.UNKNOWN


def test_one_class_may_be_named() -> None:
    """A slice names the class beside its group or its comparison."""
    assert verdicts(requirement(slice="class=dog, sex")) == {"class=dog, sex": Verdict.FAIL}
    assert verdicts(requirement(slice="sex")) == {"sex": Verdict.FAIL}
    decision = judge(Policy(name="p", requirements=(requirement(),)), RECORD, at=AT)
    assert decision.findings[0].reason.endswith("; in class dog, lowest sex=Male")
    named = Requirement(id="r", measure="recall", slice="class=cat, sex=Female", at_least=0.6)
    assert verdicts(named) == {"class=cat, sex=Female": Verdict.PASS}


def test_without_classes_asking_about_each_is_unknown() -> None:
    """Of a binary system there is no class to ask about: that never passes."""
    rule = Requirement(id="found", measure="recall", at_least=0.6, each="class")
    record = assessment(evidence("recall", "all", 0.8, 0.75, 0.85))
    finding = judge(Policy(name="p", requirements=(rule,)), record, at=AT).findings[0]
    assert finding.verdict is Verdict.UNKNOWN
    assert "knows no class to ask about" in finding.reason


def test_what_speaks_of_other_systems_is_listed_and_not_asked() -> None:
    """A requirement says which kinds of systems it is for; the decision names what was left out."""
    rules = (
        Requirement(id="found", measure="recall", at_least=0.6, slice="class=cat"),
        Requirement(id="ranks", measure="roc-auc", at_least=0.6, tasks=(Task.BINARY,)),
    )
    decision = judge(Policy(name="p", requirements=rules), RECORD, at=AT)
    assert [finding.requirement.id for finding in decision.findings] == ["found"]
    assert decision.not_asked == ("ranks",)
    assert decision.verdict is Verdict.PASS


def test_what_does_not_say_for_whom_it_is_stays_unknown() -> None:
    """Without `tasks`, a measure that was not taken of such a system is asked for all the same."""
    rule = Requirement(id="ranks", measure="roc-auc", at_least=0.6)
    assert verdicts(rule) == {"all": Verdict.UNKNOWN}


def test_a_policy_that_asks_nothing_of_such_systems_is_refused() -> None:
    """It would pass everything."""
    rule = Requirement(id="ranks", measure="roc-auc", at_least=0.6, tasks=(Task.BINARY,))
    with pytest.raises(PolicyError, match=r"asks nothing of a multiclass system.*speak of: binary"):
        judge(Policy(name="p", requirements=(rule,)), RECORD, at=AT)


@pytest.mark.parametrize("tier", list(Tier))
@pytest.mark.parametrize("task", list(Task))
def test_every_pack_asks_more_than_data_of_every_kind_of_system(tier: Tier, task: Task) -> None:
    """Counting rows is not enough; only the sanity check asks nothing else of rankings."""
    asked = [r for r in pack_for(tier).requirements if not r.tasks or task in r.tasks]
    about_data = {"rows", "missing-rate", "single-feature-auc"}
    more = [r for r in asked if r.measure not in about_data]
    assert more or (tier, task) == (Tier.MINIMAL, Task.RANKING)


def test_a_file_says_for_whom_and_of_each() -> None:
    """The names are read as a policy file writes them; a wrong one is refused with the choices."""
    text = """
    requirements:
      - {id: found, measure: recall, each: class, tasks: [multiclass], at_least: 0.5}
    """
    (rule,) = load_policy(text, "p.yaml").requirements
    assert (rule.each, rule.tasks) == ("class", (Task.MULTICLASS,))
    with pytest.raises(DocumentError, match="expected one of class, label"):
        load_policy(text.replace("each: class", "each: clas"), "p.yaml")
    with pytest.raises(DocumentError, match="expected one of binary, multiclass"):
        load_policy(text.replace("[multiclass]", "[classes]"), "p.yaml")


def test_evidence_about_a_class_of_an_unknown_group_is_refused() -> None:
    """A group that the roster lacks cannot be smuggled in behind a class."""
    item = evidence("recall", "class=cat, sex=Other", 0.9, 0.8, 1.0)
    record = replace(RECORD, evidence=(*RECORD.evidence, item))
    with pytest.raises(PolicyError, match="a group that the assessment's roster lacks"):
        judge(Policy(name="p", requirements=(requirement(),)), record, at=AT)
