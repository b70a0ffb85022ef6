"""Spark passes the examination of engines, on a real cluster of a master and two workers."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression

import roadworthy as rw
from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data import expression as ex
from roadworthy.errors import DataError, UsageError
from roadworthy.testing.engine import GRID, PLANS, EngineExamination, Opened
from roadworthy.testing.engine_batches import ADDS, labelled
from roadworthy.testing.oracle import random_table

adapter = pytest.importorskip("roadworthy.adapters.spark")
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


class TestConnect:
    """The counting part of the examination over Spark Connect, where this process has no Java."""

    test_tally_is_the_oracle_s = EngineExamination.test_tally_is_the_oracle_s
    test_aggregates_are_the_oracle_s = EngineExamination.test_aggregates_are_the_oracle_s
    test_aggregates_of_nothing = EngineExamination.test_aggregates_of_nothing
    test_derived_columns = EngineExamination.test_derived_columns_are_the_oracle_s
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
