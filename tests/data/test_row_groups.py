"""Row groups: named as the engine's tallies name them."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.row_groups import column_text, group_names
from roadworthy.errors import DataError
from roadworthy.stats.tally import TallyPlan

COLUMNS = {
    "text": pa.array(["a", None, "b"]),
    "whole": pa.array([1, None, 2]),
    "real": pa.array([1.0, None, 0.1]),
    "nan": pa.array([1.5, float("nan"), 1e20]),
    "single": pa.array([0.1, None, 1.0], pa.float32()),
    "truth": pa.array([True, None, False]),
    "coded": pa.array(["x", None, "x"]).dictionary_encode(),
    "day": pa.array([date(2020, 1, 2), None, date(2021, 3, 4)]),
    "nothing": pa.array([None, None, None], pa.string()),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_names_are_the_tallys(name):
    """Every group of the engine's tally is a name here, with as many rows; nulls are missing."""
    rows = pa.table({name: COLUMNS[name]})
    names = list(group_names(rows, [name]))
    tally = DuckDBEngine().open(rows).tally(TallyPlan(attributes=(name,)))
    table = tally.slices([(name,)])
    counted = {
        where.terms[0].value: int(n) for where, n in zip(table.slices, table.rows, strict=True)
    }
    assert counted == {value: names.count(value) for value in set(names)}


def test_chunks_do_not_matter():
    """A column in pieces has the same names."""
    whole, pieces = pa.chunked_array([["a", "b", None]]), pa.chunked_array([["a"], ["b", None]])
    assert list(column_text(whole)) == list(column_text(pieces))


def test_no_rows_have_no_names():
    """An empty table is no error."""
    assert list(group_names(pa.table({"a": pa.array([], pa.string())}), ["a"])) == []


def test_no_attributes_mean_everybody():
    """Without attributes every row is in one group."""
    assert list(group_names(pa.table({"a": [1, 2]}), [])) == ["all", "all"]


def test_a_missing_column_is_named():
    """The nearest name is suggested."""
    with pytest.raises(DataError, match=r"protected column 'sexx'.*did you mean 'sex'"):
        group_names(pa.table({"sex": ["a"]}), ["sexx"])
