"""The pytest plugin: the gate within a team's own suite, and nothing when it is not asked."""

from __future__ import annotations

import subprocess
import sys

import pytest
from judged_example import GAP, assessment, evidence

from roadworthy.records import canonical
from roadworthy.records.decision import Verdict

pytest_plugins = ["pytester"]

POLICY = """\
name: ours
requirements:
  - {id: gap, measure: equal-opportunity-difference, scope: across, at_most: 0.05, remedy: Repair.}
  - {id: ranks-well, measure: roc-auc, at_least: 0.8}
waivers:
  - {requirement: gap, slice: race, owner: Jane, reason: A pilot., expires: 9999-12-31}
"""
BAD = assessment(
    evidence(GAP, "sex", 0.083, 0.061, 0.105), evidence(GAP, "race", 0.083, 0.061, 0.105)
)
GOOD = assessment(
    evidence(GAP, "sex", 0.01, 0.0, 0.02),
    evidence(GAP, "race", 0.01, 0.0, 0.02),
    evidence("roc-auc", "all", 0.86, 0.85, 0.87),
)


@pytest.fixture
def suite(pytester):
    """A team's suite with one test, a policy, and two saved assessments."""
    pytester.makefile(".yaml", policy=POLICY)
    pytester.path.joinpath("bad.json").write_bytes(canonical.to_bytes(BAD))
    pytester.path.joinpath("good.json").write_bytes(canonical.to_bytes(GOOD))
    pytester.makepyfile("def test_own():\n    assert True\n")
    return pytester


def test_each_finding_is_a_test(suite):
    """FAIL fails, UNKNOWN fails and says why, a waived finding is skipped with its waiver."""
    result = suite.runpytest(
        "--roadworthy-assessment=bad.json", "--roadworthy-policy=policy.yaml", "-rs"
    )
    result.assert_outcomes(passed=1, failed=2, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "FAIL gap: sex: equal opportunity difference 0.083 (95 % 0.061 to 0.105, n 12,901) is*",
            "    Repair.",
            "UNKNOWN (unknown never passes) ranks-well: all: ROC AUC is unknown: nobody *",
            "SKIPPED*waived by Jane until 9999-12-31: A pilot.",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_assessment_that_passes_adds_passing_tests(suite):
    """One for each finding."""
    result = suite.runpytest("--roadworthy-assessment=good.json", "--roadworthy-policy=policy.yaml")
    result.assert_outcomes(passed=4)


def test_findings_can_be_selected(suite):
    """By `-k`, like any test."""
    options = ("--roadworthy-assessment=bad.json", "--roadworthy-policy=policy.yaml")
    result = suite.runpytest(*options, "-k", "ranks-well")
    result.assert_outcomes(failed=1, deselected=3)


def test_without_its_options_the_plugin_does_nothing(suite):
    """Not even with a project file at hand."""
    suite.makefile(".yaml", roadworthy="not: even valid")
    suite.runpytest().assert_outcomes(passed=1)


def test_the_project_file_of_this_system_chooses_the_policy(suite):
    """If no policy is named."""
    suite.makefile(
        ".yaml", roadworthy="name: outreach\nowner: o\nintended_use: u\npolicy: policy.yaml\n"
    )
    suite.runpytest("--roadworthy-assessment=good.json").assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--roadworthy-assessment=nowhere.json"], "*roadworthy: there is no file*nowhere.json*"),
        (["--roadworthy-assessment=good.json"], "*roadworthy: name a policy*"),
        (
            ["--roadworthy-assessment=good.json", "--roadworthy-policy=hihg"],
            "*neither a file * nor a tier*",
        ),
    ],
)
def test_misuse_is_one_sentence(suite, options, message):
    """Pytest's own usage error, and no test has run."""
    result = suite.runpytest(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_the_fixture_judges_what_a_test_has_made(suite):
    """A path, a record or an assessment; the test fails with every open finding."""
    suite.makepyfile(
        """
        from pathlib import Path

        def test_good(roadworthy_gate):
            decision = roadworthy_gate(Path("good.json"), "policy.yaml")
            assert decision.verdict.name == "PASS"

        def test_bad(roadworthy_gate):
            roadworthy_gate("bad.json", "policy.yaml")
        """
    )
    result = suite.runpytest()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "FAIL by ours",
            "FAIL gap: sex: equal opportunity difference 0.083*",
            "UNKNOWN (unknown never passes) ranks-well: all: ROC AUC is unknown*",
        ]
    )


def test_a_record_in_hand_is_judged_as_it_is(roadworthy_gate):
    """Without a file between."""
    from roadworthy.policy.pack import load_policy  # noqa: PLC0415 - the plugin needs none of it

    assert roadworthy_gate(GOOD, load_policy(POLICY, "policy.yaml")).verdict is Verdict.PASS


def test_importing_the_plugin_costs_nothing():
    """Every pytest run on the machine loads it, so it must not load the package behind it."""
    code = (
        "import sys, pytest; before = set(sys.modules); import roadworthy.pytest_plugin; "
        "print(sorted(set(sys.modules) - before))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "['roadworthy', 'roadworthy.pytest_plugin']"
