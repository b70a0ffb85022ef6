"""Tests of `roadworthy advise`."""

from __future__ import annotations

import json

import pytest

from roadworthy.cli.main import run

ANSWERED = ["--answer", "decision", "--labels", "yes", "--shares", "no", "--error", "both"]


def test_answers_lead_to_measures(capsys: pytest.CaptureFixture[str]) -> None:
    """With every question answered, the measures and their reasons are printed."""
    assert run(["advise", "fairness", *ANSWERED, "--score", "decision"]) == 0
    out = capsys.readouterr().out
    assert "equalized-odds-difference" in out
    assert "scope: across" in out


def test_json_holds_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON, the advice can be read by a program."""
    assert run(["advise", "fairness", *ANSWERED, "--score", "score", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [item["measure"] for item in found["recommendations"]] == [
        "equalized-odds-difference",
        "expected-calibration-error-difference",
    ]


def test_wrong_answers_are_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    """An answer that is none of those offered ends as misuse."""
    assert run(["advise", "fairness", *ANSWERED, "--score", "perhaps"]) == 3
    assert "one of decision, score" in capsys.readouterr().err
