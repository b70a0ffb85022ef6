"""The check of inequality."""

from __future__ import annotations

import pytest

from roadworthy.checks.fairness.inequality import INEQUALITY

ROWS = {
    "sex": ["F"] * 40 + ["M"] * 40,
    "y": [1, 0] * 40,
    "d": [1, 0] * 15 + [0, 0] * 5 + [1, 0] * 15 + [1, 1] * 5,
}
GIVEN = {"label": "y", "prediction": "d", "protected": ("sex",)}


def test_each_slice_has_indices_and_each_comparison_has_parts(ask) -> None:
    """Between and within add up to the whole population's entropy."""
    found = ask(INEQUALITY, ROWS, **GIVEN)
    whole = found.value("generalized-entropy-index")
    parts = found.value("between-group-entropy", "sex") + found.value("within-group-entropy", "sex")
    assert parts == pytest.approx(whole)
    assert found.value("generalized-entropy-index", "sex=F") > 0
    assert found.parameters("between-group-entropy", "sex")["groups"] == 2


def test_without_labels_nothing_is_measured(ask) -> None:
    """A benefit compares a decision with what was deserved."""
    found = ask(
        INEQUALITY, {"sex": ROWS["sex"], "d": ROWS["d"]}, prediction="d", protected=("sex",)
    )
    assert found.reason("theil-index") == "no label column was given"
    assert found.reason("within-group-entropy", "sex") == "no label column was given"


def test_a_group_without_benefits_leaves_the_parts_unmeasured(ask) -> None:
    """A group is never dropped from a comparison."""
    columns = {**ROWS, "y": [None] * 40 + ROWS["y"][40:]}
    found = ask(INEQUALITY, columns, **GIVEN)
    reason = found.reason("between-group-entropy", "sex")
    assert reason == "no row has both a label and a prediction in sex=F"
