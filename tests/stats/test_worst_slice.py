"""The worst slice is measured on rows that had no part in finding it, and its limits hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from roadworthy.stats.slice_search import CodedRows
from roadworthy.stats.weak_slices import Found, JudgedSlice, Part, SearchPlan, find_weak_slices
from roadworthy.stats.worst_slice import (
    carried,
    level_at_once,
    share_of_total,
    times_the_whole,
    worst_mean,
    worst_ratio,
)

FEATURES, CELLS = 4, 5
RATE = 0.05


def population(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes, and how probable an error is: one in ten, more in three overlapping places."""
    codes = np.random.default_rng(seed).integers(0, CELLS, (rows, FEATURES)).astype(np.uint8)
    share = np.full(rows, 0.1)
    share[codes[:, 2] == 1] = 0.16
    share[(codes[:, 0] < 2) & (codes[:, 1] == 3)] = 0.25
    share[(codes[:, 3] == 4) & (codes[:, 0] == 0)] = 0.4
    return codes, share


def coded(codes: np.ndarray, loss: np.ndarray) -> CodedRows:
    """The rows as the search takes them."""
    return CodedRows(
        codes=tuple(codes[:, j] for j in range(FEATURES)),
        cells=(CELLS,) * FEATURES,
        ordered=(CELLS,) * FEATURES,
        loss=loss,
    )


def judged(errors: int, rows: int, others: int, other_rows: int) -> JudgedSlice:
    """A slice with so many errors, and so many elsewhere."""
    inside = np.arange(rows) < errors
    outside = np.arange(other_rows) < others
    return JudgedSlice(
        conditions=(),
        part=Part.of(inside.astype(float), is_binary=True),
        rest=Part.of(outside.astype(float), is_binary=True),
        p_value=0.0,
        adjusted=0.0,
    )


@pytest.mark.parametrize("kind", ["errors", "amounts"])
def test_limits_hold_for_whichever_slice_is_worst(kind):
    """In a hundred searches of 3,000 rows, the truth about the slices named leaves them rarely."""
    codes, share = population(10**6, 300_000)
    truth = coded(codes, share)
    outside = {"mean": 0, "ratio": 0, "above": 0, "carried": 0}
    for seed in range(100):
        rng = np.random.default_rng(seed)
        own, probable = population(seed, 3000)
        loss = (rng.random(3000) < probable).astype(float)
        if kind == "amounts":
            loss *= rng.gamma(2.0, 0.5, 3000)
        found = find_weak_slices(coded(own, loss), SearchPlan(seed=seed))
        named = [*found.tested[:1], *found.worse(RATE)]
        most = max(truth.loss[truth.matching(item.conditions)].mean() for item in named)
        mean, ratio = worst_mean(found, RATE, 0.95), worst_ratio(found, RATE, 0.95)
        outside["mean"] += not mean.low <= most <= mean.high
        outside["above"] += most > mean.high
        outside["ratio"] += not ratio.low <= most / truth.mean <= ratio.high
        if found.worse(RATE):
            weak = np.zeros(truth.rows, np.bool_)
            for item in found.worse(RATE):
                weak |= truth.matching(item.conditions)
            low, high = carried(found, RATE, 0.95)
            outside["carried"] += not low <= truth.loss[weak].sum() / truth.loss.sum() <= high
    assert max(outside.values()) <= 8  # expected at most 5 of 100
    assert outside["above"] <= 5  # expected 2 or 3 of 100


def test_the_worst_may_be_another_than_the_one_that_stands_out_most():
    """A small slice that is surely far worse counts before a large one that is a little worse."""
    large, small = judged(300, 1000, 400, 4000), judged(60, 100, 640, 4900)
    found = Found(
        whole=Part.of((np.arange(5000) < 700).astype(float), is_binary=True),
        searched=5000,
        looked_at=10,
        tested=(large, small),
        inside=small.part,
        detectable=(),
    )
    worst = worst_mean(found, RATE, 0.95)
    assert worst.slice == small
    low, _ = proportion_confint(60, 100, alpha=0.025, method="wilson")
    _, high = proportion_confint(60, 100, alpha=0.05, method="wilson")
    assert (worst.value, worst.low, worst.high) == pytest.approx((0.6, low, high))
    assert worst_ratio(found, RATE, 0.95).value == pytest.approx(0.6 / 0.14)


def test_where_nothing_stands_out_the_worst_slice_is_everyone():
    """Without a column that parts the rows there is one slice: all of them."""
    rows = CodedRows(codes=(), cells=(), ordered=(), loss=(np.arange(400) % 4 == 0).astype(float))
    found = find_weak_slices(rows, SearchPlan())
    worst, ratio = worst_mean(found, RATE, 0.95), worst_ratio(found, RATE, 0.95)
    assert (worst.slice, worst.rows) == (None, 200)
    assert (worst.low, worst.high) == pytest.approx(
        proportion_confint(found.whole.total, 200, method="wilson")
    )
    assert (ratio.value, ratio.low, ratio.high) == (1.0, 1.0, 1.0)


def test_a_slice_without_rows_to_judge_by_is_not_measured():
    """One row is no sample."""
    found = Found(
        whole=Part.of(np.ones(10), is_binary=True),
        searched=10,
        looked_at=1,
        tested=(judged(1, 1, 5, 9),),
        inside=Part.of(np.ones(0), is_binary=True),
        detectable=(),
    )
    assert worst_mean(found, RATE, 0.95) is None
    assert worst_ratio(found, RATE, 0.95) is None


@given(
    st.integers(1, 40), st.integers(0, 60), st.integers(0, 400), st.integers(1, 400),
)  # fmt: skip
def test_the_ratio_lies_in_its_limits_and_below_what_the_size_allows(errors, right, others, good):
    """A slice cannot err more often than if all errors were its own."""
    item = judged(errors, errors + right, others, others + good)
    whole = (errors + others) / (errors + right + others + good)
    value = item.part.mean / whole
    low, high = times_the_whole(item, 0.95)
    assert low <= value * (1 + 1e-9)
    assert value <= high * (1 + 1e-9)
    assert high <= 1 / item.share_of_rows * (1 + 1e-9)


@given(st.integers(0, 30), st.integers(1, 300))
def test_the_share_of_errors_has_wilsons_limits(inside, outside):
    """For errors it is a share like any other."""
    item = judged(inside, 50, outside, 400)
    expected = proportion_confint(inside, inside + outside, method="wilson")
    found = share_of_total(item.part, item.rest, 0.95)
    assert (float(found.low), float(found.high)) == pytest.approx(expected, abs=1e-9)


def test_the_more_slices_are_tested_the_surer_each_must_be():
    """One slice needs no correction."""
    assert level_at_once(0.95, 0) == level_at_once(0.95, 1) == pytest.approx(0.95)
    assert level_at_once(0.95, 20) == pytest.approx(0.9975)
