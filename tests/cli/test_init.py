"""`roadworthy init`: writes a project file and never overwrites one by accident."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from roadworthy.cli.main import app, run
from roadworthy.policy.system_file import parse_system


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A working folder with a small table."""
    monkeypatch.chdir(tmp_path)
    table = pa.table({"sex": ["F", "M"] * 20, "label": [0, 1, 1, 0] * 10, "x": list(range(40))})
    pq.write_table(table, tmp_path / "people.parquet")
    return tmp_path


def test_yes_takes_what_is_proposed(folder, capsys):
    """And says what it took, and that nobody answered the risk questions."""
    assert run(["init", "people.parquet", "--yes"]) == 0
    system = parse_system((folder / "roadworthy.yaml").read_bytes(), "f")
    assert (system.name, system.roles.label, system.roles.protected) == (
        "people",
        "label",
        ("sex",),
    )
    out = capsys.readouterr().out
    assert "groups: sex" in out
    assert "9 risk questions unanswered: each counts as its gravest answer" in out


@pytest.mark.usefixtures("folder")
def test_what_changes_numbers_is_said(capsys):
    """A guessed weight changes every number; a missing decision leaves most without one."""
    assert run(["init", "people.parquet", "--yes"]) == 0
    assert "decision: not found; name `prediction` or `score`" in capsys.readouterr().out
    rows = pa.table({"label": [0, 1] * 20, "pred": [0, 1] * 20, "weight": [1.0, 2.0] * 20})
    pq.write_table(rows, "weighted.parquet")
    assert run(["init", "weighted.parquet", "--yes", "--force"]) == 0
    out = capsys.readouterr().out
    assert "outcome: label (positive: 1)" in out
    assert "decision: pred\n" in out
    assert "row weights: weight\n" in out


def test_an_existing_file_is_never_overwritten_without_force(folder, capsys):
    """Somebody's answers are in it."""
    (folder / "roadworthy.yaml").write_text("mine")
    assert run(["init", "people.parquet", "--yes"]) == 3
    assert "exists already; to overwrite it, add --force" in capsys.readouterr().err
    assert (folder / "roadworthy.yaml").read_text() == "mine"
    assert run(["init", "people.parquet", "--yes", "--force"]) == 0
    assert (folder / "roadworthy.yaml").read_text() != "mine"


@pytest.mark.usefixtures("folder")
def test_json_names_what_was_found(capsys):
    """For a script; it asks nothing."""
    assert run(["init", "people.parquet", "--json", "--name", "Hiring"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["label"], shown["protected"], shown["tier"]) == ("label", ["sex"], "critical")
    assert len(shown["unanswered"]) == 9


def test_the_data_is_named_relative_to_the_project(folder):
    """So that the folder can be moved as a whole."""
    (folder / "project").mkdir()
    assert run(["init", "people.parquet", "--yes", "--project", "project"]) == 0
    text = (folder / "project" / "roadworthy.yaml").read_bytes()
    assert parse_system(text, "f").datasets[0].files == ("../people.parquet",)


def test_a_missing_file_is_a_clear_message_and_nothing_is_written(folder, capsys):
    """Exit code 4: the owner of the data must act."""
    assert run(["init", "poeple.parquet", "--yes"]) == 4
    assert "poeple.parquet" in capsys.readouterr().err
    assert not (folder / "roadworthy.yaml").exists()


def test_the_dialogue_asks_until_the_answer_is_one_offered(folder):
    """A misspelt answer is asked for again; nothing at all leaves a question unanswered."""
    roles = ["lable", "label", "", "", "", ""]
    answers = [*roles, "Hiring", "Jane", "To hire.", "publik", "public", *[""] * 9]
    result = CliRunner().invoke(app, ["init", "people.parquet"], input="\n".join(answers))
    assert result.exit_code == 0, result.output
    assert "one of sex, label, x, or - for nothing" in result.output
    assert "one of nobody, colleagues, customers, public, or - for nothing" in result.output
    system = parse_system((folder / "roadworthy.yaml").read_bytes(), "f")
    assert system.roles.label == "label"
    assert (system.name, system.owner) == ("Hiring", "Jane")
    assert system.risk == {"affected": "public"}


def test_a_dash_takes_a_proposal_away_and_groups_are_columns(folder):
    """A wrong guess can be undone, and a misspelt column is asked for again."""
    answers = ["-", "", "", "sexx", "sex", *[""] * 13]
    result = CliRunner().invoke(app, ["init", "people.parquet"], input="\n".join(answers))
    assert result.exit_code == 0, result.output
    assert "'sexx' is no column. Which of sex, label, x?" in result.output
    system = parse_system((folder / "roadworthy.yaml").read_bytes(), "f")
    assert (system.roles.label, system.roles.protected) == (None, ("sex",))
