"""Dense counts of decoded columns are the integers that counting row by row gives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.adapters.dense import DenseTask, NotDenseError, count_dense, count_together
from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.adapters.duckdb_session import Session
from roadworthy.adapters.duckdb_tally import counts_budget, real_texts
from roadworthy.data import expression as ex
from roadworthy.errors import DataError, UsageError
from roadworthy.stats.counted import Counted
from roadworthy.stats.cover import cover
from roadworthy.stats.cube import Cube
from roadworthy.stats.families import asked_families, largest_shapes
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.strategy import Strategy
from roadworthy.stats.tally import Tally, TallyPlan, plan_families
from roadworthy.testing.oracle import differences, expected_tally, random_table
from roadworthy.testing.traps import GRID, PLANS

ENGINE = DuckDBEngine()
PLAN = TallyPlan(
    attributes=("sex", "race", "band", "member", "year"),
    label="label",
    prediction="prediction",
    score="score",
    weight="weight",
    weight_exponent=-1,
    grid=GRID,
)
ROWS = 10_500


def dense(
    plan: TallyPlan, table: pa.Table, *, depth: int = 3, batch: int = 1 << 16, limit: int = 1 << 30
) -> Cube:
    """The cube of a table, whose batches have so many rows."""
    families = asked_families(plan, plan_families(plan.attributes, depth))
    sizes = dict.fromkeys(plan.attributes, 3)
    shapes = cover(largest_shapes(plan, families), sizes, rows=table.num_rows, states=20)
    return count_dense(
        plan,
        families,
        Strategy(shapes=shapes, reason="a test says so"),
        table.to_batches(max_chunksize=batch),
        texts=lambda values: real_texts(ENGINE._session, values),
        limit=limit,
    )


def assert_same(
    left: Counted, right: Counted, families: Sequence[Sequence[str]], *, histogram: bool = True
) -> None:
    """Both give the same slices, bit for bit."""
    found = [item.slices(families, histogram=histogram) for item in (left, right)]
    assert differences(*found) == []


@pytest.mark.parametrize("plan", [*PLANS.values(), PLAN], ids=[*PLANS, "everything"])
def test_every_plan_is_counted_as_by_hand(plan: TallyPlan) -> None:
    """Whatever is counted, the slices are those of the oracle."""
    rows = random_table(seed=3, rows=700, grid=GRID)
    families = plan_families(plan.attributes, 3)
    assert_same(dense(plan, rows), expected_tally(plan, rows), families)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 120), st.integers(1, 40))
def test_batches_of_any_size_give_the_same(seed: int, rows: int, batch: int) -> None:
    """Random tables full of traps, in batches that see values late or never."""
    table = random_table(seed, rows, GRID)
    coded = table
    for place, name in enumerate(("sex", "race")):
        coded = coded.set_column(place, name, coded[name].dictionary_encode())
    families = plan_families(PLAN.attributes, 2)
    expected = expected_tally(PLAN, table)
    found = dense(PLAN, coded, batch=batch, depth=2)
    assert_same(found, expected, families)
    assert found == dense(PLAN, table, depth=2)


def test_unused_values_of_a_dictionary_make_no_groups() -> None:
    """A dictionary may know values that no row has, also among labels."""
    words = pa.DictionaryArray.from_arrays(pa.array([2, 0, None, 2]), ["x", "never", "a"])
    label = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1, 2]), ["1", "0", None])
    table = pa.table({"g": words, "y": label})
    plan = TallyPlan(attributes=("g",), label="y")
    found = dense(plan, table)
    assert [str(item) for item in found.slices([("g",)], histogram=False).slices] == [
        "g=(missing)",
        "g=a",
        "g=x",
    ]
    counts = found.slices([()], histogram=False).counts
    assert counts[0].tolist() == [[0, 0, 2], [0, 0, 1], [0, 0, 1]]


def test_values_far_apart_are_coded_too() -> None:
    """Integers of any size and sign, 0 and 1 as reals, are named as SQL names them."""
    far = [2**62, -(2**62), 7, None, 7, -128, 2**40]
    table = pa.table(
        {
            "id": pa.array(far, pa.int64()),
            "small": pa.array([-128, 127, 0, None, 1, 2, 3], pa.int8()),
            "y": pa.array([0.0, 1.0, math.nan, None, 1.0, -0.0, 1.0], pa.float64()),
        }
    )
    plan = TallyPlan(attributes=("id", "small"), label="y")
    families = plan_families(plan.attributes, 2)
    for batch in (1, 2, 100):
        found = dense(plan, table, batch=batch)
        assert_same(found, ENGINE.open(table).tally(plan), families)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"y": ["0", "2"]}, "none of the classes"),
        ({"w": [1.0, None]}, "a weight cannot be used"),
        ({"w": [1.0, -1.0]}, "a weight cannot be used"),
        ({"w": [1.0, math.nan]}, "a weight cannot be used"),
        ({"w": [1.0, 1e9]}, "a weight cannot be used"),
        ({"g": ["a", "b"]}, "too many values"),
        ({"g": ["a", "a"]}, "bytes of counts"),
    ],
)
def test_what_is_wrong_is_left_to_finest_cells(columns: dict, message: str) -> None:
    """Rows that cannot be counted stop the dense count, which then says why."""
    table = pa.table({"g": ["a", "a"], "y": ["0", "1"], "w": [1.0, 2.0], **columns})
    plan = TallyPlan(attributes=("g",), label="y", weight="w", weight_exponent=0, max_categories=1)
    with pytest.raises(NotDenseError, match=message):
        dense(plan, table, limit=30 if "bytes" in message else 10**9)


def test_several_plans_are_counted_in_one_reading() -> None:
    """Rows that can be read once give the cubes of all plans, or what is in the way of one."""
    rows = random_table(seed=5, rows=700, grid=GRID)
    plans = [
        PLAN,
        replace(PLAN, attributes=("race", "sex"), prediction=None, weight=None),
        replace(PLAN, attributes=("year",), score=None, max_categories=1),
        replace(PLAN, label="year"),
    ]
    tasks = []
    for plan in plans:
        families = asked_families(plan, plan_families(plan.attributes, 2))
        strategy = Strategy(shapes=largest_shapes(plan, families), reason="a test says so")
        tasks.append(DenseTask(plan=plan, families=families, strategy=strategy))
    once = iter(rows.to_batches(max_chunksize=100))
    found = count_together(tasks, once, texts=_text_of, limit=1 << 30)
    for task, cube in zip(tasks[:2], found, strict=False):
        assert isinstance(cube, Cube)
        assert cube == dense(task.plan, rows, depth=2)
    assert str(found[2]) == "attribute 'year' has too many values"
    assert str(found[3]).startswith("label column 'year' has values that are none of the classes")
    assert list(once) == []


def test_thousands_of_classes_are_left_to_finest_cells() -> None:
    """What would take too many numbers is refused before any table of them is made."""
    rows = pa.table({"y": ["c1", "c7"], "p": ["c7", "c7"]})
    plan = TallyPlan(label="y", prediction="p", classes=tuple(f"c{i}" for i in range(20_000)))
    with pytest.raises(NotDenseError, match="states are too many to number"):
        dense(plan, rows)


def _text_of(values: pa.Array) -> Sequence[str | None]:
    return real_texts(ENGINE._session, values)


# --- through the engine ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    """More rows than are grouped at once."""
    return random_table(seed=11, rows=ROWS, grid=GRID)


def opened(kind: str, rows: pa.Table, folder: Path) -> object:
    """The rows in a file, a frame or a table that is computed."""
    match kind:
        case "parquet":
            pq.write_table(rows, folder / "rows.parquet", row_group_size=1000)
            return ENGINE.open(folder / "rows.parquet")
        case "two files":
            pq.write_table(rows.slice(0, 4000), folder / "a.parquet")
            pq.write_table(rows.slice(4000), folder / "b.parquet", use_dictionary=False)
            return ENGINE.open(folder)
        case "arrow":
            return ENGINE.open(rows)
        case "arrow file":
            ds.write_dataset(rows, folder, format="ipc", basename_template="part-{i}.arrow")
            return ENGINE.open(folder)
        case "partitions":
            ds.write_dataset(
                rows,
                folder,
                format="parquet",
                partitioning=ds.partitioning(pa.schema([("year", pa.int16())]), flavor="hive"),
            )
            return ENGINE.open(folder)
        case "list of parts":
            return ENGINE.open([rows.slice(0, 4000), rows.slice(4000)])
        case "filter":
            thrice = ENGINE.open(pa.concat_tables([rows] * 3))
            return thrice.filter(ex.column("year").ne(2019))
        case "derived":
            return ENGINE.open(rows).derive({"decade": ex.floor(ex.column("year") * 0.1)})
    return ENGINE.open(rows).with_columns(pa.table({"at": _times(rows.num_rows)}))


def _times(rows: int) -> pa.Array:
    """Times with a time zone, some of them missing."""
    zone = timezone(timedelta(hours=2))
    known = [datetime(2026, 1, 1, 0, 30, tzinfo=zone), datetime(2026, 1, 1, tzinfo=UTC), None]
    return pa.array([known[i % 3] for i in range(rows)], pa.timestamp("us", tz="Europe/Paris"))


KINDS = (
    "parquet",
    "two files",
    "arrow",
    "arrow file",
    "partitions",
    "list of parts",
    "filter",
    "derived",
    "with times",
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cube_of_any_source_is_that_of_the_finest_cells(
    kind: str, rows: pa.Table, tmp_path: Path
) -> None:
    """Files, frames and computed tables give the slices of the grouped query, bit for bit."""
    table = opened(kind, rows, tmp_path)
    more = {"with times": ("at",), "derived": ("decade",)}.get(kind, ())
    plan = replace(PLAN, attributes=(*PLAN.attributes, *more), weight_exponent=None)
    families = plan_families(plan.attributes, 2)
    found, expected = table.tally(plan, families), table.tally(plan)
    assert isinstance(found, Cube)
    assert isinstance(expected, Tally)
    assert f"{table.rows:,} rows may fall into" in found.strategy
    assert found.plan == expected.plan
    assert_same(found, expected, families)


class CountedSession(Session):
    """A session that counts how often the rows of a statement are streamed."""

    def __init__(self) -> None:
        super().__init__()
        self.streams = 0

    def stream(
        self, sql: str, *, batch: int, about: str
    ) -> AbstractContextManager[pa.RecordBatchReader]:
        """The rows of a statement."""
        self.streams += 1
        return super().stream(sql, batch=batch, about=about)


@pytest.mark.parametrize("kind", ["arrow", "derived"])
def test_several_plans_read_a_table_once(kind: str, rows: pa.Table) -> None:
    """Tallies made together are those made alone; computed rows are streamed once."""
    engine = DuckDBEngine()
    engine._session = session = CountedSession()
    table = engine.open(rows)
    if kind == "derived":
        table = table.derive({"decade": ex.floor(ex.column("year") * 0.1)})
    plans = [
        replace(PLAN, weight_exponent=None),
        replace(PLAN, label=None, threshold=0.25, prediction=None, weight=None),
        replace(PLAN, attributes=("year", "band", "race", "sex"), weight=None),
        replace(PLAN, attributes=("sex", "year"), score=None, prediction=None, weight=None),
    ]
    families = plan_families(("sex", "year"), 2)
    together = table.tallies(plans, families)
    assert session.streams == (1 if kind == "derived" else 0)
    for plan, found in zip(plans, together, strict=True):
        assert_same(found, table.tally(plan, families), families)
        assert isinstance(found, Cube)
    assert together[3].strategy.endswith("because its rows are read for other counts, too")


def test_plans_that_read_a_column_differently_are_counted_apart(rows: pa.Table) -> None:
    """A column whose values make groups here and are added up there is read for each."""
    computed = ENGINE.open(rows).derive({"half": ex.column("score") * 0.5})
    fine = replace(PLAN, weight=None, score="half")
    families = plan_families(("sex", "year", "race"), 2)
    plans = [fine, replace(fine, score="year"), replace(fine, attributes=("sex", "race", "year"))]
    for plan, found in zip(plans, computed.tallies(plans, families), strict=True):
        assert_same(found, computed.tally(plan, families), families)


def test_a_column_of_reals_in_two_roles_is_grouped(rows: pa.Table) -> None:
    """Computed rows whose score is one of their groups, too, are counted by finest cells."""
    computed = ENGINE.open(rows).derive({"half": ex.column("band") * 0.5})
    plan = replace(PLAN, attributes=(*PLAN.attributes, "half"), score="half", weight=None)
    families = plan_families(plan.attributes, 2)
    found = computed.tally(plan, families)
    assert isinstance(found, Tally)
    assert found.strategy.endswith("a column of reals is both a group and a number")
    assert found == computed.tally(plan)


def test_columns_that_arrow_cannot_count_make_groups(rows: pa.Table) -> None:
    """A column of nothing but nulls makes one group, in a large table too."""
    empty = rows.append_column("nothing", pa.nulls(rows.num_rows))
    plan = TallyPlan(attributes=("sex", "nothing"), label="label")
    found = ENGINE.open(empty).tally(plan, [("nothing",)]).slices([("nothing",)])
    assert [str(item) for item in found.slices] == ["nothing=(missing)"]


def test_tallies_of_few_rows_are_finest_cells() -> None:
    """What is not worth counting densely is grouped, one plan after the other."""
    table = ENGINE.open(pa.table({"g": ["a", "b"], "y": [0, 1]}))
    plans = [TallyPlan(attributes=("g",), label="y"), TallyPlan(attributes=("g",))]
    found = table.tallies(plans, [("g",)])
    assert found == tuple(table.tally(plan, [("g",)]) for plan in plans)


def test_csv_files_are_counted_densely(rows: pa.Table, tmp_path: Path) -> None:
    """A CSV file, parsed at the door, is counted as any other."""
    names = ["race", "year", "sex", "member", "label", "prediction", "score"]
    rows.select(names).to_pandas().to_csv(tmp_path / "rows.csv", index=False)
    table = ENGINE.open(tmp_path / "rows.csv")
    attributes = ("race", "sex", "year", "member")
    plan = replace(PLAN, attributes=attributes, weight=None, weight_exponent=None)
    families = plan_families(plan.attributes, 3)
    found = table.tally(plan, families)
    assert isinstance(found, Cube)
    assert_same(found, table.tally(plan), families)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (
            "label",
            7,
            r"label column 'label' has values that are none of the classes: '7' \(1 row\)",
        ),
        ("weight", -1.0, "weight column 'weight' has 1 rows without a usable weight"),
        ("weight", None, "weight column 'weight' has 1 rows without a usable weight"),
    ],
)
def test_wrong_rows_are_refused_in_the_usual_words(
    rows: pa.Table, column: str, value: object, message: str
) -> None:
    """What stops a dense count is said by the finest cells, with the number of rows."""
    values = rows[column].to_pylist()
    values[ROWS // 2] = value
    place = rows.column_names.index(column)
    wrong = rows.set_column(place, column, pa.array(values, rows.schema.field(column).type))
    families = plan_families(PLAN.attributes, 2)
    with pytest.raises(DataError, match=message):
        ENGINE.open(wrong).tally(PLAN, families)


def test_counts_that_grow_too_large_are_grouped_instead(tmp_path: Path) -> None:
    """Values that the first rows do not show may break the budget; finest cells then answer."""
    rng = np.random.default_rng(0)
    rows = 60_000
    late = np.arange(rows) > 20_000
    columns = {f"a{i}": rng.integers(0, np.where(late, 300, 8), rows) for i in range(3)}
    columns["score"] = rng.random(rows)
    pq.write_table(pa.table(columns), tmp_path / "late.parquet")
    plan = TallyPlan(attributes=("a0", "a1", "a2"), score="score", score_sums=False)
    families = plan_families(plan.attributes, 3)
    found = DuckDBEngine(memory_limit="200MB").open(tmp_path / "late.parquet").tally(plan, families)
    assert isinstance(found, Tally)
    assert "dense counts failed" in found.strategy
    assert "bytes of counts" in found.strategy


def test_families_of_unknown_attributes_are_refused() -> None:
    """A family must name attributes that the plan counts."""
    table = ENGINE.open(pa.table({"g": ["a"]}))
    with pytest.raises(UsageError, match=r"attributes \['h'\] were not tallied"):
        table.tally(TallyPlan(attributes=("g",)), [("h",)])


def test_the_budget_follows_the_memory_limit() -> None:
    """Counts take half of a low limit, and a gibibyte at most."""
    assert counts_budget(DuckDBEngine(memory_limit="1GB")._session) == pytest.approx(5e8, rel=0.01)
    assert counts_budget(DuckDBEngine(memory_limit="64GB")._session) == 1 << 30


def test_scores_on_every_edge_fall_into_the_right_cell() -> None:
    """Each edge of coarse and fine grids, the floats beside it, and what is no score."""
    for grid in (ScoreGrid(), ScoreGrid(octaves=7, per_octave=16), GRID, ScoreGrid(octaves=30)):
        edges = grid.edges
        near = [edges, np.nextafter(edges, 2), np.nextafter(edges, -1), [math.nan, 7.0, -0.0]]
        scores = np.concatenate(near)
        expected = np.searchsorted(edges, scores, side="right") - 1
        expected = np.minimum(expected, grid.bins - 1)
        expected[scores < 0], expected[scores > 1] = grid.below, grid.above
        expected[np.isnan(scores)] = grid.nan
        assert np.array_equal(grid.place(scores), expected)


TRAPS = pa.table(
    {
        "group": pa.array(["one row", *["one class"] * 3, *["weightless"] * 2, None, None]),
        "at": pa.array(
            [datetime(2026, 3, 29, hour, 30, tzinfo=UTC) for hour in (0, 0, 1, 1, 2, 2, 3)]
            + [None],
            pa.timestamp("us", tz="Europe/Berlin"),
        ),
        "label": pa.array([1.0, 1.0, 1.0, 1.0, 0.0, 1.0, None, math.nan]),
        "score": pa.array([0.0, 1.0, 0.5, 0.5, -0.0, 1.0, None, math.nan]),
        "weight": pa.array([1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0]),
    }
)
"""A group of one row, one of one class, one that weighs nothing, ties, scores of exactly 0 and 1,
nothing known at all, and times around the hour that a zone leaves out."""


@pytest.mark.parametrize("kind", ["arrow", "parquet"])
def test_traps_are_counted_alike_and_right(kind: str, tmp_path: Path) -> None:
    """Each trap lands where it belongs, by finest cells and densely."""
    rows = pa.concat_tables([TRAPS] * 1500)
    table = opened(kind, rows, tmp_path)
    plan = TallyPlan(
        attributes=("group", "at"),
        label="label",
        score="score",
        weight="weight",
        threshold=1.0,
        grid=ScoreGrid(octaves=14, per_octave=256),
    )
    families = plan_families(plan.attributes, 2)
    found, expected = table.tally(plan, families), table.tally(plan)
    assert isinstance(found, Cube)
    assert_same(found, expected, families)
    groups = found.slices([("group",)])
    names = [slice_.terms[0].value for slice_ in groups.slices]
    assert names == ["(missing)", "one class", "one row", "weightless"]
    assert (groups.rows / 1500).tolist() == [2, 3, 1, 2]
    assert (groups.counts / 1500)[1:].tolist() == [
        [[0, 0, 0], [2, 1, 0], [0, 0, 0]],
        [[0, 0, 0], [1, 0, 0], [0, 0, 0]],
        [[1, 0, 0], [0, 1, 0], [0, 0, 0]],
    ]
    assert groups.counts[0, 2, 2] == 3000
    assert groups.weights[3].sum() == 0.0
    grid = found.plan.grid
    assert groups.histogram_rows is not None
    assert groups.histogram_rows[0, 2, [grid.missing, grid.nan]].tolist() == [1500, 1500]
    hours = [str(slice_.terms[0].value) for slice_ in found.slices([("at",)]).slices]
    assert hours[0] == "(missing)"
    assert hours[1:] == [f"2026-03-29 0{hour}:30:00+00" for hour in range(4)]
