"""What kind of value an expression computes, given the kinds of the columns it reads.

SQL engines differ in what they compare and cast by themselves; a printer that knows the kinds can
write every conversion out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

from roadworthy.data import expression as ex
from roadworthy.data.windows import Over, RowNumber

_OF_CAST = {
    ex.CastType.INTEGER: "integer",
    ex.CastType.REAL: "real",
    ex.CastType.TEXT: "text",
}


@singledispatch
def kind_of(node: ex.Expression, columns: Mapping[str, str]) -> str | None:  # noqa: ARG001 - the cases read it
    """The logical type of an expression: that of a `Column`, or None if it is always null.

    Args:
        node: the expression.
        columns: the logical type of each column; a column that is not in it is of type `other`.

    >>> kind_of(ex.column("age") * 0.5, {"age": "integer"})
    'real'
    """
    raise TypeError(f"no kind is known for {type(node).__name__}")


@kind_of.register
def _(node: ex.Column, columns: Mapping[str, str]) -> str | None:
    return columns.get(node.name, "other")


@kind_of.register
def _(node: ex.Literal, columns: Mapping[str, str]) -> str | None:  # noqa: ARG001 - see above
    match node.value:
        case None:
            return None
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "real"
    return "text"


@kind_of.register(ex.Compare)
@kind_of.register(ex.And)
@kind_of.register(ex.Or)
@kind_of.register(ex.Not)
@kind_of.register(ex.IsNull)
@kind_of.register(ex.IsNan)
def _(node: ex.Expression, columns: Mapping[str, str]) -> str | None:  # noqa: ARG001 - see above
    return "boolean"


@kind_of.register(ex.Floor)
def _(node: ex.Floor, columns: Mapping[str, str]) -> str | None:  # noqa: ARG001 - see above
    return "real"


@kind_of.register(ex.Count)
@kind_of.register(ex.CountDistinct)
@kind_of.register(RowNumber)
def _(node: ex.Expression, columns: Mapping[str, str]) -> str | None:  # noqa: ARG001 - see above
    return "integer"


@kind_of.register
def _(node: ex.Arithmetic, columns: Mapping[str, str]) -> str | None:
    if node.operator is ex.Operator.DIVIDE:
        return "real"
    return _common(kind_of(node.left, columns), kind_of(node.right, columns))


@kind_of.register
def _(node: ex.Case, columns: Mapping[str, str]) -> str | None:
    found = None
    for value in (*(value for _, value in node.branches), node.otherwise):
        found = _common(found, kind_of(value, columns))
    return found


@kind_of.register
def _(node: ex.Cast, columns: Mapping[str, str]) -> str | None:  # noqa: ARG001 - see above
    return _OF_CAST[node.to]


@kind_of.register
def _(node: ex.Sum, columns: Mapping[str, str]) -> str | None:
    kind = kind_of(node.operand, columns)
    return "integer" if kind == "boolean" else kind


@kind_of.register(ex.Min)
@kind_of.register(ex.Max)
@kind_of.register(ex.Quantile)
def _(node: ex.Min | ex.Max | ex.Quantile, columns: Mapping[str, str]) -> str | None:
    return kind_of(node.operand, columns)


@kind_of.register
def _(node: Over, columns: Mapping[str, str]) -> str | None:
    return kind_of(node.aggregate, columns)


def _common(left: str | None, right: str | None) -> str | None:
    """The kind that holds both: reals hold integers, and nothing is known of null."""
    if left is None or right is None or left == right:
        return left or right
    if {left, right} <= {"integer", "real", "boolean"}:
        return "real" if "real" in (left, right) else "integer"
    return "other"
