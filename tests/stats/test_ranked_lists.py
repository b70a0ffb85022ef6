"""Rankings against scikit-learn, and ties against all their orders."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score

from roadworthy.stats import ranked_lists as ranking
from roadworthy.stats.ranked_lists import RankedLists


def one(relevance, score) -> RankedLists:
    """A list of one query."""
    relevance = np.asarray(relevance, dtype=np.float64)
    order = -np.asarray(score, dtype=np.float64)
    return RankedLists.of(np.zeros(len(order), dtype=np.int64), order, relevance)


@pytest.mark.parametrize("k", [None, 1, 3, 10])
def test_ndcg_is_scikit_learns_with_ties(k) -> None:
    """Ties are averaged there too; many queries at once give each its own."""
    rng = np.random.default_rng(1)
    relevance, score = rng.integers(0, 4, (30, 8)), rng.integers(0, 5, (30, 8))
    relevance[:, 0] = 2
    query = np.repeat(np.arange(30), 8)
    lists = RankedLists.of(query, -score.ravel().astype(float), relevance.ravel().astype(float))
    found = ranking.ndcg(lists, k)
    expected = [ndcg_score([r], [s], k=k) for r, s in zip(relevance, score, strict=True)]
    assert found == pytest.approx(expected)


def test_average_precision_is_scikit_learns_without_ties() -> None:
    """Relevance above zero is relevant."""
    rng = np.random.default_rng(2)
    relevance, score = rng.integers(0, 3, 50), rng.permutation(50)
    found = ranking.average_precision(one(relevance, score))[0]
    assert found == pytest.approx(average_precision_score(relevance > 0, score))


def plainly(relevance: list[int], k: int) -> dict[str, float]:
    """The measures of a list without ties, by their definitions."""
    hits = [value > 0 for value in relevance]
    first = next((i for i, hit in enumerate(hits) if hit), None)
    total = sum(hits)
    precisions = [sum(hits[: i + 1]) / (i + 1) for i, hit in enumerate(hits) if hit]
    return {
        "precision": sum(hits[:k]) / k,
        "recall": sum(hits[:k]) / total if total else np.nan,
        "average": sum(precisions) / total if total else np.nan,
        "reciprocal": 0.0 if first is None else 1 / (first + 1),
    }


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=5))
def test_ties_are_the_mean_over_all_orders(rows) -> None:
    """Every measure is its expectation if tied rows are shuffled."""
    relevance, score = zip(*rows, strict=True)
    lists = one(relevance, score)
    orders = [
        [relevance[i] for i in order]
        for order in permutations(range(len(rows)))
        if all(score[a] >= score[b] for a, b in pairwise(order))
    ]
    found = {
        "precision": ranking.precision(lists, 2),
        "recall": ranking.recall(lists, 2),
        "average": ranking.average_precision(lists),
        "reciprocal": ranking.reciprocal_rank(lists),
    }
    for name, values in found.items():
        expected = np.mean([plainly(order, 2)[name] for order in orders])
        assert values[0] == pytest.approx(expected, nan_ok=True), name


def test_exposure_falls_with_the_logarithm_of_the_place() -> None:
    """Tied rows share the exposure of their places."""
    lists = one([0, 0, 0], [3, 1, 1])
    shared = (1 / np.log2(3) + 1 / np.log2(4)) / 2
    assert lists.exposure.tolist() == pytest.approx([1.0, shared, shared])
    assert lists.shown(2).tolist() == [1.0, 0.5, 0.5]


def test_nothing_relevant_is_undefined_and_no_rows_are_no_queries() -> None:
    """A query without relevant rows has no ideal order to compare with."""
    lists = one([0, 0], [1, 2])
    assert np.isnan(ranking.ndcg(lists)[0])
    assert ranking.reciprocal_rank(lists)[0] == 0.0
    assert one([], []).queries == 0


def test_lists_without_labels_have_no_gain() -> None:
    """Asking for one is a mistake of the caller."""
    lists = RankedLists.of(np.zeros(1, dtype=np.int64), np.zeros(1), None)
    with pytest.raises(ValueError, match="the lists have no relevance"):
        ranking.ndcg(lists)
