"""`roadworthy slices`: what it prints and how it ends."""

from __future__ import annotations

import json

import pytest

from roadworthy.cli.main import run

ASKED = ["slices", "raw.parquet", "--label", "y", "--score", "p", "--leave-out", "id"]


@pytest.mark.usefixtures("project")
def test_what_is_worst_is_printed(capsys):
    """It ends with 0 whether or not a slice is found."""
    assert run([*ASKED, "--min-rows", "40"]) == 0
    assert "Where error rate is worst: raw.parquet, 400 rows" in capsys.readouterr().out


@pytest.mark.usefixtures("project")
def test_json_is_one_document(capsys):
    """The whole record, as it can be stored."""
    assert run([*ASKED, "--measure", "log-loss", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["measure"], found["rows"], found["depth"]) == ("log-loss", 400, 3)
