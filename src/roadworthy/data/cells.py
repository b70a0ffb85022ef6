"""What a tally asks of any engine, written once: keys and sums of the finest cells.

An engine groups the table by the raw keys of `cell_query` and prints them as text only afterwards,
on the few result rows; `tally_of` turns those rows into a `Tally`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from roadworthy.data.arrow_values import values_of
from roadworthy.data.expression import (
    CastType,
    Expression,
    all_of,
    case,
    cast,
    column,
    count,
    count_if,
    fixed_point,
    floor,
    is_nan,
    is_null,
    quantile,
    total,
)
from roadworthy.errors import DataError
from roadworthy.records.slices import MISSING
from roadworthy.records.versions import Column
from roadworthy.stats.classes import encode_classes
from roadworthy.stats.families import Shape
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.tally import SUMS, Tally, TallyPlan

MAX_RELATIVE_WEIGHT = 2.0**16
"""A weight this many times the unit of weights is refused: its square would leave 64 bits."""

_NUMBERS = ("integer", "real", "boolean")
_KEYS = ("integer", "real", "text", "boolean", "time")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellQuery:
    """One grouped aggregation.

    Attributes:
        text_keys: keys whose groups are named by their text.
        number_keys: keys whose groups are numbers.
        select: sums of each group.
    """

    text_keys: Mapping[str, Expression]
    number_keys: Mapping[str, Expression]
    select: Mapping[str, Expression]

    @property
    def keys(self) -> Mapping[str, Expression]:
        """All keys."""
        return {**self.text_keys, **self.number_keys}


def cell_query(plan: TallyPlan, columns: tuple[Column, ...]) -> CellQuery:
    """The aggregation that counts the finest cells of a plan on a table with these columns.

    Raises:
        DataError: a column is missing or of a type that cannot play its role.
    """
    types = _types(plan, columns)
    names: list[tuple[str, str | None]] = [("label", plan.label), ("prediction", plan.prediction)]
    names += [(f"attribute_{i}", name) for i, name in enumerate(plan.attributes)]
    select: dict[str, Expression] = {"rows": count()}
    select |= _weight_sums(plan) | _score_sums(plan)
    return CellQuery(
        text_keys={key: _group(name, types[name]) for key, name in names if name is not None},
        number_keys={"cell": score_cell(plan.grid, plan.score)} if plan.score is not None else {},
        select=select,
    )


def shape_query(
    plan: TallyPlan, shape: Shape, columns: tuple[Column, ...]
) -> tuple[TallyPlan, CellQuery]:
    """What counts the cells of one set of attributes: their plan, and the aggregation.

    Without score cells, the prediction is what the score decides, if nothing else does.

    Raises:
        DataError: a column is missing or of a type that cannot play its role.
    """
    own = replace(plan, attributes=shape.attributes, conditions=())
    if shape.scored or plan.score is None:
        return own, cell_query(own, columns)
    own = replace(own, score=None, prediction=plan.prediction or plan.score)
    query = cell_query(own, columns)
    if plan.decides_by_score:
        keys = {**query.text_keys, "prediction": _decided(plan, plan.score)}
        query = replace(query, text_keys=keys)
    return own, query


def dense_columns(plan: TallyPlan, columns: tuple[Column, ...]) -> Mapping[str, Expression] | None:
    """The columns of a plan as rows that are counted one by one hold them.

    None if a column is both a number and a key, of which each needs it in another form.
    """
    types = _types(plan, columns)
    keys = {*plan.attributes, plan.label, plan.prediction}
    if keys & ({plan.score, plan.weight} - {None}):
        return None
    return {
        name: _group(name, types[name]) if name in keys else cast(column(name), CastType.REAL)
        for name in types
        if name in plan.columns
    }


def tally_of(plan: TallyPlan, cells: pa.Table) -> Tally:
    """The tally of the rows that an engine returned for `cell_query`, in any order.

    Raises:
        DataError: a label or prediction is none of the classes, an attribute has too many values,
            a weight cannot be used or a sum leaves 64 bits.
    """
    rows = _integers(cells, "rows")
    _check_weights(plan, cells)
    encoded = [_categories(cells[f"attribute_{i}"]) for i in range(len(plan.attributes))]
    cell = (
        _integers(cells, "cell")
        if plan.score is not None
        else np.full(len(rows), plan.grid.missing, dtype=np.int64)
    )
    label = _classes(plan, cells, rows, "label", plan.label)
    if plan.decides_by_score:
        predicted = plan.decide(cell)
    else:
        predicted = _classes(plan, cells, rows, "prediction", plan.prediction)
    sums = {name: _integers(cells, name) for name in SUMS if name in cells.column_names}
    keys: list[NDArray[np.integer]] = [*(codes for _, codes in encoded), label, predicted, cell]
    return Tally.of(plan, [values for values, _ in encoded], keys, sums)


def score_cell(grid: ScoreGrid, name: str) -> Expression:
    """The cell of `grid` that a score falls into; equal to `ScoreGrid.index` on every engine.

    The bin of a score p below 1/2 in the octave that starts at l is floor(p * m / l) and those
    before, where m is the number of bins in an octave; above 1/2 the same of 1 - p, mirrored, with
    edges on the other side. Every step is exact.
    """
    score = cast(column(name), CastType.REAL)
    half = grid.per_octave * (grid.octaves + 1)
    lower, upper = [], []
    for octave in range(grid.octaves):
        low = 2.0 ** -(octave + 2)
        scale = grid.per_octave / low
        before = float(half - grid.per_octave * (octave + 2))
        mirrored = floor((score - 1.0) * scale)  # minus the ceiling of (1 - p) * scale
        lower.append((score >= low, floor(score * scale) + before))
        upper.append((score < 1.0 - low, mirrored + float(2 * half) - before))
    finest = grid.per_octave * 2.0 ** (grid.octaves + 1)
    upper.append((score < 1.0, floor((score - 1.0) * finest) + float(2 * half)))
    position: Expression = case(
        (score < 0.5, case(*lower, otherwise=floor(score * finest))),  # noqa: PLR2004 - a half
        otherwise=case(*upper, otherwise=float(2 * half - 1)),
    )
    for threshold in grid.extra_thresholds:
        position = position + case((score >= threshold, 1.0), otherwise=0.0)
    cell = case(
        (is_null(score), float(grid.missing)),
        (is_nan(score), float(grid.nan)),
        (score < 0.0, float(grid.below)),
        (score > 1.0, float(grid.above)),
        otherwise=position,
    )
    return cast(cell, CastType.INTEGER)


def median_weight(plan: TallyPlan) -> Expression:
    """The aggregate from which `weight_exponent` chooses the unit of weights."""
    weight = cast(column(plan.weight or ""), CastType.REAL)
    positive = all_of([~is_nan(weight), weight > 0.0])
    return quantile(case((positive, weight), otherwise=None), 0.5)


def weight_exponent(median: float | None) -> int:
    """The power of two at or below the median weight; 0 if no weight is positive.

    >>> weight_exponent(100.0), weight_exponent(1.0), weight_exponent(None)
    (6, 0, 0)
    """
    return 0 if median is None or not np.isfinite(median) else int(np.frexp(median)[1]) - 1


# --- asking --------------------------------------------------------------------------------------


def _types(plan: TallyPlan, columns: tuple[Column, ...]) -> dict[str, str]:
    types = {item.name: item.type for item in columns}
    for name, role in plan.columns.items():
        if name not in types:
            raise DataError.from_missing_column(name, types, role=role)
        allowed = _NUMBERS if name in (plan.score, plan.weight) else _KEYS
        if types[name] not in allowed:
            expected = "numbers" if allowed is _NUMBERS else "plain values to group by"
            raise DataError(
                f"{role} column {name!r} holds values of type {types[name]}; expected {expected}"
            )
    return types


def _group(name: str, kind: str) -> Expression:
    """The column itself; of reals, NaN counts as null and both zeros as one."""
    value = column(name)
    if kind != "real":
        return value
    return case((is_nan(value), None), (value.eq(0), 0), otherwise=value)


def _decided(plan: TallyPlan, name: str) -> Expression:
    """The class that a score decides for; null for what is no score."""
    score = cast(column(name), CastType.REAL)
    known = all_of([~is_nan(score), score >= 0.0, score <= 1.0])
    negative, positive = plan.classes
    return case((known & (score >= plan.threshold), positive), (known, negative), otherwise=None)


def _scaled_weight(plan: TallyPlan) -> Expression:
    """The row's weight in units of 2**weight_exponent."""
    weight = cast(column(plan.weight or ""), CastType.REAL)
    return weight * 2.0 ** -(plan.weight_exponent or 0)


def _usable(weight: Expression) -> Expression:
    return all_of([~is_nan(weight), weight >= 0.0, weight <= MAX_RELATIVE_WEIGHT])


def _weight_sums(plan: TallyPlan) -> dict[str, Expression]:
    if plan.weight is None:
        return {}
    weight = _scaled_weight(plan)
    usable = _usable(weight)
    return {
        "weight": total(case((usable, fixed_point(weight)), otherwise=0)),
        "weight_squared": total(case((usable, fixed_point(weight * weight)), otherwise=0)),
        "unusable_weights": count_if(is_null(weight) | ~usable),
    }


def _score_sums(plan: TallyPlan) -> dict[str, Expression]:
    if plan.score is None or not plan.score_sums:
        return {}
    score = cast(column(plan.score), CastType.REAL)
    counted = all_of([~is_nan(score), score >= 0.0, score <= 1.0])
    value: Expression = score
    square: Expression = score * score
    if plan.weight is not None:
        weight = _scaled_weight(plan)
        counted = counted & _usable(weight)
        value, square = weight * score, weight * square
    return {
        "score_sum": total(case((counted, fixed_point(value)), otherwise=0)),
        "score_square_sum": total(case((counted, fixed_point(square)), otherwise=0)),
    }


# --- reading the answer --------------------------------------------------------------------------


def _integers(cells: pa.Table, name: str) -> NDArray[np.int64]:
    return np.asarray(values_of(cells[name].cast(pa.int64()).combine_chunks()))


def _check_weights(plan: TallyPlan, cells: pa.Table) -> None:
    found = int(pc.sum(cells["unusable_weights"]).as_py() or 0) if plan.weight is not None else 0
    if found:
        most = MAX_RELATIVE_WEIGHT * 2.0 ** (plan.weight_exponent or 0)
        raise DataError(
            f"weight column {plan.weight!r} has {found:,} rows without a usable weight: null, NaN, "
            f"negative or above {most:,g} (65,536 times the unit of weights); drop or repair them"
        )


def _coded(values: pa.ChunkedArray[Any]) -> tuple[list[str | None], NDArray[np.int32]]:
    """The distinct texts, and which one each cell has; null is the last."""
    coded = values.cast(pa.string()).combine_chunks().dictionary_encode()
    texts: list[str | None] = [*coded.dictionary.to_pylist(), None]
    return texts, values_of(coded.indices.fill_null(len(texts) - 1))


def _categories(values: pa.ChunkedArray[Any]) -> tuple[list[str], NDArray[np.int32]]:
    texts, codes = _coded(values)
    names = [MISSING if text is None else text for text in texts]
    if MISSING in names[:-1]:  # a value that spells the name of the missing group
        codes = np.where(codes == len(names) - 1, np.int32(names.index(MISSING)), codes)
        names = names[:-1]
    return names, codes


def _classes(
    plan: TallyPlan, cells: pa.Table, rows: NDArray[np.int64], key: str, name: str | None
) -> NDArray[np.int32]:
    if name is None:
        return np.full(len(rows), len(plan.classes), dtype=np.int32)
    texts, codes = _coded(cells[key])
    counts = np.bincount(codes, weights=rows, minlength=len(texts)).astype(np.int64)
    return encode_classes(
        texts, counts.tolist(), plan.classes, column=name, prediction=key == "prediction"
    )[codes]
