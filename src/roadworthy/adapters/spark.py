"""`SparkEngine`: frames and tables of a Spark session, asked by SQL on its cluster.

    rw.assess(spark.table("bank.loans"), label="paid", score="score", protected=["sex"])
    SparkEngine(spark).open("bank.loans")

The session is the user's, classic or Spark Connect: master, memory and credentials are settled
there. Only answers come to this machine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from roadworthy.adapters.duckdb import DuckDBEngine, DuckDBTable
from roadworthy.adapters.parquet_writer import write_parquet
from roadworthy.adapters.spark_session import SparkConnection, explained
from roadworthy.adapters.spark_table import SparkTable, table_of
from roadworthy.adapters.sql_table import inhabited
from roadworthy.data.engine import CsvOptions, Table
from roadworthy.errors import UsageError

__all__ = ["SparkEngine", "SparkTable"]

AT_ONCE = 1 << 20
"""Answers about tables of more rows come here a partition at a time."""


class SparkEngine:
    """Opens data frames of Spark, and tables by their name in a session.

    Args:
        session: where tables are looked up; a data frame brings its own.
    """

    def __init__(self, session: SparkSession | None = None) -> None:
        self._session = session
        self._local = DuckDBEngine()
        self._version = "" if session is None else str(session.version)

    @property
    def name(self) -> str:
        """`spark`, and the version of the session that was used last."""
        return f"spark {self._version}".strip()

    def open(
        self,
        data: object,
        *,
        name: str | None = None,
        csv: CsvOptions | None = None,  # noqa: ARG002 - Spark reads CSV files by itself
    ) -> SparkTable:
        """Open a data frame, or a table or view by its name.

        A frame that is not cached is computed anew for every question: `cache()` it first if that
        is dear. If its rows depend on chance or on the clock, so do the answers.

        Raises:
            DataError: there is no such table, or it has no columns or no rows.
            HostError: the cluster cannot be reached.
            UsageError: the object is no frame and no name, or there is no session to look it up in.
        """
        if isinstance(data, SparkTable):
            self._version = data.version
            return data
        if isinstance(data, str) and self._session is not None:
            with explained(f"cannot open the table {data!r}"):
                frame = self._session.table(data)
                called = name or data
                frame.schema  # noqa: B018 - a session of Connect looks the table up only now
        elif isinstance(data, DataFrame):
            frame, called = data, name or "the table"
        elif type(data).__module__.startswith("pyspark.pandas"):
            raise UsageError("expected a data frame of Spark, found one of its pandas: to_spark()")
        else:
            raise UsageError(
                f"expected a data frame of Spark, or the name of a table for an engine that was "
                f"made with a session; found {type(data).__module__}.{type(data).__qualname__}"
            )
        connection = SparkConnection(frame.sparkSession)
        table = table_of(connection, connection.hold(frame), called, self._local)
        self._version = connection.version
        inhabited(table)
        connection.at_once = table.rows <= AT_ONCE
        return table

    def transform(self, sql: str, inputs: Mapping[str, Table], *, name: str) -> DuckDBTable:
        """Run one SELECT of the embedded engine on copies of the inputs, made here.

        A session cannot promise that a statement sees its inputs and nothing else: other tables,
        the clock and chance are within its reach. So the rows are copied to a scratch file here,
        and the statement means what it means for files.

        Raises:
            DataError: the statement fails, or gives no rows; the message quotes DuckDB's.
        """
        copies = {
            key: table.copied if isinstance(table, SparkTable) else table
            for key, table in inputs.items()
        }
        return self._local.transform(sql, copies, name=name)

    def write(self, table: Table, path: str | os.PathLike[str]) -> None:
        """Write a table as one Parquet file on this machine, whole or not at all.

        Raises:
            HostError: the disk is full or cannot be written to, or the cluster cannot be reached.
        """
        if not isinstance(table, SparkTable):
            self._local.write(table, path)
            return
        with table.batches() as batches:
            first = next(batches)
            rows = (batch for part in ([first], batches) for batch in part)
            write_parquet(Path(path), first.schema, rows)
