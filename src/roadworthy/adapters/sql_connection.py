"""What an engine that speaks SQL supplies: whoever runs a statement, and rows as a statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from roadworthy.data.expression import Expression
from roadworthy.records.versions import Column


class Dialect(Protocol):
    """How an engine spells SQL."""

    def quote(self, name: str) -> str:
        """A name in quotes."""

    def print(self, node: Expression, kinds: Mapping[str, str]) -> str:
        """An expression over columns of these logical types."""


class SqlConnection(Protocol):
    """What an engine must supply: whoever runs a statement."""

    @property
    def dialect(self) -> Dialect:
        """How the engine spells SQL, and where it differs from our language."""

    def run(self, sql: str, *, about: str) -> pa.Table:
        """The rows of a SELECT; an exact total may come as a decimal of any width.

        Args:
            sql: the statement.
            about: opens the message if it fails.

        Raises:
            DataError: the engine refuses the statement or meets a value that it cannot handle.
            HostError: the engine cannot be reached, or ran out of something.
        """

    def stream(self, sql: str, *, about: str) -> AbstractContextManager[Iterator[pa.RecordBatch]]:
        """The rows of a SELECT, a batch at a time; at least one batch, which may be empty."""

    def reaches(self, other: SqlConnection) -> bool:
        """True if this connection can read the relations of the other."""


class Rows(Protocol):
    """Rows as a SELECT, as `Relation` is; the columns may be looked up when they are needed."""

    @property
    def sql(self) -> str:
        """The statement."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the table has, with logical types."""

    @property
    def order(self) -> tuple[str, ...]:
        """Columns of the statement that fix the order of rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Rows as a SELECT.

    Attributes:
        sql: the statement. It may give further columns than those listed, such as one to order by.
        columns: the columns that the table has, with logical types.
        order: columns of the statement that fix the order of rows; none if the engine has an order
            of its own.
    """

    sql: str
    columns: tuple[Column, ...]
    order: tuple[str, ...] = ()
