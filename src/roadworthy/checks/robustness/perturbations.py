"""Perturbed copies of rows: values gone missing, numbers blurred, categories mistaken.

Each cell has one random number that does not depend on the severity, so what is perturbed mildly is
perturbed severely too, and curves over severities are not blurred by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from roadworthy.data.kinds import holds_categories, holds_quantities

MISSING_VALUES, NOISE, CATEGORY_SWAP = "missing-values", "noise", "category-swap"

Rng = np.random.Generator
Perturb: TypeAlias = "Callable[[pa.ChunkedArray[Any], float, Rng], pa.ChunkedArray[Any]]"


def targets(rows: pa.Table, features: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Which of the features each perturbation can touch."""
    return {
        MISSING_VALUES: tuple(features),
        NOISE: tuple(name for name in features if holds_quantities(rows.column(name))),
        CATEGORY_SWAP: tuple(name for name in features if holds_categories(rows.column(name))),
    }


def perturb(
    rows: pa.Table, perturbation: str, columns: Sequence[str], severity: float, *, seed: int
) -> pa.Table:
    """The rows with these columns perturbed; the others, and the order of rows, stay.

    Args:
        rows: the rows.
        perturbation: `missing-values` (each value goes missing with probability `severity`),
            `noise` (each number moves by a normal step of `severity` standard deviations, within
            the values seen; whole numbers stay whole) or `category-swap` (each value becomes
            another of the column's, drawn as often as it occurs, with probability `severity`).
        columns: the columns to perturb.
        severity: how much.
        seed: the same seed gives the same rows.
    """
    method = _METHODS[perturbation]
    for name in columns:
        position = rows.column_names.index(name)
        rng = np.random.default_rng([seed, position])
        changed = method(rows.column(position), severity, rng)
        rows = rows.set_column(position, rows.schema.field(position).with_nullable(True), changed)
    return rows


def _missing(column: pa.ChunkedArray[Any], severity: float, rng: Rng) -> pa.ChunkedArray[Any]:
    gone = pa.array(rng.random(len(column)) < severity)
    changed: pa.ChunkedArray[Any] = pc.if_else(gone, pa.scalar(None, type=column.type), column)
    return changed


def _noise(column: pa.ChunkedArray[Any], severity: float, rng: Rng) -> pa.ChunkedArray[Any]:
    values = column.cast(pa.float64()).to_numpy()
    steps = rng.standard_normal(len(values))
    known = values[np.isfinite(values)]
    if not len(known):
        return column
    moved = np.clip(values + severity * known.std() * steps, known.min(), known.max())
    if pa.types.is_integer(column.type):
        moved = np.rint(moved)
    blurred: pa.Array[Any] = pa.array(moved, mask=np.isnan(values)).cast(column.type, safe=False)
    return pa.chunked_array([blurred])


def _swap(column: pa.ChunkedArray[Any], severity: float, rng: Rng) -> pa.ChunkedArray[Any]:
    plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    values = pc.unique(plain.drop_null())
    codes = pc.index_in(plain, value_set=values).fill_null(-1).to_numpy()
    swapped, draws = rng.random(len(codes)) < severity, rng.random(len(codes))
    if len(values) > 1:
        new = np.where(swapped & (codes >= 0), _other(codes, draws, len(values)), codes)
    else:
        new = codes
    places: Any = pa.array(new, mask=new < 0)
    taken: Any = values.take(places)
    return pa.chunked_array([taken.cast(column.type)])


def _other(codes: NDArray[np.int64], draws: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """For each row another code than its own, drawn as often as it occurs among the others."""
    own = np.maximum(codes, 0)
    share = np.bincount(own[codes >= 0], minlength=size) / max(int((codes >= 0).sum()), 1)
    before = np.concatenate([[0.0], np.cumsum(share)[:-1]])
    place = draws * (1.0 - share[own])
    place = np.where(place >= before[own], place + share[own], place)
    found = np.searchsorted(np.cumsum(share), place, side="right")
    return np.minimum(found, size - 1)


_METHODS: Mapping[str, Perturb] = {MISSING_VALUES: _missing, NOISE: _noise, CATEGORY_SWAP: _swap}
