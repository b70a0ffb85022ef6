"""Codes of columns: edges that people can read, and conditions that select just those rows."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.data.feature_codes import FeatureCodes, encode_feature, shortest_between
from roadworthy.records.versions import Column

COLUMNS = {
    "integer": list(range(16, 91)) * 20 + [None] * 7,
    "real": [*(np.arange(900) * 0.37).tolist(), None, float("nan")] * 2,
    "few": [1, 2, 2, 3, None] * 100,
    "text": ["it's", "b", "c", None] * 90 + ["rare"],
    "flag": [True, False, None] * 50,
    "zeros": [0] * 900 + list(range(1, 301)),
}
KINDS = {"real": "real", "text": "text", "flag": "boolean"}


def encoded(name: str) -> FeatureCodes:
    """The column's codes; fails where it cannot be coded."""
    item = Column(name=name, type=KINDS.get(name, "integer"))
    made = encode_feature(item, pa.chunked_array([pa.array(COLUMNS[name])]), fewest=5)
    assert isinstance(made, FeatureCodes)
    return made


@pytest.mark.parametrize("name", COLUMNS)
def test_a_condition_in_sql_selects_the_rows_of_its_codes(name):
    """Every code and every range of ordered codes, as DuckDB reads it."""
    made = encoded(name)
    rows = pa.table({name: pa.array(COLUMNS[name])})
    ranges = [(a, b) for a in range(made.ordered) for b in range(a, made.ordered)]
    ranges += [(code, code) for code in range(made.cells)]
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        for first, last in ranges:
            where = made.condition(first, last).where
            counted = connection.execute(f"SELECT count(*) FROM rows WHERE {where}").fetchall()
            expected = int(((made.codes >= first) & (made.codes <= last)).sum())
            assert counted == [(expected,)], where


@pytest.mark.parametrize(
    ("name", "first", "last", "text"),
    [
        ("few", 1, 2, "few is 2 to 3"),
        ("few", 3, 3, "few is missing"),
        ("flag", 0, 0, "flag is false"),
        ("zeros", 0, 0, "zeros is 0"),
    ],
)
def test_a_condition_reads_plainly(name, first, last, text):
    """Whole numbers are named from the first to the last."""
    assert encoded(name).condition(first, last).text == text


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_the_shortest_number_lies_between(low, width):
    """Above the lower end, and not above the upper one."""
    high = low + width
    if low < high:
        assert low < shortest_between(low, high) <= high


def test_columns_that_part_nothing_say_so():
    """Identifiers and constants have no value that holds enough rows, or all of them."""
    names = pa.chunked_array([[f"person {place}" for place in range(100)]])
    same = pa.chunked_array([[7] * 100])
    for values, kind in ((names, "text"), (same, "integer")):
        made = encode_feature(Column(name="c", type=kind), values, fewest=5)
        assert made == "no value or bin parts 5 rows from the others"
    assert "type time" in str(encode_feature(Column(name="c", type="time"), same, fewest=5))
