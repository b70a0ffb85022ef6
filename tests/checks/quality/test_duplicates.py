"""Rows that repeat, and rows that the model has seen."""

from __future__ import annotations

import pytest

from roadworthy.checks.quality.duplicates import DUPLICATES, OVERLAP
from roadworthy.records.evidence import Unmeasured
from roadworthy.records.versions import ColumnRoles

ROWS = {"id": [1, 2, 3, 3, 5], "x": ["a", "a", None, None, "b"], "score": [0.1, 0.2, 0.3, 0.4, 0.5]}


def test_rows_that_repeat_an_earlier_one_are_counted(make_subject, answers) -> None:
    """One of five rows repeats another; the model's score does not make rows differ."""
    roles = ColumnRoles(identifier="id", score="score")
    evidence = answers(DUPLICATES, make_subject(ROWS, roles=roles))["duplicate-rows-rate", "all"]
    assert (evidence.outcome.value, evidence.outcome.method) == (0.2, "exact")
    assert evidence.parameters == {
        "duplicates": 1,
        "columns": 2,
        "repeated_identifiers": 1,
        "identical_but_for_identifier": 2,
    }


def test_without_identifier_all_columns_count(make_subject, answers) -> None:
    """Every column of a table without identifier is compared."""
    evidence = answers(DUPLICATES, make_subject({"x": [1, 1, 1, 2]}))["duplicate-rows-rate", "all"]
    assert evidence.outcome.value == 0.5
    assert evidence.parameters == {"duplicates": 2, "columns": 1}


def test_rows_that_the_reference_holds_too_are_counted(make_subject, answers) -> None:
    """A row with the same identifier and content was seen; one that is only similar was not."""
    subject = make_subject(
        {"id": [1, 2, 3, 4], "x": ["a", "a", None, "c"], "extra": [1, 2, 3, 4]},
        reference={"id": [1, 3, 9], "x": ["a", None, "a"]},
        roles=ColumnRoles(identifier="id"),
    )
    evidence = answers(OVERLAP, subject)["train-overlap-rate", "all"]
    assert (evidence.outcome.value, evidence.outcome.method) == (0.5, "wilson-mid-p")
    assert 0 < evidence.outcome.low < 0.5 < evidence.outcome.high < 1
    assert evidence.parameters == {"shared": 2, "columns": 2, "shared_but_for_identifier": 3}


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (None, "no reference table was given"),
        ({"y": [1]}, "the reference table has no column in common with this one"),
    ],
)
def test_nothing_to_compare_is_unknown(make_subject, answers, reference, reason) -> None:
    """Without a reference, or without common columns, overlap is unknown."""
    outcome = answers(OVERLAP, make_subject({"x": [1]}, reference=reference))
    assert outcome["train-overlap-rate", "all"].outcome == Unmeasured(reason=reason)
