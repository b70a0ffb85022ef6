"""The engine port: what Roadworthy asks of whatever holds a table.

An engine opens data and hands back a `Table`; a table answers questions in one pass where it lives.
Adding an engine is one adapter plus the examination in `roadworthy.testing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, overload

import pyarrow as pa

from roadworthy.data.batches import BatchFunction
from roadworthy.data.column_counts import ColumnGrid, Histogram
from roadworthy.data.expression import Expression
from roadworthy.records.versions import Column
from roadworthy.stats.counted import Counted
from roadworthy.stats.tally import Tally, TallyPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicts:
    """How far rows that look the same carry different labels.

    Attributes:
        rows: rows with a label.
        conflicting: those of them that look like a row with another label.
        patterns: how many looks the conflicting rows have.
        majority: rows that carry the most frequent label of their look.
    """

    rows: int
    conflicting: int
    patterns: int
    majority: int


class Table(Protocol):
    """A table that an engine has opened; nothing is read until something is asked."""

    @property
    def name(self) -> str:
        """What errors and reports call this table."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in their order, with logical types."""

    @property
    def rows(self) -> int:
        """The number of rows."""

    @overload
    def tally(self, plan: TallyPlan, families: None = None) -> Tally: ...

    @overload
    def tally(self, plan: TallyPlan, families: Iterable[Sequence[str]]) -> Counted: ...

    def tally(
        self, plan: TallyPlan, families: Iterable[Sequence[str]] | None = None
    ) -> Tally | Counted:
        """Count rows by slice attribute, label, prediction and score bin, in one pass.

        Args:
            plan: what to count.
            families: the only sets of attributes that will be asked for. Given them, an engine may
                count these sets instead of the finest cells; the slices are the same.

        Raises:
            DataError: a column is missing, a label is outside the plan's classes, an attribute has
                too many values, a weight cannot be used.
            UsageError: a family names an attribute that is not counted, or the counts do not fit
                into memory.
        """

    def aggregate(
        self,
        select: Mapping[str, Expression],
        *,
        by: Mapping[str, Expression] | None = None,
        where: Expression | None = None,
    ) -> pa.Table:
        """Aggregate expressions, grouped by row expressions, over rows that satisfy `where`.

        The groups come in ascending order of their keys, null last. Without `by` there is one row,
        even of no rows at all. Totals of integers are 64-bit integers.

        Raises:
            DataError: a column is missing, or a total leaves 64 bits.
        """

    def aggregate_batches(
        self, select: Mapping[str, Expression], *, by: Mapping[str, Expression]
    ) -> AbstractContextManager[Iterator[pa.Table]]:
        """The groups of `aggregate`, some at a time and in any order: more than memory holds.

        Raises:
            DataError: a column is missing, or a total leaves 64 bits.
        """

    def histograms(
        self, grids: Mapping[str, ColumnGrid], *, where: Expression | None = None
    ) -> Mapping[str, Histogram]:
        """How often each cell or value of many columns occurs, in one pass over the table.

        Args:
            grids: what to count of which column: the bins of a number, or values.
            where: count the rows that satisfy it; None counts all.

        Raises:
            DataError: a column is missing, or of a type that its grid cannot count.
            UsageError: there is no grid.
        """

    def read(
        self,
        columns: Sequence[str] | None = None,
        *,
        where: Expression | None = None,
        first: int | None = None,
        sample: int | None = None,
        seed: int = 0,
    ) -> pa.Table:
        """Rows as Arrow, in their order.

        Args:
            columns: which ones; None for all.
            where: only rows that satisfy it.
            first: only that many, the first of them: cheap, but no fair sample.
            sample: only that many (of the first ones, if both are given), the same for one seed.
            seed: of the sample.
        """

    def with_columns(self, columns: pa.Table) -> Table:
        """This table with further columns beside it, row by row in order.

        Raises:
            UsageError: the numbers of rows differ, or a name is taken.
        """

    def derive(self, columns: Mapping[str, Expression]) -> Table:
        """This table with further columns, each computed from its own row.

        Raises:
            DataError: an expression reads a column that is missing.
            UsageError: a name is taken.
        """

    def map_batches(
        self, function: BatchFunction, *, reads: Sequence[str], adds: pa.Schema
    ) -> Table:
        """This table with further columns, made by a function of batches of rows, in order.

        The function sees the columns `reads` of some rows and gives the columns `adds` of the same
        rows. It may run in other processes or on other machines, in batches of any size, so what it
        makes of a row must not depend on the rows beside it.

        Raises:
            DataError: a column to read is missing.
            UsageError: a name is taken, or the function makes something else than `adds`.
            HostError: a worker ended before its work was done.
        """

    def filter(self, where: Expression) -> Table:
        """The rows that satisfy `where`."""

    def duplicates(self, columns: Sequence[str]) -> int:
        """How many rows repeat an earlier row in all these columns; null equals null."""

    def shared(self, other: Table, columns: Sequence[str]) -> int:
        """How many rows of this table occur in `other` too, compared in these columns."""

    def conflicts(self, columns: Sequence[str], label: str) -> Conflicts:
        """How far rows that agree in all these columns differ in another one.

        Null agrees with null and NaN; rows without a label are left out.

        Raises:
            DataError: a column is missing.
            UsageError: there is no column to compare.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvOptions:
    """How to read a CSV file when the defaults will not do."""

    delimiter: str | None = None
    encoding: str = "utf-8"


class Engine(Protocol):
    """Opens data of any supported kind."""

    @property
    def name(self) -> str:
        """The engine's name and version, as evidence records it."""

    def open(
        self, data: object, *, name: str | None = None, csv: CsvOptions | None = None
    ) -> Table:
        """Open a path, a folder, a glob, a frame, an Arrow table or an engine's own relation.

        `name` is what errors and reports call the table; `csv` says how to read a CSV file.

        Raises:
            DataError: the data is missing, unreadable, has no rows or duplicate column names.
            UsageError: the object is of a kind that no engine reads.
        """

    def transform(self, sql: str, inputs: Mapping[str, Table], *, name: str) -> Table:
        """Run one SELECT that reads the inputs by name; the same bytes in give the same rows out.

        The statement sees the inputs and nothing else: no other file, no network, no clock, no
        random numbers. Its rows come in its own order.

        Raises:
            DataError: the statement fails or gives no rows; the message quotes the engine's.
        """

    def write(self, table: Table, path: str) -> None:
        """Write a table as Parquet, aside first and then renamed, deterministically.

        Raises:
            HostError: the disk is full or cannot be written to.
        """
