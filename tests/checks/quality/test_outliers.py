"""Outliers are what lies far beyond the middle half."""

from __future__ import annotations

import numpy as np

from roadworthy.checks.quality.outliers import OUTLIERS
from roadworthy.records.evidence import Unmeasured
from roadworthy.records.versions import ColumnRoles


def test_values_beyond_the_outer_fences_are_counted(make_subject, answers) -> None:
    """The fences of 0 to 99 stand at -126 and 222, whatever the outliers are."""
    subject = make_subject({"x": [*range(100), 223, 1e6, -1e6, -126, 222]})
    evidence = answers(OUTLIERS, subject)["outlier-rate", "column=x"]
    values = np.array([*range(100), 223, 1e6, -1e6, -126, 222])
    low, high = np.quantile(values, [0.25, 0.75], method="inverted_cdf")
    reach = 3 * (high - low)
    expected = ((values < low - reach) | (values > high + reach)).mean()
    assert evidence.outcome.value == expected
    assert evidence.parameters["lower_fence"] == low - reach
    assert evidence.parameters["upper_fence"] == high + reach
    assert evidence.outcome.low < evidence.outcome.value < evidence.outcome.high


def test_columns_without_a_middle_are_unknown(make_subject, answers) -> None:
    """Codes, a column that is mostly one number, and one without numbers have no outliers."""
    rows = 60
    subject = make_subject(
        {
            "code": [n % 5 for n in range(rows)],
            "zeros": [0] * 45 + list(range(15)),
            "none": [None] * (rows - 1) + [float("nan")],
            "text": ["a"] * rows,
            "id": list(range(rows)),
        },
        roles=ColumnRoles(identifier="id"),
    )
    found = answers(OUTLIERS, subject)
    reasons = {where: evidence.outcome.reason for (_, where), evidence in found.items()}
    assert reasons == {
        "column=code": "the column has at most 12 distinct values, which are taken for codes",
        "column=zeros": "half of the values are equal, so that every other one would be an outlier",
        "column=none": "the column holds no number",
    }


def test_a_table_of_text_has_no_numbers(make_subject, answers) -> None:
    """Without numeric columns the question has no answer, and says why."""
    found = answers(OUTLIERS, make_subject({"x": ["a"]}))
    assert found["outlier-rate", "all"].outcome == Unmeasured(reason="there is no numeric column")
