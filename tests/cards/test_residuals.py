"""A report on predicted numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import roadworthy as rw


@pytest.fixture(scope="module")
def page() -> str:
    """The report on salaries that are overestimated for M."""
    rng = np.random.default_rng(2)
    sex = rng.choice(["F", "M"], 400)
    y = rng.normal(50_000, 9_000, 400)
    p = y + rng.normal(0, 3_000, 400) + np.where(sex == "M", 2_500, 0)
    table = pa.table({"sex": sex, "salary": y, "estimate": p})
    found = rw.assess(
        table, task="regression", label="salary", prediction="estimate", protected=["sex"]
    )
    return found.report_html()


def test_the_report_shows_errors_along_the_predictions(page: str) -> None:
    """For everyone, and a panel for each group."""
    assert 'id="residuals"' in page
    assert "Mean error against prediction for 2 groups." in page


def test_the_report_tells_the_widest_gap_in_words(page: str) -> None:
    """The headline speaks of errors, not of decisions."""
    assert "The widest gap: the model would be off by" in page
    assert "How far the predicted numbers lie from the truth" in page
