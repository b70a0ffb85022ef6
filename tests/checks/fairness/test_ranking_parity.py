"""Groups of queries: how far apart they are in what they are served."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import ndcg_score

import roadworthy as rw
from roadworthy.records.evidence import Measured, Unmeasured


def searches(rng: np.random.Generator, lists: int, noise: dict[str, float]) -> pa.Table:
    """Searches of ten rows by women and men, whose lists are ordered more or less well."""
    sex = np.repeat(rng.choice(sorted(noise), lists), 10)
    y = rng.integers(0, 3, lists * 10)
    score = y + rng.normal(size=lists * 10) * np.array([noise[each] for each in sex])
    return pa.table({"q": np.repeat(np.arange(lists), 10), "sex": sex, "y": y, "s": score})


def assessed(table: pa.Table, *protected: str) -> rw.Assessment:
    """The differences between groups of queries."""
    return rw.assess(
        table, task="ranking", label="y", score="s", query="q", protected=protected,
        checks=["ranking-parity"],
    )  # fmt: skip


def test_the_gap_is_the_difference_of_the_groups_means() -> None:
    """Against scikit-learn, group by group; the worst off is named."""
    table = searches(np.random.default_rng(1), 120, {"F": 3.0, "M": 0.3})
    item = assessed(table, "sex").find("ndcg-at-10-difference", "sex")
    frame = table.to_pandas()
    means = {
        sex: ndcg_score(
            np.stack(list(group.groupby("q").y.apply(np.asarray))),
            np.stack(list(group.groupby("q").s.apply(np.asarray))),
            k=10,
        )
        for sex, group in frame.groupby("sex")
    }
    outcome = item.outcome
    assert isinstance(outcome, Measured)
    assert outcome.value == pytest.approx(means["M"] - means["F"], abs=1e-7)
    assert 0 < outcome.low < outcome.value < outcome.high
    assert item.parameters["worst_group"] == "sex=F"
    assert outcome.rows == 120


def test_limits_of_the_gap_hold_as_often_as_they_say() -> None:
    """Simulated: where women and men are served alike, the limits contain no gap."""
    rng = np.random.default_rng(2)
    runs = 60
    covered = sum(
        assessed(searches(rng, 60, {"F": 1.0, "M": 1.0}), "sex")
        .find("ndcg-difference", "sex")
        .outcome.low
        <= 1e-9
        for _ in range(runs)
    )
    assert covered >= 0.95 * runs - 3.5 * np.sqrt(0.95 * 0.05 * runs)


def test_what_cannot_be_compared_says_why() -> None:
    """No labels, one group only, or an attribute that is of the rows and not of the query."""
    table = searches(np.random.default_rng(3), 20, {"F": 1.0})
    table = table.append_column("item", pa.array(np.arange(200) % 2))
    found = assessed(table, "sex", "item")
    alone = found.find("ndcg-difference", "sex").outcome
    assert isinstance(alone, Unmeasured)
    assert alone.reason == "only one group occurs (sex=F), so there is nothing to compare"
    mixed = found.find("ndcg-difference", "item").outcome
    assert "'item' differs between the rows of a list (in 20 of 20 lists)" in mixed.reason
    found = rw.assess(table, task="ranking", score="s", query="q", protected=["sex"])
    unlabelled = found.find("recall-at-10-difference", "sex").outcome
    assert unlabelled.reason == "no label column was given"
