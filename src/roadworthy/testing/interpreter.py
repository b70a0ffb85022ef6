"""The oracle: what an expression means, computed row by row, slowly and plainly.

It copies SQL where Python differs: null spreads through comparisons and arithmetic, `and` and `or`
know three truth values, NaN equals itself and is greater than any number.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import singledispatch
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from roadworthy.data import expression as ex
from roadworthy.data.windows import Frame, Over, RowNumber

Row: TypeAlias = Mapping[str, Any]

_COMPARE: Mapping[ex.Comparator, Callable[[Any, Any], Any]] = {
    ex.Comparator.EQ: operator.eq,
    ex.Comparator.NE: operator.ne,
    ex.Comparator.LT: operator.lt,
    ex.Comparator.LE: operator.le,
    ex.Comparator.GT: operator.gt,
    ex.Comparator.GE: operator.ge,
}
_COMBINE: Mapping[ex.Operator, Callable[[Any, Any], Any]] = {
    ex.Operator.ADD: operator.add,
    ex.Operator.SUBTRACT: operator.sub,
    ex.Operator.MULTIPLY: operator.mul,
}


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table as plain Python values."""
    return table.to_pylist()


@singledispatch
def evaluate(node: ex.Expression, row: Row) -> Any:  # noqa: ARG001 - the cases read it
    """The value of an expression about one row; None is null."""
    raise TypeError(f"{type(node).__name__} is not about one row")


@evaluate.register
def _(node: ex.Column, row: Row) -> Any:
    return row[node.name]


@evaluate.register
def _(node: ex.Literal, row: Row) -> Any:  # noqa: ARG001 - it is the same in every row
    return node.value


@evaluate.register
def _(node: ex.Compare, row: Row) -> bool | None:
    left, right = evaluate(node.left, row), evaluate(node.right, row)
    if left is None or right is None:
        return None
    return bool(_COMPARE[node.comparator](sort_key(left), sort_key(right)))


@evaluate.register
def _(node: ex.And, row: Row) -> bool | None:
    found = [evaluate(operand, row) for operand in node.operands]
    return False if False in found else None if None in found else True


@evaluate.register
def _(node: ex.Or, row: Row) -> bool | None:
    found = [evaluate(operand, row) for operand in node.operands]
    return True if True in found else None if None in found else False


@evaluate.register
def _(node: ex.Not, row: Row) -> bool | None:
    found = evaluate(node.operand, row)
    return None if found is None else not found


@evaluate.register
def _(node: ex.IsNull, row: Row) -> bool:
    return evaluate(node.operand, row) is None


@evaluate.register
def _(node: ex.IsNan, row: Row) -> bool | None:
    found = evaluate(node.operand, row)
    return None if found is None else _is_nan(found)


@evaluate.register
def _(node: ex.Floor, row: Row) -> float | None:
    found = evaluate(node.operand, row)
    if found is None or not math.isfinite(found):
        return found  # type: ignore[no-any-return]
    return float(math.floor(found))


@evaluate.register
def _(node: ex.Arithmetic, row: Row) -> Any:
    left, right = evaluate(node.left, row), evaluate(node.right, row)
    if left is None or right is None:
        return None
    if node.operator is ex.Operator.DIVIDE:
        return None if right == 0 else float(left) / float(right)
    return _COMBINE[node.operator](left, right)


@evaluate.register
def _(node: ex.Case, row: Row) -> Any:
    for condition, value in node.branches:
        if evaluate(condition, row) is True:
            return evaluate(value, row)
    return evaluate(node.otherwise, row)


@evaluate.register
def _(node: ex.Cast, row: Row) -> Any:
    found = evaluate(node.operand, row)
    if found is None:
        return None
    match node.to:
        case ex.CastType.INTEGER:
            return int(found)
        case ex.CastType.REAL:
            return float(found)
        case ex.CastType.TEXT:
            return text(found)


def aggregate(
    rows: Iterable[Row],
    select: Mapping[str, ex.Expression],
    *,
    by: Mapping[str, ex.Expression] | None = None,
    where: ex.Expression | None = None,
) -> list[dict[str, Any]]:
    """What `Table.aggregate` must answer: groups in ascending order of their keys, null last."""
    kept = [row for row in rows if where is None or evaluate(where, row) is True]
    groups: dict[tuple[Any, ...], tuple[list[Any], list[Row]]] = {}
    if not by:
        groups[()] = ([], kept)
    for row in kept if by else ():
        values = [evaluate(node, row) for node in (by or {}).values()]
        key = tuple((value is None, sort_key(value)) for value in values)
        groups.setdefault(key, (values, []))[1].append(row)
    return [
        dict(zip(by or {}, values, strict=True))
        | {name: _aggregate(node, members) for name, node in select.items()}
        for _, (values, members) in sorted(groups.items(), key=lambda item: item[0])
    ]


def derived(rows: Sequence[Row], columns: Mapping[str, ex.Expression]) -> list[dict[str, Any]]:
    """The rows with the columns that `Table.derive` must give them."""
    of_lists = {node: _over(node, rows) for node in _lists(columns.values())}
    known: list[Any] = [
        {**row, **{node: values[place] for node, values in of_lists.items()}}
        for place, row in enumerate(rows)
    ]
    return [
        {**row, **{name: evaluate(node, all_of_it) for name, node in columns.items()}}
        for row, all_of_it in zip(rows, known, strict=True)
    ]


@evaluate.register(Over)
@evaluate.register(RowNumber)
def _(node: Over | RowNumber, row: Any) -> Any:
    if node not in row:
        raise TypeError(f"{type(node).__name__} is about a list; derive it first")
    return row[node]


def _lists(nodes: Iterable[ex.Expression]) -> set[Over | RowNumber]:
    """What the expressions say about lists, however deep inside."""
    found = set()
    for node in nodes:
        found |= {node} if isinstance(node, Over | RowNumber) else _lists(node.children)
    return found


def _over(node: Over | RowNumber, rows: Sequence[Row]) -> list[Any]:
    """What each row tells of its list."""

    def key(*parts: Any) -> tuple[Any, ...]:
        return tuple((value is None, sort_key(value)) for value in parts)

    lists: dict[tuple[Any, ...], list[int]] = {}
    for place, row in enumerate(rows):
        lists.setdefault(key(*(evaluate(part, row) for part in node.lists)), []).append(place)
    found: list[Any] = [None] * len(rows)
    for members in lists.values():
        orders = {
            i: key(None if node.order is None else evaluate(node.order, rows[i])) for i in members
        }
        members.sort(key=orders.__getitem__)
        for number, i in enumerate(members, 1):
            if isinstance(node, RowNumber):
                found[i] = number
                continue
            seen = [
                rows[j]
                for j in members
                if orders[j] == orders[i]
                or node.frame is Frame.LIST
                or (node.frame is Frame.SO_FAR and orders[j] < orders[i])
            ]
            found[i] = _aggregate(node.aggregate, seen)
    return found


def _aggregate(node: ex.Expression, rows: Sequence[Row]) -> Any:
    if isinstance(node, ex.Count) and node.operand is None:
        return len(rows)
    (operand,) = node.children
    found = [value for value in (evaluate(operand, row) for row in rows) if value is not None]
    if isinstance(node, ex.Count):
        return len(found)
    if isinstance(node, ex.CountDistinct):
        return len({sort_key(value) for value in found})
    if not found:
        return None
    found.sort(key=sort_key)
    if isinstance(node, ex.Quantile):
        return found[max(math.ceil(len(found) * node.q) - 1, 0)]
    pick: dict[type[ex.Expression], Callable[[list[Any]], Any]] = {
        ex.Sum: sum,
        ex.Min: lambda values: values[0],
        ex.Max: lambda values: values[-1],
    }
    return pick[type(node)](found)


def sort_key(value: Any) -> Any:
    """Something that compares as SQL compares the value: NaN equals NaN, above all numbers."""
    if isinstance(value, bool | int | float | np.number):
        return (1, 0.0) if _is_nan(value) else (0, value)
    return value


def text(value: Any) -> str:
    """The value as SQL casts it to text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
