"""Histograms of columns: the same integers from files, streams and the statement for any engine."""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.adapters.arrow_histograms import HistogramCounter
from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.adapters.parquet_histograms import can_count
from roadworthy.data.column_counts import (
    ColumnGrid,
    Histogram,
    ValueGrid,
    value_counts,
)
from roadworthy.data.engine import Table
from roadworthy.data.expression import column, count
from roadworthy.data.histograms import check_grids, histogram_query, histograms_of
from roadworthy.errors import DataError, UsageError
from roadworthy.stats.number_grid import NumberGrid
from roadworthy.testing.histograms import GRIDS, comparable, expected_histograms
from roadworthy.testing.oracle import random_table

GRID = GRIDS["score"]


def by_statement(table: Table, grids: dict[str, ColumnGrid]) -> dict[str, Histogram]:
    """What the statement for any engine counts: here one grouping set after the other."""
    query = histogram_query(grids, table.columns)
    parts = [
        table.aggregate({"rows": count()}, by={key: query.keys[key] for key in keys})
        for keys in query.sets
    ]
    return histograms_of(grids, pa.concat_tables(parts, promote_options="default"))


@pytest.mark.parametrize("seed", range(3))
def test_every_way_of_counting_finds_the_same(tmp_path: Path, seed: int) -> None:
    """Files, streams of rows and the statement for any engine give the same integers."""
    rows = random_table(seed, 900, None)
    engine = DuckDBEngine(threads=2)
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    pq.write_table(rows.slice(0, 500), paths[0], row_group_size=70)
    pq.write_table(rows.slice(500), paths[1])
    memory, files = engine.open(rows), engine.open(paths)
    folder = engine.open(tmp_path)
    expected = comparable(by_statement(memory, GRIDS))
    assert comparable(memory.histograms(GRIDS)) == expected
    assert comparable(files.histograms(GRIDS)) == expected
    assert comparable(folder.histograms(GRIDS)) == expected
    assert can_count([str(path) for path in paths], GRIDS)


def test_counts_are_those_of_the_rows() -> None:
    """Cells and values hold the rows that they should, counted one by one."""
    rows = random_table(1, 600, None)
    found = DuckDBEngine().open(rows).histograms(GRIDS)
    scores = rows["score"].to_pylist()
    expected = Counter(
        GRID.missing if item is None else int(GRID.index(np.array([item]))[0]) for item in scores
    )
    counted = found["score"].counts
    assert {int(cell): int(counted[cell]) for cell in np.flatnonzero(counted)} == dict(expected)
    assert found["score"].rows == rows.num_rows
    bands = Counter(
        None if item is None or math.isnan(item) else item + 0.0
        for item in rows["band"].to_pylist()
    )
    assert found["band"].missing == bands.pop(None)
    assert dict(found["band"].counts) == dict(bands)
    races = Counter(rows["race"].to_pylist())
    assert dict(found["race"].counts) == {
        "alone": races["alone"],
        "it's": races["it's"],
        "nobody": 0,
    }
    assert found["race"].rows == rows.num_rows
    outcomes = Counter(rows["outcome"].to_pylist())
    assert found["outcome"].other == outcomes["no"] + outcomes["yes"]


def test_only_rows_that_satisfy_are_counted(tmp_path: Path) -> None:
    """A condition leaves rows out, from a file as from memory, and after further steps."""
    rows = random_table(2, 300, None)
    pq.write_table(rows, tmp_path / "a.parquet")
    late = column("year").eq(2020)
    expected = rows["year"].to_pylist().count(2020)
    for table in (DuckDBEngine().open(tmp_path / "a.parquet"), DuckDBEngine().open(rows)):
        assert table.histograms({"sex": ValueGrid()}, where=late)["sex"].rows == expected
        assert table.filter(late).histograms({"sex": ValueGrid()})["sex"].rows == expected
        with pytest.raises(DataError, match="'nobody' is not in the table"):
            table.histograms({"sex": ValueGrid()}, where=column("nobody") > 0)


def test_types_that_files_keep_apart_are_read_by_the_engine(tmp_path: Path) -> None:
    """Decimals, which an engine converts in its own way, are not read around it."""
    rows = pa.table(
        {"d": pa.array([Decimal(1), Decimal(2), None], pa.decimal128(12, 2)), "i": [1, 2, 3]}
    )
    path = tmp_path / "a.parquet"
    pq.write_table(rows, path)
    grids = {"d": NumberGrid(octaves=2, per_octave=1), "i": ValueGrid()}
    assert not can_count([str(path)], grids)
    assert not can_count([str(path)], {"x": ValueGrid()})
    assert not can_count(["s3://bucket/a.parquet"], {"i": ValueGrid()})
    found = DuckDBEngine().open(path).histograms(grids)
    assert found["d"].missing == 1
    assert dict(found["i"].counts) == {1: 1, 2: 1, 3: 1}


def test_integers_of_any_width_are_counted(tmp_path: Path) -> None:
    """Unsigned integers beyond 63 bits, and sums of 128, are counted by value and by bins."""
    large = 2**63 + 2**12
    rows = pa.table({"u": pa.array([large, 3, None, large], pa.uint64()), "i": [7, 7, -7, None]})
    pq.write_table(rows, tmp_path / "a.parquet")
    engine = DuckDBEngine()
    for table in (engine.open(rows), engine.open(tmp_path / "a.parquet")):
        found = table.histograms({"u": ValueGrid()})["u"]
        assert (dict(found.counts), found.missing) == ({3: 1, large: 2}, 1)
        grid = NumberGrid(octaves=70, per_octave=1)
        counts = table.histograms({"u": grid})["u"].counts
        assert counts[grid.index(np.array([float(large)]))].tolist() == [2]
    sums = engine.transform(
        "SELECT SUM(i) AS s FROM t GROUP BY i", {"t": engine.open(rows)}, name="t"
    )
    found = sums.histograms({"s": ValueGrid()})["s"]
    assert (dict(found.counts), found.missing) == ({-7: 1, 14: 1}, 1)


@pytest.mark.parametrize("kind", [pa.dictionary(pa.int8(), pa.string()), pa.large_string()])
def test_text_is_counted_however_it_is_kept(kind: pa.DataType) -> None:
    """Dictionaries and long texts count as plain texts do."""
    values = pa.array(["a", "b", None, "a", ""]).cast(kind)
    for grid in (ValueGrid(), ValueGrid(values=("a",))):
        counter = HistogramCounter({"t": grid})
        counter.add("t", pa.chunked_array([values, values.slice(1, 2)]))
        found = counter.histograms()["t"]
        assert (found.counts["a"], found.missing, found.rows) == (2, 2, 7)


@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=30), st.integers(0, 30))
def test_parts_add_up(values: list[str | None], cut: int) -> None:
    """Counters of the parts of a column add up to the counter of the whole."""
    grids: dict[str, ColumnGrid] = {"t": ValueGrid(values=("b",)), "n": GRID}
    numbers = pa.array(
        [None if item is None else float(ord(item)) for item in values], pa.float64()
    )
    texts = pa.array(values, pa.string())
    parts = []
    for at in (slice(0, cut), slice(cut, None), slice(None)):
        counter = HistogramCounter(grids)
        counter.add("t", texts[at])
        counter.add("n", numbers[at])
        parts.append(counter)
    parts[0].merge(parts[1])
    assert comparable(parts[0].histograms()) == comparable(parts[2].histograms())


def test_wrong_questions_are_refused() -> None:
    """A column that is missing or of the wrong type, or no column at all, is refused."""
    table = DuckDBEngine().open(pa.table({"t": ["a"], "l": [[1]], "n": [1]}))
    for grids, error, message in (
        ({"x": ValueGrid()}, DataError, "'x' is not in the table"),
        ({"t": NumberGrid()}, DataError, "values of type text; expected numbers"),
        ({"l": ValueGrid()}, DataError, "values of type other; expected plain values"),
        ({}, UsageError, "at least one column to count"),
    ):
        with pytest.raises(error, match=message):
            table.histograms(grids)
        with pytest.raises(error, match=message):
            check_grids(grids, table.columns)
    with pytest.raises(UsageError, match="at least one value"):
        ValueGrid(most=0)


def test_too_many_values_are_not_told_apart() -> None:
    """A column with more values than asked for has none told apart, however its parts are cut."""
    found = value_counts(ValueGrid(most=2), {"c": 1, "a": 1, "b": 1, None: 4})
    assert (found.counts, found.other, found.missing, found.rows) == ({}, 3, 4, 7)
    values = pa.chunked_array([["a", None], ["b", "c"], ["a", None, "d"]])
    whole = HistogramCounter({"t": ValueGrid(most=2)})
    whole.add("t", values)
    parts = [HistogramCounter({"t": ValueGrid(most=2)}) for _ in range(2)]
    parts[0].add("t", values.chunk(0))
    parts[1].add("t", values[2:])
    parts[0].merge(parts[1])
    for counter in (whole, parts[0]):
        found = counter.histograms()["t"]
        assert (found.counts, found.other, found.missing) == ({}, 5, 2)


@given(
    st.lists(
        st.one_of(st.none(), st.integers(-5, 5).map(float), st.floats(), st.just(70_000.0)),
        max_size=30,
    )
)
def test_numbers_are_counted_by_value(values: list[float | None]) -> None:
    """Whole or not, near or far, numbers are counted by value as one by one."""
    counter = HistogramCounter({"n": ValueGrid()})
    table = pa.table({"n": pa.array(values, pa.float64())})
    counter.add("n", table["n"])
    grids: dict[str, ColumnGrid] = {"n": ValueGrid()}
    assert counter.histograms() == expected_histograms(grids, table)
