"""A release binds what was decided to its bytes, and anybody can check it again."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from roadworthy import wiring
from roadworthy.errors import DataError, PolicyError, UsageError
from roadworthy.policy.judge import judge
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision, Verdict
from roadworthy.records.evidence import Measured
from roadworthy.records.policy import Policy, Requirement, Scope, Waiver
from roadworthy.records.record import Record
from roadworthy.records.release import Release
from roadworthy.records.system import FairnessObjective, System
from roadworthy.records.versions import ColumnRoles
from roadworthy.registry.ledger import next_entry
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
AT = datetime(2026, 1, 2, tzinfo=UTC)


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


def test_its_report_names_the_commands_that_make_it_again(released):
    """Whoever reads the report can measure, judge and show the model anew."""
    _, folder = released
    text = (folder / "cards" / "report.html").read_text(encoding="utf-8")
    assert "roadworthy assess\nroadworthy gate\nroadworthy report" in text


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
    if name in tree:
        tree[name] = canonical.digest(record)
    for entry in tree["files"]:
        data = (folder / entry["path"]).read_bytes()
        entry |= {"digest": canonical.digest_of_bytes(data), "size": len(data)}
    path.write_bytes(canonical.canonical_json(tree))


def better(record: AssessmentRecord) -> AssessmentRecord:
    """The record with a balanced accuracy that nobody measured."""
    evidence = tuple(
        replace(item, outcome=replace(item.outcome, low=0.97, value=0.98, high=0.99))
        if item.measure == "balanced-accuracy" and isinstance(item.outcome, Measured)
        else item
        for item in record.evidence
    )
    return replace(record, evidence=evidence)


def read(folder: Path, kind: type[Record], name: str) -> Record:
    """A record of the release."""
    return canonical.from_bytes(kind, (folder / f"{name}.json").read_bytes())


def forge_ledger(folder: Path, *subjects: str) -> None:
    """Replace the ledger by a whole chain about these records."""
    last, lines = None, []
    for subject in subjects:
        last = next_entry(
            last, event="forged", subject=subject, at=datetime(2026, 1, 2, tzinfo=UTC)
        )
        lines.append(canonical.to_bytes(last) + b"\n")
    (folder / "ledger.jsonl").write_bytes(b"".join(lines))


def test_evidence_forged_with_all_its_digests_is_judged_again(released):
    """Better evidence with every digest made to fit contradicts the stored decision."""
    _, folder = released
    forged = better(read(folder, AssessmentRecord, "assessment"))
    decision = replace(read(folder, Decision, "decision"), assessment=canonical.digest(forged))
    forge_ledger(folder, canonical.digest(forged), canonical.digest(decision))
    forge(folder, "assessment", forged)
    forge(folder, "decision", decision)
    verification = check(folder)
    assert not verification.holds
    broken = [step for step in verification.steps if not step.holds]
    assert [step.what for step in broken] == ["the decision, judged again from the stored evidence"]


def test_a_whole_forgery_differs_by_the_digest_of_the_release_alone(released):
    """Who also judges his own evidence makes another release; only its digest tells them apart."""
    _, folder = released
    honest = said(check(folder)).splitlines()[0]
    forged = better(read(folder, AssessmentRecord, "assessment"))
    policy = read(folder, Policy, "policy")
    decision = judge(policy, forged, at=read(folder, Decision, "decision").at)
    forge_ledger(folder, canonical.digest(forged), canonical.digest(decision))
    forge(folder, "assessment", forged)
    forge(folder, "decision", decision)
    verification = check(folder)
    assert verification.holds
    root = canonical.digest_of_bytes((folder / "release.json").read_bytes())
    assert said(verification).splitlines()[0].endswith(f"that of the release itself is {root}")
    assert honest != said(verification).splitlines()[0]


def test_a_group_taken_from_the_evidence_and_the_roster_is_missed(released):
    """The groups that are left do not add up to the rows."""
    _, folder = released
    record = read(folder, AssessmentRecord, "assessment")
    gone = record.roster[1].slice
    less = replace(
        record,
        roster=tuple(item for item in record.roster if item.slice != gone),
        evidence=tuple(item for item in record.evidence if item.slice != gone),
    )
    decision = replace(read(folder, Decision, "decision"), assessment=canonical.digest(less))
    forge_ledger(folder, canonical.digest(less), canonical.digest(decision))
    forge(folder, "assessment", less)
    forge(folder, "decision", decision)
    assert "a group is missing, or its size was changed" in said(check(folder))


def test_a_decision_without_what_the_project_file_asks_is_not_released(make_project):
    """An objective, a waiver or a risk that came later asks for a new decision first."""
    project = make_project(risk=HARMLESS, checks=CHECKS)
    assess_project(project, policy=LENIENT)
    aim = FairnessObjective(
        requirement=Requirement(id="later", measure="accuracy", at_least=0.99),
        stakeholder="everybody",
        why="It came up.",
    )
    for changes, message in (
        ({"objectives": (aim,)}, "not judged with what the project file says: later"),
        ({"risk": {}}, "of the pack 'critical' is not asked"),
    ):
        changed = replace(project, system=replace(project.system, **changes))
        with pytest.raises(PolicyError, match=message):
            release(changed, name="x", write_folder=lambda _: pytest.fail("was written"))


def test_a_system_file_exchanged_for_a_laxer_one_is_found(released):
    """What the system's file asks and what was judged must agree in the bundle."""
    _, folder = released
    system = read(folder, System, "system")
    forge(folder, "system", replace(system, risk={}))
    assert "was not judged with what the project file says" in said(check(folder))


def test_an_expired_waiver_ends_a_pass(make_project):
    """What somebody accepted until yesterday is not released today."""
    project = make_project(risk=HARMLESS, checks=CHECKS)
    waiver = Waiver(owner="J", reason="R", expires=date(2026, 1, 2), requirement="perfect")
    assess_project(project, policy=replace(STRICT, waivers=(waiver,)))
    later = replace(project.ports, now=lambda: datetime(2026, 1, 3, tzinfo=UTC))
    with pytest.raises(PolicyError, match="PASS no longer: a waiver has expired"):
        release(
            replace(project, ports=later), name="x", write_folder=lambda _: pytest.fail("written")
        )


def test_a_release_of_a_failure_does_not_hold(released):
    """Whoever admits by the exit code of verify must not admit what failed."""
    _, folder = released
    record = read(folder, AssessmentRecord, "assessment")
    decision = judge(STRICT, record, at=read(folder, Decision, "decision").at)
    forge_ledger(folder, canonical.digest(record), canonical.digest(decision))
    forge(folder, "policy", STRICT)
    forge(folder, "decision", decision)
    path = folder / "release.json"
    path.write_bytes(path.read_bytes().replace(b'"verdict":"PASS"', b'"verdict":"FAIL"'))
    assert "FAIL: only a PASS can be released" in said(check(folder))


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


def test_a_shortened_ledger_is_found_in_the_project(make_project):
    """A whole chain that lost its last entry no longer tells of the last decision."""
    project = make_project(risk=HARMLESS, checks=CHECKS)
    assess_project(project, policy=LENIENT)
    assert verify_project(project).holds
    with sqlite3.connect(project.store.folder / "store.sqlite") as connection:
        connection.execute("DROP TRIGGER ledger_is_not_shortened")
        connection.execute("DELETE FROM ledger WHERE place = (SELECT max(place) FROM ledger)")
    assert re.search(
        "the Decision sha256:.*: the ledger does not tell", said(verify_project(project))
    )


def test_a_changed_record_is_found_in_the_project(make_project):
    """A record whose bytes are not those that were put is named, and so is one that is gone."""
    project = make_project(risk=HARMLESS, checks=CHECKS)
    assess_project(project, policy=LENIENT)
    with sqlite3.connect(project.store.folder / "store.sqlite") as connection:
        connection.execute(
            "UPDATE records SET bytes = CAST(CAST(bytes AS TEXT) || ' ' AS BLOB) "
            "WHERE schema = 'roadworthy/decision/1'"
        )
        connection.execute("DELETE FROM records WHERE schema = 'roadworthy/assessment/1'")
    text = said(verify_project(project))
    assert "the stored Decision" in text
    assert re.search(r"ledger entry \d+ \(assessed\): the store lacks sha256:", text)
