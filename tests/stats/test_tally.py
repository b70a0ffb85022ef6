"""Tallies add up: merging and rolling up lose nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.errors import DataError, UsageError
from roadworthy.records.slices import ALL, Slice
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.tally import Tally, TallyPlan, merge_all, plan_families
from roadworthy.testing.oracle import expected_tally, random_table

GRID = ScoreGrid(octaves=2, per_octave=4)
PLAN = TallyPlan(
    attributes=("sex", "race"),
    label="label",
    prediction="prediction",
    score="score",
    weight="weight",
    weight_exponent=0,
    grid=GRID,
)


def tallied(seed: int, rows: int = 40, plan: TallyPlan = PLAN) -> Tally:
    """The tally of a random table."""
    return expected_tally(plan, random_table(seed, rows, GRID))


SEEDS = st.integers(0, 10_000)


@given(SEEDS, SEEDS, SEEDS)
def test_merge_is_associative_and_commutative(a: int, b: int, c: int) -> None:
    """Parts merge to the same tally in any order and grouping, bit for bit."""
    x, y, z = tallied(a, 7), tallied(b, 8), tallied(c, 9)
    assert x.merge(y) == y.merge(x)
    assert x.merge(y).merge(z) == x.merge(y.merge(z)) == merge_all([z, x, y])


@given(SEEDS, st.lists(st.integers(0, 60), max_size=5), st.randoms(use_true_random=False))
def test_parts_make_the_whole(seed: int, cuts: list[int], random: object) -> None:
    """Split anywhere, merge in any order: the same tally."""
    table = random_table(seed, 60, GRID)
    bounds = sorted({0, 60, *cuts})
    parts = [
        expected_tally(PLAN, table.slice(start, stop - start)) for start, stop in pairwise(bounds)
    ]
    random.shuffle(parts)
    assert merge_all(parts) == expected_tally(PLAN, table)


@given(SEEDS)
def test_an_empty_part_changes_nothing(seed: int) -> None:
    """Merging with a tally of no rows gives the same tally."""
    tally = tallied(seed)
    nobody = Tally.of(
        PLAN,
        [(), ()],
        [np.zeros(0, np.int64)] * 5,
        {name: np.zeros(0, np.int64) for name in tally.sums},
    )
    assert tally.merge(nobody) == nobody.merge(tally) == tally


@given(SEEDS, st.integers(0, 2))
def test_each_family_holds_every_row(seed: int, depth: int) -> None:
    """The groups of each family together are the population, in every array."""
    tally = tallied(seed)
    whole = tally.slices([()])
    for family in plan_families(PLAN.attributes, depth):
        part = tally.slices([family])
        for name in ("counts", "histogram_rows"):
            assert np.array_equal(getattr(part, name).sum(0), getattr(whole, name)[0])
        for name in ("weights", "weights_squared", "histogram", "score_sum", "score_square_sum"):
            np.testing.assert_allclose(getattr(part, name).sum(0), getattr(whole, name)[0])


@given(SEEDS)
def test_histograms_agree_with_counts(seed: int) -> None:
    """Adding a histogram's cells gives the rows by label."""
    found = tallied(seed).slices([(), ("sex",), ("sex", "race")])
    assert np.array_equal(found.histogram_rows.sum(2), found.counts.sum(2))
    np.testing.assert_allclose(found.histogram.sum(2), found.weights.sum(2))


def test_weights_are_what_the_rows_say() -> None:
    """Sums of weights and scores are within 2**-30 a row of the sums of reals."""
    table = random_table(5, 500, GRID)
    for exponent in (0, -3, 4):
        plan = replace(PLAN, weight_exponent=exponent)
        found = expected_tally(plan, table).slices([()])
        weights = np.array(table["weight"].to_pylist())
        found_scores = [np.nan if s is None else s for s in table["score"].to_pylist()]
        scores = np.array([s if 0 <= s <= 1 else 0.0 for s in found_scores])
        unit = 2.0**exponent
        assert found.weights.sum() == pytest.approx(weights.sum(), abs=500 * unit * 2**-30)
        assert found.weights_squared.sum() == pytest.approx(
            (weights**2).sum(), abs=500 * unit**2 * 2**-30
        )
        assert found.score_sum.sum() == pytest.approx(
            (weights * scores).sum(), abs=500 * unit * 2**-30
        )
        assert found.score_square_sum.sum() == pytest.approx(
            (weights * scores**2).sum(), abs=500 * unit * 2**-30
        )


def test_slices_stand_in_order() -> None:
    """Families come as asked for, groups in the order of their values, the population as `all`."""
    tally = tallied(1)
    found = tally.slices([("sex",), (), ("race", "sex")], histogram=False)
    assert found.slices[:3] == (
        Slice.of({"sex": "(missing)"}),
        Slice.of({"sex": "F"}),
        Slice.of({"sex": "M"}),
    )
    assert found.slices[3] == ALL
    assert found.histogram is None
    races = [slice_.terms[0].value for slice_ in found.slices[4:]]
    assert races == sorted(races)
    assert found.rows[3] == tally.rows.sum() == 40


def test_nobody_is_still_a_population() -> None:
    """A tally of no rows has the population, with no rows, and no groups."""
    nobody = Tally.of(
        TallyPlan(attributes=("sex",)),
        [()],
        [np.zeros(0, np.int64)] * 4,
        {"rows": np.zeros(0, np.int64)},
    )
    found = nobody.slices([(), ("sex",)])
    assert found.slices == (ALL,)
    assert found.rows.tolist() == [0]


def test_many_attributes_fit() -> None:
    """Attributes whose combinations exceed 64 bits are still told apart and kept in order."""
    rng = np.random.default_rng(0)
    names = tuple(f"a{i}" for i in range(12))
    values = [[f"{j:03d}" for j in range(1000)]] * 12
    codes = [rng.integers(0, 1000, 300) for _ in names]
    zeros = np.zeros(300, np.int64)
    plan = TallyPlan(attributes=names)
    tally = Tally.of(plan, values, [*codes, zeros, zeros, zeros], {"rows": zeros + 1})
    assert tally.rows.sum() == len(tally.rows) == 300
    order = np.random.default_rng(1).permutation(300)
    shuffled = [column[order] for column in codes]
    assert tally == Tally.of(plan, values, [*shuffled, zeros, zeros, zeros], {"rows": zeros + 1})
    rows = [tuple(row) for row in tally.codes.tolist()]
    assert rows == sorted(rows)
    assert tally.slices([names[:11]]).rows.sum() == 300


def test_large_counts_stay_exact() -> None:
    """Counts beyond 2**31 and sums beyond 2**53 are exact."""
    plan = TallyPlan(score="score", prediction="p", weight="w", weight_exponent=0, grid=GRID)
    rows = np.array([2**31, 2**33 + 1], np.int64)
    odd = np.array([2**61 + 1, 2**60 + 1], np.int64)
    sums = {"rows": rows, "weight": odd, "weight_squared": odd, "score_sum": odd}
    keys = [np.zeros(2, np.int64)] * 3
    tally = Tally.of(plan, [], keys, sums | {"score_square_sum": odd})
    assert tally.rows.tolist() == [2**31 + 2**33 + 1]
    assert tally.weight.tolist() == [2**61 + 2**60 + 2]
    assert tally.slices([()]).rows.tolist() == [2**31 + 2**33 + 1]


def test_overflow_is_refused() -> None:
    """A sum that would leave 64 bits is refused, before it wraps around."""
    keys = [np.zeros(1, np.int64)] * 3
    half = Tally.of(TallyPlan(), [], keys, {"rows": np.array([2**62])})
    with pytest.raises(DataError, match=r"the total of rows is 2\*\*63 or more"):
        half.merge(half)


def test_too_many_categories_are_refused_on_merging() -> None:
    """Parts that have few values each but too many together do not merge."""
    plan = TallyPlan(attributes=("zip",), max_categories=2)
    keys = [np.array([0, 1]), *[np.zeros(2, np.int64)] * 3]
    left = Tally.of(plan, [("1", "2")], keys, {"rows": np.ones(2, np.int64)})
    right = Tally.of(plan, [("3", "4")], keys, {"rows": np.ones(2, np.int64)})
    with pytest.raises(DataError, match="'zip' has 4 distinct values, at most 2"):
        left.merge(right)


def test_different_plans_do_not_merge() -> None:
    """Tallies merge only if they counted the same."""
    other = tallied(1, plan=replace(PLAN, weight_exponent=1))
    with pytest.raises(UsageError, match="plans differ"):
        tallied(1).merge(other)
    with pytest.raises(UsageError, match="at least one tally"):
        merge_all([])


def test_unknown_attributes_are_refused() -> None:
    """A family of attributes that were not tallied is refused."""
    with pytest.raises(UsageError, match=r"\['age'\] were not tallied"):
        tallied(1).slices([("age",)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes": ("1",)}, "at least two classes"),
        ({"classes": ("1", "1.0")}, "mean the same class"),
        ({"classes": ("no", "no")}, "mean the same class"),
        ({"attributes": ("sex", "sex")}, "named once"),
        ({"score": "s", "classes": ("a", "b", "c")}, "decides between two classes"),
    ],
)
def test_impossible_plans_are_refused(arguments: dict[str, object], message: str) -> None:
    """A plan that cannot be carried out is refused where it is made."""
    with pytest.raises(UsageError, match=message):
        TallyPlan(**arguments)


def test_the_deciding_threshold_is_an_edge() -> None:
    """A threshold that decides becomes an edge of the grid, so that decisions are exact."""
    plan = TallyPlan(score="score", threshold=0.123)
    assert 0.123 in plan.grid.thresholds
    assert plan.decide(plan.grid.index(np.array([0.122, 0.123, np.nan]))).tolist() == [0, 1, 2]
    nobody = TallyPlan(score="score", threshold=2.0)
    assert nobody.decide(nobody.grid.index(np.array([1.0]))).tolist() == [0]
