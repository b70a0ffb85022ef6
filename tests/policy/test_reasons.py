"""Figures and limits as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_example import evidence

from roadworthy.policy.reasons import bounds, figure, groups_named, rows_to_settle
from roadworthy.records.evidence import Measured
from roadworthy.records.policy import Requirement

numbers = st.floats(-1e6, 1e6)


@given(numbers, numbers)
def test_a_figure_stands_on_the_same_side_of_its_limit_as_the_number(value, limit):
    """Rounding never moves a number onto or across a limit, or across zero."""
    if abs(value) >= 1000 or abs(limit) >= 1000:
        return
    shown = float(figure(value, limit).replace(",", ""))
    assert (shown > limit) == (value > limit)
    assert (shown < limit) == (value < limit)
    assert (shown > 0) == (value > 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (1234.5, "1,234.5"),
        (-2000, "-2,000"),
        (1e-20, "1e-20"),
    ],
)
def test_figures(value, text):
    """Whole numbers have no decimals, thousands have commas, and nothing is shown as nothing."""
    assert figure(value) == text


def test_limits_in_words():
    """One side or both."""
    assert bounds(Requirement(id="a", measure="m", at_least=0.8)) == "at least 0.8"
    assert bounds(Requirement(id="a", measure="m", at_most=1000)) == "at most 1,000"
    both = Requirement(id="a", measure="m", at_least=0, at_most=1)
    assert bounds(both) == "between 0 and 1"


@given(st.floats(0, 0.049), st.floats(0.051, 1), st.integers(1, 10**6))
def test_the_rows_asked_for_would_settle_the_interval(value, high, rows):
    """An interval that shrinks with the square root of the rows then ends at the limit."""
    rule = Requirement(id="gap", measure="m", at_most=0.05)
    outcome = Measured(value=value, low=0, high=high, rows=rows, method="wilson")
    needed = rows_to_settle(outcome, rule)
    if needed is not None:
        assert needed >= rows
        assert value + (high - value) * (rows / needed) ** 0.5 <= 0.05 + 1e-9


def test_whom_a_finding_is_about_is_named() -> None:
    """The groups at the ends of a comparison, the worst slice, the column that drifted most."""
    ends = {"lowest_group": "sex=F", "highest_group": "sex=M"}
    assert groups_named(evidence("gap", "sex", None, **ends)) == "; lowest sex=F, highest sex=M"
    drift = evidence("population-stability-index", "all", None, column="age", columns=12)
    assert groups_named(drift) == "; in column age"
    lost = evidence("g-test-p-value", "all", None, column="age", not_compared=["a", "b"])
    assert groups_named(lost) == "; in column age, 2 columns not compared"
    assert groups_named(evidence("accuracy", "all", None)) == ""
