"""Each way to count a server's table gives the integers of the others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.adapters.sql_answers import as_texts
from roadworthy.adapters.sql_tally import count_on_server
from roadworthy.data.engine import Table
from roadworthy.data.expression import Expression
from roadworthy.errors import DataError, UsageError
from roadworthy.records.versions import Column
from roadworthy.stats.cube import Cube
from roadworthy.stats.families import asked_families
from roadworthy.stats.tally import Tally, TallyPlan, plan_families
from roadworthy.testing.oracle import differences, random_table
from roadworthy.testing.traps import GRID, PLANS

ENGINE = DuckDBEngine()
ATTRIBUTES = ("sex", "race", "band", "member", "year")
WIDE = {
    "weights": replace(PLANS["weights"], attributes=ATTRIBUTES),
    "score alone decides": replace(
        PLANS["score alone decides"], attributes=ATTRIBUTES, conditions=("year",)
    ),
    "classes by name": replace(PLANS["classes by name"], attributes=ATTRIBUTES),
    "turned classes": replace(
        PLANS["score alone decides"], attributes=ATTRIBUTES, conditions=("sex",), classes=("1", "0")
    ),
    "no score": replace(PLANS["label and prediction"], weight="weight", weight_exponent=0),
    "conditions": replace(
        PLANS["weights"], attributes=ATTRIBUTES, conditions=("race", "member"), score_sums=False
    ),
}
"""Plans whose cells do not compress."""


class Rows:
    """Rows of a table as counting asks for them, and what was asked."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.asked: list[str] = []

    @property
    def columns(self) -> tuple[Column, ...]:
        """The table's."""
        return self.table.columns

    @property
    def rows(self) -> int:
        """The table's."""
        return self.table.rows

    def grouped(self, keys: Mapping[str, Expression], select: Mapping[str, Expression]) -> pa.Table:
        """Sums of groups."""
        self.asked.append("group")
        return self.table.aggregate(select, by=keys)

    def unordered(
        self, columns: Mapping[str, Expression]
    ) -> AbstractContextManager[Sequence[pa.RecordBatch]]:
        """Columns of every row."""
        self.asked.append("read")
        held = self.table.derive({f"_{name}": item for name, item in columns.items()})
        found = held.read([f"_{name}" for name in columns]).rename_columns(list(columns))

        @contextmanager
        def batches() -> object:
            yield found.to_batches(max_chunksize=999)

        return batches()


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    """More rows than are grouped without a thought, full of traps."""
    return random_table(seed=5, rows=10_500, grid=GRID)


def counted(
    rows: Rows, plan: TallyPlan, *, reading: float | None, most_bytes: int = 1 << 30
) -> Tally | Cube:
    """The counts of pairs of attributes."""
    families = asked_families(plan, plan_families(plan.attributes, 2))
    sizes = dict.fromkeys(plan.attributes, 5)
    return count_on_server(
        rows, plan, families, sizes=sizes, reading=reading, most_bytes=most_bytes
    )


@pytest.mark.parametrize("reading", [None, 0.0], ids=["by queries", "by reading"])
@pytest.mark.parametrize("plan", WIDE.values(), ids=WIDE.keys())
def test_every_way_gives_the_same_integers(
    rows: pa.Table, plan: TallyPlan, reading: float | None
) -> None:
    """One query for each set, or every row read once: the cube is that of a local table."""
    source = Rows(ENGINE.open(rows))
    families = plan_families(plan.attributes, 2)
    found = counted(source, plan, reading=reading)
    assert isinstance(found, Cube)
    assert set(source.asked) == ({"group"} if reading is None else {"read"})
    local = ENGINE.open(rows).tally(plan, families)
    assert isinstance(local, Tally if plan.score is None else Cube)
    assert isinstance(local, Tally) or found == local
    finest = ENGINE.open(rows).tally(plan)
    scored = [family for family in families if not set(family) & set(plan.conditions)]
    for asked, histogram in ((families, False), (scored, plan.score is not None)):
        pair = [item.slices(asked, histogram=histogram) for item in (found, finest)]
        assert differences(*pair) == []


def test_a_column_in_two_roles_is_never_read(rows: pa.Table) -> None:
    """What is a group and a score at once is counted by queries."""
    plan = replace(WIDE["weights"], attributes=(*ATTRIBUTES, "score"), max_categories=10**5)
    source = Rows(ENGINE.open(rows))
    counted(source, plan, reading=0.0)
    assert set(source.asked) == {"group"}


def test_wrong_rows_are_refused_in_the_usual_words(rows: pa.Table) -> None:
    """What reading finds wrong is said by the grouped query, with the numbers of rows."""
    strange = rows.set_column(5, "label", pa.array([7] * rows.num_rows))
    for reading in (None, 0.0):
        with pytest.raises(DataError, match=r"'7' \(10,500 rows\); expected '0', '1'"):
            counted(Rows(ENGINE.open(strange)), WIDE["weights"], reading=reading)


@pytest.mark.parametrize("reading", [None, 0.0], ids=["by queries", "by reading"])
def test_counts_that_grow_too_large_are_grouped_instead(
    rows: pa.Table, reading: float | None
) -> None:
    """Where more values turn up than were known, finest cells are counted, and it is said why."""
    many = rows.set_column(0, "sex", pa.array([str(i % 900) for i in range(rows.num_rows)]))
    many = many.set_column(4, "year", pa.array([i // 12 for i in range(rows.num_rows)]))
    source = Rows(ENGINE.open(many))
    plan = WIDE["weights"]
    found = counted(source, plan, reading=reading, most_bytes=3 * 1 << 20)
    assert isinstance(found, Tally)
    assert re.search("because dense counts failed: .*(memory|bytes)", found.strategy)
    assert found == ENGINE.open(many).tally(plan)


def test_what_does_not_fit_is_refused(rows: pa.Table) -> None:
    """Counts that fit in no way are refused, with what to change."""
    with pytest.raises(UsageError, match="ask for intersections of fewer attributes"):
        counted(Rows(ENGINE.open(rows)), WIDE["weights"], reading=None, most_bytes=1000)


def test_texts_of_reals_are_those_of_groups() -> None:
    """A real names its group as DuckDB writes it."""
    values = pa.table({"v": pa.array([1.0, 2.5, 1e-5, None])})
    assert as_texts(values, ["v"])["v"].to_pylist() == ["1.0", "2.5", "1e-05", None]
