"""Counts that are shared are those of the table, made once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.engine import Table
from roadworthy.data.shared_counts import SharedCounts
from roadworthy.errors import DataError
from roadworthy.stats.counted import Counted
from roadworthy.stats.tally import TallyPlan

ROWS = pa.table({"g": ["a", "b", "a"], "y": [0, 1, 1], "z": [1, 1, 0]})
FAMILIES = ((), ("g",))
PLANS = (TallyPlan(attributes=("g",), label="y"), TallyPlan(attributes=("g",), label="z"))
WRONG = TallyPlan(attributes=("g",), label="g")


class Alone:
    """A table that counts one plan at a time, and tells what it was asked."""

    def __init__(self) -> None:
        self.table: Table = DuckDBEngine().open(ROWS)
        self.asked: list[object] = []

    def tally(self, plan: TallyPlan, families: Iterable[Sequence[str]]) -> Counted:
        """Count one plan."""
        self.asked.append(plan)
        return self.table.tally(plan, families)


class Together(Alone):
    """A table that counts several plans together."""

    def tallies(
        self, plans: Sequence[TallyPlan], families: Iterable[Sequence[str]]
    ) -> tuple[Counted, ...]:
        """Count several plans."""
        self.asked.append(tuple(plans))
        return tuple(self.table.tally(plan, families) for plan in plans)


def test_a_table_that_can_counts_all_plans_at_once() -> None:
    """However often and in which order the counts are asked for, the table is asked once."""
    table = Together()
    counts = SharedCounts(table, PLANS, FAMILIES)
    assert table.asked == []
    for plan in (*PLANS[::-1], *PLANS):
        assert counts.tally(plan, FAMILIES) == table.table.tally(plan, FAMILIES)
    assert table.asked == [PLANS]


def test_other_tables_count_one_plan_at_a_time() -> None:
    """An engine that cannot count together is asked for what is needed, and no more."""
    table = Alone()
    counts = SharedCounts(table, PLANS, FAMILIES)
    assert counts.tally(PLANS[1], FAMILIES) == table.table.tally(PLANS[1], FAMILIES)
    assert table.asked == [PLANS[1]]


def test_what_is_not_shared_is_counted_alone() -> None:
    """Another plan, other families, and a plan without company are no reason to count the rest."""
    table = Together()
    counts = SharedCounts(table, PLANS, FAMILIES)
    other = TallyPlan(attributes=("g",))
    counts.tally(PLANS[0], [()])
    SharedCounts(table, [other], FAMILIES).tally(other, FAMILIES)
    assert table.asked == [PLANS[0], other]
    counts.tally(other, FAMILIES)
    assert table.asked[-1] == other


def test_a_plan_at_fault_spoils_no_other() -> None:
    """If a plan cannot be counted, the others are counted alone, and only its own count fails."""
    counts = SharedCounts(Together(), [*PLANS, WRONG], FAMILIES)
    for plan in PLANS:
        assert counts.tally(plan, FAMILIES).plan == plan
    with pytest.raises(DataError, match="none of the classes"):
        counts.tally(WRONG, FAMILIES)
