"""A table that answers by SQL text passes the examination, whoever runs the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine, DuckDBTable
from roadworthy.adapters.local_copy import local_copy
from roadworthy.adapters.sql_answers import as_texts, narrowed, ordered
from roadworthy.adapters.sql_connection import Relation, SqlConnection
from roadworthy.adapters.sql_table import SqlTable, inhabited
from roadworthy.adapters.sqlglot_printer import DUCKDB, SqlDialect
from roadworthy.data.batches import BatchFunction
from roadworthy.data.engine import CsvOptions, Table
from roadworthy.data.expression import column, count
from roadworthy.errors import DataError, UsageError
from roadworthy.stats.tally import TallyPlan
from roadworthy.testing.engine import EngineExamination


class Connection:
    """Runs statements on what DuckDB has opened."""

    def __init__(self, table: DuckDBTable) -> None:
        self.table = table
        self.said: list[str] = []

    @property
    def dialect(self) -> SqlDialect:
        """DuckDB's, from the printer of all dialects."""
        return DUCKDB

    def run(self, sql: str, *, about: str) -> pa.Table:
        """The rows of a statement."""
        self.said.append(sql)
        return self.table._session.run(sql, about=about)

    @contextmanager
    def stream(self, sql: str, *, about: str) -> Iterator[Iterator[pa.RecordBatch]]:
        """The rows of a statement, a hundred at a time."""
        rows = self.run(sql, about=about)
        yield iter(rows.to_batches(100) or [pa.RecordBatch.from_pylist([], rows.schema)])

    def reaches(self, other: SqlConnection) -> bool:
        """True for tables of the same engine."""
        return isinstance(other, Connection) and other.table._session is self.table._session


class TextTable(SqlTable):
    """A table whose further columns stand beside a copy."""

    def with_columns(self, columns: pa.Table) -> DuckDBTable:
        """A copy with further columns."""
        return DuckDBEngine().open(self.read(), name=self.name).with_columns(columns)

    def map_batches(self, function: BatchFunction, *, reads: list[str], adds: pa.Schema) -> Table:
        """A copy with the columns that the function makes."""
        rows = self.read()
        batches = rows.to_batches() or [pa.RecordBatch.from_pylist([], rows.schema)]
        copy = local_copy(DuckDBEngine(), batches, name=self.name)
        return copy.map_batches(function, reads=reads, adds=adds)

    def _shared_here(self, other: Table, columns: Sequence[str]) -> int:
        """What a copy shares."""
        return DuckDBEngine().open(self.read(columns), name=self.name).shared(other, columns)


class TextEngine:
    """DuckDB, asked through `SqlTable`."""

    def __init__(self) -> None:
        self._inner = DuckDBEngine(threads=2)

    @property
    def name(self) -> str:
        """DuckDB's."""
        return self._inner.name

    def open(
        self, data: object, *, name: str | None = None, csv: CsvOptions | None = None
    ) -> TextTable:
        """Open as DuckDB does."""
        table = self._inner.open(data, name=name, csv=csv)
        relation = Relation(sql=table._source.sql, columns=table.columns)
        made = TextTable(Connection(table), relation, table.name)
        inhabited(made)
        return made

    def transform(self, sql: str, inputs: Mapping[str, Table], *, name: str) -> Table:
        """As DuckDB does."""
        return self._inner.transform(sql, inputs, name=name)

    def write(self, table: Table, path: str) -> None:
        """As DuckDB does."""
        self._inner.write(table, path)


class TestTextTable(EngineExamination):
    """The base of every table that answers by SQL."""

    @pytest.fixture
    def engine(self) -> TextEngine:
        """DuckDB, told everything by sqlglot."""
        return TextEngine()


@pytest.fixture
def table() -> TextTable:
    """Four rows."""
    rows = pa.table({"a": [1, 2, 2, None], "b": ["x", "y", "y", "x"]})
    return TextEngine().open(rows, name="few")


def test_cells_serve_every_set_of_attributes(table: TextTable) -> None:
    """Whether or not the sets are named before, the counts are the same; the reason is told."""
    plan = TallyPlan(attributes=("a", "b"))
    named = table.tally(plan, [("a",), ("b",)])
    assert named == table.tally(plan)
    assert named.strategy.endswith("because there are only 4 rows")


def test_tables_show_themselves(table: TextTable) -> None:
    """A table says what it is called and how wide it is."""
    assert repr(table) == "TextTable('few', 2 columns)"


def test_shared_rows_are_counted_where_they_lie(table: TextTable) -> None:
    """Tables within reach are compared by one statement; others are compared here."""
    engine = TextEngine()
    near = table.filter(column("b").eq("y"))
    assert table.shared(near, ["a", "b"]) == 2
    assert "UNION ALL" in table._connection.said[-1]
    far = engine.open(pa.table({"a": [2.0], "b": ["y"]}))
    assert table.shared(far, ["a", "b"]) == 2
    assert "UNION ALL" not in table._connection.said[-1]


def test_kinds_are_made_alike_to_compare(table: TextTable) -> None:
    """A number equals its text, and an integer its real."""
    wide = table.derive({"number": column("a") * 1.0})
    assert wide.shared(wide.derive({"c": column("b")}), ["number"]) == 4


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda t: t.read([]), UsageError, "at least one column to read"),
        (lambda t: t.read(sample=-1), UsageError, "a sample of 0 rows or more, found -1"),
        (lambda t: t.read(first=-1), UsageError, "the first 0 rows or more, found -1"),
        (lambda t: t.read(["c"]), DataError, "the column 'c' is not in the table"),
        (lambda t: t.aggregate({}), UsageError, "something to aggregate, found nothing"),
        (lambda t: t.filter(column("c")), DataError, "the column 'c' is not in the table"),
        (lambda t: t.duplicates([]), UsageError, "at least one column to compare"),
        (lambda t: t.shared(t, ["c"]), DataError, "compared column 'c' is not in the table"),
    ],
)
def test_wrong_questions_never_reach_the_engine(
    table: TextTable, ask: object, error: type[Exception], message: str
) -> None:
    """What cannot be asked is refused before any statement runs."""
    before = list(table._connection.said)
    with pytest.raises(error, match=message):
        ask(table)
    assert table._connection.said == before


def test_tables_without_columns_are_refused() -> None:
    """A table needs a column."""
    bare = TextTable(Connection(None), Relation(sql="SELECT", columns=()), "bare")
    with pytest.raises(DataError, match="bare has no columns"):
        inhabited(bare)


def test_batches_are_never_none(table: TextTable) -> None:
    """Even of no rows there is a batch, which knows its columns."""
    with table.batches(["b"], where=column("a").eq(7)) as batches:
        found = list(batches)
    assert [batch.schema.names for batch in found] == [["b"]]
    assert sum(batch.num_rows for batch in found) == 0


def test_grouping_by_null_keeps_its_order(table: TextTable) -> None:
    """A key that is null in every row is one group."""
    nothing = column("a").eq(None)
    found = table.aggregate({"n": count()}, by={"nothing": nothing})
    assert found.to_pylist() == [{"nothing": None, "n": 4}]


def test_wide_totals_are_refused() -> None:
    """A total beyond 64 bits is an error that names it, never a wrapped number."""
    wide = pa.table({"n": pa.array([2**63], pa.decimal128(38, 0))})
    with pytest.raises(DataError, match=r"cannot read t: the total 'n' leaves 64 bits"):
        narrowed(wide, "cannot read t")


def test_answers_are_ordered_and_written_alike() -> None:
    """NaN comes after all numbers and null last; texts are DuckDB's."""
    rows = pa.table({"x": [None, float("nan"), 2.0, -0.5]})
    assert ordered(rows, []) is rows
    assert list(map(str, ordered(rows, ["x"])["x"].to_pylist())) == ["-0.5", "2.0", "nan", "None"]
    assert as_texts(rows, []) is rows
    assert as_texts(rows, ["x"])["x"].to_pylist() == [None, "nan", "2.0", "-0.5"]
