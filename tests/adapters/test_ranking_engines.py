"""A ranking is assessed to the same evidence wherever its table lives."""

from __future__ import annotations

from typing import Any

import roadworthy as rw
from roadworthy.adapters.postgres import PostgresEngine
from roadworthy.records.evidence import Measured
from roadworthy.testing.engine_rankings import random_rankings


def test_a_ranking_is_assessed_alike_in_postgres(postgres: Any) -> None:
    """Every value and every limit is the same to the last bit, with weights and groups."""
    rows = random_rankings(seed=8, lists=60)
    here, there = (
        rw.assess(
            table,
            task="ranking",
            label="gain",
            score="score",
            query="query",
            weight="weight",
            protected=["sex", "item"],
            checks=["ranking", "ranking-parity", "exposure"],
        ).record
        for table in (rows, PostgresEngine().open(postgres.put(rows)))
    )
    found, expected = (
        {(item.measure, str(item.slice)): (item.outcome, item.parameters) for item in each.evidence}
        for each in (there, here)
    )
    assert found == expected
    assert sum(isinstance(outcome, Measured) for outcome, _ in found.values()) > 40
    assert isinstance(found["ndcg", "sex=F"][0], Measured)
