"""The first rows of Parquet files are those that DuckDB gives, or DuckDB is asked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.adapters.parquet_rows import first_rows
from roadworthy.data.column_counts import ValueGrid
from roadworthy.data.expression import column, is_null
from roadworthy.errors import DataError

TEXT = pa.array(["a", None, "b", "a", "c"])
ROWS = pa.table(
    {
        "int": pa.array([1, 2, None, 4, 5], pa.int16()),
        "real": pa.array([0.5, float("nan"), None, -0.0, 1e300]),
        "single": pa.array([0.1, 2.5, None, 4, 5], pa.float32()),
        "truth": pa.array([True, None, False, True, True]),
        "text": TEXT,
        "long": TEXT.cast(pa.large_string()),
        "coded": TEXT.dictionary_encode(),
    }
)


EVERY = is_null(column("int")) | (column("int") > 0)


@pytest.mark.parametrize("first", [1, 2, 3, 5, 9])
def test_rows_and_types_are_the_engines(tmp_path: Path, first: int) -> None:
    """Across row groups, the same rows come in the same types as from a statement."""
    path = tmp_path / "a.parquet"
    pq.write_table(ROWS, path, row_group_size=2)
    names = ["coded", "int", "real", "single", "truth", "text", "long"]
    found = first_rows([str(path)], names, first)
    assert found is not None
    table = DuckDBEngine().open(path)
    expected = table.read(names, first=first, where=EVERY)
    assert found.schema == expected.schema
    assert str(found.to_pylist()) == str(expected.to_pylist())
    assert str(table.read(names, first=first).to_pylist()) == str(expected.to_pylist())


def test_what_it_cannot_answer_is_left_to_the_engine(tmp_path: Path) -> None:
    """Times, remote files, no rows, and rows of a second file are for a statement."""
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    pq.write_table(pa.table({"n": [1, 2], "at": [date(2026, 1, 1)] * 2}), paths[0])
    pq.write_table(pa.table({"n": [3], "at": [date(2026, 1, 2)]}), paths[1])
    local = [str(path) for path in paths]
    assert first_rows(local, ["at"], 1) is None
    assert first_rows(local, ["n"], 3) is None
    assert first_rows(local, ["n"], 0) is None
    assert first_rows([], ["n"], 1) is None
    assert first_rows(["s3://bucket/a.parquet"], ["n"], 1) is None
    table = DuckDBEngine().open(paths)
    assert table.read(["n"], first=3)["n"].to_pylist() == [1, 2, 3]
    assert table.read(["at", "n"], first=1).to_pylist() == [{"at": date(2026, 1, 1), "n": 1}]
    assert table.read(["n"], first=0).num_rows == 0


def test_malformed_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are an error that names the file, not a crash."""
    raw = pa.array([b"fine", b"\xff\xfe"])
    text = pa.Array.from_buffers(pa.string(), len(raw), raw.buffers())
    pq.write_table(pa.table({"t": text}), tmp_path / "a.parquet")
    table = DuckDBEngine().open(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"cannot read a\.parquet: .*Invalid UTF8"):
        table.read(["t"], first=2)
    with pytest.raises(DataError, match=r"cannot read a\.parquet: .*Invalid UTF8"):
        table.histograms({"t": ValueGrid()})
