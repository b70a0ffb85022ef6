"""`roadworthy gate`: what a person and a CI job see, and the exit code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from judged_example import GAP, assessment, evidence

from roadworthy.cli.main import run
from roadworthy.records import canonical

POLICY = """\
name: ours
requirements:
  - id: gap
    measure: equal-opportunity-difference
    scope: across
    at_most: 0.05
    remedy: Merge groups too small to measure, then repair the model with `roadworthy mitigate`.
  - {id: ranks-well, measure: roc-auc, at_least: 0.8}
"""
GOOD = evidence("roc-auc", "all", 0.86, 0.85, 0.87)
SEX = {"lowest_group": "sex=Female", "highest_group": "sex=Male", "worst_group": "sex=Female"}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A working folder with a policy."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "policy.yaml").write_text(POLICY)
    return tmp_path


def save(folder: Path, *items, name: str = "assessment.json") -> Path:
    """Save an assessment of this evidence."""
    path = folder / name
    path.write_bytes(canonical.to_bytes(assessment(*items)))
    return path


def gaps(sex: tuple[float, float, float], race: tuple[float, float, float]):
    """Evidence for both gaps, low, value, high."""
    return [
        evidence(GAP, "sex", sex[1], sex[0], sex[2], **SEX),
        evidence(GAP, "race", race[1], race[0], race[2]),
        GOOD,
    ]


SMALL, LARGE, WIDE = (0.0, 0.01, 0.02), (0.061, 0.083, 0.105), (0.01, 0.04, 0.07)


@pytest.mark.parametrize(
    ("sex", "race", "code", "word"),
    [(SMALL, SMALL, 0, "PASS"), (SMALL, LARGE, 1, "FAIL"), (SMALL, WIDE, 2, "UNKNOWN")],
)
def test_the_exit_code_is_the_verdict(folder, capsys, sex, race, code, word):
    """Zero only on PASS."""
    save(folder, *gaps(sex, race))
    assert run(["gate", "assessment.json", "--policy", "policy.yaml"]) == code
    assert re.search(rf"^ {word} +by policy ours", capsys.readouterr().out, re.MULTILINE)


def test_the_worst_finding_stands_last_within_80_columns(folder, capsys):
    """Each with its number, interval, rows, limit, and what to do."""
    save(folder, *gaps(LARGE, WIDE))
    run(["gate", "assessment.json", "--policy", "policy.yaml"])
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    words = re.findall(r"^(FAIL|UNKNOWN|PASS)\b", out, re.MULTILINE)
    assert words == ["PASS", "UNKNOWN", "FAIL"]
    flat = " ".join(out.split())
    assert (
        "FAIL sex: equal opportunity difference 0.083 (95 % 0.061 to 0.105, n 12,901) is above "
        "0.05; lowest sex=Female, highest sex=Male gap: Merge groups too small to measure, then "
        "repair the model"
    ) in flat
    assert "about 27,000 rows would settle it" in flat or "rows would settle it" in flat


def test_json_is_one_document_on_stdout(folder, capsys):
    """With the verdict, the exit code and the whole decision."""
    save(folder, *gaps(LARGE, SMALL))
    assert run(["gate", "assessment.json", "--policy", "policy.yaml", "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert (shown["verdict"], shown["exit_code"]) == ("FAIL", 1)
    assert shown["decision"]["schema"] == "roadworthy/decision/1"


def test_out_holds_every_form(folder, capsys):
    """One folder for a CI job to keep; single forms go where they are asked."""
    saved = save(folder, *gaps(SMALL, SMALL))
    words = ["gate", str(saved), "--policy", "policy.yaml", "--out", "ci", "--junit", "j.xml"]
    assert run(words) == 0
    assert sorted(path.name for path in (folder / "ci").iterdir()) == [
        "decision.json",
        "roadworthy.sarif",
        "statement.json",
    ]
    assert (folder / "j.xml").read_text().startswith("<?xml")
    assert "junit: j.xml" in capsys.readouterr().out


def test_what_was_waived_and_departed_from_is_shown(folder, capsys):
    """With the names and the reasons."""
    (folder / "policy.yaml").write_text(
        "extends: minimal\n"
        "requirements:\n"
        "  - {id: better-than-chance, at_least: 0.51, why: A coin would do.}\n"
        "remove:\n"
        "  - {id: few-missing-values, why: Nothing is missing.}\n"
        "waivers:\n"
        "  - {requirement: enough-rows, owner: Jane, reason: A pilot., expires: 9999-12-31}\n"
    )
    save(
        folder,
        evidence("rows", "all", 50, 50, 50, method="exact"),
        evidence("balanced-accuracy", "all", 0.6, 0.5, 0.7),
    )
    assert run(["gate", "assessment.json", "--policy", "policy.yaml"]) == 0
    flat = " ".join(capsys.readouterr().out.split())
    assert "WAIVED all: rows 50" in flat
    assert "waived by Jane until 9999-12-31: A pilot." in flat
    assert "laxer than its pack: few-missing-values left out, because Nothing is missing." in flat
    assert "at_least 0.51 instead of 0.55, because A coin would do." in flat


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["gate", "assessment.json"], 3, "name a policy"),
        (["gate"], 3, "there is no project file"),
        (["gate", "nowhere", "--policy", "high"], 4, "there is no file nowhere"),
        (["gate", "assessment.json", "--policy", "hihg"], 3, "neither a file .* nor a tier"),
        (["gate", "policy.yaml", "--policy", "high"], 6, "policy.yaml is not a saved assessment"),
    ],
)
def test_misuse_is_one_sentence_and_its_own_exit_code(folder, capsys, words, code, message):
    """Never a traceback, never a verdict."""
    save(folder, GOOD)
    assert run(words) == code
    assert re.search(message, capsys.readouterr().err)


def test_a_policy_with_a_tab_names_its_line(folder, capsys):
    """Exit code 5: the author of the document must act."""
    (folder / "policy.yaml").write_text("name: x\n\trequirements: []\n")
    save(folder, GOOD)
    assert run(["gate", "assessment.json", "--policy", "policy.yaml"]) == 5
    assert "policy.yaml, line 2: found a tab; expected spaces" in capsys.readouterr().err


def test_a_project_file_of_this_system_is_judged_by_too(folder, capsys):
    """Its objectives join the policy; that of another system stays out of it."""
    text = (
        "name: NAME\nowner: o\nintended_use: u\nstakeholders: [{name: a, affected: b}]\n"
        "objectives:\n"
        "  - {id: aim, measure: recall, at_least: 0.9, stakeholder: a, why: They need it.}\n"
    )
    save(folder, *gaps(SMALL, SMALL))
    (folder / "roadworthy.yaml").write_text(text.replace("NAME", "outreach"))
    assert run(["gate", "assessment.json", "--policy", "policy.yaml"]) == 2
    assert "all: recall is unknown: nobody measured it" in capsys.readouterr().out
    (folder / "roadworthy.yaml").write_text(text.replace("NAME", "other"))
    assert run(["gate", "assessment.json", "--policy", "policy.yaml"]) == 0
    assert run(["gate", "assessment.json"]) == 3
    assert "the project file describes 'other'" in capsys.readouterr().err
