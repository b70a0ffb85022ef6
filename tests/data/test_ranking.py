"""Rankings against scikit-learn, and ties against all their orders."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    average_precision_score,
    label_ranking_average_precision_score,
    ndcg_score,
)

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.engine import Table
from roadworthy.data.ranking import count_lists
from roadworthy.errors import DataError
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Column, ColumnRoles, Task
from roadworthy.stats import ranked_lists as lists
from roadworthy.stats.ranked_lists import Amount, ListCounts
from roadworthy.stats.tally import plan_families
from roadworthy.testing.plain_table import PlainTable

ROLES = ColumnRoles(task=Task.RANKING, label="y", score="s", query="q")
COLUMNS = tuple(Column(name=name, type="real") for name in ("y", "s", "q"))


def counted(table: Table | Any, roles: ColumnRoles = ROLES) -> ListCounts:
    """The lists of a table, with all families of groups of two attributes."""
    return count_lists(table, roles, roles.protected, plan_families(roles.protected, 2))


def opened(columns: dict[str, Any]) -> Table:
    """A table of the embedded engine."""
    return DuckDBEngine().open(pa.table(columns))


def of_one(relevance: Any, score: Any) -> dict[str, float]:
    """The qualities of one list, by the oracle alone."""
    rows = [{"y": float(y), "s": float(s), "q": 1.0} for y, s in zip(relevance, score, strict=True)]
    quality = counted(PlainTable(rows, COLUMNS)).quality
    assert quality is not None
    return {each.__name__: float(quality.of(each).mean("").value[0]) for each in lists.QUALITIES}


@pytest.mark.parametrize("graded", [True, False])
def test_ndcg_is_scikit_learns_with_ties_and_weights(graded: bool) -> None:
    """Ties are averaged there too; the mean over lists has their weights."""
    rng = np.random.default_rng(1)
    relevance = rng.integers(0, 4, (30, 25)) if graded else rng.gamma(1, 100, (30, 25))
    score = rng.integers(0, 9, (30, 25))
    weight = rng.choice([0.5, 1.0, 3.0], 30)
    table = opened(
        {
            "q": np.repeat(np.arange(30), 25),
            "y": relevance.ravel(),
            "s": score.ravel(),
            "w": np.repeat(weight, 25),
        }
    )
    roles = ColumnRoles(task=Task.RANKING, label="y", score="s", query="q", weight="w")
    for found, weights in ((counted(table), None), (counted(table, roles), weight)):
        assert found.quality is not None
        for quality, k in ((lists.ndcg, None), (lists.ndcg_at_top, 10)):
            expected = ndcg_score(relevance, score, k=k, sample_weight=weights)
            value = found.quality.of(quality).mean("").value[0]
            assert value == pytest.approx(expected, abs=1e-7)


def test_long_lists_are_scikit_learns() -> None:
    """Beyond the places whose discount is exact, too."""
    rng = np.random.default_rng(3)
    relevance, score = rng.integers(0, 2, 20_000), rng.integers(0, 5_000, 20_000)
    found = counted(opened({"q": np.zeros(20_000), "y": relevance, "s": score}))
    assert found.quality is not None
    expected = ndcg_score([relevance], [score])
    assert found.quality.of(lists.ndcg).mean("").value[0] == pytest.approx(expected, abs=1e-7)


def test_average_precision_is_scikit_learns_without_ties() -> None:
    """Relevance above zero is relevant; over lists it is label ranking average precision."""
    rng = np.random.default_rng(2)
    relevance = rng.integers(0, 3, (20, 15))
    score = np.stack([rng.permutation(15) for _ in range(20)])
    relevance[:, 0] = 1
    assert of_one(relevance[0], score[0])["average_precision"] == pytest.approx(
        average_precision_score(relevance[0] > 0, score[0]), abs=1e-8
    )
    table = opened({"q": np.repeat(np.arange(20), 15), "y": relevance.ravel(), "s": score.ravel()})
    found = counted(table).quality
    assert found is not None
    assert found.of(lists.average_precision).mean("").value[0] == pytest.approx(
        label_ranking_average_precision_score(relevance > 0, score), abs=1e-8
    )


def plainly(relevance: list[int]) -> dict[str, float]:
    """The measures of a list without ties, by their definitions."""
    hits = [value > 0 for value in relevance]
    first = next((i for i, hit in enumerate(hits) if hit), None)
    total = sum(hits)
    precisions = [sum(hits[: i + 1]) / (i + 1) for i, hit in enumerate(hits) if hit]
    return {
        "precision_at_top": sum(hits[:10]) / 10,
        "recall_at_top": sum(hits[:10]) / total if total else np.nan,
        "average_precision": sum(precisions) / total if total else np.nan,
        "reciprocal_rank": 0.0 if first is None else 1 / (first + 1),
    }


ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=5)


@given(ROWS, st.integers(0, 9))
def test_ties_are_the_mean_over_all_orders(rows: list[tuple[int, int]], before: int) -> None:
    """Every measure is its expectation if tied rows are shuffled, also across the tenth place."""
    head = [(0, 9 + i) for i in range(before)][::-1]
    relevance, score = zip(*head, *rows, strict=True)
    orders = [
        [relevance[i] for i in (*range(before), *order)]
        for order in permutations(range(before, before + len(rows)))
        if all(score[a] >= score[b] for a, b in pairwise(order))
    ]
    found = of_one(relevance, score)
    for name in plainly([0]):
        expected = np.mean([plainly(order)[name] for order in orders])
        assert found[name] == pytest.approx(expected, abs=1e-8, nan_ok=True), name


def test_tied_rows_share_the_exposure_of_their_places() -> None:
    """The exposure of a group is that of its rows; the top of two lists is theirs too."""
    roles = ColumnRoles(task=Task.RANKING, score="s", query="q", protected=("g",))
    table = opened({"q": [1, 1, 1, 2, 2], "s": [3, 1, 1, 9, 8], "g": ["a", "b", "a", "b", "a"]})
    shares = counted(table, roles).shares[("g",)]
    seen = np.array([1.0, 0.5 * (1 / np.log2(3) + 1 / np.log2(4))])
    groups = np.array([seen.sum() + 1 / np.log2(3), seen[1] + 1.0])
    value = shares.ratios(Amount.EXPOSURE, None, counted(table, roles)).value
    assert value == pytest.approx(groups / groups.sum(), abs=1e-8)
    assert shares.rows.tolist() == [3, 2]
    assert list(map(str, shares.slices)) == ["g=a", "g=b"]


def test_weights_of_rows_weigh_what_is_seen() -> None:
    """A row of weight three is seen as three rows would be in its place."""
    roles = ColumnRoles(task=Task.RANKING, score="s", weight="w", protected=("g",))
    table = opened({"s": [2, 1], "w": [1.0, 3.0], "g": ["a", "b"]})
    found = counted(table, roles)
    shares = found.shares[("g",)]
    seen = np.array([1.0, 3 / np.log2(3)])
    value = shares.ratios(Amount.EXPOSURE, Amount.SIZE, found).value
    assert value == pytest.approx(seen / seen.sum() / np.array([0.25, 0.75]), abs=1e-8)
    assert found.uneven == 1


def test_an_attribute_of_queries_is_told_from_one_of_rows() -> None:
    """One that never differs within a list makes groups of lists; a gap is a value too."""
    table = opened(
        {
            "q": [1, 1, 2, 2, 3, 3],
            "s": [2, 1, 2, 1, 2, 1],
            "y": [1, 0, 0, 1, 1, 0],
            "sex": ["F", "F", "M", "M", None, None],
            "item": ["x", None, "x", "y", "x", "x"],
        }
    )
    roles = ColumnRoles(
        task=Task.RANKING, label="y", score="s", query="q", protected=("sex", "item")
    )
    found = counted(table, roles)
    assert found.mixed == {"sex": 0, "item": 2}
    assert found.quality is not None
    means = found.quality.of(lists.reciprocal_rank).mean("")
    by_slice = dict(zip(map(str, found.quality.slices), means.value.tolist(), strict=True))
    assert by_slice["all"] == pytest.approx(2.5 / 3)
    assert [by_slice[f"sex={sex}"] for sex in ("(missing)", "F", "M")] == [1.0, 1.0, 0.5]
    assert Slice.of({"sex": "F"}) in found.quality.slices


def test_many_groups_take_several_statements() -> None:
    """Two attributes of many groups each, and one of too many to compare."""
    rng = np.random.default_rng(4)
    rows = 3000
    columns = {f"g{n}": rng.integers(0, n, rows) for n in (160, 170, 180, 300)}
    table = opened({"q": np.arange(rows) // 10, "s": rng.random(rows), **columns})
    roles = ColumnRoles(task=Task.RANKING, score="s", query="q", protected=tuple(columns))
    families = [(), *((name,) for name in columns)]
    found = count_lists(table, roles, roles.protected, families)
    assert [len(shares.slices) for shares in found.shares.values()] == [160, 170, 180]
    for shares in found.shares.values():
        assert shares.ratios(Amount.SIZE, None, found).value.sum() == pytest.approx(1)
        assert int(shares.rows.sum()) == rows


def test_one_weight_beyond_all_others_is_refused() -> None:
    """Its square would leave 64 bits."""
    table = opened({"s": [1, 2, 3], "w": [1.0, 1.0, 1e6]})
    with pytest.raises(DataError, match="the largest weight in the column 'w' is 1e\\+06, more"):
        counted(table, ColumnRoles(task=Task.RANKING, score="s", weight="w"))


def test_queries_of_other_types_are_refused() -> None:
    """A list has no name that compares."""
    table = opened({"s": [1, 2], "q": [[1], [2]]})
    with pytest.raises(DataError, match="query column 'q' holds values of type other"):
        counted(table, ColumnRoles(task=Task.RANKING, score="s", query="q"))
