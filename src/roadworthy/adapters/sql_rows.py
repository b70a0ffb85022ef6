"""`SqlRows`: the rows of a SELECT, read, narrowed down and aggregated by further SELECTs.

What is asked is checked before anything runs. Groups are put in order and totals narrowed to 64
bits here, on the few rows of the answer, so that collations and wide decimals of an engine do not
matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import Self

import pyarrow as pa

from roadworthy.adapters.frames import check_unique
from roadworthy.adapters.sql_answers import narrowed, ordered
from roadworthy.adapters.sql_connection import Relation, Rows, SqlConnection
from roadworthy.data.expression import CastType, Expression, cast, columns_of, count
from roadworthy.data.expression import column as column_named
from roadworthy.data.expression_kinds import kind_of
from roadworthy.errors import DataError, UsageError
from roadworthy.records.versions import Column


class SqlRows:
    """Rows that an engine reads by SQL, where they live; only answers come here.

    Args:
        connection: who runs statements.
        relation: the rows.
        name: what errors and reports call the table.
    """

    def __init__(self, connection: SqlConnection, relation: Rows, name: str) -> None:
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
        return self._in_order(keys, select, where)

    @contextmanager
    def aggregate_batches(
        self, select: Mapping[str, Expression], *, by: Mapping[str, Expression]
    ) -> Iterator[Iterator[pa.Table]]:
        """The groups of `aggregate`, some at a time and in any order: more than memory holds.

        Raises:
            DataError: a column is missing, or a total leaves 64 bits.
        """
        self._check_columns(columns_of(*by.values(), *select.values()))
        statement = self._grouping(by, select)
        with self._connection.stream(statement, about=self._about) as batches:
            yield (narrowed(pa.Table.from_batches([batch]), self._about) for batch in batches)

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
            return self._read(names, where, first)
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
        return self._connection.stream(self._select(names, where, first), about=self._about)

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
        return self._run(self._grouping(keys, select, where))

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
        made = Relation(sql=sql, columns=columns, order=self._relation.order)
        return type(self)(self._connection, made, self._name)

    def _select(
        self, names: Sequence[str], where: Expression | None, first: int | None = None
    ) -> str:
        listed, by = ", ".join(map(self._quote, names)), self._order_by(self._relation.order)
        head = "" if first is None else f" LIMIT {int(first)}"
        return f"SELECT {listed} FROM {self._from}{self._where(where)}{by}{head}"

    def _read(self, names: Sequence[str], where: Expression | None, first: int | None) -> pa.Table:
        """Columns of rows, in the order of the rows."""
        with self.batches(names, where=where, first=first) as batches:
            return narrowed(pa.Table.from_batches(list(batches)), self._about)

    def _grouping(
        self,
        keys: Mapping[str, Expression],
        select: Mapping[str, Expression],
        where: Expression | None = None,
    ) -> str:
        by = f" GROUP BY {', '.join(str(i + 1) for i in range(len(keys)))}" if keys else ""
        return (
            f"SELECT {self._listed({**keys, **select})} FROM {self._from}{self._where(where)}{by}"
        )

    def _in_order(
        self,
        keys: Mapping[str, Expression],
        select: Mapping[str, Expression],
        where: Expression | None,
    ) -> pa.Table:
        """Groups in the order of their keys."""
        return ordered(self.grouped(keys, select, where), list(keys))

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

    def _check_columns(self, names: Sequence[str]) -> None:
        for name in names:
            if name not in self._kinds:
                raise DataError.from_missing_column(name, self._kinds, role="the")

    def _check_new(self, added: Sequence[str]) -> None:
        taken = {name.lower() for name in self._kinds} & {name.lower() for name in added}
        if taken:
            raise UsageError(f"{self.name} already has the columns {', '.join(sorted(taken))}")
        check_unique([*self._kinds, *added], self.name)

    def _check_beside(self, columns: pa.Table) -> None:
        if columns.num_rows != self.rows:
            raise UsageError(
                f"expected {self.rows:,} rows to stand beside {self.name}, "
                f"found {columns.num_rows:,}"
            )
        self._check_new(columns.column_names)

    def _unused(self, name: str) -> str:
        while name.lower() in {other.lower() for other in (*self._kinds, *self._relation.order)}:
            name += "_"
        return name
