"""The schema is compared with the reference table's."""

from __future__ import annotations

from roadworthy.checks.quality.schema import SCHEMA
from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.records.versions import ColumnRoles


def test_each_mismatch_is_counted_and_told(make_subject, answers) -> None:
    """A changed type, a missing and a new column are three mismatches, each in plain words."""
    subject = make_subject(
        {"age": [1.5], "sex": ["f"], "new": [1], "score": [0.5]},
        reference={"age": [1], "sex": ["f"], "gone": [1]},
        roles=ColumnRoles(score="score"),
    )
    evidence = answers(SCHEMA, subject)["schema-mismatches", "all"]
    assert isinstance(evidence.outcome, Measured)
    assert (evidence.outcome.value, evidence.outcome.method) == (3.0, "exact")
    assert evidence.parameters["mismatches"] == [
        "column 'age' holds real, was integer",
        "column 'gone' (integer) is missing",
        "column 'new' (integer) was not there before",
    ]
    assert evidence.parameters["compared_with"] == "the reference"


def test_equal_schemas_have_none(make_subject, answers) -> None:
    """The same columns in another order are no mismatch."""
    subject = make_subject({"a": [1], "b": ["x"]}, reference={"b": ["y"], "a": [2]})
    assert answers(SCHEMA, subject)["schema-mismatches", "all"].outcome.value == 0


def test_without_reference_there_is_no_answer(make_subject, answers) -> None:
    """Nothing to compare with is unknown, not zero."""
    outcome = answers(SCHEMA, make_subject({"a": [1]}))["schema-mismatches", "all"].outcome
    assert outcome == Unmeasured(reason="no reference table was given")
