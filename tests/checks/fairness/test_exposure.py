"""The check of exposure, against the definitions and the example of Singh and Joachims."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import roadworthy as rw
from roadworthy.records.evidence import Measured, Unmeasured


def test_a_small_difference_in_relevance_makes_a_large_one_in_exposure() -> None:
    """Singh and Joachims' job seekers: the last three of six get a little less relevance.

    Their relevances are 0.82, 0.81 and 0.80 against 0.79, 0.78 and 0.77; ranked by relevance, the
    men's mean exposure is 0.71 and the women's 0.39.
    """
    table = pa.table(
        {"sex": ["M"] * 3 + ["F"] * 3, "y": [0.82, 0.81, 0.80, 0.79, 0.78, 0.77]}
    ).append_column("s", pa.array([6, 5, 4, 3, 2, 1]))
    found = rw.assess(table, task="ranking", label="y", score="s", protected=["sex"])
    parity = found.find("exposure-parity-ratio", "sex")
    assert parity.outcome.value == pytest.approx(0.39 / 0.71, abs=0.01)
    assert parity.outcome.method == "exact"
    assert parity.parameters["worst_group"] == "sex=F"
    merit = found.find("exposure-merit-ratio", "sex").outcome
    assert merit.value == pytest.approx((0.39 / 0.78) / (0.71 / 0.81), abs=0.01)


@pytest.fixture(scope="module")
def hidden() -> rw.Assessment:
    """Two hundred lists of thirty in which F is as relevant as M and scored lower."""
    rng = np.random.default_rng(6)
    sex = rng.choice(["F", "M"], 6_000, p=[0.3, 0.7])
    y = rng.integers(0, 2, 6_000)
    table = pa.table(
        {
            "q": np.repeat(np.arange(200), 30),
            "sex": sex,
            "y": y,
            "s": y + rng.normal(0, 1, 6_000) - 0.7 * (sex == "F"),
        }
    )
    return rw.assess(
        table, task="ranking", label="y", score="s", query="q", protected=["sex"],
        checks=["exposure"],
    )  # fmt: skip


def test_shares_of_groups_add_up(hidden: rw.Assessment) -> None:
    """Of exposure, of relevance, and of the top ten."""
    for measure in ("exposure-share", "relevance-share", "top-10-share"):
        values = [hidden.find(measure, f"sex={sex}").outcome.value for sex in "FM"]
        assert sum(values) == pytest.approx(1)


def test_a_hidden_group_is_found(hidden: rw.Assessment) -> None:
    """F gets less exposure than its size and its relevance would give it, surely."""
    for measure in (
        "exposure-to-size-ratio",
        "exposure-to-relevance-ratio",
        "top-10-representation-ratio",
    ):
        outcome = hidden.find(measure, "sex=F").outcome
        assert isinstance(outcome, Measured)
        assert outcome.high < 1
    for measure in ("exposure-parity-ratio", "exposure-merit-ratio", "top-10-parity-ratio"):
        outcome = hidden.find(measure, "sex").outcome
        assert outcome.low <= outcome.value <= outcome.high < 1


def test_intervals_over_queries_cover() -> None:
    """Simulated: 95 % intervals of a ratio hold the truth about as often as they say."""
    rng = np.random.default_rng(9)
    covered = 0
    runs = 120
    for _ in range(runs):
        sex = rng.choice(["F", "M"], 1_200)
        table = pa.table(
            {"q": np.repeat(np.arange(60), 20), "sex": sex, "s": rng.normal(0, 1, 1_200)}
        )
        found = rw.assess(
            table, task="ranking", score="s", query="q", protected=["sex"], checks=["exposure"]
        )
        outcome = found.find("exposure-to-size-ratio", "sex=F").outcome
        covered += outcome.low <= 1 <= outcome.high
    assert covered >= 0.95 * runs - 3.5 * np.sqrt(0.95 * 0.05 * runs)


def test_what_cannot_be_compared_says_why() -> None:
    """No labels, one group, and a group without relevance."""
    table = pa.table({"g": ["a", "a", "b"], "h": ["x"] * 3, "s": [3, 2, 1], "y": [1, 1, 0]})
    found = rw.assess(table, task="ranking", score="s", protected=["g", "h"])
    outcome = found.find("exposure-merit-ratio", "g").outcome
    assert isinstance(outcome, Unmeasured)
    assert outcome.reason == "no label column was given"
    outcome = found.find("exposure-parity-ratio", "h").outcome
    assert outcome.reason == "only one group occurs (h=x), so there is nothing to compare"
    found = rw.assess(table, task="ranking", label="y", score="s", protected=["g"])
    outcome = found.find("exposure-merit-ratio", "g").outcome
    assert outcome.reason == "no row of the group is relevant in g=b"


def test_attributes_of_queries_are_not_shown_in_place_of_each_other() -> None:
    """What never differs within a list sets no rows against each other; the reason says so."""
    table = pa.table(
        {"q": [1, 1, 2, 2], "g": ["a", "a", "b", "b"], "s": [2, 1, 2, 1], "y": [1, 0, 0, 1]}
    )
    found = rw.assess(table, task="ranking", label="y", score="s", query="q", protected=["g"])
    for measure, slice_ in (("exposure-parity-ratio", "g"), ("exposure-share", "g=a")):
        outcome = found.find(measure, slice_).outcome
        assert isinstance(outcome, Unmeasured)
        assert outcome.reason == (
            "'g' never differs between the rows of a list, so no group is shown in place of "
            "another; the quality of lists by group says how they are served"
        )


def test_weights_of_rows_change_what_groups_are_shown() -> None:
    """Ten rows that stand for one each and one that stands for ten are treated alike."""
    rng = np.random.default_rng(3)
    rows = {"q": np.repeat(np.arange(30), 4), "s": rng.normal(size=120)}
    sex = rng.choice(["F", "M"], 120)
    table = pa.table({**rows, "sex": sex, "w": np.where(sex == "F", 2.0, 1.0)})
    found = rw.assess(
        table, task="ranking", score="s", query="q", protected=["sex"], weight="w",
        checks=["exposure"],
    )  # fmt: skip
    place = table.to_pandas().groupby("q").s.rank(ascending=False)
    seen = np.asarray(table["w"]) / np.log2(1 + place)
    item = found.find("exposure-share", "sex=F")
    assert item.outcome.value == pytest.approx(seen[sex == "F"].sum() / seen.sum(), abs=1e-8)
    assert item.parameters["effective_queries"] < 30


def test_too_many_groups_are_not_compared() -> None:
    """More groups than one statement sums are unmeasured, in words."""
    table = pa.table({"g": [str(i) for i in range(250)], "s": np.arange(250.0)})
    found = rw.assess(table, task="ranking", score="s", protected=["g"], checks=["exposure"])
    outcome = found.find("exposure-parity-ratio", "g").outcome
    assert outcome.reason == "there are more than 200 groups by g"
