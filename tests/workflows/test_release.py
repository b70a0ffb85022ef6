"""A release binds what was decided to its bytes, and anybody can check it again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from roadworthy import wiring
from roadworthy.errors import DataError, PolicyError, UsageError
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision, Verdict
from roadworthy.records.evidence import Measured
from roadworthy.records.policy import Policy, Requirement, Scope
from roadworthy.records.record import Record
from roadworthy.records.release import Release
from roadworthy.records.versions import ColumnRoles
from roadworthy.workflows.assess_project import assess_project, latest
from roadworthy.workflows.project import Project
from roadworthy.workflows.release import release
from roadworthy.workflows.snapshot import snapshot
from roadworthy.workflows.verify import Verification, verify_project, verify_release

LENIENT = Policy(
    name="lenient",
    requirements=(
        Requirement(id="better-than-chance", measure="balanced-accuracy", at_least=0.5),
        Requirement(id="everybody", measure="true-positive-rate", scope=Scope.GROUPS, at_least=0.2),
    ),
)
STRICT = Policy(
    name="strict",
    requirements=(Requirement(id="perfect", measure="accuracy", at_least=0.999),),
)
# The risk questionnaire answered as harmless as can be, so that any policy will do.
HARMLESS = {
    "affected": "nobody",
    "consequence": "nothing",
    "reversibility": "at-once",
    "autonomy": "person-decides",
    "scale": "hundreds",
    "vulnerable_groups": "no",
    "sensitive_data": "none",
    "regulated_domain": "no",
    "recourse": "easy",
}
CHECKS = ("performance", "fairness")


@pytest.fixture
def released(make_project, tmp_path) -> tuple[Project, Path]:
    """A project whose decision passed, and the folder of its release."""
    project = make_project(risk=HARMLESS, checks=CHECKS)
    assess_project(project, policy=LENIENT)
    folder = tmp_path / "release"
    release(project, name="r1", write_folder=lambda files: wiring.write_folder(folder, files))
    return project, folder


def check(folder: Path) -> Verification:
    """Verify the release in a folder."""
    return verify_release(wiring.folder_files(folder), subject="r1")


def said(verification: Verification) -> str:
    """Everything that a verification found, as one text."""
    return "\n".join(line for step in verification.steps for line in step.found)


def test_a_release_holds_without_its_project(released, tmp_path):
    """A release can be moved to another place, and still every step of its check holds."""
    _, folder = released
    moved = folder.rename(tmp_path / "moved")
    verification = check(moved)
    assert verification.holds, said(verification)
    assert "PASS, the same" in said(verification)


def test_it_carries_what_the_decision_rests_on(released):
    """Data, evidence, policy, decision, ledger and cards are in the folder."""
    _, folder = released
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {
        "release.json",
        "assessment.json",
        "policy.json",
        "decision.json",
        "system.json",
        "ledger.jsonl",
        "cards/report.html",
        "cards/model_card.md",
        "exports/statement.json",
        "data/raw/raw.parquet",
        "data/test/test.parquet",
    } <= names


def test_any_changed_byte_is_found_and_named(released):
    """Whichever file is changed, the check does not hold and names the file."""
    _, folder = released
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        before = path.read_bytes()
        changed = bytearray(before)
        changed[len(changed) // 2] ^= 1
        path.write_bytes(changed)
        verification = check(folder)
        assert not verification.holds, path
        if path.name != "release.json":  # the list itself: what it says of another file is wrong
            assert path.relative_to(folder).as_posix() in said(verification), path
        path.write_bytes(before)
    assert check(folder).holds


def test_a_missing_file_and_an_added_one_are_found(released):
    """A file that is gone and one that was slipped in are both named."""
    _, folder = released
    (folder / "cards" / "report.html").unlink()
    (folder / "notes.txt").write_text("approved!")
    text = said(check(folder))
    assert "cards/report.html" in text
    assert "notes.txt" in text


def forge(folder: Path, name: str, record: Record) -> None:
    """Replace a record and make the release's list of files and links agree with it."""
    (folder / f"{name}.json").write_bytes(canonical.to_bytes(record))
    path = folder / "release.json"
    tree = json.loads(path.read_bytes())
    tree[name] = canonical.digest(record)
    for entry in tree["files"]:
        data = (folder / entry["path"]).read_bytes()
        entry |= {"digest": canonical.digest_of_bytes(data), "size": len(data)}
    path.write_bytes(canonical.canonical_json(tree))


def test_evidence_forged_with_all_its_digests_is_judged_again(released):
    """Better evidence with every digest made to fit contradicts the stored decision."""
    _, folder = released
    record = canonical.from_bytes(AssessmentRecord, (folder / "assessment.json").read_bytes())
    better = tuple(
        replace(item, outcome=replace(item.outcome, low=0.97, value=0.98, high=0.99))
        if item.measure == "balanced-accuracy" and isinstance(item.outcome, Measured)
        else item
        for item in record.evidence
    )
    forged = replace(record, evidence=better)
    forge(folder, "assessment", forged)
    decision = canonical.from_bytes(Decision, (folder / "decision.json").read_bytes())
    forge(folder, "decision", replace(decision, assessment=canonical.digest(forged)))
    verification = check(folder)
    assert not verification.holds
    broken = [step for step in verification.steps if not step.holds]
    assert [step.what for step in broken] == ["the decision, judged again from the stored evidence"]


def test_a_verdict_forged_into_the_decision_is_judged_again(released, make_project):
    """A failed decision that is edited into a pass is not what judging again decides."""
    project = make_project("strict", risk=HARMLESS, checks=CHECKS)
    assess_project(project, policy=STRICT)
    decision = latest(project).decision
    assert decision is not None
    assert decision.verdict is Verdict.FAIL
    _, folder = released
    stored = canonical.from_bytes(Decision, (folder / "decision.json").read_bytes())
    first, *rest = stored.findings
    forged = replace(stored, findings=(replace(first, reason="all good"), *rest))
    forge(folder, "decision", forged)
    assert not check(folder).holds


def test_only_a_pass_can_be_released(make_project, tmp_path):
    """A decision that is not PASS is refused, and nothing is written."""
    project = make_project(risk=HARMLESS, checks=CHECKS)
    assess_project(project, policy=STRICT)
    target = tmp_path / "none"
    with pytest.raises(PolicyError, match="the latest decision is FAIL, and only PASS"):
        release(project, name="x", write_folder=lambda files: wiring.write_folder(target, files))
    assert not target.exists()
    assert project.store.names(Release) == {}


def test_nothing_decided_nothing_released(make_project):
    """Before any decision, a release says what to run."""
    with pytest.raises(UsageError, match="run: roadworthy gate"):
        release(make_project(), name="x", write_folder=lambda _: None)


def test_a_project_is_verified_where_it_lies(make_project):
    """The ledger and every dataset's files are checked; a changed file is named."""
    project = make_project()
    snapshot(project, "test")
    assert verify_project(project).holds
    raw = project.root / "data" / "raw.parquet"
    raw.write_bytes(raw.read_bytes() + b"x")
    verification = verify_project(project)
    assert not verification.holds
    broken = [step for step in verification.steps if not step.holds]
    assert len(broken) == 1
    assert "raw.parquet" in broken[0].found[0]


def test_the_projects_own_objectives_are_judged(make_project):
    """A policy of the project is judged together with the objectives of its system."""
    project = make_project(risk=HARMLESS, checks=CHECKS)
    found = assess_project(project, policy=LENIENT)
    assert found.decision is not None
    assert found.decision.verdict is Verdict.PASS
    again = latest(project)
    assert again.decision == found.decision


def test_a_protected_column_that_the_table_lacks_is_an_error(make_project):
    """A renamed column must not leave its groups unlooked at."""
    roles = ColumnRoles(label="y", score="p", protected=("sex", "race"), identifier="id")
    project = make_project(risk=HARMLESS, checks=CHECKS, roles=roles)
    with pytest.raises(DataError, match="race"):
        assess_project(project, policy=LENIENT)
