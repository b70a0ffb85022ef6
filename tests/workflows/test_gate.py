"""The gate's workflow: judged by the policy and the project file, and written whole."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from judged_example import AT, GAP, assessment, evidence, requirement

from roadworthy.errors import PolicyError, UsageError
from roadworthy.policy.pack import pack_for
from roadworthy.policy.questionnaire import QUESTIONS
from roadworthy.records import canonical
from roadworthy.records.decision import Decision, Verdict
from roadworthy.records.policy import Policy, Tier, Waiver
from roadworthy.records.system import FairnessObjective, System
from roadworthy.records.versions import ColumnRoles
from roadworthy.workflows.gate import gate, write_outputs

RECORD = assessment(evidence(GAP, "sex", 0.1, 0.08, 0.12))
POLICY = Policy(name="p", requirements=(requirement(),))
HARMLESS = {question.key: next(iter(question.answers)) for question in QUESTIONS}
SYSTEM = System(name="outreach", owner="o", intended_use="u", risk=HARMLESS)


class Disk:
    """A disk in memory; `full_at` is the write that fails."""

    def __init__(self, full_at: int = 99) -> None:
        self.files: dict[Path, bytes] = {}
        self.full_at = full_at

    def write(self, path: Path, data: bytes) -> None:
        """Keep the bytes."""
        if len(self.files) == self.full_at:
            raise OSError(28, "No space left on device")
        self.files[path] = data


def test_without_a_project_the_policy_alone_judges():
    """A saved assessment needs nothing beside it."""
    judged = gate(RECORD, POLICY, at=AT)
    assert judged.policy == POLICY
    assert judged.decision.verdict is Verdict.FAIL


def test_the_project_file_brings_objectives_and_waivers():
    """What is stored as the policy is all that was judged by."""
    aim = FairnessObjective(requirement=requirement(id="aim"), stakeholder="x", why="y")
    waiver = Waiver(owner="J", reason="R", expires=date(2027, 1, 1), requirement="gap")
    system = replace(SYSTEM, objectives=(aim,), waivers=(waiver,))
    judged = gate(RECORD, POLICY, at=AT, system=system)
    assert [finding.requirement.id for finding in judged.decision.findings] == ["gap", "aim"]
    assert judged.decision.findings[0].waiver == waiver
    assert judged.decision.policy == canonical.digest(judged.policy)


def test_an_assessment_of_another_system_is_refused():
    """Its evidence says nothing about this one."""
    with pytest.raises(UsageError, match="of 'outreach', and the project file describes 'other'"):
        gate(RECORD, POLICY, at=AT, system=replace(SYSTEM, name="other"))


def test_a_policy_for_less_risk_is_refused():
    """Deleting the answers is no way around them: unanswered counts as the gravest."""
    with pytest.raises(PolicyError, match="made for minimal risk"):
        gate(RECORD, pack_for(Tier.MINIMAL), at=AT, system=replace(SYSTEM, risk={}))
    gate(RECORD, pack_for(Tier.MINIMAL), at=AT, system=SYSTEM)


def test_every_form_is_written_where_it_was_asked_for():
    """Each form holds the same decision."""
    disk, judged = Disk(), gate(RECORD, POLICY, at=AT)
    outputs = {form: Path(f"out/{form}") for form in ("junit", "sarif", "statement", "json")}
    write_outputs(judged, outputs, write=disk.write, artifact="roadworthy.yaml", version="1.0.0")
    assert set(disk.files) == set(outputs.values())
    assert canonical.from_bytes(Decision, disk.files[Path("out/json")]) == judged.decision
    assert b"<testsuites" in disk.files[Path("out/junit")]
    assert json.loads(disk.files[Path("out/sarif")])["version"] == "2.1.0"
    statement = json.loads(disk.files[Path("out/statement")])
    assert statement["subject"][0]["name"] == "holdout"


def test_a_full_disk_is_the_writers_error_to_tell():
    """Nothing is swallowed."""
    judged = gate(RECORD, POLICY, at=AT)
    with pytest.raises(OSError, match="No space left"):
        write_outputs(
            judged,
            {"json": Path("a"), "sarif": Path("b")},
            write=Disk(full_at=1).write,
            artifact="x",
            version="",
        )


@pytest.mark.parametrize(
    ("roles", "more", "message"),
    [
        (
            ColumnRoles(protected=("sex", "religion")),
            {},
            "did not look at the protected column 'religion'",
        ),
        (ColumnRoles(label="z"), {}, "has the label 'y', not 'z'"),
        (
            ColumnRoles(protected=("sex",)),
            {"intersections": 3},
            "combined 2 columns at once, not 3",
        ),
    ],
)
def test_an_assessment_that_asked_less_than_the_project_file_is_refused(roles, more, message):
    """A group that the project file names is never passed over because nobody looked."""
    system = replace(SYSTEM, roles=roles, **more)
    with pytest.raises(PolicyError, match=f"the assessment {message}, as .* assess again"):
        gate(RECORD, POLICY, at=AT, system=system)


def test_what_was_measured_on_the_training_rows_is_not_judged():
    """A model that remembers its rows would pass any policy on them."""
    seen = replace(RECORD, parameters={"trained_on": [RECORD.dataset]})
    with pytest.raises(PolicyError, match="the model was trained on 'holdout'"):
        gate(seen, POLICY, at=AT)
    other = replace(RECORD, parameters={"trained_on": ["sha256:other"]})
    assert gate(other, POLICY, at=AT).decision.findings


def test_a_policy_of_ones_own_says_what_it_does_not_ask():
    """The policy that is stored and shown names what the pack of the risk asks beyond it."""
    found = gate(RECORD, POLICY, at=AT, system=SYSTEM)
    assert "few-missing-values of the pack 'minimal' is not asked" in found.policy.departures
