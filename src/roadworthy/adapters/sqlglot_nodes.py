"""Pieces of statements as sqlglot's nodes: numbers, casts, cases, and reals as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from sqlglot import exp


def number(digits: str, *, negative: bool) -> exp.Expr:
    """A number by its digits, bracketed with its sign if it has one."""
    plain = exp.Literal.number(digits)
    return exp.Paren(this=exp.Neg(this=plain)) if negative else plain


def special(value: str) -> exp.Expr:
    """NaN or an infinity."""
    return cast(exp.Literal.string(value), "double")


def cast(operand: exp.Expr, kind: str) -> exp.Expr:
    """The operand as another type, by sqlglot's name for it."""
    return exp.Cast(this=operand.copy(), to=exp.DataType.build(kind))


def case(*branches: tuple[exp.Expr, exp.Expr], otherwise: exp.Expr) -> exp.Expr:
    """The value beside the first condition that is true, or else `otherwise`."""
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=ifs, default=otherwise.copy())


def chain(kind: type[exp.Binary], operands: Iterable[exp.Expr]) -> exp.Expr:
    """The operands joined by one operator, from the left."""
    return reduce(lambda left, right: kind(this=left, expression=right), operands)


def below(real: exp.Expr, bound: float) -> exp.Expr:
    """True where a real is nearer to zero than the bound."""
    limit = cast(number(repr(bound), negative=False), "double")
    return exp.LT(this=exp.Abs(this=real.copy()), expression=limit)


def with_point(digits: exp.Expr) -> exp.Expr:
    """The digits of a whole number, written as a real."""
    return exp.DPipe(this=digits, expression=exp.Literal.string(".0"))


def within_group(operand: exp.Expr, share: exp.Expr) -> exp.Expr:
    """The value of the table at a share of the values.

    The function is given by name: sqlglot's own node would become Spark's approximate percentile.
    """
    return exp.WithinGroup(
        this=exp.Anonymous(this="PERCENTILE_DISC", expressions=[share]),
        expression=exp.Order(expressions=[exp.Ordered(this=operand)]),
    )


def window(
    function: exp.Expr,
    lists: Sequence[exp.Expr],
    order: exp.Expr | None,
    first: str | None,
) -> exp.Expr:
    """A function of the rows of a list: all of them, or those from `first` to a row's last tie."""
    ordered = exp.Order(expressions=[exp.Ordered(this=order, nulls_first=False)]) if order else None
    frame = exp.WindowSpec(kind="RANGE", start=first, end="CURRENT ROW")
    return exp.Window(
        this=function,
        partition_by=[item.copy() for item in lists],
        order=ordered,
        spec=None if first is None else frame,
        over="OVER",
    )


def real_as_postgres_text(real: exp.Expr) -> exp.Expr:
    """PostgreSQL leaves out `.0` and turns to exponents at 1e15, Python at 1e16.

    From there on, where doubles are coarser than one, both may choose other last digits.
    """
    whole = exp.EQ(this=real.copy(), expression=exp.Floor(this=real.copy()))
    return case(
        (exp.EQ(this=real.copy(), expression=special("NaN")), exp.Literal.string("nan")),
        (exp.EQ(this=real.copy(), expression=special("Infinity")), exp.Literal.string("inf")),
        (exp.EQ(this=real.copy(), expression=special("-Infinity")), exp.Literal.string("-inf")),
        (exp.And(this=below(real, 1e15), expression=whole), with_point(cast(real, "text"))),
        (
            exp.And(this=below(real, 1e16), expression=whole.copy()),
            with_point(cast(cast(real, "bigint"), "text")),
        ),
        otherwise=cast(real, "text"),
    )


def real_as_spark_text(real: exp.Expr) -> exp.Expr:
    """Java turns to exponents at 1e7 and below 1e-3, Python at 1e16 and below 1e-4."""
    whole = exp.EQ(this=real.copy(), expression=exp.Floor(this=real.copy()))
    plain = cast(cast(real, "decimal(38, 20)"), "text")
    return case(
        (exp.EQ(this=real.copy(), expression=special("NaN")), exp.Literal.string("nan")),
        (exp.EQ(this=real.copy(), expression=special("Infinity")), exp.Literal.string("inf")),
        (exp.EQ(this=real.copy(), expression=special("-Infinity")), exp.Literal.string("-inf")),
        (  # as it is, since an integer has no minus zero
            exp.EQ(this=real.copy(), expression=exp.Literal.number("0e0")),
            cast(real, "text"),
        ),
        (
            exp.And(this=below(real, 1e16), expression=whole),
            with_point(cast(cast(real, "bigint"), "text")),
        ),
        (
            exp.And(this=below(real, 1e16), expression=exp.Not(this=below(real, 1e-4))),
            exp.Trim(this=plain, expression=exp.Literal.string("0"), position="TRAILING"),
        ),
        otherwise=cast(real, "text"),
    )
