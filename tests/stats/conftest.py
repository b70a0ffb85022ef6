"""Slice tables from rows, counted in numpy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from roadworthy.stats.groups import SliceTable
from roadworthy.stats.tally import Tally, TallyPlan, plan_families

UNIT = 2**30


def _codes(values, classes: int = 2):
    """Classes as codes; None or NaN is missing."""
    given = [classes if v is None or v != v else int(v) for v in values]  # noqa: PLR0124 - NaN
    return np.array(given, dtype=np.int64)


def tabulate_rows(label, prediction=None, score=None, weight=None, depth=2, **groups) -> SliceTable:
    """Count rows into slices of up to `depth` of the named groups."""
    rows = len(label)
    plan = TallyPlan(
        attributes=tuple(groups),
        label="label",
        prediction="prediction" if prediction is not None or score is None else None,
        score="score" if score is not None else None,
        weight="weight" if weight is not None else None,
    )
    categories = [tuple(dict.fromkeys(map(str, values))) for values in groups.values()]
    codes = [
        np.array([known.index(str(value)) for value in values], dtype=np.int64)
        for known, values in zip(categories, groups.values(), strict=True)
    ]
    cells = np.full(rows, plan.grid.missing)
    w = np.ones(rows) if weight is None else np.asarray(weight, float)
    sums = {"rows": np.ones(rows, dtype=np.int64)}
    if weight is not None:
        sums["weight"] = np.floor(w * UNIT).astype(np.int64)
        sums["weight_squared"] = np.floor(w**2 * UNIT).astype(np.int64)
    if score is not None:
        scores = np.asarray(score, float)
        cells = plan.grid.index(scores)
        inside = np.where(cells < plan.grid.bins, scores, 0.0)
        sums["score_sum"] = np.floor(w * inside * UNIT).astype(np.int64)
        sums["score_square_sum"] = np.floor(w * inside**2 * UNIT).astype(np.int64)
    if prediction is not None:
        predicted = _codes(prediction)
    elif score is not None:
        predicted = plan.decide(cells)
    else:
        predicted = np.full(rows, 2)
    tally = Tally.of(plan, categories, [*codes, _codes(label), predicted, cells], sums)
    return tally.slices(plan_families(tuple(groups), depth))


@pytest.fixture(scope="session")
def tabulate() -> Callable[..., SliceTable]:
    """A function that counts rows into slices."""
    return tabulate_rows
