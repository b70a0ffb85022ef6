"""`SparkTable`: rows that a cluster reads, narrows down, widens and counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from roadworthy.adapters.duckdb import DuckDBEngine, DuckDBTable
from roadworthy.adapters.frames import check_unique
from roadworthy.adapters.local_copy import local_copy, shared_here
from roadworthy.adapters.spark_session import Frame, SparkConnection, explained, frames_of
from roadworthy.adapters.spark_types import digested, logical_type, readable
from roadworthy.adapters.sql_connection import Relation
from roadworthy.adapters.sql_table import SqlTable
from roadworthy.data.batches import BatchFunction, applied
from roadworthy.data.content import digest_of_parts
from roadworthy.data.engine import Table
from roadworthy.data.expression import Expression, columns_of
from roadworthy.errors import DataError, UsageError
from roadworthy.records.versions import Column

MOST_READ = 4_000_000
"""More rows than these are never read here to be counted."""

BROADCAST = 1 << 25
"""Columns of so few bytes go to every worker, so that the rows stay where they are."""


class SparkTable(SqlTable):
    """Rows that a cluster reads; each question is one statement in the user's session.

    Rows come in the order of Spark's partitions, which is the same each time for files, tables and
    cached frames, and may differ after a shuffle. No answer but a sample or the first rows depends
    on it. Rows that were given further columns have places of their own, and keep their order.
    """

    def __init__(
        self,
        connection: SparkConnection,
        relation: Relation,
        name: str,
        frame: Frame,
        local: DuckDBEngine,
    ) -> None:
        super().__init__(connection, relation, name)
        self._spark = connection
        self._frame = frame
        self._local = local

    @property
    def version(self) -> str:
        """The version of Spark."""
        return self._spark.version

    @property
    def reading(self) -> float | None:
        """What reading a row here costs; many rows are counted by the cluster, which has cores."""
        return super().reading if self.rows <= MOST_READ else None

    @cached_property
    def copied(self) -> DuckDBTable:
        """The rows in a scratch file here, read once, in their order."""
        with self.batches() as batches:
            return local_copy(self._local, batches, name=self.name)

    def read(
        self,
        columns: Sequence[str] | None = None,
        *,
        where: Expression | None = None,
        first: int | None = None,
        sample: int | None = None,
        seed: int = 0,
    ) -> pa.Table:
        """Rows as Arrow, in their order; `first` keeps the first ones, `sample` a random choice."""
        if sample is None or sample < 0:
            return super().read(columns, where=where, first=first, sample=sample, seed=seed)
        names = [item.name for item in self.columns] if columns is None else list(columns)
        self._check_columns((*names, *columns_of(where)))
        listed, order = ", ".join(map(self._quote, names)), self._order_by(self._relation.order)
        head = "" if first is None else f" LIMIT {int(first)}"
        rows = f"SELECT * FROM {self._from}{self._where(where)}{order if head else ''}{head}"
        # Spark numbers rows only in an order that it must sort for; the place costs nothing
        place = self._quote(self._unused("row"))
        known = order and self._quote(self._relation.order[0])
        placed = f"SELECT {listed}, {known or 'monotonically_increasing_id()'} AS {place} "
        mixed = f"MD5(CONCAT('{int(seed)}:', CAST({place} AS STRING)))"
        kept = f"SELECT * FROM ({placed} FROM ({rows}) AS r) AS p "
        kept += f"ORDER BY {mixed}, {place} LIMIT {int(sample)}"
        return self._run(f"SELECT {listed} FROM ({kept}) AS k ORDER BY {place}")

    def with_columns(self, columns: pa.Table) -> SparkTable:
        """This table with further columns beside it, row by row in order, on the cluster.

        The columns are sent there, each row with its place, and joined with the rows. The cluster
        keeps both until the table is let go.

        Raises:
            UsageError: the numbers of rows differ, or a name is taken.
            DataError: the rows are not the same each time they are read.
        """
        self._check_beside(columns)
        about = f"cannot put columns beside {self.name}"
        if not self._relation.order:
            placed = self._placed(about)
            if placed.rows != self.rows:
                raise DataError(
                    f"{about}: it had {self.rows:,} rows and has {placed.rows:,} now; cache() the "
                    f"frame, so that its rows are the same each time"
                )
            return placed.with_columns(columns)
        (place,) = self._relation.order
        by = self._quote(place)
        places = self._spark.run(f"SELECT {by} FROM {self._from}", about=about).sort_by(place)
        sent = columns.append_column(place, places[place])
        schema = from_arrow_schema(sent.schema, prefer_timestamp_ntz=True)
        with explained(about):
            beside = self._spark.hold(self._spark.session.createDataFrame(sent, schema))
        added = ", ".join(f"b.{self._quote(name)}" for name in columns.column_names)
        hint = "/*+ BROADCAST(b) */ " if sent.nbytes <= BROADCAST else ""
        joined = (
            f"SELECT {hint}r.*, {added} FROM (SELECT {self._own} FROM {self._from}) AS r "
            f"JOIN {beside.name} AS b ON r.{by} = b.{by}"
        )
        with self._spark.frame(joined, about=about) as rows:
            return self._kept(rows, joined, order=(place,))

    def _placed(self, about: str) -> SparkTable:
        """The same rows with their places, which they keep."""
        place = self._unused("row place")
        number = f"monotonically_increasing_id() AS {self._quote(place)}"
        numbered = f"SELECT {self._own}, {number} FROM {self._from}"
        with self._spark.frame(numbered, about=about) as rows:
            return self._kept(rows, numbered, order=(place,))

    def map_batches(
        self, function: BatchFunction, *, reads: Sequence[str], adds: pa.Schema
    ) -> SparkTable:
        """This table with the columns that a function makes of batches of rows, on the workers.

        The function travels to the workers, where the packages that it needs must be installed,
        this one among them. The cluster keeps the rows until the table is let go.

        Raises:
            DataError: a column to read is missing, or the function fails on a worker; the message
                names its error.
            UsageError: a name is taken.
            HostError: the workers lack a package, or the cluster ran out of something.
        """
        if not reads:
            raise UsageError("expected at least one column to read, found none")
        self._check_columns(reads)
        self._check_new(adds.names)
        work = _Work(function, tuple(reads), adds)
        about = f"the function fails on {self.name}"
        read = f"SELECT {self._own} FROM {self._from}"
        with self._spark.frame(read, about=about) as rows:
            wide = StructType([*rows.schema.fields, *from_arrow_schema(adds).fields])
            return self._kept(rows.mapInArrow(work, wide), read, order=self._relation.order)

    def _kept(self, rows: DataFrame, sql: str, *, order: tuple[str, ...]) -> SparkTable:
        """A table of rows that the cluster computes now and keeps.

        Args:
            rows: the rows.
            sql: the statement that they come from.
            order: the columns that fix their order.
        """
        made = rows.persist()
        frame = self._spark.hold(made, needs=frames_of(sql), kept=True)
        made.count()  # now, so that an error names what it is about
        return table_of(self._spark, frame, self.name, self._local, order=order)

    def digest(self) -> str:
        """The digest of the rows in any order, computed on the cluster.

        Each row is hashed with SHA-256, and the sorted hashes again, in 4,096 parts: rows of other
        values, or another number of the same rows, give another digest.
        """
        listed = ", ".join(map(self._quote, self._kinds))
        with self._spark.frame(f"SELECT {listed} FROM {self._from}", about=self._about) as rows:
            row = digested(rows.schema)
        hashed = f"SELECT SHA2({row}, 256) AS h FROM {self._from}"
        parts = self._run(
            "SELECT SUBSTRING(h, 1, 3) AS part, COUNT(*) AS n, "
            "SHA2(ARRAY_JOIN(ARRAY_SORT(COLLECT_LIST(h)), ''), 256) AS digest "
            f"FROM ({hashed}) AS r GROUP BY 1 ORDER BY 1"
        )
        return digest_of_parts("spark-rows/1", self.columns, parts.to_pylist())

    @property
    def _own(self) -> str:
        """The columns, and those that fix the order of rows."""
        return ", ".join(map(self._quote, (*self._kinds, *self._relation.order)))

    def _shared_here(self, other: Table, columns: Sequence[str]) -> int:
        """What `shared` gives for a table elsewhere: these columns are compared here."""
        return shared_here(self._local, self, other, columns)

    def _derived(self, sql: str, columns: tuple[Column, ...]) -> SparkTable:
        relation = Relation(sql=sql, columns=columns, order=self._relation.order)
        return SparkTable(self._spark, relation, self._name, self._frame, self._local)


@dataclass(frozen=True, slots=True)
class _Work:
    """What a worker does with its rows."""

    function: BatchFunction
    reads: tuple[str, ...]
    adds: pa.Schema

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in filter(len, batches):
            rows = pa.Table.from_batches([batch])
            made = applied(self.function, rows.select(list(self.reads)), self.adds)
            for field in self.adds:
                rows = rows.append_column(field, made[field.name])
            yield from rows.combine_chunks().to_batches()


def table_of(
    connection: SparkConnection,
    frame: Frame,
    name: str,
    local: DuckDBEngine,
    *,
    order: tuple[str, ...] = (),
) -> SparkTable:
    """The table of a frame; `order` names columns that fix the order of rows, none of its own.

    Raises:
        DataError: two columns have the same name.
    """
    with explained(f"cannot read {name}"):
        schema: Any = frame.data.schema
    check_unique(schema.names, name)
    columns = tuple(
        Column(name=field.name, type=logical_type(field.dataType))
        for field in schema.fields
        if field.name not in order
    )
    sql = f"SELECT {readable(schema)} FROM {frame.name}"
    relation = Relation(sql=sql, columns=columns, order=order)
    return SparkTable(connection, relation, name, frame, local)
