"""`roadworthy show`: what the project holds, as tables and as JSON."""

from __future__ import annotations

import json

import pytest

from roadworthy.cli.main import run

pytestmark = pytest.mark.usefixtures("project")


def rows(capsys, *words: str) -> list[dict[str, str]]:
    """What a listing holds, as JSON."""
    assert run(["show", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_status_lists_every_kind(capsys):
    """Datasets, assessments and decisions, each with its name and its digest."""
    found = rows(capsys)
    assert {(row["kind"], row["name"]) for row in found} == {
        ("dataset", "raw"),
        ("dataset", "adults"),
        ("assessment", "adults"),
        ("decision", "toy"),
    }
    assert all(row["digest"].startswith("sha256:") for row in found)


def test_the_assessment_can_be_narrowed(capsys):
    """To one measure on every slice, or to what could not be measured."""
    recall = rows(capsys, "assessment", "--measure", "recall")
    assert {row["slice"] for row in recall} == {"all", "sex=F", "sex=M"}
    unmeasured = rows(capsys, "assessment", "--unmeasured")
    assert {row["value"] for row in unmeasured} <= {"unmeasured"}
    assert run(["show", "assessment", "--measure", "recal"]) == 3
    assert "recall" in capsys.readouterr().err


def test_the_ledger_is_in_order(capsys):
    """Each event has its number, its time and what it is about."""
    found = rows(capsys, "ledger")
    assert [row["#"] for row in found] == [str(index) for index in range(len(found))]
    assert [row["event"] for row in found[-2:]] == ["assessed", "decided"]


def test_the_decision_gives_its_reasons(capsys):
    """One row a finding, in words."""
    (row,) = rows(capsys, "decision")
    assert (row["verdict"], row["requirement"]) == ("PASS", "better-than-chance")
    assert "balanced accuracy" in row["reason"]


def test_risk_shows_question_and_answer(capsys):
    """All nine questions, answered or counted as their gravest answer."""
    assert len(rows(capsys, "risk")) == 9
    assert run(["show", "risk"]) == 0
    assert "unanswered" not in capsys.readouterr().out


def test_measures_need_no_project(capsys, tmp_path, monkeypatch):
    """The catalogue is the same everywhere."""
    monkeypatch.chdir(tmp_path)
    assert "selection-rate" in {row["measure"] for row in rows(capsys, "measures")}


def test_what_cannot_be_shown_is_misuse(capsys):
    """The message lists what can be; without a project file it says how to write one."""
    assert run(["show", "everything"]) == 3
    assert "assessment, decision, ledger, models, risk, status" in capsys.readouterr().err
    assert run(["show", "--project", "nowhere"]) == 3
    assert "roadworthy init" in capsys.readouterr().err
