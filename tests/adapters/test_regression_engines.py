"""Errors are summed to the same integers wherever a table lives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.adapters.postgres import PostgresEngine
from roadworthy.data.regression import count_errors
from roadworthy.data.regression_plan import plan_errors
from roadworthy.stats.regression_plan import RegressionPlan

PLAN = RegressionPlan(
    attributes=("sex", "year"),
    label="y",
    prediction="p",
    interval=("low", "high"),
    confidence=0.9,
    weight="w",
)


def rows() -> pa.Table:
    """Numbers with gaps, NaN, one outlier, weights and odd groups."""
    rng = np.random.default_rng(12)
    y = rng.lognormal(3, 1, 300)
    p = y * rng.lognormal(0, 0.3, 300)
    p[0] = 1e6
    return pa.table(
        {
            "sex": pa.array([*rng.choice(["F", "M"], 299).tolist(), None]),
            "year": pa.array(rng.integers(2019, 2022, 300)),
            "y": pa.array(y, mask=np.arange(300) % 17 == 3),
            "p": pa.array(np.where(np.arange(300) % 23 == 5, np.nan, p)),
            "low": pa.array(p * 0.7),
            "high": pa.array(p * 1.4),
            "w": pa.array(rng.choice([0.0, 0.5, 1 / 3, 2.0], 300)),
        }
    )


def test_a_regression_is_counted_alike_in_postgres(postgres: Any) -> None:
    """The plan, every sum and every bin are the same integers."""
    table = rows()
    here = DuckDBEngine().open(table)
    there = PostgresEngine().open(postgres.put(table))
    plan = plan_errors(here, PLAN)
    assert plan_errors(there, PLAN) == plan
    assert count_errors(there, plan) == count_errors(here, plan)
