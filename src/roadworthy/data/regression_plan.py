"""Choosing how to count errors: the centre, the sizes and the unit of weights of one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from roadworthy.data.cells import MAX_RELATIVE_WEIGHT, weight_exponent
from roadworthy.data.engine import Table
from roadworthy.data.expression import (
    CastType,
    Expression,
    all_of,
    case,
    cast,
    column,
    count,
    count_if,
    is_nan,
    is_null,
    literal,
    maximum,
    quantile,
)
from roadworthy.data.regression import ERROR, PREDICTED, SCORE, VALUE, WIDTH, derived, number
from roadworthy.errors import DataError, UsageError
from roadworthy.stats.fixed_sums import HIGHEST, Scale
from roadworthy.stats.regression_plan import RegressionPlan

NUMBERS = ("integer", "real")
"""The types of columns that hold numbers to predict."""

_LARGEST = 2.0 ** (HIGHEST - 2)


def plan_errors(table: Table, plan: RegressionPlan) -> RegressionPlan:
    """The plan with the centre and the units that fit this table, in two passes.

    Raises:
        DataError: a column is missing, holds no numbers, no values, infinite or far too large ones,
            a lower limit above the upper one, or a weight that cannot be used.
        UsageError: the plan has neither a label nor a prediction.
    """
    if plan.label is None and plan.prediction is None:
        raise UsageError("a regression needs a label or a prediction column, found neither")
    _check_types(table, plan)
    asked = _questions(plan)
    found = table.aggregate(asked).to_pylist()[0]
    _check_values(plan, found)
    plan = replace(
        plan,
        center=float(found["center"]),
        weight_exponent=weight_exponent(found.get("weight")),
    )
    _check_weights(table, plan)
    return _with_scales(table, plan)


def _check_types(table: Table, plan: RegressionPlan) -> None:
    types = {item.name: item.type for item in table.columns}
    for name, role in plan.columns.items():
        if name not in types:
            raise DataError.from_missing_column(name, types, role=role)
        if role != "protected" and types[name] not in NUMBERS:
            raise DataError(
                f"{role} column {name!r} holds values of type {types[name]}; expected numbers"
            )


def _questions(plan: RegressionPlan) -> dict[str, Expression]:
    asked: dict[str, Expression] = {}
    for name in _named(plan):
        value = number(name)
        asked[f"present_{name}"] = count(value)
        asked[f"huge_{name}"] = count_if((value > _LARGEST) | (value < -_LARGEST))
    asked["center"] = quantile(number(plan.label or plan.prediction or ""), 0.5)
    if plan.interval:
        low, high = (number(name) for name in plan.interval)
        asked["crossed"] = count_if(low > high)
    if plan.weight is not None:
        weight = cast(column(plan.weight), CastType.REAL)
        positive = all_of([~is_nan(weight), weight > 0.0])
        asked["weight"] = quantile(case((positive, weight), otherwise=None), 0.5)
    return asked


def _named(plan: RegressionPlan) -> dict[str, str]:
    """The columns of numbers to compare, with their roles."""
    return {n: r for n, r in plan.columns.items() if r in {"label", "prediction", "interval"}}


def _check_values(plan: RegressionPlan, found: Mapping[str, Any]) -> None:
    for name, role in _named(plan).items():
        if not found[f"present_{name}"]:
            raise DataError(f"{role} column {name!r} has no values: all rows are missing")
        if found[f"huge_{name}"]:
            raise DataError(
                f"{role} column {name!r} has {found[f'huge_{name}']:,} values that are infinite or "
                f"beyond {_LARGEST:.0e}; expected finite numbers. Repair them or make them null"
            )
    if found.get("crossed"):
        low, high = plan.interval
        raise DataError(
            f"{found['crossed']:,} rows predict an interval whose lower limit {low!r} lies above "
            f"its upper limit {high!r}; name the lower one first, or repair them"
        )


def _check_weights(table: Table, plan: RegressionPlan) -> None:
    if plan.weight is None:
        return
    weight = cast(column(plan.weight), CastType.REAL)
    most = MAX_RELATIVE_WEIGHT * 2.0**plan.weight_exponent
    usable = all_of([~is_nan(weight), weight >= 0.0, weight <= most])
    answer = table.aggregate({"bad": count_if(is_null(weight) | ~usable)})
    if found := answer["bad"][0].as_py():
        raise DataError(
            f"weight column {plan.weight!r} has {found:,} rows without a usable weight: null, NaN, "
            f"negative or above {most:,g} (65,536 times the unit of weights); drop or repair them"
        )


def _with_scales(table: Table, plan: RegressionPlan) -> RegressionPlan:
    """The plan with the usual and the largest sizes of the numbers to sum."""
    parts = {
        "value": [
            number
            for number, given in ((VALUE, plan.label), (PREDICTED, plan.prediction))
            if given is not None
        ],
        "error": [ERROR] if plan.has_errors else [],
        "width": [WIDTH] if plan.has_intervals else [],
        "score": [SCORE] if plan.has_intervals and plan.confidence is not None else [],
    }
    asked: dict[str, Expression] = {}
    for name, columns in parts.items():
        for position, item in enumerate(columns):
            size = case((item < 0.0, literal(0.0) - item), otherwise=item)
            asked[f"{name}_largest_{position}"] = maximum(size)
            if position == 0:
                asked[f"{name}_usual"] = quantile(case((size > 0.0, size), otherwise=None), 0.5)
    found = derived(table, plan).aggregate(asked).to_pylist()[0]

    def scale(name: str) -> Scale:
        sizes = [found[f"{name}_largest_{i}"] or 0.0 for i in range(len(parts[name]))]
        return Scale.of(found[f"{name}_usual"], max(sizes)) if sizes else Scale()

    return replace(
        plan,
        value=scale("value"),
        error=scale("error"),
        width=scale("width"),
        score=scale("score"),
    )
