"""in-toto: the decision as an attestation that others can verify."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from roadworthy.policy.statement import PREDICATE, render_statement
from roadworthy.records.decision import Verdict


def test_the_reference_library_accepts_the_statement(decision, record):
    """in-toto's own classes read it and find nothing to refuse."""
    reason = "in-toto-attestation is absent"
    proto = pytest.importorskip(
        "in_toto_attestation.predicates.test_result.v0.test_result_pb2", reason=reason
    )
    v1 = pytest.importorskip("in_toto_attestation.v1.statement", reason=reason)
    json_format = pytest.importorskip("google.protobuf.json_format", reason=reason)
    tree = json.loads(render_statement(decision, record))
    statement = v1.Statement.copy_from_pb(json_format.ParseDict(tree, v1.Statement([], "", {}).pb))
    statement.validate()
    result = json_format.ParseDict(tree["predicate"], proto.TestResult())
    assert tree["predicateType"] == PREDICATE
    assert result.result == "FAILED"
    assert list(result.failed_tests) == ["gap on sex"]


def test_the_subjects_are_the_data_and_the_model(decision, record):
    """By their SHA-256, under the names that people know."""
    tree = json.loads(render_statement(decision, record))
    assert tree["subject"] == [
        {"name": "holdout", "digest": {"sha256": "d" * 64}},
        {"name": "boosted", "digest": {"sha256": "e" * 64}},
    ]
    policy = tree["predicate"]["configuration"][0]
    assert policy == {
        "name": "policy test",
        "digest": {"sha256": decision.policy.removeprefix("sha256:")},
    }


def test_without_the_assessment_the_subjects_have_plain_names(decision):
    """And a table without a model is the only subject."""
    tree = json.loads(render_statement(replace(decision, model=None)))
    assert tree["subject"] == [{"name": "dataset", "digest": {"sha256": "d" * 64}}]


@pytest.mark.parametrize(
    ("verdicts", "result"),
    [
        ({Verdict.PASS}, "PASSED"),
        ({Verdict.PASS, Verdict.UNKNOWN}, "WARNED"),
        ({Verdict.PASS, Verdict.UNKNOWN, Verdict.FAIL}, "FAILED"),
    ],
)
def test_only_pass_is_passed(decision, verdicts, result):
    """Unknown is WARNED, and whoever admits must admit PASSED alone."""
    kept = tuple(f for f in decision.findings if f.counts in verdicts)
    tree = json.loads(render_statement(replace(decision, findings=kept)))
    assert tree["predicate"]["result"] == result


def test_what_was_waived_or_set_aside_is_warned_of(decision):
    """A pass that somebody had to allow does not look like one that was earned."""
    predicate = json.loads(render_statement(decision))["predicate"]
    assert predicate["passedTests"] == ["ranks-well on all", "right-enough on sex=Female"]
    assert predicate["warnedTests"] == [
        "gap on race",
        "found on all",
        "right on all",
        "right-enough on sex=Male",
    ]
