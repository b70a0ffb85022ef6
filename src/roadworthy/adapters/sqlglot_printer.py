"""Expressions as SQL for PostgreSQL, Spark and DuckDB, printed by sqlglot.

A tree of ours becomes a tree of sqlglot's, node by node; nothing is ever parsed, and sqlglot quotes
every name and text for the dialect. What our language means is written out wherever an engine means
something else by the same words: conversions between kinds, the underflow of a product, the floor
of a real, the width of a total.

DuckDB's own adapter prints with `roadworthy.adapters.sql`, which needs no library; a test holds
that both printers give the same answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatchmethod

from sqlglot import exp

from roadworthy.adapters.sqlglot_nodes import (
    below,
    case,
    cast,
    chain,
    number,
    real_as_postgres_text,
    real_as_spark_text,
    special,
    window,
    within_group,
)
from roadworthy.data import expression as ex
from roadworthy.data.expression_kinds import kind_of
from roadworthy.data.windows import Frame, Over, RowNumber

_COMPARE: Mapping[ex.Comparator, type[exp.Binary]] = {
    ex.Comparator.EQ: exp.EQ,
    ex.Comparator.NE: exp.NEQ,
    ex.Comparator.LT: exp.LT,
    ex.Comparator.LE: exp.LTE,
    ex.Comparator.GT: exp.GT,
    ex.Comparator.GE: exp.GTE,
}
_COMBINE: Mapping[ex.Operator, type[exp.Binary]] = {
    ex.Operator.ADD: exp.Add,
    ex.Operator.SUBTRACT: exp.Sub,
    ex.Operator.MULTIPLY: exp.Mul,
    ex.Operator.DIVIDE: exp.Div,
}
_FIRST = {Frame.LIST: None, Frame.SO_FAR: "UNBOUNDED PRECEDING", Frame.TIES: "CURRENT ROW"}
_TYPES = {ex.CastType.INTEGER: "bigint", ex.CastType.REAL: "double", ex.CastType.TEXT: "text"}
_NUMBERS = frozenset({"boolean", "integer", "real"})
_WHOLE_FROM = 2.0**52
"""From here on every double is a whole number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlDialect:
    """Where an SQL engine differs from our language, beyond its spelling.

    Attributes:
        name: what sqlglot calls the dialect.
        typed_reals: a literal such as `0.5e0` is a decimal, so that its type must be said.
        refuses_underflow: a product of reals that rounds to zero is an error.
        floors_to_integer: `FLOOR` gives an integer, of a limited range, and 0 for NaN.
        narrow_totals: a total of 64-bit integers is itself one of 64 bits, and may leave them.
        quantile: the smallest value that at least a share of the values do not exceed.
        real_as_text: a real as text, as Python writes it: `1.0`, `1e-05`, `nan`.
    """

    name: str
    typed_reals: bool = False
    refuses_underflow: bool = False
    floors_to_integer: bool = False
    narrow_totals: bool = False
    quantile: Callable[[exp.Expr, exp.Expr], exp.Expr]
    real_as_text: Callable[[exp.Expr], exp.Expr]

    def quote(self, name: str) -> str:
        """A name as the dialect quotes it.

        >>> print(POSTGRES.quote("Loan date"), SPARK.quote("Loan date"))
        "Loan date" `Loan date`
        """
        return exp.to_identifier(name, quoted=True).sql(dialect=self.name)

    def text(self, value: str) -> str:
        """A text literal."""
        return exp.Literal.string(value).sql(dialect=self.name)

    def print(self, node: ex.Expression, kinds: Mapping[str, str]) -> str:
        """The expression as SQL over columns of these logical types.

        >>> print(POSTGRES.print(ex.column("score") >= 0.5, {"score": "real"}))
        ("score" >= CAST(0.5e0 AS DOUBLE PRECISION))
        """
        return _Builder(self, kinds).build(node).sql(dialect=self.name)


DUCKDB = SqlDialect(
    name="duckdb",
    quantile=lambda operand, q: exp.Anonymous(this="QUANTILE_DISC", expressions=[operand, q]),
    real_as_text=lambda real: cast(real, "text"),
)
POSTGRES = SqlDialect(
    name="postgres",
    typed_reals=True,
    refuses_underflow=True,
    quantile=within_group,
    real_as_text=real_as_postgres_text,
)
SPARK = SqlDialect(
    name="spark",
    floors_to_integer=True,
    narrow_totals=True,
    quantile=within_group,
    real_as_text=real_as_spark_text,
)


@dataclass(frozen=True)
class _Builder:
    dialect: SqlDialect
    kinds: Mapping[str, str]

    def kind(self, node: ex.Expression) -> str | None:
        return kind_of(node, self.kinds)

    @singledispatchmethod
    def build(self, node: ex.Expression) -> exp.Expr:
        raise TypeError(f"no SQL is known for {type(node).__name__}")

    # --- about one row ---------------------------------------------------------------------------

    @build.register
    def _(self, node: ex.Column) -> exp.Expr:
        return exp.column(node.name, quoted=True)

    @build.register
    def _(self, node: ex.Literal) -> exp.Expr:
        match node.value:
            case None:
                return exp.null()
            case bool():
                return exp.Boolean(this=node.value)
            case str():
                return exp.Literal.string(node.value)
            case int():
                return number(str(abs(node.value)), negative=node.value < 0)
        return self.real(node.value)

    def real(self, value: float) -> exp.Expr:
        if not math.isfinite(value):
            return special(str(value))
        digits = repr(abs(value))
        plain = number(digits if "e" in digits else f"{digits}e0", negative=value < 0)
        return cast(plain, "double") if self.dialect.typed_reals else plain

    @build.register
    def _(self, node: ex.Compare) -> exp.Expr:
        left, right = self.alike(node.left, node.right)
        return exp.Paren(this=_COMPARE[node.comparator](this=left, expression=right))

    @build.register
    def _(self, node: ex.Arithmetic) -> exp.Expr:
        left, right = self.as_number(node.left), self.as_number(node.right)
        if node.operator is ex.Operator.DIVIDE:
            return self.quotient(left, right)
        combined = exp.Paren(this=_COMBINE[node.operator](this=left, expression=right))
        multiplied = node.operator is ex.Operator.MULTIPLY and self.kind(node) == "real"
        if not (multiplied and self.dialect.refuses_underflow):
            return combined
        return self.product(node, combined)

    @build.register
    def _(self, node: ex.And) -> exp.Expr:
        return exp.Paren(this=chain(exp.And, map(self.build, node.operands)))

    @build.register
    def _(self, node: ex.Or) -> exp.Expr:
        return exp.Paren(this=chain(exp.Or, map(self.build, node.operands)))

    @build.register
    def _(self, node: ex.Not) -> exp.Expr:
        return exp.Paren(this=exp.Not(this=self.build(node.operand)))

    @build.register
    def _(self, node: ex.IsNull) -> exp.Expr:
        return exp.Paren(this=exp.Is(this=self.build(node.operand), expression=exp.null()))

    @build.register
    def _(self, node: ex.IsNan) -> exp.Expr:
        # null of null, unlike Spark's ISNAN; and PostgreSQL has no such function
        return exp.Paren(this=exp.EQ(this=self.build(node.operand), expression=special("NaN")))

    @build.register
    def _(self, node: ex.Floor) -> exp.Expr:
        operand = self.as_number(node.operand)
        floor = exp.Floor(this=operand)
        if not self.dialect.floors_to_integer:
            return floor
        return case((below(operand, _WHOLE_FROM), cast(floor, "double")), otherwise=operand)

    @build.register
    def _(self, node: ex.Case) -> exp.Expr:
        values = (*(value for _, value in node.branches), node.otherwise)
        *built, otherwise = self.alike(*values)
        conditions = [self.build(condition) for condition, _ in node.branches]
        return case(*zip(conditions, built, strict=True), otherwise=otherwise)

    @build.register
    def _(self, node: ex.Cast) -> exp.Expr:
        return self.cast(node.operand, node.to)

    # --- about many rows -------------------------------------------------------------------------

    @build.register
    def _(self, node: ex.Count) -> exp.Expr:
        counted = exp.Star() if node.operand is None else self.build(node.operand)
        return exp.Count(this=counted)

    @build.register
    def _(self, node: ex.CountDistinct) -> exp.Expr:
        return exp.Count(this=exp.Distinct(expressions=[self.build(node.operand)]))

    @build.register
    def _(self, node: ex.Sum) -> exp.Expr:
        operand = self.as_number(node.operand)
        if self.dialect.narrow_totals and self.kind(node) == "integer":
            operand = cast(operand, "decimal(19, 0)")
        return exp.Sum(this=operand)

    @build.register
    def _(self, node: ex.Min) -> exp.Expr:
        least = exp.LogicalAnd if self.kind(node) == "boolean" else exp.Min
        return least(this=self.build(node.operand))

    @build.register
    def _(self, node: ex.Max) -> exp.Expr:
        most = exp.LogicalOr if self.kind(node) == "boolean" else exp.Max
        return most(this=self.build(node.operand))

    @build.register
    def _(self, node: ex.Quantile) -> exp.Expr:
        return self.dialect.quantile(self.build(node.operand), self.real(node.q))

    # --- about a list ----------------------------------------------------------------------------

    @build.register
    def _(self, node: RowNumber) -> exp.Expr:
        return self.windowed(exp.RowNumber(), node.lists, node.order)

    @build.register
    def _(self, node: Over) -> exp.Expr:
        return self.windowed(self.build(node.aggregate), node.lists, node.order, node.frame)

    def windowed(
        self,
        function: exp.Expr,
        lists: tuple[ex.Expression, ...],
        order: ex.Expression | None,
        frame: Frame = Frame.LIST,
    ) -> exp.Expr:
        return window(
            function,
            [self.build(item) for item in lists],
            None if order is None else self.build(order),
            _FIRST[frame],
        )

    # --- conversions between kinds ---------------------------------------------------------------

    def alike(self, *nodes: ex.Expression) -> list[exp.Expr]:
        """The expressions, converted to one kind where engines would refuse or guess."""
        kinds = {self.kind(node) for node in nodes} - {None}
        if len(kinds) > 1 and kinds <= _NUMBERS:
            return [self.as_number(node) for node in nodes]
        if len(kinds) > 1 and kinds <= _NUMBERS | {"text"}:
            return [self.as_text(node) for node in nodes]
        return [self.build(node) for node in nodes]

    def as_number(self, node: ex.Expression) -> exp.Expr:
        built = self.build(node)
        return cast(built, "int") if self.kind(node) == "boolean" else built

    def as_text(self, node: ex.Expression) -> exp.Expr:
        if self.kind(node) in ("text", None):
            return self.build(node)
        return self.cast(node, ex.CastType.TEXT)

    def cast(self, node: ex.Expression, to: ex.CastType) -> exp.Expr:
        kind, built = self.kind(node), self.build(node)
        if to is ex.CastType.TEXT and kind == "real":
            return self.dialect.real_as_text(built)
        if to is not ex.CastType.TEXT and kind == "boolean":
            built = cast(built, "int")
        return cast(built, _TYPES[to])

    # --- products --------------------------------------------------------------------------------

    def product(self, node: ex.Arithmetic, combined: exp.Expr) -> exp.Expr:
        """The product, or zero where it is below half the smallest double and rounds to it."""
        sides = (node.left, node.right)
        constants = [side.value for side in sides if isinstance(side, ex.Literal)]
        factors = [self.as_number(side) for side in sides if not isinstance(side, ex.Literal)]
        constant = constants[0] if len(constants) == 1 else None
        if constant is not None and isinstance(constant, int | float):
            return self.multiple(factors[0], float(constant), combined)
        left, right = factors if len(factors) == 2 else map(self.as_number, sides)  # noqa: PLR2004 - both sides
        vanishing = exp.LTE(  # scaled, so that neither side leaves the range of doubles
            this=exp.Mul(this=exp.Abs(this=left.copy()), expression=self.real(2.0**500)),
            expression=exp.Div(this=self.real(2.0**-575), expression=exp.Abs(this=right.copy())),
        )
        small = [
            test
            for side in (left, right)
            for test in (exp.NEQ(this=side.copy(), expression=self.real(0.0)), below(side, 1.0))
        ]
        return case(
            (chain(exp.And, small), case((vanishing, self.real(0.0)), otherwise=combined)),
            otherwise=combined.copy(),
        )

    def quotient(self, left: exp.Expr, right: exp.Expr) -> exp.Expr:
        """The quotient as a real, null where the divisor is 0; 0 where it rounds to that."""
        above, below_line = cast(left, "double"), cast(right, "double")
        divisor = exp.Anonymous(
            this="NULLIF", expressions=[below_line, number("0", negative=False)]
        )
        found = exp.Paren(this=exp.Div(this=above, expression=divisor, typed=True))
        if not self.dialect.refuses_underflow:
            return found
        vanishing = exp.LTE(  # scaled, so that neither side leaves the range of doubles
            this=exp.Mul(this=exp.Abs(this=above.copy()), expression=self.real(2.0**500)),
            expression=exp.Mul(
                this=exp.Abs(this=below_line.copy()), expression=self.real(2.0**-575)
            ),
        )
        size = exp.Abs(this=below_line.copy())
        large = exp.GT(this=size, expression=self.real(1.0))
        finite = exp.LT(this=size.copy(), expression=self.real(math.inf))  # false of NaN
        small = exp.NEQ(this=above.copy(), expression=self.real(0.0))
        return case(
            (
                chain(exp.And, [small, below(above, 1.0), large, finite]),
                case((vanishing, self.real(0.0)), otherwise=found),
            ),
            otherwise=found.copy(),
        )

    def multiple(self, factor: exp.Expr, constant: float, combined: exp.Expr) -> exp.Expr:
        if not 0 < abs(constant) <= 0.5:  # noqa: PLR2004 - above a half nothing rounds to zero
            return combined
        least = float(Fraction(1, 2**1075) / Fraction(abs(constant)))
        vanishing = exp.LTE(this=exp.Abs(this=factor.copy()), expression=self.real(least))
        return case((vanishing, self.real(0.0)), otherwise=combined)
