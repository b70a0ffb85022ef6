"""Opening data with DuckDB: what is read, and what is said of what cannot be."""

from __future__ import annotations

import gzip
import os
import pickle
import signal
import threading
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.adapters.duckdb_session import Session
from roadworthy.data.engine import CsvOptions
from roadworthy.data.expression import column, count, total
from roadworthy.errors import DataError, HostError, UsageError
from roadworthy.stats.tally import TallyPlan

ROWS = {"a": [1, 2, 3], "s": ["x", None, "y"]}


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    """One engine for all."""
    return DuckDBEngine(threads=2)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in."""
    monkeypatch.chdir(tmp_path)
    pq.write_table(pa.table(ROWS), "good.parquet")
    return tmp_path


# --- what is read ---------------------------------------------------------------------------------


def test_files_of_every_kind_are_read(engine: DuckDBEngine, folder: Path) -> None:
    """Parquet, CSV (also compressed), JSON and Arrow files give the same rows."""
    text = "a,s\n1,x\n2,\n3,y\n"
    (folder / "a.csv").write_text(text)
    (folder / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "a.tsv").write_text(text.replace(",", "\t"))
    (folder / "a.jsonl").write_text('{"a":1,"s":"x"}\n{"a":2}\n{"a":3,"s":"y"}\n')
    feather.write_feather(pa.table(ROWS), folder / "a.arrow")
    for name in ("good.parquet", "a.csv", "a.csv.gz", "a.tsv", "a.jsonl", "a.arrow"):
        table = engine.open(name)
        assert table.read().to_pydict() == ROWS
        assert table.name == name


def test_folders_and_patterns_are_read(engine: DuckDBEngine, folder: Path) -> None:
    """A folder or a pattern means its files in order; `key=value` folders are columns."""
    for year in (2019, 2020):
        (folder / "all" / f"year={year}").mkdir(parents=True)
        pq.write_table(pa.table(ROWS), folder / "all" / f"year={year}" / "part.parquet")
    (folder / "all" / "_SUCCESS").write_text("")
    table = engine.open(folder / "all")
    assert table.read(["year"])["year"].to_pylist() == [2019] * 3 + [2020] * 3
    assert engine.open("all/*/*.parquet").rows == 6
    assert engine.open("all/**/*.parquet").read(["year"])["year"].to_pylist()[-1] == 2020


@pytest.mark.parametrize(
    "make",
    [
        pa.table,
        lambda rows: pa.table(rows).to_batches()[0],
        lambda rows: pa.table(rows).to_reader(),
        lambda rows: ds.dataset(pa.table(rows)),
        pl.DataFrame,
        lambda rows: pl.DataFrame(rows).lazy(),
        lambda rows: pd.DataFrame(rows, index=[7, 8, 9]),
        lambda rows: duckdb.sql(
            f"SELECT * FROM (VALUES {', '.join(map(_sql_row, zip(*rows.values(), strict=True)))}) "
            "AS t(a, s)"
        ),
    ],
    ids=["arrow", "batch", "reader", "dataset", "polars", "lazy", "pandas", "relation"],
)
def test_frames_of_every_kind_are_read(engine: DuckDBEngine, make: object) -> None:
    """Arrow, pandas, Polars and DuckDB give the same rows, without an index."""
    assert engine.open(make(ROWS)).read().to_pydict() == ROWS


def _sql_row(row: tuple[object, ...]) -> str:
    return f"({row[0]}, {'NULL' if row[1] is None else repr(row[1])})"


def test_categories_and_nulls_keep_their_meaning(engine: DuckDBEngine) -> None:
    """Categories are text, NaN stays NaN in Polars and becomes null from pandas."""
    frame = pd.DataFrame({"c": pd.Categorical(["u", None]), "x": [1.0, np.nan]})
    table = engine.open(frame)
    assert [item.type for item in table.columns] == ["text", "real"]
    assert table.read().to_pydict() == {"c": ["u", None], "x": [1.0, None]}
    lazy = engine.open(pl.LazyFrame({"x": [float("nan"), None]}))
    assert np.isnan(lazy.read()["x"][0].as_py())


def test_an_all_null_column_is_all_missing(engine: DuckDBEngine) -> None:
    """A column of nulls alone can be an attribute, a label or a score: everybody is missing."""
    table = engine.open(pa.table({"n": pa.nulls(3)}))
    tally = table.tally(TallyPlan(attributes=("n",), label="n", score="n"))
    assert tally.categories == (("(missing)",),)
    assert tally.cell.tolist() == [tally.plan.grid.missing]


def test_delimiters_and_encodings_can_be_named(engine: DuckDBEngine, folder: Path) -> None:
    """A CSV file in another encoding or with another delimiter is read as said."""
    (folder / "l.csv").write_bytes("name;x\nJosé;1,5\n".encode("cp1252"))
    options = CsvOptions(delimiter=";", encoding="cp1252")
    assert engine.open("l.csv", csv=options).read()["name"].to_pylist() == ["José"]


def test_late_values_change_the_type(engine: DuckDBEngine, folder: Path) -> None:
    """The whole CSV file is looked at before a column gets its type."""
    lines = [f"{i},x" for i in range(30_000)]
    (folder / "late.csv").write_text("\n".join(["a,b", *lines, "oops,y"]))
    assert [item.type for item in engine.open("late.csv").columns] == ["text", "text"]


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("zero.parquet", b"", r"'zero.parquet' is empty \(0 bytes\)"),
        ("text.parquet", b"hello, this is text", "as Parquet; it may be cut short"),
        ("header.csv", b"a,b\n", "no rows"),
        ("twice.csv", b"a,b,a\n1,2,3\n", "column names that occur more than once: 'a'"),
        ("case.csv", b"a,A\n1,2\n", "differ only in upper and lower case: 'a', 'A'"),
        ("unnamed.csv", b"a,,c\n1,2,3\n", "no name for column 2"),
        ("ragged.csv", b"n,x\na,1\nb,2,3\nk,5\n", "different numbers of fields"),
        ("latin.csv", "n,x\na,1\nJosé,2\n".encode("latin-1"), r"byte 0xe9 at offset 11 \(line 3\)"),
        ("bad.json", b'{"a":1}\n{"a":', "cannot read 'bad.json' as JSON"),
        ("model.pkl", pickle.dumps({}), "is a pickle, which can run any code"),
        ("model.joblib", b"", "is a pickle"),
        ("book.xlsx", b"x", "ends in '.xlsx', a kind that is not read"),
        ("noending", b"x", "has no ending"),
    ],
)
def test_bad_files_are_refused(
    engine: DuckDBEngine, folder: Path, name: str, content: bytes, message: str
) -> None:
    """What is wrong with a file is said in plain words."""
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        engine.open(name)


def test_damaged_parquet_is_refused(engine: DuckDBEngine, folder: Path) -> None:
    """A file cut short is refused when opened, one with damaged pages when read."""
    whole = (folder / "good.parquet").read_bytes()
    (folder / "cut.parquet").write_bytes(whole[:-200])
    with pytest.raises(DataError, match="it may be cut short"):
        engine.open("cut.parquet")
    (folder / "damaged.parquet").write_bytes(whole[:4] + b"\xff" * 60 + whole[64:])
    with pytest.raises(DataError, match=r"cannot read damaged.parquet"):
        engine.open("damaged.parquet").read()


@pytest.mark.usefixtures("folder")
def test_missing_files_are_answered_with_near_names(engine: DuckDBEngine) -> None:
    """A file that is not there is answered with the nearest name and what is there."""
    with pytest.raises(DataError, match=r"did you mean 'good.parquet'.*there: good.parquet"):
        engine.open("goood.parquet")
    with pytest.raises(DataError, match="there is no folder 'nowhere' either"):
        engine.open("nowhere/good.parquet")
    with pytest.raises(DataError, match=r"no file matches '\*.feather'"):
        engine.open("*.feather")


def test_unclear_folders_are_refused(engine: DuckDBEngine, folder: Path) -> None:
    """A folder without data, or with data of two kinds, is refused."""
    (folder / "empty").mkdir()
    with pytest.raises(DataError, match="has no data files"):
        engine.open("empty")
    (folder / "more.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match="files of one kind, found CSV and Parquet"):
        engine.open(folder)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "occur more than once"),
        (pa.table([[1], [2]], names=["a", "a"]), "occur more than once: 'a'"),
        (pa.table([[1], [2]], names=["a", "A"]), "differ only in upper and lower case"),
        (
            pd.DataFrame({"ok": [1, 2], "m": [1, "x"]}),
            r"column 'm' of .* mixes types: int \(1\), str",
        ),
    ],
)
def test_bad_frames_are_refused(engine: DuckDBEngine, data: object, message: str) -> None:
    """Repeated names and mixed types are refused, by name."""
    with pytest.raises(DataError, match=message):
        engine.open(data)


@pytest.mark.parametrize("data", [{"a": [1]}, pd.Series([1]), None])
def test_what_is_no_table_is_refused(engine: DuckDBEngine, data: object) -> None:
    """Other objects are refused, with what is expected."""
    with pytest.raises(UsageError, match="expected a path, a pandas or Polars frame"):
        engine.open(data)


def test_wrong_encodings_are_refused(engine: DuckDBEngine, folder: Path) -> None:
    """An encoding that does not exist, or that the file is not in, is refused."""
    (folder / "l.csv").write_bytes(b"a\n\xe9\n")
    with pytest.raises(UsageError, match="no text encoding is called 'klingon'"):
        engine.open("l.csv", csv=CsvOptions(encoding="klingon"))
    with pytest.raises(DataError, match="is not ascii"):
        engine.open("l.csv", csv=CsvOptions(encoding="ascii"))


def test_ten_thousand_categories_are_found_early(engine: DuckDBEngine) -> None:
    """In a large table, too many categories are found before grouping by them, and counted."""
    rows = 150_000
    table = engine.open(pa.table({"id": [str(i % 12_345) for i in range(rows)]}))
    with pytest.raises(DataError, match="'id' has 12,345 distinct values, at most 1,000"):
        table.tally(TallyPlan(attributes=("id",)))


def test_integer_totals_never_wrap_around(engine: DuckDBEngine) -> None:
    """A total beyond 64 bits is an error."""
    table = engine.open(pa.table({"a": [2**62, 2**62]}))
    with pytest.raises(DataError, match="cannot read the table"):
        table.aggregate({"n": total(column("a"))})
    weights = engine.open(pa.table({"w": [1.0, 1.0, 1.0, 2.0**16, 2.0**16]}))
    with pytest.raises(DataError, match="the total 'weight_squared' leaves 64 bits; measure fewer"):
        weights.tally(TallyPlan(weight="w"))


# --- transformations ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM read_text('/etc/hostname')", "reads 'read_text', and a transformation"),
        ("SELECT * FROM '{folder}/other.parquet'", "nothing but its inputs: people"),
        ("SELECT * FROM people, glob('/*')", "reads 'glob'"),
        ("SELECT * FROM query('SELECT random() AS r')", "reads 'query'"),
        ("SELECT * FROM arrow_scan(1, 2, 3)", "reads 'arrow_scan'"),
        ("SELECT * FROM start_ui()", "reads 'start_ui'"),
        ("SELECT (SELECT count(*) FROM duckdb_settings) AS n", "reads 'duckdb_settings'"),
        ("SELECT * FROM information_schema.tables", "reads 'tables'"),
        ("SELECT current_localtime AS t", "uses current_localtime"),
        ("COPY people TO '{folder}/out.csv'", "expected one SELECT"),
        ("SELECT current_date AS d", "uses current_date"),
        ("SELECT a FROM people USING SAMPLE 1", "a random sample"),
        ("SELECT a, a AS A FROM people", "differ only in upper and lower case"),
        ("", "found 0 statements"),
        ("SELEC", "syntax error"),
    ],
)
def test_transformations_are_shut_off(
    engine: DuckDBEngine, folder: Path, sql: str, message: str
) -> None:
    """A statement sees its inputs only, and must give the same rows every time."""
    pq.write_table(pa.table(ROWS), "other.parquet")
    people = engine.open("good.parquet")
    with pytest.raises(DataError, match=message):
        engine.transform(sql.format(folder=folder), {"people": people}, name="made")
    assert not (folder / "out.csv").exists()


def test_a_statement_may_make_rows_of_its_own(engine: DuckDBEngine, folder: Path) -> None:
    """Names that it gives itself, in any case, and rows made of numbers are no other input."""
    sql = "WITH Few AS (SELECT a FROM PEOPLE) SELECT few.a, r.range AS n FROM few, range(2) AS r"
    people = engine.open(folder / "good.parquet")
    made = engine.transform(sql, {"people": people}, name="made")
    assert made.rows == 2 * people.rows


def test_no_extension_is_fetched() -> None:
    """DuckDB is never let to install what a statement names: that would be code, and a network."""
    session = Session()
    settings = session.run(
        "SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%known_extensions'",
        about="the settings",
    )
    assert dict(zip(*(settings[name].to_pylist() for name in ("name", "value")), strict=True)) == {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }


def test_a_column_may_be_called_like_a_function(engine: DuckDBEngine) -> None:
    """A column named `today` is not taken for the clock."""
    table = engine.open(pa.table({"today": [1]}))
    made = engine.transform("SELECT today FROM t -- the column", {"t": table}, name="made")
    assert made.read().to_pydict() == {"today": [1]}


def test_transformations_of_transformations(engine: DuckDBEngine, folder: Path) -> None:
    """Results, filtered and widened tables can be inputs; wide integers fit into Parquet."""
    people = engine.open("good.parquet").filter(column("a") > 1)
    wide = people.with_columns(pa.table({"z": [7, 8]}))
    made = engine.transform("SELECT SUM(z) AS n FROM wide;", {"wide": wide}, name="sum")
    again = engine.transform("SELECT n + 1 AS n FROM made", {"made": made}, name="more")
    assert again.read().to_pydict() == {"n": [16]}
    assert again.columns[0].type == "integer"
    engine.write(again, folder / "again.parquet")
    assert pq.read_table("again.parquet").to_pydict() == {"n": [16]}


# --- the host -------------------------------------------------------------------------------------


def test_bytes_do_not_depend_on_threads(folder: Path) -> None:
    """One thread and many write the same bytes, whatever the row groups were."""
    rows = 400_000
    pq.write_table(pa.table({"i": np.arange(rows)}), "big.parquet", row_group_size=30_000)
    written = []
    for threads in (1, 4):
        engine = DuckDBEngine(threads=threads)
        table = engine.open("big.parquet").filter(column("i") >= 1000)
        path = folder / f"{threads}.parquet"
        engine.write(table, path)
        written.append(path.read_bytes())
    assert written[0] == written[1]
    assert pq.ParquetFile("4.parquet").metadata.row_group(0).num_rows == 131_072


def test_a_place_that_cannot_be_written_is_the_host_s(engine: DuckDBEngine, folder: Path) -> None:
    """A folder that cannot be made leaves nothing behind and names the path."""
    (folder / "file").write_text("")
    with pytest.raises(HostError, match=r"cannot write .*nothing was written"):
        engine.write(engine.open("good.parquet"), folder / "file" / "x.parquet")
    assert sorted(item.name for item in folder.iterdir()) == ["file", "good.parquet"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_the_host_s(engine: DuckDBEngine, folder: Path) -> None:
    """A full disk is said to be full, and the file that was there stays as it was."""
    before = (folder / "good.parquet").read_bytes()
    table = engine.open(pa.table({"a": np.random.default_rng(0).random(300_000)}))
    (folder / f".good.parquet.{os.getpid()}.part").symlink_to("/dev/full")
    with pytest.raises(HostError, match="No space left on device; nothing was written"):
        engine.write(table, folder / "good.parquet")
    assert (folder / "good.parquet").read_bytes() == before
    assert [item.name for item in folder.iterdir()] == ["good.parquet"]


def test_memory_can_be_limited(folder: Path) -> None:
    """What exceeds the memory limit spills to the folder given, which is empty afterwards."""
    rows = 4_000_000
    pq.write_table(pa.table({"i": np.arange(rows)}), "big.parquet")
    spill = folder / "spill"
    spill.mkdir()
    engine = DuckDBEngine(memory_limit="80MB", threads=1, spill=spill)
    assert engine.open("big.parquet").duplicates(["i"]) == 0
    del engine
    assert list(spill.iterdir()) == []
    with pytest.raises(UsageError, match="DuckDB refuses"):
        DuckDBEngine(memory_limit="lots")


@pytest.mark.usefixtures("folder")
def test_an_interrupt_stops_the_pass() -> None:
    """Ctrl-C in the middle of a pass ends it, and the engine can be used again."""
    pq.write_table(pa.table({"i": np.arange(40_000)}), "many.parquet")
    engine = DuckDBEngine(threads=1)
    endless = "SELECT COUNT(*) AS n FROM t a, t b, t c WHERE hash(a.i + b.i * c.i) % 7 = 1"
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        engine.transform(endless, {"t": engine.open("many.parquet")}, name="endless")
    timer.join()
    assert engine.open("many.parquet").aggregate({"n": count()})["n"].to_pylist() == [40_000]


@pytest.mark.parametrize(
    "kinds", [(pa.int64(), pa.float64()), (pa.float32(), pa.float64()), (pa.int8(), pa.int64())]
)
def test_numbers_of_later_files_are_not_rounded(
    engine: DuckDBEngine, tmp_path: Path, kinds: tuple[pa.DataType, pa.DataType]
) -> None:
    """Files of one folder may hold a number in different types: it has the widest of them."""
    values = [[1, 0], [300, 1] if kinds[1] == pa.int64() else [0.7, 1 / 3]]
    for place, (held, kind) in enumerate(zip(values, kinds, strict=True)):
        words = pa.array(["a", "b"])
        rows = {"n": pa.array(held, kind), "g": words.dictionary_encode() if place else words}
        pq.write_table(pa.table(rows), tmp_path / f"{place}.parquet")
    table = engine.open(tmp_path)
    assert table.read(["n"])["n"].to_pylist() == [*values[0], *values[1]]
    assert table.read(["n"], first=1).schema == table.read(["n"]).schema
    assert table.read(["n"]).schema.field("n").type == kinds[1]


def test_a_list_of_parts_is_one_table(engine, tmp_path):
    """Files of several kinds and frames with the same columns make one table, in their order."""
    whole = pa.table({"n": range(9), "word": list("abcdefghi")})
    pq.write_table(whole.slice(0, 3), tmp_path / "a.parquet")
    whole.slice(3, 2).to_pandas().to_csv(tmp_path / "b.csv", index=False)
    feather.write_feather(whole.slice(5, 2), tmp_path / "c.arrow", compression="uncompressed")
    frame = pl.from_arrow(whole.slice(7, 2))
    table = engine.open([tmp_path / "a.parquet", tmp_path / "b.csv", tmp_path / "c.arrow", frame])
    assert table.read().to_pydict() == whole.to_pydict()


def test_parts_with_other_columns_are_refused(engine):
    """The column that differs is named, with what it is in each part."""
    first, second = pa.table({"n": [1], "x": [1.0]}), pa.table({"n": [1], "x": ["one"]})
    with pytest.raises(DataError, match="'x' is real in a Table and text in a Table"):
        engine.open([first, second])
    with pytest.raises(DataError, match="'x' is real in a Table and nothing in a Table"):
        engine.open([first, pa.table({"n": [1]})])
    with pytest.raises(UsageError, match="at least one"):
        engine.open([])
