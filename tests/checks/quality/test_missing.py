"""Missing values are counted in the table, by column and by group."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.checks.quality.missing import MISSING_VALUES, _independent_values
from roadworthy.data.profile import profile
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.proportions import proportion

PEOPLE = {
    "sex": ["f", "f", "m", "m", None],
    "age": [None, 20.0, float("nan"), 30.0, 40.0],
    "city": ["x", "x", "y", "y", "y"],
    "score": [0.1, None, None, None, None],
}


def test_rates_of_table_columns_and_groups(make_subject, answers) -> None:
    """Null and NaN are missing; the model's score is not looked at; a null group has a name."""
    roles = ColumnRoles(protected=("sex",), score="score")
    found = answers(MISSING_VALUES, make_subject(PEOPLE, roles=roles))
    values = {where: (e.outcome.value, e.outcome.rows) for (_, where), e in found.items()}
    assert values == {
        "all": (3 / 15, 15),
        "column=sex": (1 / 5, 5),
        "column=age": (2 / 5, 5),
        "column=city": (0.0, 5),
        "column=age, sex=f": (1 / 2, 2),
        "column=age, sex=m": (1 / 2, 2),
        "column=age, sex=(missing)": (0.0, 1),
    }
    assert found["missing-rate", "all"].parameters["worst_column"] == "age"


def test_a_column_has_the_interval_of_a_rate(make_subject, answers) -> None:
    """Rows are independent, so a column's rate has the interval of a proportion."""
    data = {"x": [None] * 20 + [1] * 80}
    outcome = answers(MISSING_VALUES, make_subject(data))["missing-rate", "column=x"].outcome
    low, high = proportion(0.2, 100, 0.95)
    assert (outcome.low, outcome.high) == (pytest.approx(float(low)), pytest.approx(float(high)))
    assert outcome.method == "wilson-mid-p"


def test_values_missing_together_count_as_one(make_subject, answers) -> None:
    """Ten columns that are missing in the same rows say as much as one column."""
    gaps = [None] * 20 + [1] * 80
    together = make_subject({f"x{n}": gaps for n in range(10)})
    alone = make_subject({"x": gaps})
    many = answers(MISSING_VALUES, together)["missing-rate", "all"].outcome
    one = answers(MISSING_VALUES, alone)["missing-rate", "all"].outcome
    assert (many.value, many.low, many.high) == pytest.approx((one.value, one.low, one.high))


def test_an_all_missing_column_is_answered(make_subject, answers) -> None:
    """A column without any value is missing everywhere, whatever type it has."""
    found = answers(MISSING_VALUES, make_subject({"x": pa.nulls(3), "y": [1, 2, 3]}))
    assert found["missing-rate", "column=x"].outcome.value == 1.0
    assert found["missing-rate", "column=y"].outcome.value == 0.0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=30))
def test_the_profile_counts_what_numpy_counts(engine, rows: list[list[bool]]) -> None:
    """Missing values, their crowding in rows and the extremes agree with numpy."""
    gaps = np.array(rows)
    columns = {
        str(at): pa.array(np.arange(len(rows)), pa.int64(), mask=gaps[:, at]) for at in range(3)
    }
    found = profile(engine.open(pa.table(columns)))
    assert found.missing == gaps.sum()
    assert found.missing_squares == (gaps.sum(axis=1) ** 2).sum()
    for at in range(3):
        kept = np.flatnonzero(~gaps[:, at])
        extremes = (int(kept.min()), int(kept.max())) if len(kept) else (None, None)
        assert (found.of(str(at)).low, found.of(str(at)).high) == extremes
    assert 0 < _independent_values(found) <= gaps.size


def test_real_data_has_the_missing_values_that_pandas_counts(
    shared_data, make_subject, answers
) -> None:
    """Adult's census columns are missing as often as pandas says, in each group."""
    import pandas as pd  # noqa: PLC0415 - the independent reference

    path = shared_data / "adult_test.parquet"
    frame = pd.read_parquet(path)
    roles = ColumnRoles(protected=("sex",))
    found = answers(MISSING_VALUES, make_subject(str(path), roles=roles))
    for name in frame.columns:
        expected = float(frame[name].isna().mean())
        assert found["missing-rate", f"column={name}"].outcome.value == pytest.approx(expected)
