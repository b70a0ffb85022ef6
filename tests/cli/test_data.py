"""`roadworthy data`: dataset versions are added, shown, compared and described."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from roadworthy import wiring
from roadworthy.cli.main import run


def test_adding_the_same_bytes_again_changes_nothing(project, capsys):
    """The digest is that of the content; a second `add` gives the same one."""
    assert run(["data", "add", "adults", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    entries = wiring.store(project).ledger()
    assert run(["data", "add", "adults", "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert [v["digest"] for v in first] == [v["digest"] for v in second]
    assert wiring.store(project).ledger() == entries


@pytest.mark.usefixtures("project")
def test_without_names_all_are_added(capsys):
    """Each dataset of the project file is a line, with rows, columns and digest."""
    assert run(["data", "add"]) == 0
    out = capsys.readouterr().out
    assert "raw" in out
    assert "adults" in out
    assert out.count("sha256:") == 2


@pytest.mark.usefixtures("project")
def test_show_tells_columns_roles_and_lineage(capsys):
    """What a column means stands beside its type, and what the dataset comes from is named."""
    assert run(["data", "show", "adults"]) == 0
    out = capsys.readouterr().out
    roles = {line.split()[0]: line.split()[-1] for line in out.splitlines() if line.strip()}
    assert (roles["y"], roles["p"], roles["sex"]) == ("label", "score", "protected")
    assert "from raw, 400 rows" in out


@pytest.mark.usefixtures("project")
def test_show_takes_the_start_of_a_digest(capsys):
    """And gives the version and its ancestors as JSON."""
    run(["data", "show", "adults", "--json"])
    named = json.loads(capsys.readouterr().out)
    assert run(["data", "show", named["version"]["digest"][:19], "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == named
    assert [item["name"] for item in named["ancestors"]] == ["raw"]


def test_diff_says_what_changed_and_ends_with_1(project, capsys):
    """Before and now of one name; the same version ends with 0."""
    assert run(["data", "diff", "raw", "raw"]) == 3
    assert "has had one version only" in capsys.readouterr().err
    table = pq.read_table(project / "raw.parquet")
    pq.write_table(table.slice(0, 390), project / "raw.parquet")
    run(["data", "add", "raw"])
    capsys.readouterr()
    assert run(["data", "diff", "raw", "raw", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["differences"]
    assert found[0] == "rows: 400 -> 390 (-10)"
    assert "file raw.parquet: changed" in found[1]
    assert run(["data", "diff", "raw", "adults"]) == 1
    capsys.readouterr()
    run(["data", "show", "adults", "--json"])
    digest = json.loads(capsys.readouterr().out)["version"]["digest"]
    assert run(["data", "diff", "adults", digest]) == 0
    assert "the versions are the same" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "begins"),
    [("d.md", "# "), ("d.html", "<!doctype html>"), ("d.json", "{"), ("d.jsonl", "{")],
)
def test_a_datasheet_takes_the_form_of_its_ending(project, capsys, name, begins):
    """Markdown, a page, Croissant or OpenLineage; the unanswered questions are counted."""
    assert run(["data", "datasheet", "adults", "--out", name]) == 0
    assert (project / name).read_text().startswith(begins)
    assert "unanswered" in capsys.readouterr().out


def test_a_datasheet_of_no_known_form_is_refused(project, capsys):
    """The endings that can be written are listed, and nothing is written."""
    assert run(["data", "datasheet", "adults", "--out", "d.docx"]) == 3
    assert ".md, .html, .json, .jsonl" in capsys.readouterr().err
    assert not (project / "d.docx").exists()


@pytest.mark.usefixtures("project")
def test_an_unknown_dataset_is_misuse(capsys):
    """The message names the datasets there are."""
    assert run(["data", "add", "adult"]) == 3
    assert "it names: raw, adults" in capsys.readouterr().err
