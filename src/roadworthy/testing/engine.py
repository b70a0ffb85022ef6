"""The examination that every engine must pass.

    class TestMyEngine(EngineExamination):
        @pytest.fixture
        def engine(self):
            return MyEngine()

Every answer is compared with an oracle that goes through the rows one by one.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from roadworthy.data import expression as ex
from roadworthy.data.cells import score_cell
from roadworthy.data.engine import Engine, Table
from roadworthy.errors import DataError, UsageError
from roadworthy.records.versions import Column
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.number_grid import NumberGrid
from roadworthy.stats.tally import TallyPlan, merge_all, plan_families
from roadworthy.testing.histograms import GRIDS, comparable, expected_histograms
from roadworthy.testing.interpreter import aggregate, evaluate, rows_of
from roadworthy.testing.oracle import expected_slices, expected_tally, random_table

ATTRIBUTES = ("sex", "race", "band", "member", "year")
GRID = ScoreGrid(octaves=6, per_octave=8, thresholds=(0.5, 0.3, 1 / 3, 1.0))

PLANS = {
    "label and prediction": TallyPlan(
        attributes=ATTRIBUTES, label="label", prediction="prediction", grid=GRID
    ),
    "score alone decides": TallyPlan(
        attributes=("sex",), label="label", score="score", grid=GRID, threshold=0.3
    ),
    "weights": TallyPlan(
        attributes=("race", "sex"),
        label="label",
        prediction="prediction",
        score="score",
        weight="weight",
        weight_exponent=-1,
        grid=GRID,
    ),
    "classes by name": TallyPlan(
        attributes=("member",),
        label="outcome",
        classes=("no", "yes"),
        prediction="prediction",
        score="score",
        grid=GRID,
    ),
    "three classes": TallyPlan(
        attributes=("sex",), label="year", classes=("2018", "2019", "2020"), prediction="year"
    ),
    "no label": TallyPlan(attributes=("sex",), prediction="prediction"),
    "nothing but attributes": TallyPlan(attributes=("band", "race")),
    "nothing at all": TallyPlan(),
}
"""One plan for each way to tally."""

_SCORE, _YEAR, _RACE = ex.column("score"), ex.column("year"), ex.column("race")

ROW_EXPRESSIONS: dict[str, ex.Expression] = {
    "comparison with NaN": _SCORE >= 0.5,  # noqa: PLR2004 - any number serves
    "equality with null": _RACE.eq("alone"),
    "difference": _RACE.ne("it's"),
    "integer comparison": _YEAR <= 2019,  # noqa: PLR2004 - any number serves
    "three-valued and": (_SCORE > 0.5) & _RACE.eq("a"),  # noqa: PLR2004 - any number serves
    "three-valued or": (_SCORE < 0.5) | _RACE.eq("a"),  # noqa: PLR2004 - any number serves
    "not": ~_RACE.eq("a"),
    "is null": ex.is_null(_SCORE),
    "is NaN": ex.is_nan(_SCORE),
    "arithmetic": _YEAR * 3 - 1 + ex.cast(_YEAR, "real"),
    "one of": ex.one_of(_RACE, ["a", 'say "hi"', None]),
    "no conditions": ex.all_of([]),
    "case": ex.case((_YEAR > 2019, "late"), (ex.is_null(_YEAR), "never"), otherwise="early"),  # noqa: PLR2004 - any number serves
    "text": ex.cast(ex.column("band"), "text"),
    "integer as text": ex.cast(_YEAR, "text"),
    "boolean as text": ex.cast(ex.column("member"), "text"),
    "floor": ex.floor(ex.column("band") * -1.5),
    "fixed point": ex.case(
        ((_SCORE >= 0.0) & (_SCORE <= 1.0), ex.fixed_point(_SCORE)), otherwise=None
    ),
    "score cell": score_cell(GRID, "score"),
    "quoted literal": ex.literal('it\'s -- "quoted"; DROP TABLE t'),
}
"""One expression for each trap, about one row."""

AGGREGATES: dict[str, ex.Expression] = {
    "rows": ex.count(),
    "present": ex.count(_SCORE),
    "where": ex.count_if(_RACE.eq("a")),
    "values": ex.count_distinct(ex.column("band")),
    "total": ex.total(_YEAR),
    "fixed": ex.total(ROW_EXPRESSIONS["fixed point"]),
    "smallest": ex.minimum(_RACE),
    "largest": ex.maximum(ex.column("band")),
    "median": ex.quantile(_SCORE, 0.5),
    "first": ex.quantile(_YEAR, 0.0),
    "last": ex.quantile(_SCORE, 1.0),
}
"""Every aggregate."""


class EngineExamination:
    """What every engine must do; give it a fixture `engine`."""

    @pytest.fixture
    def rows(self) -> pa.Table:
        """A table full of traps."""
        return random_table(seed=3, rows=700, grid=GRID)

    @pytest.fixture
    def table(self, engine: Engine, rows: pa.Table) -> Table:
        """The same, opened."""
        return engine.open(rows, name="people")

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
    def test_tallies_of_parts_merge(self, engine: Engine, rows: pa.Table, plan: TallyPlan) -> None:
        """Parts tallied apart, merged in another order, give the tally of the whole."""
        cuts = [0, 1, 2, 300, 450, rows.num_rows]
        parts = [
            engine.open(rows.slice(start, stop - start)).tally(plan)
            for start, stop in pairwise(cuts)
        ]
        assert merge_all(parts[::-1]) == engine.open(rows).tally(plan)

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

    def test_unusable_weights_are_refused(self, engine: Engine) -> None:
        """Null, NaN and negative weights are refused, with their number."""
        weights = pa.table({"w": [1.0, None, math.nan, -1.0]})
        with pytest.raises(DataError, match=r"weight column 'w' has 3 rows"):
            engine.open(weights).tally(TallyPlan(weight="w"))

    def test_strange_labels_are_refused(self, engine: Engine) -> None:
        """A label that is no class is refused, with its rows and the classes."""
        labels = pa.table({"y": [0, 1, 2, 2]})
        with pytest.raises(DataError, match=r"'2' \(2 rows\); expected '0', '1'"):
            engine.open(labels).tally(TallyPlan(label="y"))

    def test_too_many_values_are_refused(self, engine: Engine) -> None:
        """An attribute with too many values is refused, with their number."""
        many = pa.table({"id": [str(i) for i in range(2000)]})
        with pytest.raises(DataError, match=r"'id' has 2,000 distinct values"):
            engine.open(many).tally(TallyPlan(attributes=("id",)))

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
        expected = Counter(_plain(evaluate(node, row)) for row in rows_of(rows))
        found = table.aggregate({"n": ex.count()}, by={"value": node})
        values = map(_plain, found["value"].to_pylist())
        assert dict(zip(values, found["n"].to_pylist(), strict=True)) == expected

    @pytest.mark.parametrize("keys", [(), ("sex",), ("band", "race")])
    def test_aggregates_are_the_oracle_s(
        self, table: Table, rows: pa.Table, keys: tuple[str, ...]
    ) -> None:
        """Every aggregate gives the oracle's value in every group, in the oracle's order."""
        by = {f"key_{name}": ex.column(name) for name in keys}
        where = _YEAR.eq(2019)
        found = table.aggregate(AGGREGATES, by=by, where=where).to_pylist()
        assert _plain_rows(found) == _plain_rows(
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

    # --- rows ------------------------------------------------------------------------------------

    def test_columns_have_logical_types(self, table: Table) -> None:
        """Columns come in their order, with logical types."""
        assert [(item.name, item.type) for item in table.columns] == [
            ("sex", "text"),
            ("race", "text"),
            ("band", "real"),
            ("member", "boolean"),
            ("year", "integer"),
            ("label", "integer"),
            ("prediction", "integer"),
            ("outcome", "text"),
            ("score", "real"),
            ("weight", "real"),
        ]
        assert all(isinstance(item, Column) for item in table.columns)

    def test_rows_come_in_their_order(self, table: Table, rows: pa.Table) -> None:
        """Reading gives the rows as they were, and those that satisfy a condition."""
        assert table.rows == rows.num_rows
        assert _plain_rows(table.read().to_pylist()) == _plain_rows(rows.to_pylist())
        late = [row["race"] for row in rows.to_pylist() if row["year"] == 2020]  # noqa: PLR2004 - a year of the table
        assert table.read(["race"], where=_YEAR.eq(2020))["race"].to_pylist() == late
        assert table.filter(_YEAR.eq(2020)).read(["race"])["race"].to_pylist() == late

    def test_histograms_count_every_column(self, table: Table, rows: pa.Table) -> None:
        """The bins of numbers and the values of the rest are counted to the last row, at once."""
        assert comparable(table.histograms(GRIDS)) == comparable(expected_histograms(GRIDS, rows))
        late = table.histograms(GRIDS, where=_YEAR.eq(2020))  # a year of the table
        kept = rows.filter(pc.equal(rows["year"], 2020))
        assert comparable(late) == comparable(expected_histograms(GRIDS, kept))
        with pytest.raises(DataError, match="expected numbers"):
            table.histograms({"race": NumberGrid()})

    def test_first_rows_come_alone(self, table: Table, rows: pa.Table) -> None:
        """The first rows come in their order, fewer if the table has no more."""
        races = rows["race"].to_pylist()
        assert table.read(["race"], first=7)["race"].to_pylist() == races[:7]
        assert table.read(["race"], first=10**6)["race"].to_pylist() == races
        assert table.read(["race"], first=9, sample=3).num_rows == 3  # noqa: PLR2004 - asked for

    def test_samples_repeat(self, engine: Engine) -> None:
        """One seed gives one sample, in order; another seed gives another."""
        table = engine.open(pa.table({"i": list(range(5000))}))
        first, again, other = (
            np.asarray(table.read(["i"], sample=100, seed=seed)["i"]).tolist() for seed in (1, 1, 2)
        )
        assert first == again == sorted(set(first))
        assert len(first) == len(set(other)) == 100  # noqa: PLR2004 - the sample's size
        assert first != other
        assert table.read(["i"], sample=9999).num_rows == table.rows

    def test_further_columns_stand_beside(self, table: Table, rows: pa.Table) -> None:
        """Further columns stand beside the rows they were made from, also after a filter."""
        number = pa.array(range(rows.num_rows))
        wide = table.with_columns(pa.table({"number": number}))
        assert [item.name for item in wide.columns] == [*rows.column_names, "number"]
        late = wide.filter(_YEAR.eq(2020)).read(["number"])["number"].to_pylist()
        assert late == [i for i, year in enumerate(rows["year"].to_pylist()) if year == 2020]  # noqa: PLR2004 - a year of the table
        with pytest.raises(UsageError, match="expected 700 rows"):
            table.with_columns(pa.table({"number": [1]}))
        with pytest.raises(UsageError, match="already has the columns race"):
            table.with_columns(pa.table({"race": number}))

    def test_derived_columns_are_the_oracle_s(self, table: Table, rows: pa.Table) -> None:
        """Columns computed from each row stand beside the rows, and are named once."""
        right = ex.column("label").eq(ex.column("prediction"))
        wide = table.derive({"right": right, "later": _YEAR + 1})
        assert [item.name for item in wide.columns] == [*rows.column_names, "right", "later"]
        found = wide.read(["right", "later"]).to_pylist()
        expected = [
            {"right": evaluate(right, row), "later": evaluate(_YEAR + 1, row)}
            for row in rows_of(rows)
        ]
        assert _plain_rows(found) == _plain_rows(expected)
        with pytest.raises(UsageError, match="already has the columns race"):
            table.derive({"race": right})
        with pytest.raises(DataError, match="did you mean 'race'"):
            table.derive({"new": ex.column("rase")})

    def test_repeated_rows_are_counted(self, engine: Engine) -> None:
        """Rows that repeat an earlier one are counted; null equals null and NaN equals NaN."""
        rows = pa.table({"a": [1, 1, None, None, 2], "b": [math.nan, math.nan, 1.0, 1.0, None]})
        table = engine.open(rows)
        assert table.duplicates(["a", "b"]) == 2  # noqa: PLR2004 - rows 2 and 4
        assert table.duplicates(["a"]) == 2  # noqa: PLR2004 - the same

    def test_nan_and_null_make_one_row(self, engine: Engine) -> None:
        """Whether a missing number is null or NaN makes no row another one, here or there."""
        null, nan = (pa.table({"a": pa.array([1.0, gap])}) for gap in (None, math.nan))
        both = engine.open(pa.concat_tables([null, nan]))
        assert both.duplicates(["a"]) == 2  # noqa: PLR2004 - rows 3 and 4
        assert engine.open(null).shared(engine.open(nan), ["a"]) == 2  # noqa: PLR2004 - both rows

    def test_shared_rows_are_counted(self, engine: Engine) -> None:
        """Rows that occur in another table are counted, each once, null equal to null."""
        left = engine.open(pa.table({"a": [1, 1, None, 3], "b": ["x", "x", "y", "z"]}))
        right = engine.open(pa.table({"b": ["x", "y", "x"], "a": [1.0, None, 1.0]}))
        assert left.shared(right, ["a", "b"]) == 3  # noqa: PLR2004 - all but the last

    # --- transformations and files ---------------------------------------------------------------

    def test_transformation_reads_its_inputs(self, engine: Engine, table: Table) -> None:
        """One SELECT reads tables by name and gives its rows in its own order."""
        made = engine.transform(
            "SELECT p.year, COUNT(*) AS n FROM people AS p GROUP BY p.year "
            "ORDER BY p.year NULLS LAST",
            {"people": table},
            name="years",
        )
        years = made.read()["year"].to_pylist()
        assert years == [2019, 2020, None]
        assert sum(np.asarray(made.read()["n"]).tolist()) == table.rows
        assert made.name == "years"

    @pytest.mark.parametrize(
        ("sql", "message"),
        [
            ("DROP TABLE people", "expected one SELECT"),
            ("SELECT 1 AS a; SELECT 2 AS a", "expected one SELECT"),
            ("SELECT nope FROM people", "nope"),
            ("SELECT * FROM nobody", "nobody"),
            ("SELECT random() AS r FROM people", "does not give the same rows"),
            ("SELECT year FROM people WHERE year > 9999", "no rows"),
        ],
    )
    def test_transformation_is_one_honest_select(
        self, engine: Engine, table: Table, sql: str, message: str
    ) -> None:
        """Anything but one SELECT with one answer is refused."""
        with pytest.raises(DataError, match=message):
            engine.transform(sql, {"people": table}, name="made")

    def test_files_are_the_same_bytes(
        self, engine: Engine, table: Table, rows: pa.Table, tmp_path: Path
    ) -> None:
        """Writing twice gives the same bytes, which read back as the same rows."""
        paths = [tmp_path / "deep" / "a.parquet", tmp_path / "b.parquet"]
        for path in paths:
            engine.write(table, str(path))
        assert paths[0].read_bytes() == paths[1].read_bytes()
        assert _plain_rows(pq.read_table(paths[0]).to_pylist()) == _plain_rows(rows.to_pylist())
        assert sorted(item.name for item in tmp_path.rglob("*.*")) == ["a.parquet", "b.parquet"]

    @pytest.mark.parametrize("data", [object(), [1, 2], np.zeros((2, 2))])
    def test_other_objects_are_refused(self, engine: Engine, data: object) -> None:
        """What is no table is refused."""
        with pytest.raises(UsageError, match="expected a path"):
            engine.open(data)

    def test_empty_tables_are_refused(self, engine: Engine) -> None:
        """A table without rows is refused."""
        with pytest.raises(DataError, match="no rows"):
            engine.open(pa.table({"a": pa.array([], pa.int64())}))


def _plain(value: Any) -> Any:
    """Something that compares: NaN equals NaN, and 1 is not true."""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value + 0.0
    return ("boolean", value) if isinstance(value, bool) else value


def _plain_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in row.items()} for row in rows]
