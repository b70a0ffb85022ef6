"""The examination of engines finds engines that are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext

import pytest
from _pytest.outcomes import Failed

from roadworthy.adapters.duckdb import DuckDBEngine, DuckDBTable
from roadworthy.data.engine import CsvOptions, Table
from roadworthy.data.expression import column, is_nan
from roadworthy.errors import UsageError
from roadworthy.testing.engine import GRID, PLANS, Capability, EngineExamination
from roadworthy.testing.oracle import random_table


class LossyEngine(DuckDBEngine):
    """An engine that silently drops the rows whose score is NaN."""

    def open(
        self, data: object, *, name: str | None = None, csv: CsvOptions | None = None
    ) -> DuckDBTable:
        """Open, and lose rows."""
        table = super().open(data, name=name, csv=csv)
        return table.filter(~is_nan(column("score")))


def test_lost_rows_are_found() -> None:
    """An engine that loses rows fails the examination of tallies."""
    rows = random_table(seed=3, rows=700, grid=GRID)
    examination = EngineExamination()
    plan = PLANS["weights"]
    examination.test_tally_is_the_oracle_s(DuckDBEngine().open(rows), rows, plan)
    with pytest.raises(AssertionError):
        examination.test_tally_is_the_oracle_s(LossyEngine().open(rows), rows, plan)


def test_random_tables_are_full_of_traps() -> None:
    """The table that engines are examined on has every kind of score, and a group of one row."""
    rows = random_table(seed=3, rows=700, grid=GRID)
    scores = rows["score"].to_pylist()
    known = [score for score in scores if score is not None]
    assert None in scores
    assert any(score != score for score in known)  # noqa: PLR0124 - NaN alone differs from itself
    assert min(known) < 0
    assert {0.0, 0.5, 1.0} <= set(known)
    assert float("inf") in known
    assert rows["race"].to_pylist().count("alone") == 1


class RefusingEngine(DuckDBEngine):
    """An engine that runs no transformations, and says so."""

    def transform(self, sql: str, inputs: Mapping[str, Table], *, name: str) -> DuckDBTable:
        """Refuse."""
        del sql, inputs
        raise UsageError(f"this engine cannot run a transformation; copy the rows of {name} first")


class Modest(EngineExamination):
    """The examination of engines that run no transformations."""

    lacks = frozenset({Capability.TRANSFORM})


def test_what_is_lacking_must_be_refused() -> None:
    """What an engine declares to lack it must refuse, and what it refuses it must declare."""
    rows = random_table(seed=3, rows=20, grid=GRID)
    for engine, examination, passes in (
        (RefusingEngine(), Modest(), True),
        (DuckDBEngine(), Modest(), False),
        (RefusingEngine(), EngineExamination(), False),
    ):
        outcome = nullcontext() if passes else pytest.raises((Failed, UsageError))
        with outcome:
            examination.test_transformation_reads_its_inputs(engine, engine.open(rows))
