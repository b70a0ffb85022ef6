"""`roadworthy show`: what the project holds, as tables and as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from roadworthy.cli.main import run

pytestmark = pytest.mark.usefixtures("project")


def rows(capsys, *words: str) -> list[dict[str, Any]]:
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
    assert rows(capsys, "assessment", "--unmeasured") == []
    assert all(row["low"] <= row["value"] <= row["high"] and row["n"] > 0 for row in recall)
    assert run(["show", "assessment", "--measure", "recal"]) == 3
    assert "recall" in capsys.readouterr().err


def test_the_ledger_is_in_order(capsys):
    """Each event has its number, its time and what it is about."""
    found = rows(capsys, "ledger")
    assert [row["index"] for row in found] == list(range(len(found)))
    assert all(len(row["record"]) == len("sha256:") + 64 for row in found)
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
    assert "assessment, decision, ledger, measures, models, risk, status" in capsys.readouterr().err
    assert run(["show", "--project", "nowhere"]) == 3
    assert "roadworthy init" in capsys.readouterr().err


def test_a_saved_assessment_is_shown_without_a_project(capsys, project, tmp_path, monkeypatch):
    """What `assess --out` wrote answers for itself; nothing else is in it."""
    assert run(["assess", "--out", str(tmp_path / "saved")]) == 0
    capsys.readouterr()
    monkeypatch.chdir(tmp_path)
    assert project.exists()
    recall = rows(capsys, "assessment", "saved", "--measure", "recall")
    assert [row["slice"] for row in recall] == ["all", "sex=F", "sex=M"]
    assert run(["assess", "toy/raw.parquet", "--label", "y", "--out", "undecided"]) == 0
    capsys.readouterr()
    unmeasured = rows(capsys, "assessment", "undecided", "--unmeasured")
    assert "recall" in {row["measure"] for row in unmeasured}
    assert {row["value"] for row in unmeasured} == {None}
    assert all(row["reason"] for row in unmeasured)
    assert run(["show", "ledger", "saved"]) == 3
    assert "goes with `show assessment`" in capsys.readouterr().err


def test_nothing_is_cut_off(capsys, monkeypatch):
    """In a narrow terminal names are folded; in a pipe each row is one line."""
    assert run(["show", "measures"]) == 0
    assert "…" not in capsys.readouterr().out
    monkeypatch.delenv("COLUMNS")
    assert run(["show", "measures"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(rows(capsys, "measures")) + 2


def test_an_empty_listing_says_so(capsys):
    """And what to do about it."""
    assert run(["show", "models"]) == 0
    assert "models: none yet; register one with" in capsys.readouterr().out
