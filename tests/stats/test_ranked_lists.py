"""Qualities of lists from their sums, as their definitions give them."""

from __future__ import annotations

import numpy as np
import pytest

from roadworthy.stats import ranked_lists as lists

ONE = 1 << 30


def sums(**columns: list[int]) -> dict[str, np.ndarray]:
    """Sums of some lists."""
    return {name: np.array(values, dtype=np.int64) for name, values in columns.items()}


def test_nothing_relevant_has_no_quality() -> None:
    """But a reciprocal rank of 0, and a precision of 0."""
    empty = sums(gained=[0], best=[0], gained_top=[0], best_top=[0], hits_top=[0], relevant=[0],
                 precision=[0], first=[0], first_tied=[0], first_hits=[0])  # fmt: skip
    values = {quality.__name__: quality(empty)[0] for quality in lists.QUALITIES}
    assert values.pop("reciprocal_rank") == values.pop("precision_at_top") == 0.0
    assert np.isnan(list(values.values())).all()


def test_rounding_makes_no_list_better_than_the_best() -> None:
    """Sums that are rounded down apart stay within what is possible."""
    assert lists.ndcg(sums(gained=[ONE + 1], best=[ONE])).tolist() == [1.0]
    assert lists.recall_at_top(sums(hits_top=[ONE // 2], relevant=[2])).tolist() == [0.25]


def test_the_first_of_a_tie_is_expected_over_its_orders() -> None:
    """One of two tied rows at the third place; both of them; and one of a million."""
    found = lists.reciprocal_rank(
        sums(first=[3, 3, 1], first_tied=[2, 2, 10**6], first_hits=[1, 2, 1])
    )
    harmonic = np.sum(1 / np.arange(1, 10**6 + 1)) / 10**6
    assert found == pytest.approx([(1 / 3 + 1 / 4) / 2, 1 / 3, harmonic])
