"""`roadworthy assess`: what it prints, what it writes and how it ends."""

from __future__ import annotations

import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from roadworthy import wiring
from roadworthy.cli import rendering
from roadworthy.cli.main import run

TABLE = ["assess", "raw.parquet", "--label", "y", "--score", "p", "--protected", "sex"]
QUICK = ["--check", "performance", "--check", "fairness"]


@pytest.mark.usefixtures("project")
def test_a_table_is_measured_for_everybody_and_across_groups(capsys):
    """Each number stands with its interval and its rows; nothing is judged, so it ends with 0."""
    assert run([*TABLE, *QUICK]) == 0
    out = capsys.readouterr().out
    row = r"^accuracy +0\.\d{3} +0\.\d{3} to 0\.\d{3} +400$"
    assert re.search(row, out, re.IGNORECASE | re.MULTILINE)
    assert "demographic parity difference" in out.lower()
    assert "measured, " in out


@pytest.mark.usefixtures("project")
def test_a_policy_sets_the_exit_code(capsys):
    """0 if it passes, 1 if it fails, and the verdict is printed."""
    assert run([*TABLE, *QUICK, "--policy", "lenient.yaml"]) == 0
    assert run([*TABLE, *QUICK, "--policy", "strict.yaml"]) == 1
    assert "FAIL" in capsys.readouterr().out


def test_out_and_report_are_written(project, capsys):
    """The folder holds the record and its table; the page opens by itself."""
    assert run([*TABLE, *QUICK, "--out", "saved", "--report", "page.html"]) == 0
    assert sorted(path.name for path in (project / "saved").iterdir()) == [
        "assessment.json",
        "evidence.parquet",
    ]
    assert pq.read_table(project / "saved" / "evidence.parquet").num_rows > 10
    assert (project / "page.html").read_text().startswith("<!doctype html>")
    out = capsys.readouterr().out
    assert "assessment: saved" in out
    assert "report: page.html" in out


@pytest.mark.usefixtures("project")
def test_json_is_one_document_on_stdout(capsys):
    """The record, and the decision if there is one; progress goes elsewhere."""
    assert run([*TABLE, *QUICK, "--policy", "lenient.yaml", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["assessment"]["schema"] == "roadworthy/assessment/1"
    assert shown["verdict"] == "PASS"


def test_without_data_the_project_is_assessed(project, capsys):
    """The dataset of the project file is measured and the evidence is kept in its ledger."""
    before = wiring.store(project).ledger()
    assert run(["assess"]) == 0
    assert "adults: 354 rows" in capsys.readouterr().out
    added = wiring.store(project).ledger()[len(before) :]
    assert [(entry.event, entry.name) for entry in added] == [("assessed", "adults")]


@pytest.mark.usefixtures("project")
def test_an_unknown_check_is_misuse(capsys):
    """The message lists the checks there are."""
    assert run([*TABLE, "--check", "fairnes"]) == 3
    assert "fairness" in capsys.readouterr().err


@pytest.mark.usefixtures("project")
def test_a_number_that_is_missing_has_its_reason_below(capsys):
    """And where all reasons are read: in the saved folder, if there is one."""
    bare = ["assess", "raw.parquet", "--label", "y", "--protected", "sex"]
    assert run(bare) == 0
    out = capsys.readouterr().out
    assert "unmeasured: no score column was given" in out
    assert out.count("unmeasured: ") <= 4
    assert "save it with --out FOLDER to read why" in out
    assert run([*bare, "--out", "saved"]) == 0
    assert "why: roadworthy show assessment saved --unmeasured" in capsys.readouterr().out
    assert run(["assess"]) == 0
    assert "why: roadworthy show assessment --unmeasured" in capsys.readouterr().out


@pytest.mark.usefixtures("project")
def test_findings_that_do_not_pass_are_shown_with_the_verdict(capsys):
    """A count of failures alone would send the reader elsewhere."""
    assert run([*TABLE, *QUICK, "--policy", "strict.yaml"]) == 1
    assert re.search(r"FAIL +all: accuracy .* below 0\.999", capsys.readouterr().out)


def test_groups_keep_their_names_in_80_columns(project, capsys, monkeypatch):
    """Gaps are listed by attribute, so that there is room for the worst group's name."""
    monkeypatch.setenv("COLUMNS", "80")
    long = "a-group-with-a-long-name"
    table = pq.read_table(project / "raw.parquet").to_pylist()
    pq.write_table(
        pa.Table.from_pylist([{**row, "sex": long if row["sex"] == "F" else "M"} for row in table]),
        "long.parquet",
    )
    words = ["assess", "long.parquet", "--label", "y", "--score", "p", "--protected", "sex", *QUICK]
    assert run(words) == 0
    out = capsys.readouterr().out
    assert "gaps across groups of sex" in out
    assert "…" not in out
    assert all(len(line) <= 80 for line in out.splitlines())


@pytest.mark.usefixtures("project")
def test_protected_columns_may_be_given_at_once(capsys):
    """With commas between, as most people try first; or one by one."""
    words = ["assess", "raw.parquet", "--label", "y", "--score", "p", *QUICK, "--protected"]
    assert run([*words, "sex, id_band"]) == 4
    assert "protected column 'id_band' is not in the table" in capsys.readouterr().err
    assert rendering.names(["sex, race", "age"]) == ["sex", "race", "age"]
