"""Columns that say nothing, or nearly nothing, are named."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from roadworthy.checks.check import SAMPLE_ROWS
from roadworthy.checks.quality.constants import CONSTANTS


def test_constant_and_nearly_constant_columns_are_told_apart(make_subject, answers) -> None:
    """One value everywhere, none anywhere, one value in 99 of 100 rows, and the rest."""
    rows = 200
    subject = make_subject(
        {
            "one": ["x"] * rows,
            "none": pa.nulls(rows, pa.float64()),
            "nan": [float("nan")] * rows,
            "flag": [True] * rows,
            "gap": [1] * (rows - 1) + [None],
            "almost": [0.0] * 198 + [1.0, 2.0],
            "mostly-missing": [None] * 199 + ["x"],
            "often": ["a"] * 197 + ["b"] * 3,
            "varied": list(range(rows)),
            "day": [date(2026, 1, 1)] * rows,
        }
    )
    found = answers(CONSTANTS, subject)
    constant = found["constant-columns", "all"]
    near = found["near-constant-columns", "all"]
    assert constant.parameters["columns"] == ["one", "none", "nan", "flag"]
    assert near.parameters["columns"] == ["gap", "almost", "mostly-missing"]
    assert (constant.outcome.value, near.outcome.value) == (4.0, 3.0)
    assert near.outcome.method == "exact"


def test_the_value_is_counted_in_all_rows_and_not_in_the_sample(make_subject, answers) -> None:
    """Just below and just at 99 of 100 rows of a table larger than the sample are told apart."""
    rows = 3 * SAMPLE_ROWS
    at, below = rows * 99 // 100, rows * 99 // 100 - 1
    subject = make_subject(
        {
            "at": [0] * at + list(range(1, rows - at + 1)),
            "below": [0] * below + list(range(1, rows - below + 1)),
        }
    )
    near = answers(CONSTANTS, subject)["near-constant-columns", "all"]
    assert near.parameters["columns"] == ["at"]
