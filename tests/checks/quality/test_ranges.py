"""Values outside their declared range are counted."""

from __future__ import annotations

import pytest

from roadworthy.checks.quality.ranges import IMPOSSIBLE_VALUES
from roadworthy.errors import DataError
from roadworthy.records.evidence import Unmeasured

AGES = {"age": [-1.0, 0.0, 120.0, 121.0, float("inf"), None, float("nan")], "sex": list("fmfmfmf")}


def test_both_ends_are_possible_and_beyond_is_not(make_subject, answers) -> None:
    """Three of five known ages lie outside 0 to 120; missing ones are no matter here."""
    subject = make_subject(AGES, ranges={"age": (0.0, 120.0)})
    evidence = answers(IMPOSSIBLE_VALUES, subject)["impossible-values-rate", "column=age"]
    assert (evidence.outcome.value, evidence.outcome.rows) == (0.6, 5)
    assert evidence.parameters == {"lowest": 0.0, "highest": 120.0, "below": 1, "above": 2}


def test_a_range_for_text_cannot_be_judged(make_subject, answers) -> None:
    """A range is about numbers, and says so for another column without hiding the rest."""
    subject = make_subject(AGES, ranges={"sex": (0.0, 1.0), "age": (0.0, 200.0)})
    found = answers(IMPOSSIBLE_VALUES, subject)
    assert found["impossible-values-rate", "column=sex"].outcome == Unmeasured(
        reason="the column holds text, and a range is about numbers"
    )
    assert found["impossible-values-rate", "column=age"].outcome.value == 0.4


def test_a_column_without_numbers_is_unknown(make_subject, answers) -> None:
    """No value is neither possible nor impossible."""
    subject = make_subject({"x": [None, float("nan")]}, ranges={"x": (0.0, 1.0)})
    outcome = answers(IMPOSSIBLE_VALUES, subject)["impossible-values-rate", "column=x"].outcome
    assert outcome == Unmeasured(reason="there is no value in this column")


def test_no_declared_range_is_unknown(make_subject, answers) -> None:
    """Without declarations nothing can be impossible."""
    found = answers(IMPOSSIBLE_VALUES, make_subject(AGES))
    assert found["impossible-values-rate", "all"].outcome == Unmeasured(
        reason="no range of possible values was declared for any column"
    )


def test_a_range_for_no_column_is_refused(make_subject) -> None:
    """A mistyped column name is answered with the nearest one."""
    subject = make_subject(AGES, ranges={"agee": (0.0, 1.0)})
    with pytest.raises(DataError, match=r"range: column 'agee' is not .*did you mean 'age'"):
        list(IMPOSSIBLE_VALUES.measure(subject))
