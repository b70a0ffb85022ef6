"""Rows are cut at fixed places, and what a function makes of them is checked."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.data.batches import applied, regrouped
from roadworthy.errors import UsageError

ROWS = pa.table({"x": [1, 2, 3]})


@given(st.lists(st.integers(0, 20), max_size=8), st.integers(1, 9))
def test_rows_are_cut_at_fixed_places(sizes: list[int], size: int) -> None:
    """However rows arrive, they come in the same order in groups of one size, save the last."""
    rows = pa.table({"x": range(sum(sizes))})
    cuts = list(accumulate(sizes, initial=0))
    arriving = [
        pa.RecordBatch.from_pydict({"x": rows["x"][start:stop].to_pylist()}, rows.schema)
        for start, stop in pairwise(cuts)
    ]
    groups = list(regrouped(arriving, rows.schema, size))
    assert [row for group in groups for row in group["x"].to_pylist()] == list(range(sum(sizes)))
    assert all(group.num_rows == size for group in groups[:-1])
    assert all(0 < group.num_rows <= size for group in groups)


def test_columns_come_in_the_order_asked_for() -> None:
    """A function may give its columns in any order, as a table or as a batch."""
    kinds: dict[str, pa.DataType] = {"b": pa.int64(), "a": pa.string()}
    made = pa.table({"a": ["u", "v", "w"], "b": [1, 2, 3]})
    for answer in (made, made.to_batches()[0]):
        found = applied(lambda _, answer=answer: answer, ROWS, pa.schema(kinds))
        assert found.column_names == ["b", "a"]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([1, 2, 3], r"gave a list; expected an Arrow table of x \(int64\)"),
        (pa.table({"y": [1, 2, 3]}), r"the columns y \(int64\); expected x \(int64\)"),
        (pa.table({"x": ["1", "2", "3"]}), r"the columns x \(string\); expected x \(int64\)"),
        (pa.table({}), r"the columns none; expected x \(int64\)"),
        (pa.table({"x": [1]}), "gave 1 rows for 3"),
    ],
)
def test_other_answers_are_refused(made: Any, message: str) -> None:
    """Other columns, types or rows than were promised are refused with what was found."""
    with pytest.raises(UsageError, match=message):
        applied(lambda _: made, ROWS, ROWS.schema)
