"""Tallies of errors: exact, mergeable, the same on every engine."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data import regression
from roadworthy.data.regression import count_errors
from roadworthy.data.regression_plan import plan_errors
from roadworthy.errors import DataError, UsageError
from roadworthy.stats.regression_plan import Population, RegressionPlan
from roadworthy.stats.regression_tally import Binned, RegressionTally
from roadworthy.testing.interpreter import aggregate, evaluate, rows_of

ENGINE = DuckDBEngine()
PLAN = RegressionPlan(
    attributes=("sex", "band"),
    label="y",
    prediction="p",
    interval=("low", "high"),
    confidence=0.9,
    weight="w",
)


def make(seed: int, rows: int, *, outlier: float = 1e6) -> pa.Table:
    """Numbers with nulls, NaN, exact hits and one outlier."""
    rng = np.random.default_rng(seed)
    y = rng.normal(1000, 10, rows)
    p = np.where(rng.random(rows) < 0.2, y, y + rng.normal(0.5, 2, rows))
    p[0] = outlier
    label = [None if gone else value for gone, value in zip(rng.random(rows) < 0.1, y, strict=True)]
    p[rng.random(rows) < 0.05] = np.nan
    p[0] = outlier
    return pa.table(
        {
            "sex": pa.array(rng.choice(["F", "M"], rows).tolist()),
            "band": pa.array(rng.choice([1.0, -0.0, 0.0, np.nan], rows)),
            "y": pa.array(label, pa.float64()),
            "p": pa.array(p),
            "low": pa.array(y - rng.exponential(3, rows) + 1),
            "high": pa.array(y + rng.exponential(3, rows) + 1),
            "w": pa.array(rng.choice([0.0, 0.5, 1 / 3, 2.0], rows)),
        }
    )


def counted(table: pa.Table, plan: RegressionPlan = PLAN) -> RegressionTally:
    """The tally of a table, by a plan made for it if it has no centre yet."""
    opened = ENGINE.open(table)
    return count_errors(opened, plan_errors(opened, plan))


@given(st.integers(0, 10_000), st.lists(st.integers(1, 79), max_size=3))
@settings(max_examples=15)
def test_parts_merge_in_any_order_to_the_whole(seed: int, cuts: list[int]) -> None:
    """Split anywhere and merged in any order, the integers are the same."""
    table = make(seed, 80)
    whole = counted(table)
    ends = [0, *sorted(set(cuts)), 80]
    parts = [
        count_errors(ENGINE.open(table.slice(a, b - a)), whole.plan) for a, b in pairwise(ends)
    ]
    for order in (parts, parts[::-1]):
        merged = order[0]
        for part in order[1:]:
            merged = merged.merge(part)
        assert merged == whole


@given(st.integers(0, 10_000))
@settings(max_examples=5)
def test_an_engine_computes_what_the_expressions_mean(seed: int) -> None:
    """DuckDB's integers are those of the oracle, row by row, to the last bit."""
    table = make(seed, 40)
    opened = ENGINE.open(table)
    plan = plan_errors(opened, PLAN)
    rows = rows_of(table)
    made = {}

    class Recorder:
        columns = opened.columns

        def derive(self, columns):
            made.update(columns)
            return opened.derive(columns)

    seen = regression.derived(Recorder(), plan)  # type: ignore[arg-type]
    full = [row | {name: evaluate(item, row) for name, item in made.items()} for row in rows]
    sums = regression._group_sums(plan)
    assert seen.aggregate(sums).to_pylist() == aggregate(full, sums)


def test_means_are_those_of_numpy_in_spite_of_an_outlier() -> None:
    """One prediction of a million leaves the sums of the other group as they are."""
    table = make(1, 5_000)
    tally = counted(table)
    found = tally.slices([("sex",)])
    frame = table.to_pandas()
    known = frame[frame.y.notna() & frame.p.notna()]
    for position, sex in enumerate(("F", "M")):
        part = known[known.sex == sex]
        error, weight = part.p - part.y, part.w
        for name, value in (
            ("error", error),
            ("error_absolute", error.abs()),
            ("error_square", error**2),
            ("error_signed_square", error * error.abs()),
            ("error_fourth", error**4),
        ):
            expected = np.average(value, weights=weight)
            # weights are known to 2**-30, which bounds the agreement
            assert found.mean(name)[position] == pytest.approx(expected, rel=3e-9, abs=1e-9)
        assert found.largest["largest_error"][position] == error.abs().max()
        assert found.weight(Population.KNOWN)[position] == pytest.approx(weight.sum())
        squares = (weight**2).sum()
        assert found.effective(Population.KNOWN)[position] == pytest.approx(
            weight.sum() ** 2 / squares
        )


def test_rounding_is_within_the_stated_bound() -> None:
    """Every mean is at most the stated rounding below the exact one."""
    table = make(2, 2_000).drop_columns(["w"])
    plan = replace(PLAN, weight=None)
    tally = counted(table, plan)
    frame = table.to_pandas()
    error = (frame.p - frame.y).dropna()
    exact = sum(e * e for e in error.tolist()) / len(error)
    low = exact - tally.plan.cut("error_square").rounding
    found = tally.slices([()]).mean("error_square")[0]
    assert low - 1e-12 * exact <= found <= exact + 1e-12 * exact


def test_intervals_are_counted_where_all_three_are_known() -> None:
    """Inside, under and over add up; the interval score is Winkler's."""
    table = make(3, 3_000).drop_columns(["w"])
    found = counted(table, replace(PLAN, weight=None)).slices([()])
    frame = table.to_pandas()
    part = frame[frame.y.notna()]
    inside = (part.y >= part.low) & (part.y <= part.high)
    assert found.sums["inside_rows"][0] == inside.sum()
    assert found.sums["under_rows"][0] == (part.y < part.low).sum()
    assert found.sums["over_rows"][0] == (part.y > part.high).sum()
    miss = np.maximum(part.low - part.y, 0) + np.maximum(part.y - part.high, 0)
    score = (part.high - part.low + 2 / 0.1 * miss).mean()
    assert found.mean("score", Population.BOUNDED)[0] == pytest.approx(score, rel=1e-10)


def test_histograms_hold_every_row_in_its_bin() -> None:
    """The bins of errors and predictions are the grid's own; nothing lies beyond them."""
    table = make(4, 1_000).drop_columns(["w"])
    tally = counted(table, replace(PLAN, weight=None))
    found = tally.slices([(), ("sex",)], histograms=True)
    frame = table.to_pandas()
    errors = (frame.p - frame.y).dropna().to_numpy()
    own = found.histograms[Binned.ERROR]
    expected = np.bincount(tally.plan.error_grid.index(errors))
    assert own.sums["rows"][0].tolist() == expected[own.cells].tolist()
    assert own.cells.max() < tally.plan.error_grid.bins
    assert (own.sums["rows"][1:].sum(axis=0) == own.sums["rows"][0]).all()
    predictions = found.histograms[Binned.PREDICTION]
    assert predictions.sums["rows"][0].sum() == frame.p.notna().sum()


def test_groups_are_named_as_a_tally_names_them() -> None:
    """A NaN band is the group (missing), and both zeros are one group."""
    found = counted(make(5, 200)).slices([("band",)])
    assert [str(item) for item in found.slices] == ["band=(missing)", "band=0.0", "band=1.0"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": pa.array(["a", "b"])}, "label column 'y' holds values of type text; expected num"),
        ({"y": pa.array([None, None], pa.float64())}, "label column 'y' has no values"),
        ({"p": pa.array([1.0, float("inf")])}, "prediction column 'p' has 1 values that are inf"),
        ({"low": pa.array([9.0, 0.0])}, "1 rows predict an interval whose lower limit 'low' lies"),
        ({"w": pa.array([1.0, -1.0])}, "weight column 'w' has 1 rows without a usable weight"),
    ],
)
def test_what_cannot_be_counted_is_refused(changes: dict, message: str) -> None:
    """Each column is checked for what its role needs; the message says what was found."""
    columns = {
        "sex": pa.array(["F", "M"]),
        "band": pa.array([1, 2]),
        "y": pa.array([1.0, 2.0]),
        "p": pa.array([1.0, 2.0]),
        "low": pa.array([0.0, 0.0]),
        "high": pa.array([3.0, 3.0]),
        "w": pa.array([1.0, 1.0]),
    }
    with pytest.raises(DataError, match=message):
        counted(pa.table(columns | changes))


def test_a_plan_needs_something_to_count() -> None:
    """Without a label and a prediction there is nothing to measure."""
    with pytest.raises(UsageError, match="needs a label or a prediction column, found neither"):
        counted(make(6, 10), RegressionPlan())


def test_tallies_of_different_plans_do_not_merge() -> None:
    """Sums in different units do not add up."""
    first, second = counted(make(7, 50)), counted(make(8, 50))
    with pytest.raises(UsageError, match="only tallies of one plan merge"):
        first.merge(second)


def test_only_tallied_attributes_make_groups() -> None:
    """Asking for an attribute that was not counted says which were."""
    with pytest.raises(UsageError, match=r"\['age'\] were not tallied; tallied: \['sex', 'band'\]"):
        counted(make(9, 50)).slices([("age",)])
