"""`roadworthy verify`: ends with 0 if every byte is as recorded, and with 6 if one is not."""

from __future__ import annotations

import json

import pytest

from roadworthy.cli.main import run


@pytest.fixture
def release(project, capsys):
    """The folder of a release."""
    run(["release", "r1"])
    capsys.readouterr()
    return project / "r1"


@pytest.mark.usefixtures("release")
def test_a_release_that_holds_ends_with_0(capsys):
    """Each step is printed with what was found."""
    assert run(["verify", "r1"]) == 0
    out = capsys.readouterr().out
    assert out.rstrip().endswith("r1 holds")
    assert "the decision, judged again from the stored evidence" in out
    assert "BROKEN" not in out


def test_a_changed_byte_ends_with_6(release, capsys):
    """The file is named, and `--json` says the same."""
    path = release / "cards" / "report.html"
    path.write_bytes(path.read_bytes() + b" ")
    assert run(["verify", "r1"]) == 6
    out = capsys.readouterr().out
    assert "BROKEN" in out
    assert "cards/report.html: changed" in out
    assert run(["verify", "r1", "--json"]) == 6
    shown = json.loads(capsys.readouterr().out)
    assert not shown["holds"]
    (broken,) = [step for step in shown["steps"] if not step["holds"]]
    assert broken["found"][0].startswith("cards/report.html: changed")


def test_without_a_release_the_project_is_checked(project, capsys):
    """Its ledger and its data files where they lie."""
    assert run(["verify"]) == 0
    assert "toy holds" in capsys.readouterr().out
    (project / "raw.parquet").write_bytes(b"other")
    assert run(["verify"]) == 6
    assert "raw.parquet: changed" in capsys.readouterr().out


@pytest.mark.usefixtures("project")
def test_neither_a_release_nor_a_project_is_misuse(capsys):
    """The message says what is missing."""
    assert run(["verify", "nowhere"]) == 3
    assert "nowhere" in capsys.readouterr().err
