"""How a table is counted follows from its sizes."""

from __future__ import annotations

import pytest

from roadworthy.errors import UsageError
from roadworthy.stats.cover import cells_of, cover
from roadworthy.stats.families import Shape, asked_families, largest_shapes
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.strategy import choose_strategy
from roadworthy.stats.tally import TallyPlan, plan_families

SIZES = {"sex": 2, "race": 5, "age": 6, "region": 50, "c3": 8, "c4": 10, "c5": 15, "c6": 20}
GRID = ScoreGrid(octaves=7, per_octave=16)
MIB = 2**20


def plan_of(columns: int, *, score: bool, fine: bool = False) -> TallyPlan:
    """A plan of the first columns, with 256 score bins or the usual ones."""
    return TallyPlan(
        attributes=tuple(SIZES)[:columns],
        label="y",
        prediction="p",
        score="s" if score else None,
        grid=ScoreGrid() if fine else GRID,
        score_sums=fine,
    )


@pytest.mark.parametrize(
    ("columns", "depth", "score", "rows", "decoded", "dense", "reason"),
    [
        (4, 3, True, 9_000, True, False, "there are only 9,000 rows"),
        (3, 2, False, 10**6, True, False, "about 240 combinations are likely"),
        (4, 3, False, 10**6, True, True, "1,000,000 rows may fall into 12,000 combinations"),
        (4, 3, False, 10**6, False, False, "1,000,000 rows fall into about 12,000 combinations"),
        (4, 3, True, 10**6, True, True, "1,000,000 rows may fall into 1,000,000 combinations"),
        (4, 3, True, 10**6, False, True, "1,000,000 rows may fall into 1,000,000 combinations"),
        (4, 3, True, 10**8, False, False, "100,000,000 rows fall into about 1,536,000"),
        (4, 3, True, 10**8, True, True, "100,000,000 rows may fall into 1,536,000 combinations"),
        (8, 3, True, 10**6, True, True, "1,000,000 rows may fall into 1,000,000 combinations"),
        (8, 3, True, 10**6, False, True, "1,000,000 rows may fall into 1,000,000 combinations"),
        (8, 2, True, 10**9, True, True, "1,000,000,000 rows may fall into 1,000,000,000"),
    ],
)
def test_the_cheaper_way_is_chosen(
    *, columns: int, depth: int, score: bool, rows: int, decoded: bool, dense: bool, reason: str
) -> None:
    """Few combinations are grouped, many are counted densely, and the reason names the numbers."""
    plan = plan_of(columns, score=score)
    families = asked_families(plan, plan_families(plan.attributes, depth))
    found = choose_strategy(
        plan, families, rows=rows, sizes=SIZES, budget=1024 * MIB, decoded=decoded
    )
    assert (found.dense, found.reason[: len(reason)]) == (dense, reason)


def test_what_does_not_fit_is_counted_otherwise_or_refused() -> None:
    """Dense counts over the budget give way to finest cells, and these to an error that helps."""
    plan = plan_of(8, score=True, fine=True)
    families = asked_families(plan, plan_families(plan.attributes, 3))
    sizes = {"rows": 10**6, "sizes": SIZES, "budget": 1024 * MIB, "decoded": True}
    found = choose_strategy(plan, families, **sizes)
    assert not found.dense
    assert found.reason == "dense counts would take 4,098 MiB, more than 1,024 MiB"
    with pytest.raises(
        UsageError, match="take 4,916 MiB of memory, and 1,024 MiB may be used; ask"
    ):
        choose_strategy(plan, families, **{**sizes, "rows": 10**8})


@pytest.mark.parametrize(("rows", "dense"), [(10**6, True), (10**7, False)])
def test_counts_of_few_rows_take_less_memory(rows: int, *, dense: bool) -> None:
    """Eight attributes fit into 150 MiB while 16 bits are likely to hold every count."""
    plan = plan_of(8, score=True)
    families = asked_families(plan, plan_families(plan.attributes, 3))
    question = {"rows": rows, "sizes": SIZES, "budget": 150 * MIB, "decoded": True}
    if dense:
        assert choose_strategy(plan, families, **question).dense
    else:
        with pytest.raises(UsageError, match="would take 218 MiB"):
            choose_strategy(plan, families, **question)


def test_without_families_any_set_may_be_asked_for() -> None:
    """Finest cells are counted unless the families are known."""
    found = choose_strategy(
        plan_of(8, score=True), None, rows=10**8, sizes=SIZES, budget=MIB, decoded=True
    )
    assert not found.dense
    assert found.reason == "any set of attributes may be asked for"


@pytest.mark.parametrize("columns", [4, 5, 8])
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("rows", [10**5, 10**7])
def test_every_set_is_covered(columns: int, depth: int, rows: int) -> None:
    """What is counted together holds every set that is asked for, in the plan's order."""
    plan = plan_of(columns, score=True)
    wanted = largest_shapes(plan, asked_families(plan, plan_families(plan.attributes, depth)))
    chosen = cover(wanted, SIZES, rows=rows, states=512)
    assert all(any(made.covers(shape) for made in chosen) for shape in wanted)
    for made in chosen:
        assert list(made.attributes) == [name for name in SIZES if name in made.attributes]
    assert len(chosen) <= len(wanted)


def test_more_rows_pay_for_larger_sets() -> None:
    """Four columns are counted at once where rows are many, and apart where cells are many."""
    plan = plan_of(4, score=True)
    wanted = largest_shapes(plan, asked_families(plan, plan_families(plan.attributes, 3)))
    assert cover(wanted, SIZES, rows=10**7, states=512) == (Shape(tuple(SIZES)[:4], scored=True),)
    few = cover(wanted, SIZES, rows=10**3, states=512)
    assert sum(cells_of(shape, SIZES, 512) for shape in few) < cells_of(
        Shape(tuple(SIZES)[:4], scored=True), SIZES, 512
    )


def test_many_attributes_are_covered_in_time() -> None:
    """Twenty attributes in threes, 1,140 sets, are covered without trying everything."""
    sizes = {f"a{i}": 3 for i in range(20)}
    plan = TallyPlan(attributes=tuple(sizes))
    wanted = largest_shapes(plan, asked_families(plan, plan_families(plan.attributes, 3)))
    assert len(wanted) == 1140
    chosen = cover(wanted, sizes, rows=10**6, states=1)
    assert len(chosen) < 500
