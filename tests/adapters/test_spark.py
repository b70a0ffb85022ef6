"""Spark passes the examination of engines, on a real cluster of a master and two workers."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression

import roadworthy as rw
from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.adapters.engines import engine_for
from roadworthy.adapters.sql_tally import count_on_server
from roadworthy.data import expression as ex
from roadworthy.errors import DataError, HostError, UsageError
from roadworthy.stats.cube import Cube
from roadworthy.stats.families import asked_families
from roadworthy.stats.tally import plan_families
from roadworthy.testing.engine import GRID, PLANS, EngineExamination, Opened, parts_of
from roadworthy.testing.engine_batches import ADDS, labelled
from roadworthy.testing.oracle import random_table
from roadworthy.testing.traps import ATTRIBUTES, plain_rows

adapter = pytest.importorskip("roadworthy.adapters.spark")
Py4JError = pytest.importorskip("py4j.protocol").Py4JError
PySparkException = pytest.importorskip("pyspark.errors").PySparkException
explained = pytest.importorskip("roadworthy.adapters.spark_session").explained
ROWS = random_table(seed=3, rows=700, grid=GRID)
"""A table full of traps."""


def opener(session: Any) -> Opened:
    """Opens rows that a session has made a frame of."""
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 - skipped without it

    engine = adapter.SparkEngine(session)

    def opened(rows: pa.Table, name: str | None = None) -> Any:
        schema = from_arrow_schema(rows.schema, prefer_timestamp_ntz=True)  # local times stay local
        return engine.open(session.createDataFrame(rows, schema), name=name)

    return opened


@pytest.fixture(scope="module")
def people(spark: Any) -> Any:
    """The table full of traps, opened once, since a job takes half a second."""
    return opener(spark)(ROWS, "people")


@pytest.fixture(scope="module")
def people_in_parts(spark: Any) -> list[Any]:
    """The same in parts, opened once."""
    return [opener(spark)(part) for part in parts_of(ROWS)]


class TestSpark(EngineExamination):
    """Frames of a session of the classic kind."""

    @pytest.fixture
    def engine(self, spark: Any) -> Any:
        """An engine on the session of the cluster."""
        return adapter.SparkEngine(spark)

    @pytest.fixture
    def opened(self, spark: Any) -> Opened:
        """Rows as a frame of the session."""
        return opener(spark)

    @pytest.fixture
    def rows(self) -> pa.Table:
        """A table full of traps."""
        return ROWS

    @pytest.fixture
    def table(self, people: Any) -> Any:
        """The same, opened."""
        return people

    @pytest.fixture
    def parts(self, people_in_parts: list[Any]) -> list[Any]:
        """The same in parts, opened."""
        return people_in_parts


class TestConnect:
    """The counting part of the examination over Spark Connect, where this process has no Java."""

    test_tally_is_the_oracle_s = EngineExamination.test_tally_is_the_oracle_s
    test_aggregates_are_the_oracle_s = EngineExamination.test_aggregates_are_the_oracle_s
    test_aggregates_of_nothing = EngineExamination.test_aggregates_of_nothing
    test_derived_columns = EngineExamination.test_derived_columns_are_the_oracle_s
    test_further_columns_stand_beside = EngineExamination.test_further_columns_stand_beside
    test_conflicting_labels = EngineExamination.test_conflicting_labels_are_counted
    test_batches_make_columns_in_order = EngineExamination.test_batches_make_columns_in_order
    test_an_error_in_a_function = EngineExamination.test_an_error_in_a_function_comes_out

    @pytest.fixture
    def rows(self) -> pa.Table:
        """A table full of traps."""
        return ROWS

    @pytest.fixture
    def table(self, connected: Any) -> Any:
        """The same, opened."""
        return connected


class TestCluster:
    """What only a cluster can get wrong."""

    def test_processes_are_separate(self, spark_cluster: Any, people: Any) -> None:
        """Master, workers and the Python processes of both executors are processes of their own."""
        adds = pa.schema([pa.field("process", pa.int64()), pa.field("parent", pa.int64())])

        def process(rows: pa.Table) -> pa.Table:  # within, since no worker has this module
            many = rows.num_rows
            return pa.table({"process": [os.getpid()] * many, "parent": [os.getppid()] * many})

        found = people.map_batches(process, reads=["sex"], adds=adds).read(["process", "parent"])
        cluster = {name: item.pid for name, item in spark_cluster.processes.items()}
        pythons = {row["parent"] for row in found.to_pylist()}
        print("\nprocesses:", cluster, "Python daemons of the executors:", pythons)  # noqa: T201
        assert len({os.getpid(), *cluster.values(), *pythons}) == 1 + len(cluster) + 2
        assert {"master", "worker-1", "worker-2"} <= cluster.keys()

    def test_a_large_table_is_counted_exactly(self, spark: Any, tmp_path: Path) -> None:
        """Of 200,000 rows the cluster counts what DuckDB counts, to the last bit of every sum."""
        rows = random_table(seed=11, rows=200_000, grid=GRID)
        pq.write_table(rows, tmp_path / "rows.parquet", row_group_size=20_000)
        frame = spark.read.parquet(str(tmp_path / "rows.parquet")).repartition(5)
        table = adapter.SparkEngine(spark).open(frame)
        local = DuckDBEngine().open(tmp_path / "rows.parquet")
        for plan in PLANS.values():
            assert table.tally(plan) == local.tally(plan)

    def test_the_session_is_left_as_it_was(self, spark: Any, people: Any) -> None:
        """No view, no setting and no cached rows of ours remain when tables are let go."""
        gc.collect()  # tables of other tests
        before = dict(spark.sparkContext.getConf().getAll()), settings(spark)
        made = people.map_batches(labelled, reads=["year", "race"], adds=ADDS)
        made.read(["twice"], sample=5)
        assert len(cached(spark)) == 1
        with pytest.raises(DataError, match="did you mean"):
            made.aggregate({"n": ex.count(ex.column("rase"))})
        del made
        gc.collect()
        assert spark.catalog.listTables() == []
        assert cached(spark) == []
        assert (dict(spark.sparkContext.getConf().getAll()), settings(spark)) == before

    @pytest.mark.parametrize("kind", ["classic", "connect"])
    def test_work_is_done_once(
        self, kind: str, spark: Any, spark_connect: Any, tmp_path: Path
    ) -> None:
        """However many questions are asked of what a function made, it runs once for each row."""
        log, adds = str(tmp_path / "log"), pa.schema([pa.field("one", pa.int64())])

        def logged(rows: pa.Table) -> pa.Table:
            with open(log, "a") as file:  # noqa: PTH123 - all that a worker needs to import
                file.write(f"{rows.num_rows}\n")
            return pa.table({"one": [1] * rows.num_rows})

        table = opener(spark if kind == "classic" else spark_connect)(ROWS)
        made = table.map_batches(logged, reads=["sex"], adds=adds)
        for _ in range(3):
            assert made.aggregate({"n": ex.total(ex.column("one"))})["n"].to_pylist() == [700]
            assert made.read(["one"]).num_rows == 700
        assert sum(map(int, Path(log).read_text().split())) == 700

    @pytest.mark.parametrize("kind", ["classic", "connect"])
    def test_many_rows_come_a_partition_at_a_time(
        self, kind: str, people: Any, connected: Any, tmp_path: Path
    ) -> None:
        """Where rows are many they come in packed batches: the same rows, types and file."""
        table = people if kind == "classic" else connected
        at_once = table.read()
        engine = adapter.SparkEngine()
        engine.write(table, tmp_path / "at_once.parquet")
        table._spark.at_once = False
        try:
            with table.batches() as batches:
                assert sum(batch.num_rows > 0 for batch in batches) > 1
            assert plain_rows(table.read().to_pylist()) == plain_rows(at_once.to_pylist())
            assert table.read().schema == at_once.schema
            assert table.read(["sex"], where=ex.literal(value=False)).num_rows == 0
            engine.write(table, tmp_path / "streamed.parquet")
        finally:
            table._spark.at_once = True
        files = [(tmp_path / f"{name}.parquet").read_bytes() for name in ("at_once", "streamed")]
        assert files[0] == files[1]

    @pytest.mark.parametrize("reading", [None, 0.0], ids=["by queries", "by reading"])
    def test_many_attributes_are_counted_as_files_are(
        self, spark: Any, reading: float | None
    ) -> None:
        """By a query for each set or by reading, the rows give the cube of a local table."""
        rows = random_table(seed=9, rows=12_000, grid=GRID)
        plan = replace(PLANS["weights"], attributes=ATTRIBUTES, conditions=("member",))
        families = plan_families(ATTRIBUTES, 2)
        sizes, asked = dict.fromkeys(ATTRIBUTES, 6), asked_families(plan, families)
        table = opener(spark)(rows)
        found = count_on_server(table, plan, asked, sizes=sizes, reading=reading)
        assert isinstance(found, Cube)
        assert found == DuckDBEngine().open(rows).tally(plan, families)

    @pytest.mark.parametrize("most", [1 << 25, 0], ids=["to every worker", "by place"])
    def test_columns_stay_on_the_cluster(
        self, spark: Any, people: Any, most: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Columns beside rows, further ones beside these, and samples of them keep their rows."""
        monkeypatch.setattr("roadworthy.adapters.spark_table.BROADCAST", most)
        numbers = list(range(ROWS.num_rows))
        wide = people.with_columns(pa.table({"number": numbers}))
        assert isinstance(wide, adapter.SparkTable)
        wider = wide.with_columns(pa.table({"double": [2 * number for number in numbers]}))
        assert [item.name for item in wider.columns][-2:] == ["number", "double"]
        assert wider.read(["number", "double"]).to_pylist() == [
            {"number": number, "double": 2 * number} for number in numbers
        ]
        few = wider.read(["number"], sample=5, first=100)["number"].to_pylist()
        assert few == sorted(set(few))
        assert max(few) < 100
        mapped = wider.map_batches(labelled, reads=["year", "race"], adds=ADDS)
        assert mapped.read(["number"], first=3)["number"].to_pylist() == [0, 1, 2]
        assert opener(spark)(ROWS.append_column("number", [numbers])).digest() == wide.digest()

    def test_rows_shared_with_a_table_out_of_reach(self, spark: Any) -> None:
        """Rows of the cluster, or none of them, are looked for in a table on this machine."""
        left = opener(spark)(pa.table({"a": [1, 1, None, 3], "b": ["x", "x", "y", "z"]}))
        right = DuckDBEngine().open(pa.table({"a": [1.0, None], "b": ["x", "y"]}))
        assert left.shared(right, ["a", "b"]) == 3
        assert right.shared(left, ["a", "b"]) == 2
        nobody = left.filter(ex.literal(value=False))
        assert (nobody.shared(right, ["a"]), right.shared(nobody, ["a"])) == (0, 0)

    def test_what_fails_is_not_kept(self, spark: Any, people: Any) -> None:
        """Of a function that fails on some rows, the cluster keeps nothing."""
        gc.collect()  # tables of other tests
        kept = spark._jsparkSession.sharedState().cacheManager()
        assert kept.isEmpty()

        def fails(rows: pa.Table) -> pa.Table:
            raise ValueError(f"not these {rows.num_columns} columns")

        with pytest.raises(DataError, match="not these 1 columns"):
            people.map_batches(fails, reads=["year"], adds=pa.schema([("one", pa.int64())]))
        gc.collect()
        assert kept.isEmpty()

    def test_a_question_within_a_question(self, spark: Any, people: Any) -> None:
        """A statement that runs while another one does leaves that one its names."""
        name = people._frame.name
        with people._spark.frame(f"SELECT * FROM {name}", about="no rows"):
            assert people.read(["sex"]).num_rows == 700
            assert spark.catalog.tableExists(name)
        assert not spark.catalog.tableExists(name)

    def test_columns_of_codes_stand_beside(self, people: Any) -> None:
        """A column of codes for texts stands beside the rows as text."""
        words = pa.array(["a", "b", None, "a"] * 175)
        wide = people.with_columns(pa.table({"word": words.dictionary_encode()}))
        assert wide.read(["word"])["word"].to_pylist() == words.to_pylist()
        assert next(item.type for item in wide.columns if item.name == "word") == "text"

    def test_rows_that_change_are_refused(self, spark: Any, tmp_path: Path) -> None:
        """Rows that are others each time they are computed take no columns beside them."""
        log = str(tmp_path / "log")

        def fewer(batches: Any) -> Any:
            with open(log, "a+") as file:  # noqa: PTH123 - all that a worker needs to import
                file.write("again\n")
                file.seek(0)
                times = len(file.readlines())
            yield from (batch.slice(times) for batch in batches)

        frame = spark.range(0, 100, 1, 1).mapInArrow(fewer, "id long")
        table = adapter.SparkEngine(spark).open(frame)
        columns = pa.table({"x": [0] * table.rows})
        with pytest.raises(DataError, match=r"it had .* rows and has .* now; cache\(\) the frame"):
            table.with_columns(columns)

    def test_maps_are_read_as_text(self, spark: Any) -> None:
        """What Spark cannot compare is compared as its text."""
        table = adapter.SparkEngine(spark).open(spark.sql("SELECT map('a', 1) AS m, 1 AS y"))
        assert [item.type for item in table.columns] == ["other", "integer"]
        assert table.conflicts(["m"], "y").rows == table.rows
        assert table.duplicates(["m"]) == 0

    def test_cached_frames_stay_cached(self, spark: Any) -> None:
        """Asking about a frame that the user has cached leaves it cached."""
        frame = spark.createDataFrame(ROWS).cache()
        try:
            assert adapter.SparkEngine(spark).open(frame).read(["sex"]).num_rows == 700
            assert frame.storageLevel.useMemory
            assert len(cached(spark)) == 1
        finally:
            frame.unpersist()

    def test_a_table_is_opened_by_name(self, spark: Any) -> None:
        """An engine that was made with a session finds tables and views in it by their names."""
        spark.createDataFrame(ROWS).createOrReplaceTempView("loans")
        try:
            table = adapter.SparkEngine(spark).open("loans")
            assert (table.name, table.rows) == ("loans", ROWS.num_rows)
            with pytest.raises(DataError, match=r"cannot open the table 'nothing'.*nothing"):
                adapter.SparkEngine(spark).open("nothing")
            with pytest.raises(UsageError, match=r"made with a session; found builtins\.str"):
                adapter.SparkEngine().open("loans")
        finally:
            spark.catalog.dropTempView("loans")

    def test_a_digest_is_of_the_rows(self, spark: Any) -> None:
        """The same rows in any order and partition have one digest, other rows another."""
        frame = spark.createDataFrame(ROWS)
        engine = adapter.SparkEngine(spark)
        digest = engine.open(frame).digest()
        assert engine.open(frame.repartition(3, "race")).digest() == digest
        assert engine.open(frame.limit(ROWS.num_rows - 1)).digest() != digest
        assert engine.open(frame.union(frame.limit(1))).digest() != digest
        assert engine.open(frame.withColumnRenamed("sex", "gender")).digest() != digest

    def test_decimals_are_reals(self, spark: Any) -> None:
        """A decimal is a real, as everywhere; a column of nulls is one."""
        frame = spark.sql("SELECT CAST(1.50 AS DECIMAL(9, 2)) AS pay, NULL AS nothing")
        table = adapter.SparkEngine(spark).open(frame)
        assert [item.type for item in table.columns] == ["real", "integer"]
        assert table.read().to_pylist() == [{"pay": 1.5, "nothing": None}]

    def test_overflow_is_refused(self, spark: Any) -> None:
        """An integer beyond 64 bits is refused in words, not wrapped around."""
        table = adapter.SparkEngine(spark).open(spark.sql("SELECT 9223372036854775807 AS n"))
        with pytest.raises(DataError, match=r"cannot read the table: .*overflow"):
            table.derive({"more": ex.column("n") + 1}).read()

    def test_evidence_is_that_of_files(self, spark: Any, tmp_path: Path) -> None:
        """An assessment on the cluster gives the evidence that the same rows in a file give."""
        rows = loans(6000)
        pq.write_table(rows, tmp_path / "loans.parquet")
        frame = spark.read.parquet(str(tmp_path / "loans.parquet"))
        question = {"label": "paid", "prediction": "granted", "score": "score"}
        question |= {"protected": ["sex", "region"]}
        here = rw.assess(tmp_path / "loans.parquet", **question)
        there = rw.assess(frame, name="loans", **question)
        assert evidence_of(there) == evidence_of(here)
        assert there.record.producer.endswith(f"on spark {spark.version}")
        assert there.record.dataset != here.record.dataset

    def test_a_model_scores_on_the_workers(self, spark: Any) -> None:
        """A model that scores rows on the cluster gives the evidence that it gives here."""
        rows = loans(4000)
        features = ["income", "debt"]
        model = LogisticRegression().fit(
            np.column_stack([rows[name] for name in features]), np.asarray(rows["paid"])
        )
        question = {"label": "paid", "protected": ["sex"], "model": model, "features": features}
        question |= {"checks": ["classification", "group-rates", "calibration"]}
        there = rw.assess(spark.createDataFrame(rows), **question)
        assert evidence_of(there) == evidence_of(rw.assess(rows, **question))


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (
            Py4JError("Cannot call methods on a stopped SparkContext.\nThis stopped it: main"),
            HostError,
            r"cannot read t: the session has ended \(Cannot call methods on a stopped SparkContext",
        ),
        (ValueError("Cannot invoke RPC on closed channel!"), HostError, "make a session"),
        (PySparkException("[UNAVAILABLE] failed to connect"), HostError, r"t: \[UNAVAILABLE\]"),
        (
            PySparkException("[INSUFFICIENT_PERMISSIONS] User lacks SELECT on column `pay`"),
            DataError,
            r"lacks SELECT on column `pay`; ask the owner of the data for SELECT",
        ),
        (PySparkException("[DIVIDE_BY_ZERO] Division by zero"), DataError, "Division by zero"),
    ],
)
def test_errors_say_who_must_act(error: Exception, kind: type[Exception], message: str) -> None:
    """A session that ended, a cluster that is away and a missing permission are told apart."""
    with pytest.raises(kind, match=message), explained("cannot read t"):
        raise error


def test_frames_of_pandas_on_spark_are_told_what_to_do() -> None:
    """A frame of Spark's pandas is answered with the call that makes it one of Spark."""
    frame = type("DataFrame", (), {"__module__": "pyspark.pandas.frame"})()
    engine = engine_for(frame, embedded=DuckDBEngine)
    assert isinstance(engine, adapter.SparkEngine)
    with pytest.raises(UsageError, match=r"found one of its pandas: to_spark\(\)"):
        engine.open(frame)


def test_other_mistakes_are_not_spark_s() -> None:
    """Only errors of Spark are put into words."""
    with pytest.raises(ValueError, match="of ours"), explained("cannot read t"):
        raise ValueError("of ours")


@pytest.fixture(scope="module")
def connected(spark_connect: Any) -> Any:
    """The table full of traps, opened over Spark Connect."""
    return opener(spark_connect)(ROWS, "people")


def settings(spark: Any) -> dict[str, str]:
    """Every setting of the session."""
    return {row["key"]: row["value"] for row in spark.sql("SET").collect()}


def cached(spark: Any) -> list[int]:
    """What the cluster keeps."""
    return list(spark.sparkContext._jsc.getPersistentRDDs().keySet())


def loans(count: int) -> pa.Table:
    """Rows with a score that is right most of the time."""
    rng = np.random.default_rng(5)
    income, debt = rng.normal(30, 8, count), rng.normal(10, 4, count)
    score = 1 / (1 + np.exp(-(income - 3 * debt) / 10))
    return pa.table(
        {
            "income": income,
            "debt": debt,
            "sex": rng.choice(["F", "M"], count),
            "region": rng.choice(["north", "south", "west"], count),
            "score": score,
            "granted": (score >= 0.5).astype(int),
            "paid": (rng.random(count) < score).astype(int),
        }
    )


def evidence_of(assessment: Any) -> list[Any]:
    """Every measurement with its interval, or why there is none; not who measured, nor when."""
    return [
        (item.measure, item.slice, item.outcome, item.parameters)
        for item in assessment.record.evidence
    ]
