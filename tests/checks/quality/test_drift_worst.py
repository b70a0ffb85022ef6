"""One column speaks for the table: the one that drifted most, with limits that allow for others."""

from __future__ import annotations

import numpy as np

from roadworthy.checks.quality.drift import DRIFT


def test_the_worst_column_speaks_for_the_table(make_subject, answers) -> None:
    """The slice `all` names the column that drifted most; its limits allow for all the others."""
    rng = np.random.default_rng(1)
    before = {f"x{place}": rng.normal(0, 1, 2000) for place in range(8)}
    now = {name: rng.normal(0.5 * (name == "x3"), 1, 2000) for name in before}
    now["x5"] = np.where(np.arange(2000) < 300, np.nan, now["x5"])
    found = answers(DRIFT, make_subject(now, reference=before))
    for measure, column in (
        ("population-stability-index", "x5"),
        ("kolmogorov-smirnov-distance", "x3"),
        ("standardized-wasserstein-distance", "x3"),
        ("missing-rate-change", "x5"),
    ):
        whole, own = found[measure, "all"], found[measure, f"column={column}"]
        assert whole.parameters == {**own.parameters, "column": column, "columns": 8}
        assert whole.outcome.value == own.outcome.value
        assert whole.outcome.low < own.outcome.low
        assert whole.outcome.high >= own.outcome.high
        assert whole.outcome.confidence == 0.95
    assert ("wasserstein-distance", "all") not in found
    assert found["g-test-p-value", "all"].outcome.reason.startswith("no column that both tables")


def test_the_worst_column_is_rarely_accused_by_chance(make_subject, answers) -> None:
    """Of twenty columns that have not moved, the worst is not called drifted more than one is."""
    accused = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        now, before = ({f"k{at}": rng.integers(0, 5, 400) for at in range(20)} for _ in range(2))
        found = answers(DRIFT, make_subject(now, reference=before))
        accused += found["population-stability-index", "all"].outcome.low > 0
        tested = found["chi-squared-p-value", "all"]
        each = [found["chi-squared-p-value", f"column={name}"].outcome.value for name in now]
        assert tested.outcome.value == min(each)
    assert accused <= 4


def test_a_large_fall_of_missing_values_does_not_hide_a_rise(make_subject, answers) -> None:
    """For the whole table the change of missing values is a size; each column keeps its sign."""
    rows = np.arange(1000)
    before = {"fell": np.where(rows < 300, np.nan, rows), "rose": rows * 1.0}
    now = {"fell": rows * 1.0, "rose": np.where(rows < 200, np.nan, rows)}
    found = answers(DRIFT, make_subject(now, reference=before))
    own = found["missing-rate-change", "column=fell"].outcome
    whole = found["missing-rate-change", "all"]
    assert (own.value, whole.outcome.value) == (-0.3, 0.3)
    assert whole.parameters["column"] == "fell"
    assert 0.2 < whole.outcome.low < -own.high
    assert whole.outcome.high == -own.low


def test_no_change_of_missing_values_is_not_accused(make_subject, answers) -> None:
    """Where the limits of a change lie on both sides of 0, its size may be 0."""
    rows = np.arange(1000)
    tables = [{"x": np.where(rows < gaps, np.nan, rows)} for gaps in (100, 90)]
    outcome = answers(DRIFT, make_subject(*tables[1:], reference=tables[0]))[
        "missing-rate-change", "all"
    ].outcome
    assert outcome.low == 0.0
    assert outcome.value == 0.1 - 0.09


def test_limits_allow_for_columns_of_which_only_gaps_are_compared(make_subject, answers) -> None:
    """A column of times that is worst has the limits of the worst of all columns, too."""
    rng = np.random.default_rng(2)
    day = np.array(["2026-01-01"] * 1000, dtype="datetime64[us]")
    gone = np.where(np.arange(1000) < 200, np.datetime64("NaT"), day)
    before = {"day": day, **{f"x{at}": rng.normal(0, 1, 1000) for at in range(8)}}
    found = answers(DRIFT, make_subject({**before, "day": gone}, reference=before))
    own, whole = (found["missing-rate-change", where] for where in ("column=day", "all"))
    assert whole.parameters["column"] == "day"
    assert whole.outcome.low < own.outcome.low


def test_columns_that_could_not_be_compared_are_named(make_subject, answers) -> None:
    """What changed its type is no part of the worst, and nobody should take it for compared."""
    before = {"a": np.arange(500) % 5, "kind": np.arange(500), "gone": np.arange(500)}
    now = {"a": np.arange(500) % 5, "kind": np.arange(500).astype(str), "new": np.arange(500)}
    found = answers(DRIFT, make_subject(now, reference=before))
    parameters = found["total-variation-distance", "all"].parameters
    assert (parameters["columns"], parameters["not_compared"]) == (1, ["kind", "new"])
    assert found["missing-rate-change", "all"].parameters["not_compared"] == ["new"]


def test_why_no_column_could_be_compared_is_said_for_the_whole_table(make_subject, answers) -> None:
    """A policy that asks for the whole table is told the reason, as for each column."""
    found = answers(DRIFT, make_subject({"x": np.arange(50)}, reference={"x": np.arange(500)}))
    reason = found["total-variation-distance", "all"].outcome.reason
    assert reason == "no column could be compared: one of the tables has fewer than 100 rows"
