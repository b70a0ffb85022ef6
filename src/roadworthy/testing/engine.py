"""The examination that every engine must pass.

    class TestMyEngine(EngineExamination):
        @pytest.fixture
        def engine(self):
            return MyEngine()

Every answer is compared with an oracle that goes through the rows one by one. What an engine cannot
do for a reason of its own stands in `lacks`, and is examined too: it must be refused in words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from roadworthy.data import expression as ex
from roadworthy.data.cells import score_cell
from roadworthy.data.engine import Engine, Table
from roadworthy.errors import DataError
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.tally import TallyPlan, merge_all, plan_families
from roadworthy.testing.engine_batches import BatchExamination
from roadworthy.testing.engine_rankings import RankingExamination
from roadworthy.testing.engine_rows import Capability, Opened, RowExamination
from roadworthy.testing.interpreter import aggregate, evaluate, rows_of
from roadworthy.testing.oracle import (
    differences,
    expected_slices,
    expected_tally,
    random_table,
)
from roadworthy.testing.traps import (
    AGGREGATES,
    ATTRIBUTES,
    GRID,
    PLANS,
    ROW_EXPRESSIONS,
    YEAR,
    plain,
    plain_rows,
)

__all__ = [
    "AGGREGATES",
    "GRID",
    "PLANS",
    "ROW_EXPRESSIONS",
    "Capability",
    "EngineExamination",
    "Opened",
    "parts_of",
]


def parts_of(rows: pa.Table) -> list[pa.Table]:
    """The rows full of traps in parts, some of one row."""
    cuts = [0, 1, 2, 300, 450, rows.num_rows]
    return [rows.slice(start, stop - start) for start, stop in pairwise(cuts)]


class EngineExamination(RowExamination, BatchExamination, RankingExamination):
    """What every engine must do; give it a fixture `engine`."""

    @pytest.fixture
    def rows(self) -> pa.Table:
        """A table full of traps."""
        return random_table(seed=3, rows=700, grid=GRID)

    @pytest.fixture
    def opened(self, engine: Engine) -> Opened:
        """Puts rows where the engine reads them, and opens them.

        An engine that opens no Arrow table answers with a fixture of its own: one that writes the
        rows into a table of a database, say, and opens that.
        """
        return lambda rows, name=None: engine.open(rows, name=name)

    @pytest.fixture
    def table(self, opened: Opened, rows: pa.Table) -> Table:
        """The rows full of traps, opened."""
        return opened(rows, "people")

    @pytest.fixture
    def parts(self, opened: Opened, rows: pa.Table) -> Sequence[Table]:
        """The same rows in parts, some of one row; opened once for all plans if that is dear."""
        return [opened(part) for part in parts_of(rows)]

    # --- tallies ---------------------------------------------------------------------------------

    def test_plans_and_expressions_exist(self) -> None:
        """The examination examines something."""
        assert PLANS
        assert ROW_EXPRESSIONS
        assert AGGREGATES

    @pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
    def test_tally_is_the_oracle_s(self, table: Table, rows: pa.Table, plan: TallyPlan) -> None:
        """A tally holds the integers that counting row by row gives."""
        assert table.tally(plan) == expected_tally(plan, rows)

    @pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
    def test_tallies_of_parts_merge(
        self, table: Table, parts: Sequence[Table], plan: TallyPlan
    ) -> None:
        """Parts tallied apart, merged in another order, give the tally of the whole."""
        tallies = [part.tally(plan) for part in parts]
        assert merge_all(tallies[::-1]) == table.tally(plan)

    @pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
    def test_slices_are_counted_directly(
        self, table: Table, rows: pa.Table, plan: TallyPlan
    ) -> None:
        """Rolled-up counts equal counts of the rows of each slice."""
        tally = table.tally(plan)
        for family in plan_families(plan.attributes, 2):
            found = tally.slices([family], histogram=False)
            direct = expected_slices(plan, rows, family)
            counted = Counter(
                {
                    (slice_, *map(int, place)): int(found.counts[i][tuple(place)])
                    for i, slice_ in enumerate(found.slices)
                    for place in np.argwhere(found.counts[i])
                }
            )
            assert counted == direct

    def test_many_attributes_are_counted_alike(self, opened: Opened) -> None:
        """Where cells do not compress, the sets that are asked for hold the oracle's integers."""
        rows = random_table(seed=4, rows=10_400, grid=GRID)
        plan = replace(PLANS["weights"], attributes=ATTRIBUTES, conditions=("year",))
        families = plan_families(ATTRIBUTES, 2)
        table, oracle = opened(rows), expected_tally(plan, rows)
        counted = table.tally(plan, families)
        assert "because" in counted.strategy
        scored = [family for family in families if "year" not in family]
        for asked, histogram in ((families, False), (scored, True)):
            pair = [item.slices(asked, histogram=histogram) for item in (counted, oracle)]
            assert differences(*pair) == []
        assert counted.merge(table.tally(plan, families)).slices([()]).rows.tolist() == [20_800]

    def test_threshold_counts_are_exact(self, table: Table, rows: pa.Table) -> None:
        """The histogram from a threshold's bin on counts exactly the scores that reach it."""
        plan = PLANS["weights"]
        grid = plan.grid
        histogram = table.tally(plan).slices([()]).histogram_rows
        assert histogram is not None
        scores = [s for s in rows["score"].to_pylist() if s is not None and 0 <= s <= 1]
        for threshold in (0.0, 0.25, *grid.thresholds):
            reached = int(histogram[0, :, grid.position(threshold) : grid.bins].sum())
            assert reached == sum(score >= threshold for score in scores)

    def test_weights_choose_their_unit(self, table: Table, rows: pa.Table) -> None:
        """Without a unit the engine takes the power of two at or below the median weight."""
        plan = replace(PLANS["weights"], weight_exponent=None)
        tally = table.tally(plan)
        assert tally.plan.weight_exponent is not None
        assert tally == expected_tally(tally.plan, rows)

    def test_unusable_weights_are_refused(self, opened: Opened) -> None:
        """Null, NaN and negative weights are refused, with their number."""
        weights = pa.table({"w": [1.0, None, math.nan, -1.0]})
        with pytest.raises(DataError, match=r"weight column 'w' has 3 rows"):
            opened(weights).tally(TallyPlan(weight="w"))

    def test_strange_labels_are_refused(self, opened: Opened) -> None:
        """A label that is no class is refused, with its rows and the classes."""
        labels = pa.table({"y": [0, 1, 2, 2]})
        with pytest.raises(DataError, match=r"'2' \(2 rows\); expected '0', '1'"):
            opened(labels).tally(TallyPlan(label="y"))

    def test_too_many_values_are_refused(self, opened: Opened) -> None:
        """An attribute with too many values is refused, with their number."""
        many = pa.table({"id": [str(i) for i in range(2000)]})
        with pytest.raises(DataError, match=r"'id' has 2,000 distinct values"):
            opened(many).tally(TallyPlan(attributes=("id",)))

    def test_missing_columns_are_named(self, table: Table) -> None:
        """A wrong column name is answered with the nearest right one."""
        with pytest.raises(DataError, match="did you mean 'race'"):
            table.tally(TallyPlan(attributes=("rase",)))
        with pytest.raises(DataError, match="did you mean 'race'"):
            table.aggregate({"n": ex.count(ex.column("rase"))})

    # --- expressions -----------------------------------------------------------------------------

    @pytest.mark.parametrize("node", ROW_EXPRESSIONS.values(), ids=ROW_EXPRESSIONS.keys())
    def test_row_expression_is_the_oracle_s(
        self, table: Table, rows: pa.Table, node: ex.Expression
    ) -> None:
        """An expression about one row gives the oracle's values."""
        expected = Counter(plain(evaluate(node, row)) for row in rows_of(rows))
        found = table.aggregate({"n": ex.count()}, by={"value": node})
        values = map(plain, found["value"].to_pylist())
        assert dict(zip(values, found["n"].to_pylist(), strict=True)) == expected

    @pytest.mark.parametrize("keys", [(), ("sex",), ("band", "race")])
    def test_aggregates_are_the_oracle_s(
        self, table: Table, rows: pa.Table, keys: tuple[str, ...]
    ) -> None:
        """Every aggregate gives the oracle's value in every group, in the oracle's order."""
        by = {f"key_{name}": ex.column(name) for name in keys}
        where = YEAR.eq(2019)
        found = table.aggregate(AGGREGATES, by=by, where=where).to_pylist()
        assert plain_rows(found) == plain_rows(
            aggregate(rows_of(rows), AGGREGATES, by=by, where=where)
        )

    def test_aggregates_of_nothing(self, table: Table, rows: pa.Table) -> None:
        """Of no rows, counts are 0 and everything else is null."""
        nobody = ex.literal(value=False)
        found = table.aggregate(AGGREGATES, where=nobody).to_pylist()
        assert found == aggregate(rows_of(rows), AGGREGATES, where=nobody)

    def test_grid_index_is_the_expression_s(self, table: Table, rows: pa.Table) -> None:
        """`ScoreGrid.index` and the engine put every score into the same cell."""
        scores = rows["score"].to_pylist()
        masked = np.ma.masked_array(
            [0.0 if score is None else score for score in scores],
            mask=[score is None for score in scores],
        )
        for grid in (GRID, ScoreGrid(), ScoreGrid(octaves=1, per_octave=1, thresholds=())):
            found = table.aggregate({"n": ex.count()}, by={"cell": score_cell(grid, "score")})
            counts = dict(zip(found["cell"].to_pylist(), found["n"].to_pylist(), strict=True))
            assert counts == Counter(grid.index(masked).tolist())
