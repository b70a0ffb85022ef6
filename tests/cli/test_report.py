"""`roadworthy report`: one page, of the project's latest assessment or of a saved one."""

from __future__ import annotations

import json

import pytest

from roadworthy import api, wiring
from roadworthy.cli.main import run


def test_the_latest_assessment_becomes_a_page(project, capsys):
    """With the verdict of the project's decision."""
    assert run(["report"]) == 0
    assert capsys.readouterr().out == "report: report.html\n"
    assert "Passes" in (project / "report.html").read_text()


def test_another_policy_judges_on_the_page(project):
    """The page shows its verdict, and nothing is decided in the project."""
    entries = wiring.store(project).ledger()
    assert run(["report", "--policy", "strict.yaml", "--out", "strict.html"]) == 0
    assert "Fails" in (project / "strict.html").read_text()
    assert wiring.store(project).ledger() == entries


def test_a_saved_assessment_needs_no_project(project, tmp_path, monkeypatch, capsys):
    """Its folder is enough; `--json` says where the page is."""
    saved = api.assess(project / "raw.parquet", label="y", score="p", checks=["performance"]).save(
        tmp_path / "saved"
    )
    monkeypatch.chdir(tmp_path)
    assert run(["report", str(saved), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"report": "report.html"}
    assert "raw" in (tmp_path / "report.html").read_text()


@pytest.mark.usefixtures("project")
def test_an_absent_assessment_is_named(capsys):
    """Nothing is written."""
    assert run(["report", "nowhere"]) == 4
    assert "there is no file nowhere" in capsys.readouterr().err
