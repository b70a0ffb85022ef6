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
