"""`DuckDBEngine`: tables in this process, in files or in memory, larger than memory if need be."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from roadworthy.adapters.duckdb_batches import mapped
from roadworthy.adapters.duckdb_histograms import count_source
from roadworthy.adapters.duckdb_rows import DescribedRows, DuckDBConnection
from roadworthy.adapters.duckdb_session import Session, Source, explained
from roadworthy.adapters.duckdb_source import open_source, registered
from roadworthy.adapters.duckdb_tally import Asked, Counting
from roadworthy.adapters.duckdb_transform import storable, transform
from roadworthy.adapters.parquet_rows import first_rows
from roadworthy.adapters.parquet_writer import ROW_GROUP, write_parquet
from roadworthy.adapters.sql_table import SqlTable, inhabited
from roadworthy.data.batches import BatchFunction
from roadworthy.data.column_counts import ColumnGrid, Histogram
from roadworthy.data.engine import CsvOptions, Table
from roadworthy.data.expression import Expression, columns_of
from roadworthy.data.histograms import check_grids
from roadworthy.data.places import is_remote, without_secrets
from roadworthy.data.sql_names import quote_name
from roadworthy.errors import UsageError
from roadworthy.records.versions import Column
from roadworthy.stats.counted import Counted
from roadworthy.stats.cube import Cube
from roadworthy.stats.families import Families, asked_families
from roadworthy.stats.tally import Tally, TallyPlan


class DuckDBEngine:
    """Opens Parquet, CSV, JSON and Arrow files, folders, frames, Arrow tables and relations.

    Args:
        threads: how many to use; by default all cores.
        memory_limit: what DuckDB may hold in memory, such as `"2GB"`; beyond it, it spills to disk.
        spill: the folder to spill to; by default the system's for temporary files.
    """

    def __init__(
        self,
        *,
        threads: int | None = None,
        memory_limit: str | None = None,
        spill: str | os.PathLike[str] | None = None,
    ) -> None:
        self._session = Session(
            threads=threads,
            memory_limit=memory_limit,
            spill=None if spill is None else Path(spill),
        )

    @property
    def name(self) -> str:
        """`duckdb` and its version."""
        return f"duckdb {duckdb.__version__}"

    def open(
        self, data: object, *, name: str | None = None, csv: CsvOptions | None = None
    ) -> DuckDBTable:
        """Open a path, folder, glob, frame, Arrow table or relation, or a list of such parts.

        Frames and relations become Arrow first. `name` is what errors call the table; by default
        the file's name.

        Raises:
            DataError: the data is missing, unreadable, empty or has duplicate column names.
            UsageError: the object is of a kind that is not read.
        """
        if isinstance(data, DuckDBTable):
            return data
        called = name or _called(data)
        source = open_source(self._session, data, name=called, csv=csv or CsvOptions())
        table = DuckDBTable(self._session, source, called)
        inhabited(table)
        return table

    def transform(self, sql: str, inputs: Mapping[str, Table], *, name: str) -> DuckDBTable:
        """Run one SELECT that reads the inputs by name; the same bytes in give the same rows out.

        The statement sees the inputs and nothing else: no other files, no network, no clock, no
        random numbers. Rows come in the statement's own order.

        Raises:
            DataError: the statement fails, or gives no rows; the message quotes DuckDB's.
        """
        sources = {key: _source_of(self._session, table) for key, table in inputs.items()}
        about = f"the transformation of {name!r} fails"
        made = transform(self._session, sql, sources, about=about)
        table = DuckDBTable(self._session, made, name)
        inhabited(table)
        return table

    def write(self, table: Table, path: str | os.PathLike[str]) -> None:
        """Write a table as Parquet, whole or not at all, with the same bytes for the same rows.

        Raises:
            HostError: the disk is full or cannot be written to.
        """
        about = f"cannot write {table.name} to {os.fspath(path)!r}"
        source = _source_of(self._session, table)
        statement = storable(self._session, source, about)
        with (
            self._session.stream(statement, batch=ROW_GROUP, about=about) as rows,
            explained(about),
        ):
            write_parquet(Path(path), rows.schema, rows)


class DuckDBTable(SqlTable):
    """Rows that DuckDB reads; each question is one statement."""

    def __init__(self, session: Session, source: Source, name: str) -> None:
        rows = DescribedRows(session, source, name)
        super().__init__(DuckDBConnection(session), rows, name)
        self._session = session
        self._source = source

    def tallies(
        self, plans: Sequence[TallyPlan], families: Iterable[Sequence[str]]
    ) -> tuple[Counted, ...]:
        """What `tally` gives for each plan; all dense counts are made in one pass.

        Raises:
            DataError: as `tally` does, for any of the plans.
            UsageError: as `tally` does, for any of the plans.
        """
        wanted = [tuple(family) for family in families]
        several = []
        for asked in plans:
            plan, sizes = self._ready(asked)
            own = asked_families(plan, wanted)
            several.append(Asked(plan=plan, families=own, sizes=sizes))
        return tuple(self._counting.together(several))

    def histograms(
        self, grids: Mapping[str, ColumnGrid], *, where: Expression | None = None
    ) -> Mapping[str, Histogram]:
        """How often each cell or value of many columns occurs, in one pass over the table.

        Raises:
            DataError: a column is missing, or of a type that its grid cannot count.
            UsageError: there is no grid.
        """
        asked = check_grids(grids, self.columns)
        self._check_columns(columns_of(where))
        return count_source(self._session, self._source, grids, asked, where, about=self._about)

    def with_columns(self, columns: pa.Table) -> DuckDBTable:
        """This table with further columns beside it, row by row in order.

        Raises:
            UsageError: the numbers of rows differ, or a name is taken.
        """
        self._check_beside(columns)
        return self._beside(registered(self._session, columns))

    def map_batches(
        self, function: BatchFunction, *, reads: Sequence[str], adds: pa.Schema
    ) -> DuckDBTable:
        """This table with the columns that a function makes of batches of rows, in order.

        Worker processes help where that pays; as many as the engine may use threads.

        Raises:
            DataError: a column to read is missing.
            UsageError: a name is taken, or the function makes something else than `adds`.
            HostError: a worker ended before its work was done.
        """
        if not reads:
            raise UsageError("expected at least one column to read, found none")
        self._check_columns(reads)
        self._check_new(adds.names)
        rows = f"SELECT {', '.join(map(quote_name, reads))} FROM {self._from}"
        made = mapped(self._session, rows, function, adds, count=self.rows, name=self._name)
        return self._beside(made)

    def _shared_here(self, other: Table, columns: Sequence[str]) -> int:
        """What `shared` gives for another engine's table, of which these columns are copied."""
        theirs = registered(self._session, other.read(columns))
        return self.shared(DuckDBTable(self._session, theirs, other.name), columns)

    def _count(
        self, plan: TallyPlan, families: Families | None, sizes: Mapping[str, int]
    ) -> Tally | Cube:
        """The counts: by one grouped query, or densely."""
        return self._counting.one(Asked(plan=plan, families=families, sizes=sizes))

    @property
    def _counting(self) -> Counting:
        return Counting(
            session=self._session,
            source=self._source,
            columns=self.columns,
            rows=self.rows,
            about=self._about,
        )

    def _count_shared(self, mine: str, yours: str, columns: Sequence[str]) -> int:
        """How many rows of one statement occur in another: DuckDB looks nulls up too."""
        pairs = " AND ".join(f"m.{name} IS NOT DISTINCT FROM y.{name}" for name in columns)
        joined = f"({mine}) AS m SEMI JOIN ({yours}) AS y ON {pairs}"
        return int(self._run(f"SELECT COUNT(*) AS n FROM {joined}")["n"][0].as_py())

    def _read(self, names: Sequence[str], where: Expression | None, first: int | None) -> pa.Table:
        """Columns of rows: at once, with all threads; the first ones of a file without DuckDB."""
        if where is None and first is not None:
            with explained(self._about):
                found = first_rows(self._source.parquet, names, first)
            if found is not None:
                return found
        return self._run(self._select(names, where, first))

    def _distinct_among_first(self, names: Sequence[str], first: int) -> Mapping[str, int]:
        """How many values some columns have in the first rows: a statement would take longer."""
        head = self._read(names, None, first)
        try:
            return {name: pc.count_distinct(head[name]).as_py() for name in names}
        except pa.ArrowNotImplementedError:  # of nulls only, or of intervals
            return super()._distinct_among_first(names, first)

    def _in_order(
        self,
        keys: Mapping[str, Expression],
        select: Mapping[str, Expression],
        where: Expression | None,
    ) -> pa.Table:
        """Groups in the order of their keys, which may be as many as the rows."""
        order = ", ".join(f"{i + 1} NULLS LAST" for i in range(len(keys)))
        return self._run(self._grouping(keys, select, where) + (order and f" ORDER BY {order}"))

    def _derived(self, sql: str, columns: tuple[Column, ...] = ()) -> DuckDBTable:
        del columns  # DuckDB says what they are
        return DuckDBTable(self._session, replace(self._source, sql=sql, parquet=()), self._name)

    def _beside(self, other: Source) -> DuckDBTable:
        """These rows with those of `other` beside them, row by row."""
        made = replace(
            self._source,
            sql=f"SELECT * FROM ({self._source.sql}) AS l POSITIONAL JOIN ({other.sql}) AS r",
            parquet=(),
            registered=(*self._source.registered, *other.registered),
            paths=(*self._source.paths, *other.paths),
        )
        return DuckDBTable(self._session, made, self._name)


def _called(data: object) -> str:
    """What errors and records call data that nobody named."""
    if not isinstance(data, str | os.PathLike):
        return "the table"
    place = os.fspath(data)
    return Path(without_secrets(place) if is_remote(place) else place).name


def _source_of(session: Session, table: Table) -> Source:
    """The rows of a table as this session reads them; another engine's table is copied."""
    if isinstance(table, DuckDBTable) and table._session is session:  # noqa: SLF001 - the same class
        return table._source  # noqa: SLF001 - the same class
    return registered(session, table.read())
