"""The examination of lists finds engines that are wrong, and the oracle says what it lacks."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.expression import column, count, is_null
from roadworthy.data.windows import Frame, over
from roadworthy.testing.engine_rankings import (
    LISTS,
    RANKINGS,
    RankingExamination,
    random_rankings,
)
from roadworthy.testing.interpreter import derived, evaluate


def test_lost_rows_are_found() -> None:
    """An engine that loses the rows without a grade fails, whatever it counts."""
    engine = DuckDBEngine()

    def lossy(rows: pa.Table, name: str | None = None) -> Any:
        return engine.open(rows, name=name).filter(~is_null(column("item")))

    examination = RankingExamination()
    examination.test_rankings_are_the_oracle_s(engine.open, RANKINGS["scores"])
    with pytest.raises(AssertionError):
        examination.test_rankings_are_the_oracle_s(lossy, RANKINGS["scores"])


def test_random_rankings_are_full_of_traps() -> None:
    """Both zeros, NaN, infinity and null among scores; ties, long lists and lists of one row."""
    rows = random_rankings(seed=5, lists=40)
    scores = rows["score"].to_pylist()
    sizes = rows.group_by("query").aggregate([([], "count_all")])["count_all"].to_pylist()
    assert len(set(map(str, scores))) < len(scores)
    assert {"nan", "inf", "0.0", "-0.0"} <= set(map(str, scores))
    assert (min(sizes), max(sizes)) == (1, 200)
    assert rows["item"].null_count
    assert LISTS


def test_the_oracle_looks_at_lists_only_when_they_are_derived() -> None:
    """One row alone cannot tell its list."""
    node = over(count(), lists=[column("g")], order=column("s"), frame=Frame.SO_FAR)
    rows = [{"g": "a", "s": 2.0}, {"g": "a", "s": 1.0}, {"g": None, "s": 1.0}]
    assert [row["n"] for row in derived(rows, {"n": node * 10})] == [20, 10, 10]
    with pytest.raises(TypeError, match="Over is about a list; derive it first"):
        evaluate(node, rows[0])
