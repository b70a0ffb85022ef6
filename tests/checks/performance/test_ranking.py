"""The check of rankings."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from sklearn.metrics import ndcg_score

import roadworthy as rw
from roadworthy.errors import DataError, UsageError
from roadworthy.records.evidence import Measured, Unmeasured


@pytest.fixture(scope="module")
def lists() -> pa.Table:
    """Forty queries of twelve rows; scores that know something of relevance."""
    rng = np.random.default_rng(4)
    relevance = rng.integers(0, 3, 480)
    return pa.table(
        {
            "q": np.repeat(np.arange(40), 12),
            "y": relevance,
            "s": relevance + rng.normal(0, 1, 480),
            "sex": rng.choice(["F", "M"], 480),
        }
    )


def test_ndcg_is_the_mean_over_queries_with_their_interval(lists: pa.Table) -> None:
    """Queries are what is counted: the evidence has forty rows."""
    found = rw.assess(lists, task="ranking", label="y", score="s", query="q")
    frame = lists.to_pandas()
    each = [ndcg_score([g.y], [g.s], k=10) for _, g in frame.groupby("q")]
    outcome = found.find("ndcg-at-10").outcome
    assert isinstance(outcome, Measured)
    assert outcome.value == pytest.approx(np.mean(each))
    assert outcome.rows == 40
    t, error = stats.t.ppf(0.975, 39), stats.sem(each)
    low, high = (outcome.value - limit for limit in (outcome.low, outcome.high))
    expected = [t * error * np.sqrt(x * (1 - x)) for x in (outcome.low, outcome.high)]
    own = np.sqrt(outcome.value * (1 - outcome.value))
    assert (low * own, -high * own) == pytest.approx(expected, rel=1e-3)
    assert outcome.method == "wilson-student"


def test_a_rank_is_a_score_upside_down(lists: pa.Table) -> None:
    """Places give what the scores that made them give."""
    rank = lists.to_pandas().groupby("q").s.rank(ascending=False)
    table = lists.append_column("r", pa.array(rank))
    by_score = rw.assess(lists, task="ranking", label="y", score="s", query="q")
    by_rank = rw.assess(table, task="ranking", label="y", rank="r", query="q")
    for measure in ("ndcg", "mean-average-precision", "mean-reciprocal-rank", "recall-at-10"):
        assert by_rank.find(measure).outcome == by_score.find(measure).outcome


def test_queries_without_relevant_rows_are_counted_and_left_out() -> None:
    """They have no best order; the reciprocal rank of nothing found is 0."""
    table = pa.table({"q": [1, 1, 2, 2, 3], "y": [1, 0, 0, 0, None], "s": [0.1, 0.9, 1, 0, 1]})
    found = rw.assess(table, task="ranking", label="y", score="s", query="q", checks=["ranking"])
    parameters = found.find("ndcg").parameters
    assert parameters == {"queries": 2, "queries_without_relevant": 1, "rows_left_out": 1}
    assert found.find("ndcg").outcome.value == pytest.approx(1 / np.log2(3))
    assert found.find("mean-reciprocal-rank").outcome.value == pytest.approx(0.25)


def test_one_list_is_a_fact_and_no_sample() -> None:
    """Without a query column there is one list, whose numbers are exact."""
    table = pa.table({"y": [1, 0, 1], "s": [3.0, 2.0, 1.0]})
    outcome = rw.assess(table, task="ranking", label="y", score="s").find("ndcg").outcome
    assert outcome.method == "exact"
    assert outcome.low == outcome.value == outcome.high


def test_a_single_list_of_a_group_is_a_small_sample() -> None:
    """Beside other lists, one list of a group tells little of the group's queries."""
    table = pa.table({"q": [1, 1, 2, 2, 3, 3], "y": [1, 0] * 3, "s": [2, 1] * 3, "g": [*"aaaabb"]})
    found = rw.assess(
        table, task="ranking", label="y", score="s", query="q", protected=["g"], checks=["ranking"]
    )
    outcome = found.find("ndcg", "g=b").outcome
    assert (outcome.value, outcome.rows, outcome.method) == (1.0, 1, "wilson")
    assert outcome.low < 0.3


def test_without_labels_quality_is_unmeasured(lists: pa.Table) -> None:
    """Exposure alone needs no label."""
    found = rw.assess(lists.drop_columns(["y"]), task="ranking", score="s", query="q")
    outcome = found.find("ndcg").outcome
    assert isinstance(outcome, Unmeasured)
    assert outcome.reason == "no label column was given"


@pytest.mark.parametrize(
    ("roles", "error", "message"),
    [
        ({"label": "y"}, UsageError, "needs one column that orders the rows.*found none"),
        ({"score": "s", "rank": "s"}, UsageError, "found rank 's' and score 's'"),
        ({"score": "s", "weight": "m"}, DataError, "weight column 'm' has 1 rows whose weight is"),
        ({"score": "s", "weight": "t"}, DataError, "weight column 't' holds values of type text"),
        ({"score": "s", "positive": 1}, UsageError, "a ranking has no positive value"),
        ({"score": "t"}, DataError, "score column 't' holds values of type text"),
        ({"score": "n"}, DataError, "score column 'n' has no values"),
        ({"score": "s", "label": "m"}, DataError, "label column 'm' has 1 negative values"),
    ],
)
def test_what_orders_nothing_is_refused(roles, error, message) -> None:
    """The message says what a ranking needs."""
    table = pa.table(
        {"y": [1, 0], "s": [2.0, 1.0], "t": ["a", "b"], "m": [-1, 1],
         "n": pa.array([None, None], pa.float64())}
    )  # fmt: skip
    with pytest.raises(error, match=message):
        rw.assess(table, task="ranking", **roles)


def test_perfect_lists_are_not_certain_to_stay_so() -> None:
    """Where every query has the same value, its spread says nothing, and Wilson's stands."""
    table = pa.table({"q": [1, 1, 2, 2], "y": [1, 0, 1, 0], "s": [2, 1, 2, 1]})
    outcome = rw.assess(table, task="ranking", label="y", score="s", query="q").find("ndcg").outcome
    assert (outcome.value, outcome.high, outcome.method) == (1.0, 1.0, "wilson")
    assert outcome.low < 0.5


def test_weights_of_lists_are_scikit_learns(lists: pa.Table) -> None:
    """Each list counts by its weight, and the evidence says how many equal ones that is worth."""
    weight = np.random.default_rng(5).choice([1.0, 2.0, 8.0], 40)
    table = lists.append_column("w", pa.array(np.repeat(weight, 12)))
    found = rw.assess(table, task="ranking", label="y", score="s", query="q", weight="w")
    shape = (40, 12)
    relevance, score = (np.asarray(lists[name]).reshape(shape) for name in ("y", "s"))
    expected = ndcg_score(relevance, score, k=10, sample_weight=weight)
    item = found.find("ndcg-at-10")
    assert item.outcome.value == pytest.approx(expected, abs=1e-7)
    assert item.outcome.rows == 40
    effective = weight.sum() ** 2 / (weight**2).sum()
    assert item.parameters["effective_queries"] == pytest.approx(effective, abs=1e-6)
    each = [ndcg_score([y], [s], k=10) for y, s in zip(relevance, score, strict=True)]
    spread = (weight**2 * (np.array(each) - expected) ** 2).sum() * 40 / 39
    half = stats.t.ppf(0.975, effective - 1) * np.sqrt(spread) / weight.sum()
    value, high = item.outcome.value, item.outcome.high
    score = half * np.sqrt(high * (1 - high) / (value * (1 - value)))
    assert high - value == pytest.approx(score, rel=1e-3)


def test_weights_that_differ_within_a_list_are_no_weights_of_it(lists: pa.Table) -> None:
    """Quality is unmeasured, in words; what groups are shown is weighed row by row."""
    table = lists.append_column("w", pa.array(np.arange(480) % 3 + 1.0))
    found = rw.assess(
        table, task="ranking", label="y", score="s", query="q", weight="w", protected=["sex"]
    )
    assert found.find("ndcg").outcome.reason == (
        "the weight 'w' differs between the rows of a list (in 40 of 40 lists), so there is no "
        "weight of the list"
    )
    assert isinstance(found.find("exposure-share", "sex=F").outcome, Measured)


@pytest.fixture(scope="module")
def served() -> rw.Assessment:
    """Two hundred searchers, of whom the women are served worse, and sellers of two towns."""
    rng = np.random.default_rng(11)
    sex = np.repeat(rng.choice(["F", "M"], 200), 15)
    y = rng.integers(0, 2, 3_000)
    noise = rng.normal(0, np.where(sex == "F", 3.0, 0.5), 3_000)
    table = pa.table(
        {
            "q": np.repeat(np.arange(200), 15),
            "sex": sex,
            "town": rng.choice(["A", "B"], 3_000),
            "y": y,
            "s": y + noise,
        }
    )
    return rw.assess(
        table, task="ranking", label="y", score="s", query="q", protected=["sex", "town"],
        checks=["ranking", "ranking-parity", "exposure"],
    )  # fmt: skip


def test_groups_of_queries_have_their_own_quality(served: rw.Assessment) -> None:
    """The mean over a group's lists, with an interval and one for the family of groups."""
    women, men = (served.find("ndcg-at-10", f"sex={sex}") for sex in "FM")
    assert women.outcome.high < men.outcome.low
    assert women.outcome.rows + men.outcome.rows == served.find("ndcg-at-10").outcome.rows
    assert women.parameters["family_low"] < women.outcome.low


def test_rows_of_a_list_have_no_quality_of_their_own(served: rw.Assessment) -> None:
    """An attribute that differs within lists is of rows, and the reason points to exposure."""
    for slice_ in ("town=A", "sex=F, town=B"):
        outcome = served.find("mean-reciprocal-rank", slice_).outcome
        assert isinstance(outcome, Unmeasured)
        assert outcome.reason == (
            "'town' differs between the rows of a list (in 200 of 200 lists), so a list is of no "
            "group; exposure says how the rows of each group are treated"
        )
    assert isinstance(served.find("exposure-share", "town=A").outcome, Measured)
