"""What is reported is there: the false discovery rate, the coverage and the power are as stated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score

from roadworthy.stats.slice_search import CodedRows, Condition
from roadworthy.stats.slice_tests import coverage_level
from roadworthy.stats.weak_slices import Part, SearchPlan, find_weak_slices

CELLS = (8, 8, 8, 4, 4, 3)
WEAK = (Condition(0, 2, 3), Condition(3, 1, 1))
TRIALS = 200


def table(seed: int, *, rows: int = 4000, weak: float | None = None, kind: str = "error"):
    """Rows whose losses are chance alone, or worse in one slice."""
    rng = np.random.default_rng(seed)
    codes = tuple(rng.integers(0, cells, rows).astype(np.uint8) for cells in CELLS)
    chance = np.full(rows, 0.15)
    made = CodedRows(codes=codes, cells=CELLS, ordered=(8, 8, 8, 0, 0, 0), loss=np.zeros(rows))
    if weak is not None:
        chance[made.matching(WEAK)] = weak
    draws = {
        "error": lambda: rng.random(rows) < chance,
        "distance": lambda: np.abs(rng.standard_normal(rows)),
        "heavy": lambda: rng.standard_normal(rows) ** 4,
    }
    loss = np.asarray(draws[kind](), np.float64)
    return CodedRows(codes=codes, cells=CELLS, ordered=made.ordered, loss=loss)


@pytest.mark.parametrize("kind", ["error", "distance", "heavy"])
def test_chance_alone_is_hardly_ever_reported(kind):
    """Where there is no weak slice, at most one search in twenty reports one."""
    plan = SearchPlan(fewest=50, rate=0.05)
    false = sum(
        bool(find_weak_slices(table(seed, kind=kind), plan).worse(plan.rate))
        for seed in range(TRIALS)
    )
    assert false / TRIALS <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / TRIALS)


def test_few_of_the_slices_reported_are_there_by_chance():
    """With one weak slice among chance, the share of reported slices apart from it stays small."""
    plan = SearchPlan(fewest=50, rate=0.05)
    shares = []
    for seed in range(100):
        worse = find_weak_slices(table(seed, weak=0.5), plan).worse(plan.rate)
        wrong = sum(not _touches(item.conditions) for item in worse)
        shares.append(wrong / max(len(worse), 1))
    assert np.mean(shares) <= 0.05 + 3 * np.std(shares) / np.sqrt(len(shares))


def _touches(conditions: tuple[Condition, ...]) -> bool:
    """True if some rows of the slice are weak."""
    ranges = {one.feature: (one.first, one.last) for one in conditions}
    return all(
        not (ranges[one.feature][1] < one.first or ranges[one.feature][0] > one.last)
        for one in WEAK
        if one.feature in ranges
    )


def test_a_weak_slice_is_found_as_it_was_planted():
    """Its bins are joined, and no condition is missing or needless."""
    found = find_weak_slices(table(1, rows=20_000, weak=0.4), SearchPlan(fewest=100))
    assert [item.conditions for item in found.worse(0.05)] == [WEAK]


def test_intervals_of_what_is_reported_cover():
    """Though only what passed a test is reported, its intervals cover as often as they say."""
    plan = SearchPlan(fewest=50, rate=0.05)
    covered = []
    for seed in range(TRIALS):
        rows = table(seed, weak=0.32)
        found = find_weak_slices(rows, plan)
        worse = found.worse(plan.rate)
        level = coverage_level(0.95, len(worse), len(found.tested))
        for item in worse:
            low, high = item.part.interval(level)
            covered.append(float(low) <= _truth(item.conditions) <= float(high))
    assert len(covered) > 50
    assert np.mean(covered) >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / len(covered))


def _truth(conditions: tuple[Condition, ...]) -> float:
    """The chance of an error in a slice of uniform codes."""
    ranges = {one.feature: range(one.first, one.last + 1) for one in conditions}
    share = 1.0
    for one in WEAK:
        inside = ranges.get(one.feature, range(CELLS[one.feature]))
        share *= sum(one.first <= code <= one.last for code in inside) / len(inside)
    return 0.15 + share * (0.32 - 0.15)


def test_what_is_said_to_be_detectable_is_detected():
    """A slice as bad as that is found about four times in five."""
    plan = SearchPlan(fewest=100)
    smallest = find_weak_slices(table(0), plan).detectable[0]
    rows = 16 * smallest.rows  # the weak slice holds one row in sixteen
    hits = sum(
        any(
            _touches(item.conditions)
            for item in find_weak_slices(table(seed, rows=rows, weak=smallest.mean), plan).worse(
                plan.rate
            )
        )
        for seed in range(60)
    )
    assert hits / 60 >= 0.8 - 3 * np.sqrt(0.8 * 0.2 / 60)


def test_a_part_knows_its_mean_and_spread():
    """As numpy and scikit-learn have them."""
    rng = np.random.default_rng(0)
    loss = rng.exponential(2.0, 500)
    part = Part.of(loss, is_binary=False)
    assert part.mean == pytest.approx(loss.mean())
    assert part.variance == pytest.approx(loss.var(ddof=1))
    wrong = rng.integers(0, 2, 500)
    assert Part.of(wrong * 1.0, is_binary=True).mean == 1 - accuracy_score(np.zeros(500), wrong)


def test_the_seed_decides():
    """The same seed finds the same slices with the same numbers; another may not."""
    rows = table(3, weak=0.3)
    first, again = (find_weak_slices(rows, SearchPlan(seed=7)) for _ in range(2))
    assert first == again
    assert find_weak_slices(rows, SearchPlan(seed=8)) != first


def test_a_slice_is_judged_beyond_those_before_it():
    """A second slice that is bad only through rows of the first is not reported."""
    rng = np.random.default_rng(0)
    rows = 20_000
    codes = tuple(rng.integers(0, cells, rows).astype(np.uint8) for cells in (4, 4))
    loss = (rng.random(rows) < np.where(codes[0] == 1, 0.5, 0.1)).astype(np.float64)
    coded = CodedRows(codes=codes, cells=(4, 4), ordered=(0, 0), loss=loss)
    assert [i.conditions for i in find_weak_slices(coded, SearchPlan()).worse(0.05)] == [
        (Condition(0, 1, 1),)
    ]


@pytest.mark.parametrize("losses", [[0.0, 0.0], [3.0, 3.0], [0.0, 1e9], [1e-9, 1e9], [0.5, 1.5, 9]])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.99999])
def test_limits_of_a_mean_are_finite_and_hold_it(losses, confidence):
    """However few rows there are, and however unlike they are."""
    part = Part.of(np.array(losses, float), is_binary=False)
    low, high = part.interval(confidence)
    assert 0 <= low <= part.mean <= high < np.inf


def test_the_upper_limit_of_a_mean_is_students_on_the_logarithmic_scale():
    """Against scipy's quantiles."""
    losses = np.random.default_rng(0).gamma(1.0, 2.0, 40)
    part = Part.of(losses, is_binary=False)
    half = stats.t.ppf(0.975, 39) * losses.std(ddof=1) / np.sqrt(40)
    low, high = part.interval(0.95)
    assert low == pytest.approx(losses.mean() - half, rel=1e-4)
    assert high == pytest.approx(losses.mean() * np.exp(half / losses.mean()), rel=1e-4)
