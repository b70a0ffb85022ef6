"""How a server's table is counted follows from its sizes."""

from __future__ import annotations

import pytest

from roadworthy.stats.families import asked_families, largest_shapes
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.server_strategy import ServerStrategy, Way, choose_server_strategy
from roadworthy.stats.strategy import dense_bytes, likely_states
from roadworthy.stats.tally import TallyPlan, plan_families

SIZES = {"sex": 2, "race": 5, "age": 6, "region": 50, "c3": 8, "c4": 10, "c5": 15, "c6": 20}
GIB = 2**30


def chosen(
    columns: int, rows: int, *, reading: float | None, budget: int = GIB, families: bool = True
) -> tuple[TallyPlan, ServerStrategy]:
    """The strategy for pairs of the first columns, with 256 score bins."""
    grid = ScoreGrid(octaves=7, per_octave=16)
    plan = TallyPlan(attributes=tuple(SIZES)[:columns], label="y", score="s", grid=grid)
    asked = asked_families(plan, plan_families(plan.attributes, 2)) if families else None
    found = choose_server_strategy(
        plan, asked, rows=rows, sizes=SIZES, budget=budget, reading=reading
    )
    return plan, found


@pytest.mark.parametrize(
    ("columns", "rows", "reading", "way", "reason"),
    [
        (8, 9_000, 4.0, Way.FINEST, "there are only 9,000 rows"),
        (4, 10**8, 4.0, Way.FINEST, "100,000,000 rows fall into about 1,536,000 combinations"),
        (8, 10**6, 4.0, Way.READ, "20 grouped queries would take longer than reading 1,000,000"),
        (8, 10**6, None, Way.GROUPED, "20 queries count them where the rows live, and 1,000,000"),
        (8, 10**8, 20.0, Way.GROUPED, "8 queries count them where the rows live, and 100,000,000"),
        (5, 3 * 10**7, 4.0, Way.GROUPED, "3 queries count them where the rows live, and 30,000,"),
        (2, 10**6, 4.0, Way.FINEST, "about 5,120 combinations are likely"),
    ],
)
def test_the_cheapest_way_is_chosen(
    columns: int, rows: int, reading: float | None, way: Way, reason: str
) -> None:
    """Cells that compress are grouped once, sets by their queries, or the rows are read."""
    plan, found = chosen(columns, rows, reading=reading)
    assert (found.way, found.reason[: len(reason)]) == (way, reason)
    families = asked_families(plan, plan_families(plan.attributes, 2))
    for shape in largest_shapes(plan, families) if found.way is not Way.FINEST else ():
        assert any(made.covers(shape) for made in found.shapes)


def test_without_families_any_set_may_be_asked_for() -> None:
    """Finest cells are counted unless the families are known."""
    _, found = chosen(8, 10**8, reading=4.0, families=False)
    assert (found.way, found.shapes) == (Way.FINEST, ())
    assert found.reason == "any set of attributes may be asked for"


def test_larger_sets_give_way_where_memory_is_short() -> None:
    """Sets that hold several families are taken only while they fit into memory."""
    plan, wide = chosen(8, 10**8, reading=None)
    budget = dense_bytes(plan, wide.shapes, SIZES, likely_states(plan)) - 1
    _, narrow = chosen(8, 10**8, reading=None, budget=budget)
    assert len(wide.shapes) < len(narrow.shapes) == 28
    assert all(len(shape.attributes) == 2 for shape in narrow.shapes)
