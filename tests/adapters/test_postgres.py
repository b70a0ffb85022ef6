"""PostgreSQL passes the examination of engines, on a real server."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.adapters.postgres import PostgresEngine
from roadworthy.adapters.postgres_session import BATCH
from roadworthy.adapters.sql_tally import count_on_server
from roadworthy.adapters.sqlglot_printer import POSTGRES
from roadworthy.data.expression import cast, column, count, literal
from roadworthy.errors import DataError, HostError, UsageError
from roadworthy.stats.cube import Cube
from roadworthy.stats.families import asked_families
from roadworthy.stats.tally import TallyPlan, plan_families
from roadworthy.testing.engine import GRID, PLANS, EngineExamination, Opened
from roadworthy.testing.oracle import random_table
from roadworthy.testing.traps import ATTRIBUTES


class TestPostgres(EngineExamination):
    """Tables in a database, written there by the test and opened by their URL."""

    @pytest.fixture
    def engine(self) -> PostgresEngine:
        """An engine that is told of the database by each URL."""
        return PostgresEngine()

    @pytest.fixture
    def opened(self, engine: PostgresEngine, postgres: Any) -> Opened:
        """Rows in a table of the database."""
        return lambda rows, name=None: engine.open(postgres.put(rows), name=name)


@pytest.mark.parametrize("reading", [None, 0.0], ids=["by queries", "by reading"])
def test_many_attributes_are_counted_as_files_are(postgres: Any, reading: float | None) -> None:
    """By a query for each set or by reading, the server's rows give the cube of a local table."""
    rows = random_table(seed=9, rows=12_000, grid=GRID)
    plan = replace(PLANS["weights"], attributes=ATTRIBUTES, conditions=("member",))
    families = plan_families(ATTRIBUTES, 2)
    table = PostgresEngine().open(postgres.put(rows))
    sizes = dict.fromkeys(ATTRIBUTES, 6)
    asked = asked_families(plan, families)
    found = count_on_server(table, plan, asked, sizes=sizes, reading=reading)
    assert isinstance(found, Cube)
    assert ("where the rows live" in found.strategy) == (reading is None)
    assert found == DuckDBEngine().open(rows).tally(plan, families)


@pytest.fixture
def engine(postgres: Any) -> PostgresEngine:
    """An engine of the test's database."""
    return PostgresEngine(postgres.address)


@pytest.fixture
def loans(postgres: Any) -> Iterator[str]:
    """A table with a primary key, whose rows were written in another order; gives its name."""
    postgres.execute(
        'CREATE TABLE "My loans" (id integer PRIMARY KEY, amount numeric(9, 2), kind text)',
        "INSERT INTO \"My loans\" VALUES (3, 30.5, 'c'), (1, 10.25, 'a'), (2, NULL, 'B')",
    )
    yield f'{postgres.schema}."My loans"'
    gc.collect()
    postgres.execute("SET lock_timeout = '10s'", 'DROP TABLE "My loans" CASCADE')


# --- opening -------------------------------------------------------------------------------------


def test_tables_are_opened_by_url_and_by_name(
    engine: PostgresEngine, postgres: Any, loans: str
) -> None:
    """A URL, a name in an engine with a connection, keywords, and psycopg's connection all do."""
    with psycopg.connect(postgres.address) as connection:
        info = connection.info
        engines = (
            engine,
            PostgresEngine(connection=connection),
            PostgresEngine(host=info.host, port=info.port, dbname=info.dbname, user=info.user),
        )
        tables = [each.open(loans) for each in engines]
    tables.append(PostgresEngine().open(postgres.url('"My loans"')))
    for table in tables:
        assert table.name == f"{postgres.schema}.My loans"
        assert table.rows == 3
    assert engine.open(tables[0]) is tables[0]
    assert engine.name == f"postgresql {tables[0].version}"
    assert engine.open(loans, name="loans").name == "loans"


def test_tables_without_a_schema_follow_the_search_path(postgres: Any, loans: str) -> None:
    """A name alone is looked for where the user's own statements would find it."""
    del loans
    engine = PostgresEngine(postgres.address, options=f"-c search_path={postgres.schema}")
    assert engine.open('"My loans"').rows == 3


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("nowhere.loans", "there is no table 'nowhere.loans' at .*; "),
        ("My loan", r"there is no table 'My loan' at .*; did you mean '\w+.My loans'"),
        ("my loans", "there is no table 'my loans'"),
    ],
)
def test_missing_tables_are_answered_with_near_ones(
    engine: PostgresEngine, loans: str, named: str, message: str
) -> None:
    """Who misspells a table is told what there is."""
    del loans
    with pytest.raises(DataError, match=message):
        engine.open(named)


@pytest.mark.parametrize("named", ["", "a.b.c", "a.", ".b", '"a"b', '"a'])
def test_names_that_are_none_are_refused(engine: PostgresEngine, named: str) -> None:
    """A name has one part or two."""
    with pytest.raises(UsageError, match="the name of a table"):
        engine.open(named)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://ada@h/bank", "the URL names no tables; expected one, as in postgresql://"),
        ("postgresql://ada@h/bank?table=a&table=b", "the URL names 2 tables"),
        ("postgresql://ada:s3cret@h/bank?table=a&nonsense=1", "the address of the database cannot"),
    ],
)
def test_urls_that_are_none_are_refused(url: str, message: str) -> None:
    """A URL names one table and nothing that libpq does not know; passwords are not repeated."""
    with pytest.raises(UsageError, match=message) as caught:
        PostgresEngine().open(url)
    assert "s3cret" not in str(caught.value)


def test_servers_that_are_not_there_are_told_of(tmp_path: Path) -> None:
    """Without a server the error says where it was looked for and what to check, never a secret."""
    url = f"postgresql://ada:s3cret@/bank?host={tmp_path}&table=loans"
    with pytest.raises(HostError, match="check that the server runs") as caught:
        PostgresEngine().open(url)
    assert str(tmp_path) in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(PostgresEngine(url.replace("&table=loans", "")))


def test_databases_that_are_not_there_are_told_of(postgres: Any) -> None:
    """A wrong name of a database is quoted as the server says it."""
    with pytest.raises((HostError, DataError), match="nowhere"):
        PostgresEngine(postgres.address, dbname="nowhere").open("loans")


def test_readers_without_permission_are_told_what_to_ask(postgres: Any, loans: str) -> None:
    """Who may not read a table learns which grant is missing."""
    postgres.execute("CREATE ROLE roadworthy_guest LOGIN")
    try:
        engine = PostgresEngine(postgres.address, user="roadworthy_guest")
        with pytest.raises(DataError, match=r'GRANT SELECT ON .*"My loans"'):
            engine.open(loans)
        postgres.execute(
            f'GRANT USAGE ON SCHEMA "{postgres.schema}" TO roadworthy_guest',
            'GRANT SELECT (id, kind) ON "My loans" TO roadworthy_guest',
        )
        with pytest.raises(DataError, match=r"only some columns of .*: id, kind; name a view"):
            engine.open(loans)
    finally:
        postgres.execute("DROP OWNED BY roadworthy_guest", "DROP ROLE roadworthy_guest")


# --- reading -------------------------------------------------------------------------------------


def test_rows_come_in_the_order_of_the_primary_key(engine: PostgresEngine, loans: str) -> None:
    """The primary key orders the rows; decimals are reals."""
    found = engine.open(loans).read().to_pylist()
    assert found == [
        {"id": 1, "amount": 10.25, "kind": "a"},
        {"id": 2, "amount": None, "kind": "B"},
        {"id": 3, "amount": 30.5, "kind": "c"},
    ]


def test_rows_of_views_come_in_the_order_of_their_values(
    engine: PostgresEngine, postgres: Any, loans: str
) -> None:
    """A view has no places: its rows are ordered by their values, text by code points."""
    del loans
    postgres.execute('CREATE VIEW kinds AS SELECT kind, id FROM "My loans"')
    table = engine.open(f"{postgres.schema}.kinds")
    assert table.read(["kind"])["kind"].to_pylist() == ["B", "a", "c"]
    assert table.aggregate({"n": count()}, by={"k": column("kind")})["k"].to_pylist() == [
        *("B", "a", "c")
    ]


def test_partitions_and_materialised_views_are_tables(
    engine: PostgresEngine, postgres: Any, loans: str
) -> None:
    """Whatever can be selected from can be assessed."""
    del loans
    postgres.execute(
        "CREATE TABLE parted (a integer, b text) PARTITION BY LIST (b)",
        "CREATE TABLE parted_x PARTITION OF parted FOR VALUES IN ('x')",
        "CREATE TABLE parted_y PARTITION OF parted FOR VALUES IN ('y')",
        "INSERT INTO parted VALUES (2, 'y'), (1, 'y'), (3, 'x')",
        'CREATE MATERIALIZED VIEW kept AS SELECT * FROM "My loans" ORDER BY id DESC',
    )
    parted = engine.open(f"{postgres.schema}.parted").read()
    assert parted.to_pydict() == {"a": [1, 2, 3], "b": ["y", "y", "x"]}
    kept = engine.open(f"{postgres.schema}.kept")
    assert kept.read(["id"])["id"].to_pylist() == [3, 2, 1]


def test_every_type_is_read(engine: PostgresEngine, postgres: Any) -> None:
    """Plain values keep their kind; all else is text, as PostgreSQL writes it."""
    postgres.execute(
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        "CREATE DOMAIN share AS double precision CHECK (VALUE <= 1)",
        "CREATE TABLE kinds_of (a char(3), b uuid, c mood, d share, e real, f jsonb, g integer[], "
        "h bytea, i time, j interval)",
        "INSERT INTO kinds_of VALUES ('x', '6f1c9d5e-8f3b-4c55-9d2e-3a1f0f6b7c11', 'glad', 0.5, "
        "0.1, '{\"k\": 1}', '{1,2}', '\\x00ff', '12:30', '1 day')",
    )
    table = engine.open(f"{postgres.schema}.kinds_of")
    types = {item.name: item.type for item in table.columns}
    assert types == {
        **dict.fromkeys("abc", "text"),
        **dict.fromkeys("de", "real"),
        **dict.fromkeys("fgh", "other"),
        "i": "time",
        "j": "other",
    }
    (row,) = table.read().to_pylist()
    assert row == {
        "a": "x",
        "b": "6f1c9d5e-8f3b-4c55-9d2e-3a1f0f6b7c11",
        "c": "glad",
        "d": 0.5,
        "e": pytest.approx(0.1),
        "f": '{"k": 1}',
        "g": "{1,2}",
        "h": "\\x00ff",
        "i": time(12, 30),
        "j": "1 day",
    }
    assert table.tally(TallyPlan(attributes=("e",))).categories == (("0.1",),)


def test_one_table_shows_one_state(engine: PostgresEngine, postgres: Any, loans: str) -> None:
    """Whoever writes meanwhile, all questions are about the same rows."""
    table = engine.open(loans)
    before = table.digest()
    postgres.execute("INSERT INTO \"My loans\" VALUES (4, 1, 'd')")
    assert table.filter(column("id") > 0).rows == 3
    assert table.digest() == before
    assert engine.open(loans).rows == 4
    assert engine.open(loans).digest() != before


def test_nothing_can_be_written(engine: PostgresEngine, loans: str) -> None:
    """The transaction only reads, and a refused statement leaves it usable."""
    table = engine.open(loans)
    with pytest.raises(DataError, match="read-only transaction"):
        table._session.run("DELETE FROM pg_class", about="cannot delete")
    assert table.rows == 3


def test_connections_end_with_the_last_table(
    engine: PostgresEngine, postgres: Any, loans: str
) -> None:
    """A connection lasts as long as a table needs it, and no longer."""
    table = engine.open(loans)
    part = table.filter(column("id") > 1)
    del table
    assert part.rows == 2
    session = part._session
    session.close()
    with pytest.raises(HostError, match=r"the connection is closed; .* run it again when the"):
        part.read()
    del postgres


def test_a_connection_that_is_lost_is_told_of(
    engine: PostgresEngine, postgres: Any, loans: str
) -> None:
    """A server that ends the connection amid the work is no mistake of address or password."""
    table = engine.open(loans)
    pid = table._session._connection.info.backend_pid
    postgres.execute(f"SELECT pg_terminate_backend({pid}, 10000)")
    for _ in range(2):
        with pytest.raises(HostError, match=r"cannot read .*My loans: .*; the connection is lost"):
            table.read()


def test_a_server_s_patience_is_told_of(engine: PostgresEngine, postgres: Any) -> None:
    """A statement that the server ends for its length is told, with what to change."""
    table = engine.open(postgres.put(pa.table({"a": list(range(2000))})))
    table._session._connection.execute("SET LOCAL statement_timeout = 1")
    pairs = table._derived(f"SELECT t.a FROM {table._from}, {table._from[:-1]}u", table.columns)
    with pytest.raises(HostError, match=r"ended the statement: .*timeout; .* name a smaller view"):
        pairs.duplicates(["a"])


def test_samples_are_those_of_files(engine: PostgresEngine, postgres: Any) -> None:
    """Rows in the same order give the same sample, in a database and in a file."""
    rows = pa.table({"i": list(range(500))})
    table = engine.open(postgres.put(rows))
    for options in ({"sample": 20, "seed": 7}, {"sample": 5, "first": 30}):
        expected = DuckDBEngine().open(rows).read(**options)["i"].to_pylist()
        assert table.read(**options)["i"].to_pylist() == expected


def test_long_tables_stream(engine: PostgresEngine, postgres: Any) -> None:
    """More rows than are fetched at a time come in order, and whole."""
    rows = pa.table({"i": list(range(2 * BATCH))})
    table = engine.open(postgres.put(rows))
    with table.batches() as batches:
        sizes = [batch.num_rows for batch in batches]
    assert sizes == [BATCH, BATCH, 0]
    assert table.read()["i"].to_pylist() == rows["i"].to_pylist()


@given(number=st.floats(allow_nan=False, allow_infinity=False))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_products_and_texts_are_python_s(postgres: Any, number: float) -> None:
    """No product of reals is an error; up to 1e15 a real is written as Python writes it."""
    tiny = min(max(number, -1e150), 1e150)
    column_, kinds = column("x"), {"x": "real"}
    asked = [column_ * column_, column_ * 2.0**-300, cast(column_, "text")]
    listed = ", ".join(POSTGRES.print(node, kinds) for node in asked)
    with psycopg.connect(postgres.address) as connection:
        sql = f'SELECT {listed} FROM (SELECT {POSTGRES.print(literal(tiny), {})} AS "x") AS t'
        found = connection.execute(sql.encode()).fetchone()
    assert found[:2] == (tiny * tiny, tiny * 2.0**-300)
    if abs(tiny) < 1e15:
        assert found[2] == str(tiny)


# --- identity ------------------------------------------------------------------------------------


def test_digests_know_rows_and_not_their_order(engine: PostgresEngine, postgres: Any) -> None:
    """The same rows in any order have one digest; any other value, name, type or number another."""
    first = pa.table({"a": [1, 2, 2, None], "b": ["x", "", None, "y,z"]})
    table = engine.open(postgres.put(first))
    shuffled = engine.open(postgres.put(first.take([3, 1, 0, 2])))
    assert shuffled.digest() == table.digest()
    others = (
        first.slice(0, 3),
        pa.concat_tables([first, first]),
        pa.table({"a": [1, 2, 2, None], "b": ["x", "", "", "y,z"]}),
        pa.table({"a": [1, 2, 2, None], "c": ["x", "", None, "y,z"]}),
        pa.table({"a": [1.0, 2.0, 2.0, None], "b": ["x", "", None, "y,z"]}),
    )
    digests = {engine.open(postgres.put(other)).digest() for other in others}
    assert len(digests) == len(others)
    assert table.digest() not in digests


# --- across tables -------------------------------------------------------------------------------


def test_rows_shared_within_a_server_stay_there(engine: PostgresEngine, postgres: Any) -> None:
    """Tables in one state of one database are compared there; all others are compared here."""
    left = pa.table({"a": [1, 1, None, 3], "b": ["x", "x", "y", "z"]})
    right = pa.table({"a": [1.0, None], "b": ["x", "y"]})
    urls = [postgres.put(left), postgres.put(right)]
    mine, theirs = (engine.open(url) for url in urls)
    assert mine._session.reaches(theirs._session)
    assert mine.shared(theirs, ["a", "b"]) == 3
    assert mine.shared(DuckDBEngine().open(right), ["a", "b"]) == 3
    late = engine.open(postgres.put(right))
    assert not mine._session.reaches(late._session)
    assert mine.shared(late, ["a", "b"]) == 3
    nobody = mine.filter(literal(value=False))
    assert [nobody.shared(other, ["a"]) for other in (theirs, late)] == [0, 0]


def test_batches_are_mapped_on_a_copy(engine: PostgresEngine, loans: str) -> None:
    """Columns that a function makes stand beside the rows, which were read once."""
    table = engine.open(loans)
    adds = pa.schema([("twice", pa.int64())])
    wide = table.map_batches(
        lambda rows: pa.table({"twice": [2 * i for i in rows["id"].to_pylist()]}),
        reads=["id"],
        adds=adds,
    )
    assert wide.read(["id", "twice"]).to_pydict() == {"id": [1, 2, 3], "twice": [2, 4, 6]}
    with pytest.raises(DataError, match="the column 'ids' is not in the table"):
        table.map_batches(lambda rows: rows, reads=["ids"], adds=adds)
    with pytest.raises(UsageError, match="already has the columns kind"):
        table.map_batches(lambda rows: rows, reads=["id"], adds=pa.schema([("kind", pa.string())]))


def test_other_tables_are_written_too(engine: PostgresEngine, tmp_path: Path) -> None:
    """An engine writes any table that is a table."""
    rows = pa.table({"a": [1, 2]})
    engine.write(DuckDBEngine().open(rows), str(tmp_path / "a.parquet"))
    assert pq.read_table(tmp_path / "a.parquet").to_pydict() == {"a": [1, 2]}
