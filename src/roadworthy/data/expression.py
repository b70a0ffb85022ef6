"""A small language of our own for statistics: defined once, printed for each engine.

An expression is either about one row (a column, a literal, a comparison, a case, ...) or about many
(an aggregate: a count, a sum, ...); `roadworthy.data.windows` has those about the list that a row
belongs to. It is data: an adapter prints it in the dialect of its engine,
and an interpreter in `roadworthy.testing` computes it with numpy to check the engines.

The meaning is SQL's: a comparison with null is null; NaN equals NaN and is greater than any other
number; aggregates skip nulls; a sum or a minimum of nothing is null.

>>> adult = column("age") >= 18
>>> employed = column("job").eq("employed")
>>> count_if(adult & employed)
Sum(operand=Case(branches=((And(operands=(...)), Literal(value=1)),), otherwise=Literal(value=0)))

Sums of reals depend on the order of addition, so engines, threads and shards would disagree in the
last bits. Sum `fixed_point(x)` instead: an integer, which adds up to the same total in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = "bool | int | float | str | None"

FIXED_POINT_BITS = 30
"""Binary digits after the point of a fixed-point number."""

FIXED_POINT_ONE = 1 << FIXED_POINT_BITS
"""The number 1 in fixed point."""


class Comparator(StrEnum):
    """How two values are compared."""

    EQ = "="
    NE = "<>"
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class Operator(StrEnum):
    """How two numbers are combined."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"


class CastType(StrEnum):
    """What a value can be cast to."""

    INTEGER = "integer"
    REAL = "real"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Expression:
    """Something that an engine can compute; build it with the functions of this module.

    `<`, `<=`, `>`, `>=`, `+`, `-`, `*`, `/`, `&`, `|` and `~` build larger expressions. `==`
    compares the expressions themselves; use `eq` and `ne` to compare what they compute.
    """

    def __lt__(self, other: Expression | Value) -> Compare:
        return Compare(Comparator.LT, self, expression(other))

    def __le__(self, other: Expression | Value) -> Compare:
        return Compare(Comparator.LE, self, expression(other))

    def __gt__(self, other: Expression | Value) -> Compare:
        return Compare(Comparator.GT, self, expression(other))

    def __ge__(self, other: Expression | Value) -> Compare:
        return Compare(Comparator.GE, self, expression(other))

    def eq(self, other: Expression | Value) -> Compare:
        """True where both are equal; null where either is null."""
        return Compare(Comparator.EQ, self, expression(other))

    def ne(self, other: Expression | Value) -> Compare:
        """True where both differ; null where either is null."""
        return Compare(Comparator.NE, self, expression(other))

    def __add__(self, other: Expression | Value) -> Arithmetic:
        return Arithmetic(Operator.ADD, self, expression(other))

    def __sub__(self, other: Expression | Value) -> Arithmetic:
        return Arithmetic(Operator.SUBTRACT, self, expression(other))

    def __mul__(self, other: Expression | Value) -> Arithmetic:
        return Arithmetic(Operator.MULTIPLY, self, expression(other))

    def __truediv__(self, other: Expression | Value) -> Arithmetic:
        return Arithmetic(Operator.DIVIDE, self, expression(other))

    def __and__(self, other: Expression | Value) -> And:
        return And((self, expression(other)))

    def __or__(self, other: Expression | Value) -> Or:
        return Or((self, expression(other)))

    def __invert__(self) -> Not:
        return Not(self)

    @property
    def children(self) -> tuple[Expression, ...]:
        """The expressions this one is made of."""
        return ()


# --- about one row -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column(Expression):
    """The value of a column."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A value that is the same in every row."""

    value: Value


@dataclass(frozen=True, slots=True)
class Compare(Expression):
    """True where the comparison holds; null where either side is null."""

    comparator: Comparator
    left: Expression
    right: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        """Both sides."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class And(Expression):
    """True where all hold, false where one does not, else null."""

    operands: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        """The operands."""
        return self.operands


@dataclass(frozen=True, slots=True)
class Or(Expression):
    """True where one holds, false where none does, else null."""

    operands: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        """The operands."""
        return self.operands


@dataclass(frozen=True, slots=True)
class _Unary(Expression):
    operand: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        """The operand."""
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class Not(_Unary):
    """True where the operand is false; null where it is null."""


@dataclass(frozen=True, slots=True)
class IsNull(_Unary):
    """True where the operand is null."""


@dataclass(frozen=True, slots=True)
class IsNan(_Unary):
    """True where the operand, a real, is NaN; null where it is null."""


@dataclass(frozen=True, slots=True)
class Floor(_Unary):
    """The largest whole number that is not above the operand, as a real."""


@dataclass(frozen=True, slots=True)
class Arithmetic(Expression):
    """Sum, difference, product or quotient of two numbers.

    An integer result beyond 64 bits is an error. A quotient is a real, also of integers, and null
    where the divisor is 0; one that leaves the range of reals is an error on some engines.
    """

    operator: Operator
    left: Expression
    right: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        """Both sides."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Case(Expression):
    """The value beside the first condition that is true, or else `otherwise`."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        """Conditions, values and the alternative, in order."""
        return (*(part for branch in self.branches for part in branch), self.otherwise)


@dataclass(frozen=True, slots=True)
class Cast(_Unary):
    """The operand as another type.

    Cast a real to an integer only after `floor`: engines round differently.
    """

    to: CastType


# --- about many rows -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Count(Expression):
    """The number of rows, or of rows where the operand is not null."""

    operand: Expression | None = None

    @property
    def children(self) -> tuple[Expression, ...]:
        """The operand, if there is one."""
        return () if self.operand is None else (self.operand,)


@dataclass(frozen=True, slots=True)
class CountDistinct(_Unary):
    """The number of different values; null is none of them."""


@dataclass(frozen=True, slots=True)
class Sum(_Unary):
    """The total; an integer total beyond 64 bits is an error, never wrapped around."""


@dataclass(frozen=True, slots=True)
class Min(_Unary):
    """The smallest value."""


@dataclass(frozen=True, slots=True)
class Max(_Unary):
    """The largest value; NaN, if there is one."""


@dataclass(frozen=True, slots=True)
class Quantile(_Unary):
    """The smallest value of the table that at least a share `q` of the values do not exceed."""

    q: float

    def __post_init__(self) -> None:
        if not 0 <= self.q <= 1:
            raise ValueError(f"a quantile lies between 0 and 1, found {self.q!r}")


AGGREGATES = (Count, CountDistinct, Sum, Min, Max, Quantile)


# --- builders ------------------------------------------------------------------------------------


def expression(value: Expression | Value) -> Expression:
    """The expression itself, or a literal of a plain value."""
    return value if isinstance(value, Expression) else Literal(value)


def column(name: str) -> Column:
    """The value of a column."""
    return Column(name)


def literal(value: Value) -> Literal:
    """A value that is the same in every row."""
    return Literal(value)


def is_null(operand: Expression) -> IsNull:
    """True where the operand is null."""
    return IsNull(operand)


def is_nan(operand: Expression) -> IsNan:
    """True where the operand, a real, is NaN."""
    return IsNan(operand)


def floor(operand: Expression) -> Floor:
    """The largest whole number that is not above the operand."""
    return Floor(operand)


def cast(operand: Expression, to: CastType | str) -> Cast:
    """The operand as `integer`, `real` or `text`."""
    return Cast(operand, CastType(to))


def case(
    *branches: tuple[Expression, Expression | Value], otherwise: Expression | Value = None
) -> Case:
    """The value beside the first condition that is true, or else `otherwise`."""
    return Case(
        tuple((condition, expression(value)) for condition, value in branches),
        expression(otherwise),
    )


def all_of(operands: Iterable[Expression]) -> Expression:
    """True where all hold; true if there are none."""
    found = tuple(operands)
    return And(found) if found else Literal(value=True)


def any_of(operands: Iterable[Expression]) -> Expression:
    """True where one holds; false if there are none."""
    found = tuple(operands)
    return Or(found) if found else Literal(value=False)


def one_of(operand: Expression, values: Iterable[Value]) -> Expression:
    """True where the operand equals one of the values."""
    return any_of(operand.eq(value) for value in values)


def fixed_point(operand: Expression) -> Cast:
    """The operand, a real, as a whole number of 2**-30, rounded down.

    The error is below 2**-30 a row. A 64-bit total is safe up to 2**33 rows of numbers in [-1, 1].
    """
    return cast(floor(cast(operand, CastType.REAL) * float(FIXED_POINT_ONE)), CastType.INTEGER)


def count(operand: Expression | None = None) -> Count:
    """The number of rows, or of rows where the operand is not null."""
    return Count(operand)


def count_if(condition: Expression) -> Sum:
    """The number of rows where the condition is true; null of no rows at all."""
    return Sum(case((condition, 1), otherwise=0))


def count_distinct(operand: Expression) -> CountDistinct:
    """The number of different values that are not null."""
    return CountDistinct(operand)


def total(operand: Expression) -> Sum:
    """The sum."""
    return Sum(operand)


def minimum(operand: Expression) -> Min:
    """The smallest value."""
    return Min(operand)


def maximum(operand: Expression) -> Max:
    """The largest value."""
    return Max(operand)


def quantile(operand: Expression, q: float) -> Quantile:
    """The smallest value of the table that at least a share `q` of the values do not exceed."""
    return Quantile(operand, q)


# --- questions about an expression ---------------------------------------------------------------


def columns_of(*expressions: Expression | None) -> tuple[str, ...]:
    """The names of the columns that the expressions read, in alphabetical order."""
    names: set[str] = set()
    stack = [item for item in expressions if item is not None]
    while stack:
        node = stack.pop()
        if isinstance(node, Column):
            names.add(node.name)
        stack.extend(node.children)
    return tuple(sorted(names))


def is_aggregate(node: Expression) -> bool:
    """True if the expression speaks of many rows."""
    return isinstance(node, AGGREGATES) or any(map(is_aggregate, node.children))
