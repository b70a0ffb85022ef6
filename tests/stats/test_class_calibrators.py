"""Tests of what a labelled reference teaches of one of several classes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.records.slices import ALL, Slice
from roadworthy.stats.class_calibrators import (
    DECIDED_ROWS,
    OWN_ROWS,
    against,
    learn_class,
    own_calibrators,
)
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.scorebins import score_bins
from roadworthy.stats.tally import Tally, TallyPlan

CODES = tuple(map(str, range(6)))


def counted(code: np.ndarray, score: np.ndarray, group: np.ndarray | None = None) -> Tally:
    """The tally of scores by code."""
    groups = np.full(len(code), "u") if group is None else group
    rows = pa.table({"c": code.tolist(), "s": score.tolist(), "g": groups.tolist()})
    plan = TallyPlan(attributes=("g",), label="c", prediction="c", score="s", classes=CODES)
    tally = DuckDBEngine().open(rows).tally(plan)
    assert isinstance(tally, Tally)
    return tally


def both(tally: Tally) -> list[SliceTable]:
    """Everybody, and each group."""
    return [tally.slices([()]), tally.slices([("g",)])]


def drawn(rows: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes 2 j + t of three decisions, where the same score means more under a higher decision."""
    rng = np.random.default_rng(seed)
    score, decision = rng.uniform(0.05, 0.95, rows), rng.integers(0, 3, rows)
    true = rng.random(rows) < score * (decision + 1) / 3
    return 2 * decision + true, score, rng.choice(["u", "v"], rows, p=[0.9, 0.1])


def test_a_score_may_mean_something_else_by_decision() -> None:
    """Each decision has the chances that its own rows show; the pool has those of all rows."""
    code, score, _ = drawn(60_000)
    known = learn_class([counted(code, score).slices([()])], 3)
    at = np.array([0.3, 0.6, 0.9])
    for j in range(3):
        found = known.given(ALL, j)
        assert found is not None
        assert found.probability(at) == pytest.approx(at * (j + 1) / 3, abs=0.03)
    pool = known.of(ALL)
    assert pool is not None
    assert pool.probability(at) == pytest.approx(at * 2 / 3, abs=0.03)


def test_groups_and_decisions_that_are_small_are_calibrated_with_everybody() -> None:
    """A group is calibrated on its own from a thousand rows on, a decision from two hundred."""
    code, score, group = drawn(6_000)
    known = learn_class(both(counted(code, score, group)), 3)
    large, small = Slice.of({"g": "u"}), Slice.of({"g": "v"})
    assert (group == "v").sum() < OWN_ROWS
    assert known.of(large) is not known.of(ALL)
    assert known.of(small) is known.of(ALL)
    assert known.given(small, 1) is known.given(ALL, 1)
    few = learn_class(
        [counted(code[: 2 * DECIDED_ROWS], score[: 2 * DECIDED_ROWS]).slices([()])], 3
    )
    assert few.given(ALL, 1) is few.of(ALL)


def test_a_class_that_is_never_so_decided_is_known_not_to_be() -> None:
    """Where no row of a decision is of the class, its chance there is near 0."""
    code, score, _ = drawn(6_000)
    kept = code != 1
    known = learn_class([counted(code[kept], score[kept]).slices([()])], 3)
    found = known.given(ALL, 0)
    assert found is not None
    assert found.probability(np.array([0.2, 0.8])).max() < 0.02


def test_a_reference_of_one_label_teaches_nothing() -> None:
    """Without a row of the class, nothing is known of it."""
    code, score, _ = drawn(1_000)
    known = learn_class([counted(code // 2 * 2, score).slices([()])], 3)
    assert known.of(ALL) is None
    assert not own_calibrators(against(counted(code // 2 * 2, score).slices([()]), [0], [1]))


def test_labels_are_put_together() -> None:
    """Counts of labels put together are those of the binary question."""
    code, score, group = drawn(3_000)
    found = against(counted(code, score, group).slices([("g",)]), [0, 2, 4], [1, 3, 5])
    rows = pa.table({"y": (code % 2).tolist(), "s": score.tolist(), "g": group.tolist()})
    plan = TallyPlan(attributes=("g",), label="y", prediction="y", score="s")
    expected = DuckDBEngine().open(rows).tally(plan).slices([("g",)])
    assert np.array_equal(found.counts, expected.counts)
    ours, theirs = score_bins(found), score_bins(expected)
    for name in ("weight", "rows", "score_sum", "score_square_sum", "effective"):
        assert np.allclose(getattr(ours, name), getattr(theirs, name)), name
