"""What a tally of errors asks of any engine, written once: sums by group and by bin.

The error of a row, prediction minus label, and the other numbers that sums are made of are derived
columns, null where the row does not take part; sums skip nulls.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.data.engine import Table
from roadworthy.data.expression import (
    CastType,
    Column,
    Expression,
    case,
    cast,
    column,
    count,
    fixed_point,
    floor,
    is_nan,
    is_null,
    literal,
    maximum,
    total,
)
from roadworthy.data.group_keys import group_codes, group_key
from roadworthy.data.number_cells import number_cell
from roadworthy.stats.cell_sums import CellSums
from roadworthy.stats.fixed_sums import LIMB_BITS, FixedPoint
from roadworthy.stats.number_grid import NumberGrid
from roadworthy.stats.regression_plan import Population, Power, RegressionPlan
from roadworthy.stats.regression_tally import RegressionTally

_PREFIX = "_roadworthy_"
ERROR, VALUE, PREDICTED = (Column(f"{_PREFIX}{name}") for name in ("error", "value", "predicted"))
WIDTH, SCORE, WEIGHT = (Column(f"{_PREFIX}{name}") for name in ("width", "score", "weight"))
INSIDE, UNDER, OVER = (Column(f"{_PREFIX}{name}") for name in ("inside", "under", "over"))
"""Derived columns; the last three say where a label lies against its predicted interval."""


def number(name: str) -> Expression:
    """The value of a column as a real; null where it is NaN."""
    value = cast(column(name), CastType.REAL)
    return case((is_nan(value), None), otherwise=value)


def derived(table: Table, plan: RegressionPlan) -> Table:
    """The table with the columns that sums are made of."""
    made = dict[Column, Expression]()
    if plan.label is not None:
        label = number(plan.label)
        known: Expression = ~is_null(label)
        if plan.prediction is not None:
            prediction = number(plan.prediction)
            known = known & ~is_null(prediction)
            made[ERROR] = prediction - label
        made[VALUE] = case((known, label - plan.center), otherwise=None)
    if plan.prediction is not None:
        made[PREDICTED] = number(plan.prediction) - plan.center
    if plan.has_intervals:
        made |= _of_intervals(plan)
    if plan.weight is not None:
        made[WEIGHT] = cast(column(plan.weight), CastType.REAL) * 2.0**-plan.weight_exponent
    return table.derive({where.name: what for where, what in made.items()})


def count_errors(table: Table, plan: RegressionPlan) -> RegressionTally:
    """Count a table: one pass for the sums, and one for each histogram.

    Raises:
        DataError: an attribute has too many values, or a sum leaves 64 bits.
    """
    types = {item.name: item.type for item in table.columns}
    keys = {f"key_{i}": group_key(name, types[name]) for i, name in enumerate(plan.attributes)}
    seen = derived(table, plan)
    return RegressionTally(
        plan=plan,
        groups=_cells(plan, seen.aggregate(_group_sums(plan), by=keys or None)),
        errors=_binned(seen, plan, keys, ERROR, plan.error_grid) if plan.has_errors else None,
        predictions=_binned(seen, plan, keys, PREDICTED, plan.value_grid)
        if plan.prediction is not None
        else None,
    )


# --- asking --------------------------------------------------------------------------------------


def _of_intervals(plan: RegressionPlan) -> dict[Column, Expression]:
    """Where a label lies against its predicted interval, and what that costs."""
    label = number(plan.label or "")
    low, high = (number(name) for name in plan.interval)
    whole = ~(is_null(label) | is_null(low) | is_null(high))
    width = high - low
    made: dict[Column, Expression] = {
        WIDTH: case((whole, width), otherwise=None),
        INSIDE: case((whole & (label >= low) & (label <= high), 1), otherwise=None),
        UNDER: case((whole & (label < low), 1), otherwise=None),
        OVER: case((whole & (label > high), 1), otherwise=None),
    }
    if plan.confidence is not None:
        price = 2.0 / (1.0 - plan.confidence)
        miss = case((label < low, low - label), (label > high, label - high), otherwise=0.0)
        made[SCORE] = case((whole, width + miss * price), otherwise=None)
    return made


def _member(plan: RegressionPlan, population: Population) -> Expression:
    """True for the rows of a population."""
    witness = {
        Population.KNOWN: ERROR if plan.has_errors else VALUE,
        Population.PREDICTED: PREDICTED,
        Population.BOUNDED: WIDTH,
    }
    return ~is_null(witness[population])


def _group_sums(plan: RegressionPlan) -> dict[str, Expression]:
    sums: dict[str, Expression] = {"rows": count()}
    for population in plan.populations:
        sums |= _weights(plan, _member(plan, population), f"{population}_")
    if plan.has_intervals:
        for name, where in (("inside", INSIDE), ("under", UNDER), ("over", OVER)):
            sums |= _weights(plan, ~is_null(where), f"{name}_")
    for name, power in plan.powers.items():
        sums |= _limbs(plan, name, power)
    if plan.has_errors:
        sums["largest_error"] = maximum(_absolute(ERROR))
    return sums


def _weights(plan: RegressionPlan, member: Expression, prefix: str) -> dict[str, Expression]:
    """Rows, weight and squared weight of the rows of a population."""
    sums: dict[str, Expression] = {f"{prefix}rows": total(case((member, 1), otherwise=0))}
    if plan.weight is not None:
        for name, value in (("weight", WEIGHT), ("weight_squared", WEIGHT * WEIGHT)):
            sums[f"{prefix}{name}"] = total(case((member, fixed_point(value)), otherwise=0))
    return sums


def _limbs(plan: RegressionPlan, name: str, power: Power) -> dict[str, Expression]:
    """The sum of a product, in limbs: the highest first."""
    product = _product(power)
    if plan.weight is not None:
        product = WEIGHT * product
    cut = plan.cut(name)
    return {f"{name}_{limb}": total(_limb(product, cut, limb)) for limb in range(cut.limbs)}


def _limb(value: Expression, cut: FixedPoint, limb: int) -> Expression:
    """The bits of a number between the unit of a limb and that of the one above."""
    found: Expression = floor(value * 2.0 ** -cut.exponent(limb))
    if limb > 0:
        above = floor(value * 2.0 ** -cut.exponent(limb - 1))
        found = found - above * float(1 << LIMB_BITS)
    return cast(found, CastType.INTEGER)


def _product(power: Power) -> Expression:
    """The product of a row's factors, multiplied in one order everywhere."""
    value = PREDICTED if power.population is Population.PREDICTED else VALUE
    factors = [*_repeated(ERROR, power.error), *_repeated(value, power.value)]
    factors += [*_repeated(WIDTH, power.width), *_repeated(SCORE, power.score)]
    if power.absolute:
        factors[0] = _absolute(factors[0])
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
    return product


def _repeated(factor: Expression, times: int) -> list[Expression]:
    return [factor] * times


def _absolute(value: Expression) -> Expression:
    return case((value < 0.0, literal(0.0) - value), otherwise=value)


def _binned(
    seen: Table,
    plan: RegressionPlan,
    keys: Mapping[str, Expression],
    value: Column,
    grid: NumberGrid,
) -> CellSums:
    """The histogram of the errors, or of the predictions and the errors in each of their bins."""
    member = ~is_null(value)
    sums = _weights(plan, member, "")
    if value is PREDICTED and plan.has_errors:
        sums |= _weights(plan, ~is_null(ERROR), "known_")
        wanted = ("error", "error_square", "value")
        for name in wanted:
            sums |= _limbs(plan, name, plan.powers[name])
    # predictions are binned as they are, not less the centre, which their grid has itself
    number_of = value if value is ERROR else number(plan.prediction or "")
    by = {**keys, "bin": number_cell(grid, number_of)}
    return _cells(plan, seen.aggregate(sums, by=by, where=member))


# --- reading the answer --------------------------------------------------------------------------


def _cells(plan: RegressionPlan, answer: pa.Table) -> CellSums:
    named = [group_codes(answer[f"key_{i}"]) for i in range(len(plan.attributes))]
    floats = [name for name in answer.column_names if name.startswith("largest_")]
    integers = [
        name
        for name in answer.column_names
        if name not in floats and name != "bin" and not name.startswith("key_")
    ]
    rows = answer.num_rows
    return CellSums.of(
        plan.attributes,
        [names for names, _ in named],
        [codes for _, codes in named],
        _integers(answer, "bin") if "bin" in answer.column_names else np.zeros(rows, np.int64),
        {name: _integers(answer, name) for name in integers},
        {name: _reals(answer, name) for name in floats},
        max_categories=plan.max_categories,
    )


def _integers(answer: pa.Table, name: str) -> NDArray[np.int64]:
    """The sums of each group; of no rows at all, 0."""
    filled = answer[name].combine_chunks().fill_null(0)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int64)


def _reals(answer: pa.Table, name: str) -> NDArray[np.float64]:
    values = answer[name].cast(pa.float64()).combine_chunks()
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
