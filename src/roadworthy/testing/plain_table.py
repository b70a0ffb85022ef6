"""A table that answers row by row: what rankings of any engine must be, to the last bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from roadworthy.data.expression import Expression
from roadworthy.records.versions import Column
from roadworthy.testing.interpreter import aggregate, derived, evaluate, rows_of


@dataclass(frozen=True)
class PlainTable:
    """The part of an engine's table that aggregates and derives, by the oracle alone."""

    plain: Sequence[Mapping[str, Any]]
    columns: tuple[Column, ...]
    name: str = "the oracle's table"

    @classmethod
    def of(cls, rows: pa.Table, columns: tuple[Column, ...]) -> PlainTable:
        """The rows of an Arrow table, whose columns have these logical types."""
        return cls(rows_of(rows), columns)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.plain)

    def aggregate(
        self,
        select: Mapping[str, Expression],
        *,
        by: Mapping[str, Expression] | None = None,
        where: Expression | None = None,
    ) -> pa.Table:
        """Aggregate expressions by group, one row at a time."""
        found = aggregate(self.plain, select, by=by, where=where)
        return pa.table({name: [row[name] for row in found] for name in (*(by or {}), *select)})

    @contextmanager
    def aggregate_batches(
        self, select: Mapping[str, Expression], *, by: Mapping[str, Expression]
    ) -> Iterator[Iterator[pa.Table]]:
        """The groups of `aggregate`, two at a time, the last ones first."""
        found = self.aggregate(select, by=by)
        starts = range(0, found.num_rows, 2)
        yield (found.slice(start, 2) for start in reversed(starts))

    def derive(self, columns: Mapping[str, Expression]) -> PlainTable:
        """This table with further columns."""
        made = [Column(name=name, type="other") for name in columns]
        return PlainTable(derived(self.plain, columns), (*self.columns, *made))

    def filter(self, where: Expression) -> PlainTable:
        """The rows that satisfy a condition."""
        kept = [row for row in self.plain if evaluate(where, row) is True]
        return PlainTable(kept, self.columns)
