"""`DuckDBEngine`: tables in this process, in files or in memory, larger than memory if need be."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import duckdb
import pyarrow as pa

from roadworthy.adapters.duckdb_batches import mapped
from roadworthy.adapters.duckdb_histograms import count_source
from roadworthy.adapters.duckdb_session import Session, Source, explained, logical_type
from roadworthy.adapters.duckdb_source import open_source, registered
from roadworthy.adapters.duckdb_tally import count_rows
from roadworthy.adapters.duckdb_transform import storable, transform
from roadworthy.adapters.frames import check_unique, narrowed
from roadworthy.adapters.parquet_rows import first_rows
from roadworthy.adapters.parquet_writer import ROW_GROUP, write_parquet
from roadworthy.adapters.sql import DUCKDB, to_sql
from roadworthy.data.batches import BATCH, BatchFunction
from roadworthy.data.cells import cell_query, median_weight, weight_exponent
from roadworthy.data.column_counts import ColumnGrid, Histogram
from roadworthy.data.engine import CsvOptions, Table
from roadworthy.data.expression import Expression, columns_of, count_distinct
from roadworthy.data.expression import column as column_named
from roadworthy.data.histograms import check_grids
from roadworthy.data.sql_names import quote_name
from roadworthy.errors import DataError, UsageError
from roadworthy.records.versions import Column
from roadworthy.stats.counted import Counted
from roadworthy.stats.families import asked_families
from roadworthy.stats.tally import Tally, TallyPlan, check_categories

_SCREENED_ROWS = 10_000


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
        default = Path(data).name if isinstance(data, str | os.PathLike) else "the table"
        called = name or default
        source = open_source(self._session, data, name=called, csv=csv or CsvOptions())
        return _inhabited(DuckDBTable(self._session, source, called))

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
        return _inhabited(DuckDBTable(self._session, made, name))

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


class DuckDBTable:
    """Rows that DuckDB reads; each question is one statement."""

    def __init__(self, session: Session, source: Source, name: str) -> None:
        self._session = session
        self._source = source
        self._name = name

    def __repr__(self) -> str:
        return f"DuckDBTable({self._name!r}, {len(self.columns)} columns)"

    @property
    def name(self) -> str:
        """What errors and reports call this table."""
        return self._name

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns in their order, with logical types."""
        described = self._run(f"DESCRIBE {self._source.sql}").to_pylist()
        return tuple(
            Column(name=row["column_name"], type=logical_type(row["column_type"]))
            for row in described
        )

    @cached_property
    def rows(self) -> int:
        """The number of rows."""
        return int(self._run(f"SELECT COUNT(*) AS n FROM {self._from}")["n"][0].as_py())

    @overload
    def tally(self, plan: TallyPlan, families: None = None) -> Tally: ...

    @overload
    def tally(self, plan: TallyPlan, families: Iterable[Sequence[str]]) -> Counted: ...

    def tally(
        self, plan: TallyPlan, families: Iterable[Sequence[str]] | None = None
    ) -> Tally | Counted:
        """Count rows by attributes, label, prediction and score bin, in one pass.

        Given the families that will be asked for, they may be counted densely.

        Raises:
            DataError: a column is missing, a label is outside the plan's classes, an attribute has
                too many values, a weight cannot be used.
            UsageError: a family names an attribute that is not counted, or the counts do not fit
                into memory.
        """
        asked = None if families is None else asked_families(plan, families)
        cell_query(plan, self.columns)  # refuses wrong columns before any pass
        if plan.weight is not None and plan.weight_exponent is None:
            median = self.aggregate({"median": median_weight(plan)})["median"][0].as_py()
            plan = replace(plan, weight_exponent=weight_exponent(median))
        return count_rows(
            self._session,
            self._source,
            plan,
            asked,
            columns=self.columns,
            rows=self.rows,
            sizes=self._screen(plan),
            about=f"cannot read {self._name}",
        )

    def aggregate(
        self,
        select: Mapping[str, Expression],
        *,
        by: Mapping[str, Expression] | None = None,
        where: Expression | None = None,
    ) -> pa.Table:
        """Aggregate expressions, grouped by row expressions, over rows that satisfy `where`.

        The groups come in ascending order of their keys, null last. Totals of integers are 64-bit
        integers.

        Raises:
            DataError: a column is missing, or a total leaves 64 bits.
        """
        keys = by or {}
        if not select and not keys:
            raise UsageError("expected something to aggregate, found nothing")
        self._check_columns(columns_of(*keys.values(), *select.values(), where))
        listed = ", ".join(
            f"{to_sql(item)} AS {quote_name(key)}" for key, item in {**keys, **select}.items()
        )
        order = ", ".join(f"{i + 1} NULLS LAST" for i in range(len(keys)))
        return self._run(
            f"SELECT {listed} FROM {self._from}{_where(where)}{_group_by(len(keys))}"
            + (f" ORDER BY {order}" if keys else "")
        )

    @contextmanager
    def aggregate_batches(
        self, select: Mapping[str, Expression], *, by: Mapping[str, Expression]
    ) -> Iterator[Iterator[pa.Table]]:
        """The groups of `aggregate`, some at a time and in any order: more than memory holds.

        Raises:
            DataError: a column is missing, or a total leaves 64 bits.
        """
        self._check_columns(columns_of(*by.values(), *select.values()))
        named = {**by, **select}.items()
        listed = ", ".join(f"{to_sql(item)} AS {quote_name(key)}" for key, item in named)
        statement = f"SELECT {listed} FROM {self._from}{_group_by(len(by))}"
        about = f"cannot read {self._name}"
        with self._session.stream(statement, batch=BATCH, about=about) as batches:
            yield (narrowed(pa.Table.from_batches([batch])) for batch in _told(batches, about))

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
        about = f"cannot read {self._name}"
        return count_source(self._session, self._source, grids, asked, where, about=about)

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
        names = [item.name for item in self.columns] if columns is None else list(columns)
        if not names:
            raise UsageError("expected at least one column to read, found none")
        self._check_columns((*names, *columns_of(where)))
        listed = ", ".join(map(quote_name, names))
        rows = f"SELECT {listed} FROM {self._from}{_where(where)}"
        if first is not None:
            if first < 0:
                raise UsageError(f"expected the first 0 rows or more, found {first}")
            rows += f" LIMIT {int(first)}"
            if where is None and sample is None:
                with explained(f"cannot read {self._name}"):
                    found = first_rows(self._source.parquet, names, first)
                if found is not None:
                    return found
        if sample is None:
            return self._run(rows)
        if sample < 0:
            raise UsageError(f"expected a sample of 0 rows or more, found {sample}")
        place = quote_name(_unused(names, "row"))
        mixed = f"md5(concat('{int(seed)}:', {place}))"
        return self._run(
            f"SELECT {listed} FROM (SELECT * FROM (SELECT *, row_number() OVER () AS {place} "
            f"FROM ({rows})) ORDER BY {mixed} LIMIT {int(sample)}) ORDER BY {place}"
        )

    def with_columns(self, columns: pa.Table) -> DuckDBTable:
        """This table with further columns beside it, row by row in order.

        Raises:
            UsageError: the numbers of rows differ, or a name is taken.
        """
        if columns.num_rows != self.rows:
            raise UsageError(
                f"expected {self.rows:,} rows to stand beside {self.name}, "
                f"found {columns.num_rows:,}"
            )
        self._check_new(columns.column_names)
        return self._beside(registered(self._session, columns))

    def derive(self, columns: Mapping[str, Expression]) -> DuckDBTable:
        """This table with further columns, each computed from its own row.

        Raises:
            DataError: an expression reads a column that is missing.
            UsageError: a name is taken.
        """
        self._check_columns(columns_of(*columns.values()))
        self._check_new(list(columns))
        made = [f"{to_sql(item)} AS {quote_name(name)}" for name, item in columns.items()]
        return self._derived(f"SELECT {', '.join(['*', *made])} FROM {self._from}")

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

    def filter(self, where: Expression) -> DuckDBTable:
        """The rows that satisfy `where`, in their order."""
        self._check_columns(columns_of(where))
        return self._derived(f"SELECT * FROM {self._from}{_where(where)}")

    def duplicates(self, columns: Sequence[str]) -> int:
        """How many rows repeat an earlier row in all these columns; nulls and NaN are equal."""
        types = self._compared(columns)
        listed = ", ".join(_comparable(quote_name(name), types[name]) for name in columns)
        distinct = self._run(
            f"SELECT COUNT(*) AS n FROM (SELECT DISTINCT {listed} FROM {self._from})"
        )
        return self.rows - int(distinct["n"][0].as_py())

    def shared(self, other: Table, columns: Sequence[str]) -> int:
        """How many rows of this table occur in `other` too, compared in these columns."""
        theirs = _source_of(self._session, other, columns)
        own = self._compared(columns)
        types = {item.name: item.type for item in other.columns}
        for name in columns:
            if name not in types:
                raise DataError.from_missing_column(name, types, role="compared")
        numbers = ("integer", "real", "boolean")
        pairs = []
        for name in map(str, columns):
            left = _comparable(f"l.{quote_name(name)}", own[name])
            right = _comparable(f"r.{quote_name(name)}", types[name])
            alike = own[name] == types[name] or {own[name], types[name]} <= set(numbers)
            if not alike:
                left, right = f"CAST({left} AS VARCHAR)", f"CAST({right} AS VARCHAR)"
            pairs.append(f"{left} IS NOT DISTINCT FROM {right}")
        found = self._run(
            f"SELECT COUNT(*) AS n FROM ({self._source.sql}) AS l SEMI JOIN ({theirs.sql}) AS r "
            f"ON {' AND '.join(pairs)}"
        )
        return int(found["n"][0].as_py())

    @property
    def _from(self) -> str:
        return f"({self._source.sql}) AS t"

    def _run(self, sql: str) -> pa.Table:
        about = f"cannot read {self._name}"
        with explained(about):
            return narrowed(self._session.run(sql, about=about))

    def _derived(self, sql: str, **changes: Any) -> DuckDBTable:
        made = replace(self._source, sql=sql, parquet=(), **changes)
        return DuckDBTable(self._session, made, self._name)

    def _beside(self, other: Source) -> DuckDBTable:
        """These rows with those of `other` beside them, row by row."""
        return self._derived(
            f"SELECT * FROM ({self._source.sql}) AS l POSITIONAL JOIN ({other.sql}) AS r",
            registered=(*self._source.registered, *other.registered),
            paths=(*self._source.paths, *other.paths),
        )

    def _check_columns(self, names: Sequence[str]) -> None:
        known = [item.name for item in self.columns]
        for name in names:
            if name not in known:
                raise DataError.from_missing_column(name, known, role="the")

    def _check_new(self, added: Sequence[str]) -> None:
        names = [item.name for item in self.columns]
        taken = {name.lower() for name in names} & {name.lower() for name in added}
        if taken:
            raise UsageError(f"{self.name} already has the columns {', '.join(sorted(taken))}")
        check_unique([*names, *added], self.name)

    def _compared(self, columns: Sequence[str]) -> dict[str, str]:
        """The type of every column, after checking those to compare."""
        if not columns:
            raise UsageError("expected at least one column to compare, found none")
        self._check_columns(columns)
        return {item.name: item.type for item in self.columns}

    def _screen(self, plan: TallyPlan) -> dict[str, int]:
        """About how many values each attribute has; far too many are refused before a pass."""
        looked_at = max(_SCREENED_ROWS, 4 * plan.max_categories)
        if not plan.attributes or self.rows <= _SCREENED_ROWS:
            return dict.fromkeys(plan.attributes, self.rows)
        guesses = ", ".join(f"approx_count_distinct({quote_name(n)})" for n in plan.attributes)
        head = f"SELECT * FROM {self._from} LIMIT {looked_at}"
        few = self._run(f"SELECT {guesses} FROM ({head})")
        sizes = [max(1, guess[0].as_py()) for guess in few.columns]
        for name, size in zip(plan.attributes, sizes, strict=True):
            if size > plan.max_categories and self.rows > looked_at:
                exact = self.aggregate({"n": count_distinct(column_named(name))})["n"][0].as_py()
                check_categories(name, exact, plan.max_categories)
        return dict(zip(plan.attributes, sizes, strict=True))


def _inhabited(table: DuckDBTable) -> DuckDBTable:
    if not table.columns:
        raise DataError(f"{table.name} has no columns")
    if table.rows == 0:
        raise DataError(f"{table.name} is empty: the table has no rows")
    return table


def _source_of(session: Session, table: Table, columns: Sequence[str] | None = None) -> Source:
    """The rows of a table as this session reads them; another engine's table is copied."""
    if isinstance(table, DuckDBTable) and table._session is session:  # noqa: SLF001 - the same class
        return table._source  # noqa: SLF001 - the same class
    return registered(session, table.read(columns))


def _comparable(value: str, kind: str) -> str:
    """The value, NaN being null: both say that nothing is known."""
    return f"CASE WHEN isnan({value}) THEN NULL ELSE {value} END" if kind == "real" else value


def _where(where: Expression | None) -> str:
    return "" if where is None else f" WHERE {to_sql(where, DUCKDB)}"


def _told(batches: Iterable[pa.RecordBatch], about: str) -> Iterator[pa.RecordBatch]:
    """The batches; reading one may fail too, in DuckDB's words."""
    with explained(about):
        yield from batches


def _group_by(keys: int) -> str:
    return " GROUP BY " + ", ".join(str(i + 1) for i in range(keys)) if keys else ""


def _unused(names: Sequence[str], name: str) -> str:
    while name.lower() in {other.lower() for other in names}:
        name += "_"
    return name
