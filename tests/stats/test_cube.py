"""Cubes hold what tallies hold, for the sets of attributes that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.errors import DataError, UsageError
from roadworthy.stats.counted import Counted, merge_all
from roadworthy.stats.cube import Cube
from roadworthy.stats.cube_counter import CodedRows, CubeCounter, DenseLimitError
from roadworthy.stats.families import Families, Shape, asked_families, largest_shapes
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.states import Numbering
from roadworthy.stats.tally import Tally, TallyPlan, plan_families
from roadworthy.stats.waiting_rows import Waiting
from roadworthy.testing.oracle import differences

PLAN = TallyPlan(
    attributes=("sex", "race", "site"),
    label="label",
    prediction="prediction",
    score="score",
    weight="weight",
    weight_exponent=0,
    grid=ScoreGrid(octaves=2, per_octave=2),
    conditions=("site",),
)
VALUES = {"sex": ("M", "F", "(missing)"), "race": ("b", "c", "a"), "site": ("2", "1")}
FAMILIES = ((), ("sex",), ("race",), ("race", "sex"), ("sex", "site"))
SEEDS = st.integers(0, 10_000)


def random_rows(seed: int, rows: int, plan: TallyPlan = PLAN) -> CodedRows:
    """Rows with every label, prediction and score cell, some of them never."""
    rng = np.random.default_rng(seed)

    def some(most: int) -> np.ndarray:
        values = rng.permutation(most)[: rng.integers(1, most + 1)]
        return rng.choice(values, rows).astype(np.int32)

    numbering = Numbering.of(plan)
    label, predicted = some(numbering.classes), some(numbering.classes)
    cell = some(numbering.cells) if plan.score else np.full(rows, plan.grid.missing, np.int32)
    return with_states(
        CodedRows(
            codes={name: some(len(VALUES[name])) for name in plan.attributes},
            sizes={name: len(VALUES[name]) for name in plan.attributes},
            keys=np.zeros(0, np.int32),
            states_of=lambda at: at,
            sums={name: rng.integers(0, 2**30, rows) for name in plan.sums if name != "rows"},
        ),
        (label * numbering.classes + predicted) * numbering.cells + cell,
    )


def with_states(rows: CodedRows, states: np.ndarray) -> CodedRows:
    """The rows with these states, whose keys they are."""
    return replace(rows, keys=states, states_of=states.astype(np.int64).take)


def part(rows: CodedRows, chosen: slice | np.ndarray) -> CodedRows:
    """Some of the rows."""
    kept = replace(
        rows,
        codes={name: codes[chosen] for name, codes in rows.codes.items()},
        sums={name: values[chosen] for name, values in rows.sums.items()},
    )
    return with_states(kept, rows.keys[chosen])


def counter_of(
    plan: TallyPlan,
    families: Families,
    shapes: Sequence[Shape],
    limit: int = 1 << 30,
    waiting: Waiting | None = None,
) -> CubeCounter:
    """A counter of rows whose keys are their states; every third key does not tell."""
    states = np.arange(Numbering.of(plan).states)
    told = np.where(states % 3 == 0, -1, states)
    waiting = waiting or Waiting(cached=0, together=2000)
    return CubeCounter(plan, families, shapes, states_of_keys=told, limit=limit, waiting=waiting)


def cube_of(
    pieces: Sequence[CodedRows],
    plan: TallyPlan = PLAN,
    families: Sequence[Sequence[str]] = FAMILIES,
    limit: int = 1 << 30,
) -> Cube:
    """The cube of rows that come in pieces."""
    asked = asked_families(plan, families)
    counter = counter_of(plan, asked, largest_shapes(plan, asked), limit)
    for rows in pieces:
        counter.add(rows)
    return counter.cube(VALUES, "a test says so")


def tally_of(rows: CodedRows, plan: TallyPlan = PLAN) -> Tally:
    """The finest cells of the same rows."""
    numbering = Numbering.of(plan)
    parts, cell = np.divmod(rows.keys, numbering.cells)
    keys = [*rows.codes.values(), *np.divmod(parts, numbering.classes), cell]
    sums = {"rows": np.ones(len(rows.keys), np.int64), **rows.sums}
    return Tally.of(plan, [VALUES[name] for name in plan.attributes], keys, sums)


def assert_same(
    left: Counted, right: Counted, families: Sequence[Sequence[str]], *, histogram: bool
) -> None:
    """Both give the same slices, together and one family at a time."""
    for asked in (families, *([family] for family in families)):
        found = [item.slices(asked, histogram=histogram) for item in (left, right)]
        assert differences(*found) == []


@given(SEEDS, st.integers(0, 60))
def test_a_cube_gives_the_slices_of_the_finest_cells(seed: int, rows: int) -> None:
    """Slices come in the same order, with the same integers and sums, bit for bit."""
    coded = random_rows(seed, rows)
    cube, tally = cube_of([coded]), tally_of(coded)
    assert_same(cube, tally, FAMILIES, histogram=False)
    assert_same(cube, tally, [("sex", "race"), ("race", "sex"), (), ("race",)], histogram=True)
    assert differences(cube.slices([]), tally.slices([])) == []


@pytest.mark.parametrize(
    "plan",
    [
        replace(PLAN, weight=None),
        replace(PLAN, score_sums=False),
        replace(PLAN, score=None),
        replace(PLAN, score=None, prediction=None, label=None, weight=None),
        replace(PLAN, classes=("a", "b", "c")),
        replace(PLAN, attributes=("sex", "race"), conditions=()),
    ],
    ids=["no weight", "no score sums", "no score", "only groups", "three classes", "no condition"],
)
def test_every_plan_has_its_cube(plan: TallyPlan) -> None:
    """What a plan leaves out, a cube leaves out as a tally does."""
    coded = random_rows(4, 200, plan)
    families = plan_families(("sex", "race"), 2)
    assert_same(cube_of([coded], plan, families), tally_of(coded, plan), families, histogram=True)


@given(SEEDS, st.lists(st.integers(0, 50), max_size=4), st.randoms(use_true_random=False))
def test_parts_make_the_whole(seed: int, cuts: list[int], random: object) -> None:
    """Counted in pieces, or apart and merged in any order: the same cube, bit for bit."""
    coded = random_rows(seed, 50)
    bounds = [0, *sorted(cuts), 50]
    pieces = [part(coded, slice(start, stop)) for start, stop in pairwise(bounds)]
    whole = cube_of([coded])
    assert cube_of(pieces) == whole
    cubes = [cube_of([piece]) for piece in pieces]
    random.shuffle(cubes)
    assert merge_all(cubes) == whole


@given(SEEDS, SEEDS, SEEDS)
def test_merge_is_associative_and_commutative(a: int, b: int, c: int) -> None:
    """Cubes of other values and states merge in any order and grouping."""
    x, y, z = (cube_of([random_rows(seed, 9)]) for seed in (a, b, c))
    assert x.merge(y) == y.merge(x)
    assert x.merge(y).merge(z) == x.merge(y.merge(z))
    assert x.merge(cube_of([])) == x


@pytest.mark.parametrize("first", [1, 3])
def test_values_may_turn_up_late(first: int) -> None:
    """Values and states that later pieces bring make room for themselves."""
    coded = random_rows(1, 400)
    order = np.argsort(coded.codes["race"], kind="stable")
    ordered = part(coded, order)
    pieces = [replace(part(ordered, slice(first)), sizes={**coded.sizes, "race": 1})]
    pieces[0].codes["race"][:] = 0
    ordered.codes["race"][:first] = 0
    assert cube_of([*pieces, part(ordered, slice(first, 400))]) == cube_of([ordered])


def test_merging_reaches_beyond_32_bits() -> None:
    """2**31 rows and more are counted exactly; beyond 64 bits they are refused."""
    plan = replace(PLAN, weight=None, score_sums=False)
    coded = random_rows(2, 7, plan)
    cube, tally = cube_of([coded], plan), tally_of(coded, plan)
    for _ in range(40):
        cube, tally = cube.merge(cube), tally.merge(tally)
    assert cube.rows == 7 * 2**40
    assert_same(cube, tally, FAMILIES[:4], histogram=True)
    for _ in range(20):
        cube = cube.merge(cube)
    with pytest.raises(DataError, match="the total of rows is 2\\*\\*63 or more"):
        cube.merge(cube)


def test_sums_beyond_64_bits_are_refused_while_counting() -> None:
    """A sum that would wrap around stops the count instead."""
    coded = replace(random_rows(2, 4), sums=dict.fromkeys(PLAN.sums[1:], np.full(4, 2**61)))
    with pytest.raises(DataError, match="the total of weight is 2\\*\\*63 or more"):
        cube_of([coded])


def test_other_cubes_do_not_merge() -> None:
    """Cubes of another plan or for other families are refused."""
    coded = random_rows(3, 10)
    with pytest.raises(UsageError, match="one plan and the same families"):
        cube_of([coded]).merge(cube_of([coded], families=[()]))


def test_only_what_was_asked_for_is_answered() -> None:
    """A family that was not counted is refused, with what was; conditions have no histograms."""
    cube = cube_of([random_rows(5, 20)])
    with pytest.raises(UsageError, match=r"\['race', 'site'\] was not among the sets"):
        cube.slices([("race", "site")], histogram=False)
    with pytest.raises(UsageError, match=r"\['sex', 'site'\] was counted without score histograms"):
        cube.slices([("sex", "site")])
    with pytest.raises(UsageError, match=r"attributes \['age'\] were not tallied"):
        cube.slices([("age",)])


def test_memory_has_a_limit() -> None:
    """Counts that would take more bytes than allowed are refused before they are made."""
    with pytest.raises(DenseLimitError, match="at most 100 are allowed"):
        cube_of([random_rows(5, 20)], limit=100)


def test_a_cube_says_how_it_was_counted() -> None:
    """The strategy is told in words, with its reason; equality does not depend on it."""
    coded = random_rows(6, 30)
    cube = cube_of([coded])
    assert cube.strategy == "dense counts of 5 sets of attributes, because a test says so"
    assert repr(cube) == f"Cube(30 rows; {cube.strategy})"
    assert replace(cube, reason="of another one") == cube
    assert cube != tally_of(coded)
    assert tally_of(coded).strategy.startswith("finest cells: 29 combinations of 3 attributes")


def test_what_was_counted_together_makes_no_difference() -> None:
    """Cubes that counted other sets together are equal, and merge with each other."""
    plan = replace(PLAN, conditions=())
    families = asked_families(plan, [("sex", "race"), ("race", "site")])
    apart, together = largest_shapes(plan, families), (Shape(plan.attributes, scored=True),)
    cubes = []
    for shapes in (apart, together):
        counter = counter_of(plan, families, shapes)
        counter.add(random_rows(8, 90))
        cubes.append(counter.cube(VALUES, "a test says so"))
    first, second = cubes
    assert first == second
    assert first.merge(second) == second.merge(first) == second.merge(second)
    assert_same(first, second, families, histogram=True)


PAIRS = (("sex", "race"), ("race", "site"), ("sex", "site"))


@given(SEEDS, st.lists(st.integers(0, 300), max_size=4))
def test_rows_that_are_put_in_order_count_the_same(seed: int, cuts: list[int]) -> None:
    """Counted into several arrays, in the order of their states, rows give the same slices."""
    plan = replace(PLAN, conditions=())
    coded = random_rows(seed, 300, plan)
    bounds = [0, *sorted(cuts), 300]
    pieces = [part(coded, slice(start, stop)) for start, stop in pairwise(bounds)]
    cube, tally = cube_of(pieces, plan, PAIRS), tally_of(coded, plan)
    assert_same(cube, tally, [(), ("race",), *PAIRS], histogram=True)
    unordered = counter_of(
        plan, cube.families, largest_shapes(plan, cube.families), waiting=Waiting()
    )
    for rows in pieces:
        unordered.add(rows)
    assert unordered.cube(VALUES, "a test says so") == cube
    halves = [cube_of(pieces[:2], plan, PAIRS), cube_of(pieces[2:], plan, PAIRS)]
    assert merge_all(halves) == cube


@pytest.mark.parametrize(("repeated", "bits"), [(9_000, np.uint16), (90_000, np.int32)])
def test_short_counts_get_longer_before_they_overflow(repeated: int, bits: type) -> None:
    """Rows are counted in 16 bits while these hold every count, then in 32."""
    plan = replace(PLAN, conditions=(), weight=None, score_sums=False)
    families = asked_families(plan, [*PAIRS, ("sex",), ("race",)])
    shapes = [Shape(pair, scored=True) for pair in [*PAIRS, ("race",)]]
    counter = counter_of(plan, families, shapes)
    coded = part(random_rows(1, 40, plan), np.repeat(np.arange(40), repeated // 40))
    busy = part(coded, np.zeros(repeated, np.intp))
    for rows in (busy, coded, busy, coded):
        counter.add(rows)
    cube = counter.cube(VALUES, "a test says so")
    assert {block.sums["rows"].dtype.type for block in cube.blocks} == {bits}
    tallies = [tally_of(rows, plan) for rows in (busy, coded, busy, coded)]
    assert_same(cube, merge_all(tallies), [(), *PAIRS], histogram=True)
    assert cube.merge(cube).rows == 8 * repeated


def test_longer_counts_have_the_same_limit() -> None:
    """Counts that no longer fit into memory once they get longer are refused."""
    plan = replace(PLAN, conditions=(), weight=None, score_sums=False)
    families = asked_families(plan, PAIRS)
    shapes = [*largest_shapes(plan, families), Shape(("race",), scored=True)]
    counter = counter_of(plan, families, shapes, limit=60)
    rows = part(random_rows(1, 1, plan), np.zeros(40_000, np.intp))
    counter.add(rows)
    with pytest.raises(DenseLimitError, match=r"at most 60 are allowed"):
        counter.add(rows)
