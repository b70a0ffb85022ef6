"""What a row tells of the list that it belongs to: its place, and totals of the rows around it.

A list is the rows that are equal in some expressions (null equals null), in ascending order of
another expression, null last. Rows that are equal in that one tie.

>>> from roadworthy.data.expression import column, count, literal
>>> query, best_first = column("query"), literal(0.0) - column("score")
>>> last = over(count(), lists=[query], order=best_first, frame=Frame.SO_FAR)
>>> tied = over(count(), lists=[query], order=best_first, frame=Frame.TIES)
>>> first = last - tied + 1

These stand for a value of each row, like a column, but no engine computes them inside another
aggregate or a condition: name them with `Table.derive` first. A table with such a column gives its
rows in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from roadworthy.data.expression import Count, Expression, Max, Min, Sum


class Frame(StrEnum):
    """Which rows of its list a row looks at."""

    LIST = "list"
    """All of them."""

    SO_FAR = "so-far"
    """Those before it, those that tie with it, and itself."""

    TIES = "ties"
    """Those that tie with it, and itself."""


@dataclass(frozen=True, slots=True)
class RowNumber(Expression):
    """The place of a row in its list, from 1; rows that tie take their places in any order."""

    lists: tuple[Expression, ...]
    order: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        """What makes the list, and its order."""
        return (*self.lists, self.order)


@dataclass(frozen=True, slots=True)
class Over(Expression):
    """A count, sum, minimum or maximum of rows of the list that a row belongs to."""

    aggregate: Count | Sum | Min | Max
    lists: tuple[Expression, ...]
    order: Expression | None
    frame: Frame

    def __post_init__(self) -> None:
        if not isinstance(self.aggregate, Count | Sum | Min | Max):
            raise ValueError(  # noqa: TRY004 - the value is an expression, of the wrong sort
                f"expected a count, sum, minimum or maximum of a list, found "
                f"{type(self.aggregate).__name__}"
            )
        if (self.order is None) is not (self.frame is Frame.LIST):
            raise ValueError("a list needs an order for rows so far and ties, and for no other")

    @property
    def children(self) -> tuple[Expression, ...]:
        """What is aggregated, what makes the list, and its order."""
        ordered = () if self.order is None else (self.order,)
        return (*self.aggregate.children, *self.lists, *ordered)


def row_number(*, lists: Sequence[Expression], order: Expression) -> RowNumber:
    """The place of a row in its list, from 1; rows that tie take their places in any order."""
    return RowNumber(tuple(lists), order)


def over(
    aggregate: Count | Sum | Min | Max,
    *,
    lists: Sequence[Expression],
    order: Expression | None = None,
    frame: Frame = Frame.LIST,
) -> Over:
    """A count, sum, minimum or maximum of the rows of a list, or of those up to a row.

    Raises:
        ValueError: another aggregate, an order without a frame that needs one, or none for one
            that does.
    """
    return Over(aggregate, tuple(lists), order, frame)
