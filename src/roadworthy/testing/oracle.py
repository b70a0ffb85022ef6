"""Random tables full of traps, and what a tally of them must be, counted row by row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa

from roadworthy.records.slices import MISSING, Slice
from roadworthy.stats.classes import class_of
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.tally import Tally, TallyPlan
from roadworthy.testing.interpreter import rows_of, text

_ONE = 1 << 30


def random_table(seed: int, rows: int, grid: ScoreGrid | None = None) -> pa.Table:
    """A table with nulls, NaN, scores on bin edges and outside [0, 1], and groups of one row.

    Columns: `sex`, `race` (text), `band` (real, with NaN), `member` (boolean), `year` (integer),
    `label`, `prediction` (0 and 1), `outcome` (text), `score`, `weight`.
    """
    rng = np.random.default_rng(seed)

    def some(values: list[Any], missing: float = 0.1) -> list[Any]:
        picked = [values[i] for i in rng.integers(0, len(values), rows)]
        return [None if gone else value for gone, value in zip(rng.random(rows) < missing, picked)]  # noqa: B905 - one length

    edges = (grid or ScoreGrid()).edges
    score = rng.beta(0.4, 0.6, rows)
    special = [*rng.choice(edges, 8).tolist(), 0.0, -0.0, 1.0, 0.5, math.nan, -1e-300, 1.5]
    special += [math.inf, -math.inf, 1 - 2.0**-53, 5e-324, math.nextafter(0.5, 0)]
    score = np.where(rng.random(rows) < 0.3, rng.choice(special, rows), score)  # noqa: PLR2004 - a share of special scores
    race = some(["a", "b", "c", "it's", 'say "hi"', "(missing)", ""])
    race[0] = "alone"
    return pa.table(
        {
            "sex": pa.array(some(["F", "M"], 0.05), pa.string()),
            "race": pa.array(race, pa.string()),
            "band": pa.array(some([1.0, 2.5, 0.0, -0.0, math.nan]), pa.float64()),
            "member": pa.array(some([True, False]), pa.bool_()),
            "year": pa.array(some([2019, 2020]), pa.int16()),
            "label": pa.array(some([0, 1]), pa.int64()),
            "prediction": pa.array(some([0, 1]), pa.int8()),
            "outcome": pa.array(some(["no", "yes"]), pa.string()),
            "score": pa.array(some(score.tolist(), 0.05), pa.float64()),
            "weight": pa.array(rng.choice([0.0, 0.25, 1.0, 1 / 3, 7.5], rows), pa.float64()),
        }
    )


def expected_tally(plan: TallyPlan, table: pa.Table) -> Tally:
    """The tally of a table, one row at a time.

    The plan's `weight_exponent` must be set if it has a weight.
    """
    rows = rows_of(table)
    categories = [sorted({_name(row[name]) for row in rows}) for name in plan.attributes]
    keys: list[list[int]] = [
        [names.index(_name(row[attribute])) for row in rows]
        for attribute, names in zip(plan.attributes, categories, strict=True)
    ]
    keys.append([_class(plan, row, plan.label, prediction=False) for row in rows])
    keys.append([_predicted(plan, row) for row in rows])
    keys.append([_cell(plan, row) for row in rows])
    columns = [np.array(column, dtype=np.int64) for column in keys]
    return Tally.of(plan, categories, columns, _sums(plan, rows))


def expected_slices(plan: TallyPlan, table: pa.Table, family: tuple[str, ...]) -> Counter[Any]:
    """Rows by slice, label class and predicted class, counted directly."""
    return Counter(
        (
            Slice.of({name: _name(row[name]) for name in family}),
            _class(plan, row, plan.label, prediction=False),
            _predicted(plan, row),
        )
        for row in rows_of(table)
    )


def differences(left: SliceTable, right: SliceTable) -> list[str]:
    """The names of the fields in which two tables of slices differ, bit for bit."""
    names = [item.name for item in fields(SliceTable)]
    return [name for name in names if not _identical(getattr(left, name), getattr(right, name))]


def _identical(left: object, right: object) -> bool:
    if not isinstance(left, np.ndarray) or not isinstance(right, np.ndarray):
        return bool(left == right)
    return (left.dtype, left.shape) == (right.dtype, right.shape) and np.array_equal(left, right)


def _name(value: Any) -> str:
    """The name of the group that a value belongs to."""
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    return MISSING if missing else text(value + 0.0 if isinstance(value, float) else value)


def _class(plan: TallyPlan, row: Mapping[str, Any], name: str | None, *, prediction: bool) -> int:
    value = None if name is None else _name(row[name])
    if value is None or value == MISSING:
        return len(plan.classes)
    found = class_of(value, plan.classes, prediction=prediction)
    assert found is not None
    return found


def _predicted(plan: TallyPlan, row: Mapping[str, Any]) -> int:
    if not plan.decides_by_score:
        return _class(plan, row, plan.prediction, prediction=True)
    score: float | None = row[str(plan.score)]
    if score is None or not 0 <= score <= 1:
        return len(plan.classes)
    return 1 if score >= plan.threshold else 0


def _cell(plan: TallyPlan, row: Mapping[str, Any]) -> int:
    grid = plan.grid
    score: float | None = None if plan.score is None else row[plan.score]
    if score is None:
        return grid.missing
    if math.isnan(score):
        return grid.nan
    if not 0 <= score <= 1:
        return grid.below if score < 0 else grid.above
    reached = sum(1 for edge in grid.edges.tolist() if edge <= score)
    return min(reached, grid.bins) - 1


def _sums(plan: TallyPlan, rows: list[dict[str, Any]]) -> dict[str, Any]:
    ones = [1.0] * len(rows)
    unit = 2.0 ** -(plan.weight_exponent or 0)
    weights = ones if plan.weight is None else [row[plan.weight] * unit for row in rows]
    sums: dict[str, list[int]] = {"rows": [1] * len(rows)}
    if plan.weight is not None:
        sums["weight"] = [math.floor(w * _ONE) for w in weights]
        sums["weight_squared"] = [math.floor(w * w * _ONE) for w in weights]
    if plan.score is not None and plan.score_sums:
        found = [row[plan.score] for row in rows]
        scores = [s if s is not None and 0 <= s <= 1 else 0.0 for s in found]
        pairs = list(zip(weights, scores, strict=True))
        sums["score_sum"] = [math.floor(w * s * _ONE) for w, s in pairs]
        sums["score_square_sum"] = [math.floor(w * (s * s) * _ONE) for w, s in pairs]
    return {name: np.array(column, dtype=np.int64) for name, column in sums.items()}
