"""`SqlTable`: a table that answers every question by SQL text, whoever runs the text.

To add an engine that speaks SQL, write a `SqlConnection` (run a SELECT, give Arrow; stream a
SELECT; say whether another connection's tables can be read) and open a `Relation`. From them
follow:

- `columns`, `rows`, `aggregate`, `tally`, `histograms`, `read` with samples, `filter`, `derive`,
  `duplicates` and `shared`, each one statement (a sample and a tally with weights: two), with
  columns checked before anything runs;
- groups in the order of their keys and totals narrowed to 64 bits, done here on the few rows of the
  answer, so that collations and wide decimals of an engine do not matter;
- texts of group keys as DuckDB writes them, so that a group has one name on every engine.

`with_columns` and `map_batches` are left to the engine: columns can stand beside rows only where
rows have places. A subclass may override anything that its engine does better.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Self, overload

import pyarrow as pa

from roadworthy.adapters.frames import check_unique
from roadworthy.adapters.sql_answers import narrowed, ordered
from roadworthy.adapters.sql_connection import Relation, SqlConnection
from roadworthy.adapters.sql_tally import count_on_server
from roadworthy.data.cells import cell_query, median_weight, weight_exponent
from roadworthy.data.column_counts import ColumnGrid, Histogram
from roadworthy.data.engine import Table
from roadworthy.data.expression import (
    CastType,
    Expression,
    case,
    cast,
    columns_of,
    count,
    count_distinct,
    is_nan,
)
from roadworthy.data.expression import column as column_named
from roadworthy.data.expression_kinds import kind_of
from roadworthy.data.histograms import histogram_query, histograms_of
from roadworthy.errors import DataError, UsageError
from roadworthy.records.versions import Column
from roadworthy.stats.counted import Counted
from roadworthy.stats.families import asked_families
from roadworthy.stats.tally import Tally, TallyPlan, check_categories

_SCREENED_ROWS = 10_000
_READING = 4.0
_NUMBERS = frozenset({"integer", "real", "boolean"})


class SqlTable:
    """Rows that an engine reads by SQL, where they live; only answers come here.

    Args:
        connection: who runs statements.
        relation: the rows.
        name: what errors and reports call the table.
    """

    def __init__(self, connection: SqlConnection, relation: Relation, name: str) -> None:
        self._connection = connection
        self._relation = relation
        self._name = name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r}, {len(self.columns)} columns)"

    @property
    def name(self) -> str:
        """What errors and reports call this table."""
        return self._name

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in their order, with logical types."""
        return self._relation.columns

    @cached_property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.aggregate({"n": count()})["n"][0].as_py())

    @overload
    def tally(self, plan: TallyPlan, families: None = None) -> Tally: ...

    @overload
    def tally(self, plan: TallyPlan, families: Iterable[Sequence[str]]) -> Counted: ...

    def tally(
        self, plan: TallyPlan, families: Iterable[Sequence[str]] | None = None
    ) -> Tally | Counted:
        """Count rows by attributes, label, prediction and score bin.

        One grouped statement counts the finest cells while they compress. Beyond that, given the
        families that will be asked for, one statement counts each of a few sets that hold them all,
        or every row is read once and counted here: see `roadworthy.stats.server_strategy`.

        Raises:
            DataError: a column is missing, a label is outside the plan's classes, an attribute has
                too many values, a weight cannot be used, the rows change meanwhile.
            UsageError: a family names an attribute that is not counted, or the counts do not fit
                into memory.
        """
        asked = None if families is None else asked_families(plan, families)
        cell_query(plan, self.columns)  # refuses wrong columns before any pass
        if plan.weight is not None and plan.weight_exponent is None:
            median = self.aggregate({"median": median_weight(plan)})["median"][0].as_py()
            plan = replace(plan, weight_exponent=weight_exponent(median))
        sizes = self._screen(plan)
        return count_on_server(self, plan, asked, sizes=sizes, reading=self.reading)

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
        return ordered(self.grouped(keys, select, where), list(keys))

    @contextmanager
    def aggregate_batches(
        self, select: Mapping[str, Expression], *, by: Mapping[str, Expression]
    ) -> Iterator[Iterator[pa.Table]]:
        """The groups of `aggregate`, some at a time and in any order: more than memory holds.

        Raises:
            DataError: a column is missing, or a total leaves 64 bits.
        """
        self._check_columns(columns_of(*by.values(), *select.values()))
        keys = ", ".join(str(i + 1) for i in range(len(by)))
        statement = f"SELECT {self._listed({**by, **select})} FROM {self._from} GROUP BY {keys}"
        with self._connection.stream(statement, about=self._about) as batches:
            yield (narrowed(pa.Table.from_batches([batch]), self._about) for batch in batches)

    def histograms(
        self, grids: Mapping[str, ColumnGrid], *, where: Expression | None = None
    ) -> Mapping[str, Histogram]:
        """How often each cell or value of many columns occurs, by one statement.

        Raises:
            DataError: a column is missing, or of a type that its grid cannot count.
            UsageError: there is no grid.
        """
        query = histogram_query(grids, self.columns)
        self._check_columns(columns_of(where))
        sets = ", ".join(f"({', '.join(map(self._quote, names))})" for names in query.sets)
        keys = ", ".join(map(self._quote, query.keys))
        cells = f"SELECT {self._listed(query.keys)} FROM {self._from}{self._where(where)}"
        counted = self._run(
            f"SELECT {keys}, COUNT(*) AS {self._quote('rows')} FROM ({cells}) AS c "
            f"GROUP BY GROUPING SETS ({sets})"
        )
        return histograms_of(grids, counted)

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
        if first is not None and first < 0:
            raise UsageError(f"expected the first 0 rows or more, found {first}")
        if sample is None:
            with self.batches(names, where=where, first=first) as batches:
                return narrowed(pa.Table.from_batches(list(batches)), self._about)
        if sample < 0:
            raise UsageError(f"expected a sample of 0 rows or more, found {sample}")
        listed, place = ", ".join(map(self._quote, names)), self._unused("row")
        as_text = self._print(cast(column_named(place), CastType.TEXT), {place: "integer"})
        mixed = f"MD5(CONCAT('{int(seed)}:', {as_text}))"
        number, by = self._quote(place), self._order_by(self._relation.order)
        numbered = (
            f"SELECT {listed}, ROW_NUMBER() OVER ({by.strip()}) AS {number} "
            f"FROM {self._from}{self._where(where)}"
        )
        if first is not None:
            numbered += f"{by} LIMIT {int(first)}"
        kept = f"SELECT * FROM ({numbered}) AS n ORDER BY {mixed}, {number} LIMIT {int(sample)}"
        return self._run(f"SELECT {listed} FROM ({kept}) AS s ORDER BY {number}")

    def batches(
        self,
        columns: Sequence[str] | None = None,
        *,
        where: Expression | None = None,
        first: int | None = None,
    ) -> AbstractContextManager[Iterator[pa.RecordBatch]]:
        """The same rows as `read` in the same order, a batch at a time; at least one batch."""
        names = [item.name for item in self.columns] if columns is None else list(columns)
        listed = ", ".join(map(self._quote, names))
        by = self._order_by(self._relation.order)
        head = "" if first is None else f" LIMIT {int(first)}"
        return self._connection.stream(
            f"SELECT {listed} FROM {self._from}{self._where(where)}{by}{head}", about=self._about
        )

    def filter(self, where: Expression) -> Self:
        """The rows that satisfy `where`, in their order."""
        self._check_columns(columns_of(where))
        return self._derived(f"SELECT * FROM {self._from}{self._where(where)}", self.columns)

    def derive(self, columns: Mapping[str, Expression]) -> Self:
        """This table with further columns, each computed from its own row.

        Raises:
            DataError: an expression reads a column that is missing.
            UsageError: a name is taken.
        """
        self._check_columns(columns_of(*columns.values()))
        self._check_new(list(columns))
        kinds = self._kinds
        made = [Column(name=n, type=kind_of(e, kinds) or "integer") for n, e in columns.items()]
        listed = ", ".join(["t.*", self._listed(columns)] if columns else ["t.*"])
        return self._derived(f"SELECT {listed} FROM {self._from}", (*self.columns, *made))

    def duplicates(self, columns: Sequence[str]) -> int:
        """How many rows repeat an earlier row in all these columns; nulls and NaN are equal."""
        self._check_compared(columns, self._kinds)
        listed = self._listed(self._comparable(columns, self._kinds))
        distinct = f"SELECT DISTINCT {listed} FROM {self._from}"
        found = self._run(f"SELECT COUNT(*) AS n FROM ({distinct}) AS d")
        return self.rows - int(found["n"][0].as_py())

    def shared(self, other: Table, columns: Sequence[str]) -> int:
        """How many rows of this table occur in `other` too, compared in these columns.

        Where `other` is not within the engine's reach, the columns of both are compared here.
        """
        theirs = {item.name: item.type for item in other.columns}
        self._check_compared(columns, self._kinds)
        self._check_compared(columns, theirs)
        if not (isinstance(other, SqlTable) and self._connection.reaches(other._connection)):  # noqa: SLF001 - the same class
            from roadworthy.adapters.duckdb import DuckDBEngine

            return DuckDBEngine().open(self.read(columns), name=self.name).shared(other, columns)
        parts = [
            f"SELECT {self._listed(self._comparable(columns, kinds, against))}, "
            f"{int(here)} AS here, {int(not here)} AS there FROM {source}"
            for here, kinds, against, source in (
                (True, self._kinds, theirs, self._from),
                (False, theirs, self._kinds, other._from),  # noqa: SLF001 - the same class
            )
        ]
        keys = ", ".join(str(i + 1) for i in range(len(columns)))
        listed = ", ".join(f"c{i}" for i in range(len(columns)))
        groups = (  # a grouping knows null to equal null, and needs no pairs of rows
            f"SELECT {listed}, SUM(here) AS here, SUM(there) AS there "
            f"FROM ({' UNION ALL '.join(parts)}) AS u GROUP BY {keys}"
        )
        found = self._run(f"SELECT SUM(here) AS n FROM ({groups}) AS g WHERE there > 0")
        return int(found["n"][0].as_py() or 0)

    # --- for engines -----------------------------------------------------------------------------

    @property
    def _from(self) -> str:
        return f"({self._relation.sql}) AS t"

    @property
    def _about(self) -> str:
        return f"cannot read {self._name}"

    @cached_property
    def _kinds(self) -> dict[str, str]:
        return {item.name: item.type for item in self.columns}

    def _run(self, sql: str) -> pa.Table:
        return narrowed(self._connection.run(sql, about=self._about), self._about)

    def _derived(self, sql: str, columns: tuple[Column, ...]) -> Self:
        made = replace(self._relation, sql=sql, columns=columns)
        return type(self)(self._connection, made, self._name)

    @property
    def reading(self) -> float | None:
        """What reading a row here costs, as a multiple of grouping it there; None: too dear."""
        return _READING

    def unordered(
        self, columns: Mapping[str, Expression]
    ) -> AbstractContextManager[Iterator[pa.RecordBatch]]:
        """Expressions of every row in any order, a batch at a time."""
        return self._connection.stream(
            f"SELECT {self._listed(columns)} FROM {self._from}", about=self._about
        )

    def grouped(
        self,
        keys: Mapping[str, Expression],
        select: Mapping[str, Expression],
        where: Expression | None = None,
    ) -> pa.Table:
        """Aggregates of groups in any order, by one statement."""
        by = f" GROUP BY {', '.join(str(i + 1) for i in range(len(keys)))}" if keys else ""
        listed = self._listed({**keys, **select})
        return self._run(f"SELECT {listed} FROM {self._from}{self._where(where)}{by}")

    def _quote(self, name: str) -> str:
        return self._connection.dialect.quote(name)

    def _print(self, node: Expression, kinds: Mapping[str, str] | None = None) -> str:
        return self._connection.dialect.print(node, self._kinds if kinds is None else kinds)

    def _listed(self, items: Mapping[str, Expression]) -> str:
        """The expressions with their names, as a SELECT lists them."""
        return ", ".join(f"{self._print(node)} AS {self._quote(n)}" for n, node in items.items())

    def _where(self, where: Expression | None) -> str:
        return "" if where is None else f" WHERE {self._print(where)}"

    def _order_by(self, names: Sequence[str]) -> str:
        return f" ORDER BY {', '.join(map(self._quote, names))}" if names else ""

    def _comparable(
        self,
        columns: Sequence[str],
        kinds: Mapping[str, str],
        against: Mapping[str, str] | None = None,
    ) -> dict[str, Expression]:
        """Columns as values that compare: NaN as null, and of a type that both tables share."""
        found: dict[str, Expression] = {}
        for place, name in enumerate(columns):
            kind, other = kinds[name], (against or kinds)[name]
            value: Expression = column_named(name)
            if kind != other:
                numbers = {kind, other} <= _NUMBERS
                value = cast(value, CastType.REAL if numbers else CastType.TEXT)
            if kind == "real":
                value = case((is_nan(column_named(name)), None), otherwise=value)
            found[f"c{place}"] = value
        return found

    def _check_columns(self, names: Sequence[str]) -> None:
        for name in names:
            if name not in self._kinds:
                raise DataError.from_missing_column(name, self._kinds, role="the")

    def _check_compared(self, columns: Sequence[str], known: Mapping[str, str]) -> None:
        if not columns:
            raise UsageError("expected at least one column to compare, found none")
        for name in columns:
            if name not in known:
                raise DataError.from_missing_column(name, known, role="compared")

    def _check_new(self, added: Sequence[str]) -> None:
        taken = {name.lower() for name in self._kinds} & {name.lower() for name in added}
        if taken:
            raise UsageError(f"{self.name} already has the columns {', '.join(sorted(taken))}")
        check_unique([*self._kinds, *added], self.name)

    def _unused(self, name: str) -> str:
        while name.lower() in {other.lower() for other in (*self._kinds, *self._relation.order)}:
            name += "_"
        return name

    def _screen(self, plan: TallyPlan) -> dict[str, int]:
        """About how many values each attribute has; far too many are refused before a pass."""
        looked_at = max(_SCREENED_ROWS, 4 * plan.max_categories)
        if not plan.attributes or self.rows <= looked_at:
            return dict.fromkeys(plan.attributes, self.rows)
        head = self._derived(f"SELECT * FROM {self._from} LIMIT {looked_at}", self.columns)
        several = {name: count_distinct(column_named(name)) for name in plan.attributes}
        sizes: dict[str, int] = head.aggregate(several).to_pylist()[0]
        for name, found in sizes.items():
            if found > plan.max_categories:
                exact = self.aggregate({"n": several[name]})["n"][0].as_py()
                check_categories(name, exact, plan.max_categories)
        return {name: max(1, found) for name, found in sizes.items()}


def inhabited(table: SqlTable) -> None:
    """Refuse a table without columns or rows.

    Raises:
        DataError: there are none.
    """
    if not table.columns:
        raise DataError(f"{table.name} has no columns")
    if table.rows == 0:
        raise DataError(f"{table.name} is empty: the table has no rows")
