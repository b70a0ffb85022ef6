"""Expressions as SQL, for the dialect of each engine.

Names are always quoted and texts always escaped, so that no column name or value can become code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import singledispatchmethod
from types import MappingProxyType

from roadworthy.data import expression as ex
from roadworthy.data.sql_names import quote_name, quote_text
from roadworthy.data.windows import Frame, Over, RowNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Where SQL engines differ."""

    name: str
    types: Mapping[ex.CastType, str]
    is_nan: Callable[[str], str]
    quantile: Callable[[str, float], str]


DUCKDB = Dialect(
    name="duckdb",
    types=MappingProxyType(
        {
            ex.CastType.INTEGER: "BIGINT",
            ex.CastType.REAL: "DOUBLE",
            ex.CastType.TEXT: "VARCHAR",
        }
    ),
    is_nan=lambda operand: f"isnan({operand})",
    quantile=lambda operand, q: f"quantile_disc({operand}, {q!r})",
)


def to_sql(node: ex.Expression, dialect: Dialect = DUCKDB) -> str:
    """The expression as SQL.

    >>> print(to_sql(ex.count_if(ex.column("age") >= 18)))
    SUM(CASE WHEN ("age" >= 18) THEN 1 ELSE 0 END)
    """
    return _Printer(dialect).show(node)


@dataclass(frozen=True)
class _Printer:
    dialect: Dialect

    @singledispatchmethod
    def show(self, node: ex.Expression) -> str:
        raise TypeError(f"no SQL is known for {type(node).__name__}")

    @show.register
    def _(self, node: ex.Column) -> str:
        return quote_name(node.name)

    @show.register
    def _(self, node: ex.Literal) -> str:
        return self._value(node.value)

    @show.register
    def _(self, node: ex.Compare) -> str:
        return f"({self.show(node.left)} {node.comparator} {self.show(node.right)})"

    @show.register
    def _(self, node: ex.Arithmetic) -> str:
        left, right = self.show(node.left), self.show(node.right)
        if node.operator is ex.Operator.DIVIDE:
            real = self.dialect.types[ex.CastType.REAL]
            left, right = f"CAST({left} AS {real})", f"NULLIF(CAST({right} AS {real}), 0)"
        return f"({left} {node.operator} {right})"

    @show.register
    def _(self, node: ex.And) -> str:
        return "(" + " AND ".join(map(self.show, node.operands)) + ")"

    @show.register
    def _(self, node: ex.Or) -> str:
        return "(" + " OR ".join(map(self.show, node.operands)) + ")"

    @show.register
    def _(self, node: ex.Not) -> str:
        return f"(NOT {self.show(node.operand)})"

    @show.register
    def _(self, node: ex.IsNull) -> str:
        return f"({self.show(node.operand)} IS NULL)"

    @show.register
    def _(self, node: ex.IsNan) -> str:
        return self.dialect.is_nan(self.show(node.operand))

    @show.register
    def _(self, node: ex.Floor) -> str:
        return f"FLOOR({self.show(node.operand)})"

    @show.register
    def _(self, node: ex.Case) -> str:
        branches = " ".join(
            f"WHEN {self.show(condition)} THEN {self.show(value)}"
            for condition, value in node.branches
        )
        return f"CASE {branches} ELSE {self.show(node.otherwise)} END"

    @show.register
    def _(self, node: ex.Cast) -> str:
        return f"CAST({self.show(node.operand)} AS {self.dialect.types[node.to]})"

    @show.register
    def _(self, node: ex.Count) -> str:
        return f"COUNT({'*' if node.operand is None else self.show(node.operand)})"

    @show.register
    def _(self, node: ex.CountDistinct) -> str:
        return f"COUNT(DISTINCT {self.show(node.operand)})"

    @show.register
    def _(self, node: ex.Sum) -> str:
        return f"SUM({self.show(node.operand)})"

    @show.register
    def _(self, node: ex.Min) -> str:
        return f"MIN({self.show(node.operand)})"

    @show.register
    def _(self, node: ex.Max) -> str:
        return f"MAX({self.show(node.operand)})"

    @show.register
    def _(self, node: ex.Quantile) -> str:
        return self.dialect.quantile(self.show(node.operand), node.q)

    # --- about a list ----------------------------------------------------------------------------

    @show.register
    def _(self, node: RowNumber) -> str:
        return f"ROW_NUMBER() OVER ({self._list(node.lists, node.order)})"

    @show.register
    def _(self, node: Over) -> str:
        rows = self._list(node.lists, node.order, node.frame)
        return f"{self.show(node.aggregate)} OVER ({rows})"

    def _list(
        self,
        lists: tuple[ex.Expression, ...],
        order: ex.Expression | None,
        frame: Frame | None = None,
    ) -> str:
        parts = [f"PARTITION BY {', '.join(map(self.show, lists))}"] if lists else []
        parts += [f"ORDER BY {self.show(order)} NULLS LAST"] if order is not None else []
        if frame is not None and frame is not Frame.LIST:
            first = "CURRENT ROW" if frame is Frame.TIES else "UNBOUNDED PRECEDING"
            parts.append(f"RANGE BETWEEN {first} AND CURRENT ROW")
        return " ".join(parts)

    def _value(self, value: ex.Value) -> str:
        match value:
            case None:
                return "NULL"
            case bool():
                return "TRUE" if value else "FALSE"
            case str():
                return quote_text(value)
            case int():
                return str(value) if value >= 0 else f"({value})"
        if not math.isfinite(value):
            return f"CAST({quote_text(str(value))} AS {self.dialect.types[ex.CastType.REAL]})"
        text = repr(value) if "e" in repr(value) else f"{value!r}e0"
        return text if value >= 0 else f"({text})"
