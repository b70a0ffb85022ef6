"""Slices that are carried over are few, plain, and each bad beyond the others."""

from __future__ import annotations

import numpy as np
import pytest

from roadworthy.stats.slice_choice import Aim, choose
from roadworthy.stats.slice_search import CodedRows, Condition, search

ROWS = 20_000


def chosen(chance, *, most: int = 5, size_weight: float = 0.5, depth: int = 3, seed: int = 0):
    """The slices chosen where each row is wrong with the chance that its codes give it.

    Features 0 and 1 are bins of a number, 2 and 3 are categories without order.
    """
    rng = np.random.default_rng(seed)
    codes = tuple(rng.integers(0, cells, ROWS).astype(np.uint8) for cells in (10, 10, 4, 4))
    loss = (rng.random(ROWS) < chance(*codes)).astype(np.float64)
    rows = CodedRows(codes=codes, cells=(10, 10, 4, 4), ordered=(10, 10, 0, 0), loss=loss)
    found = search(rows, depth=depth, fewest=50, floor=2.0)
    aim = Aim(depth=depth, fewest=50, floor=4.0, size_weight=size_weight)
    return choose(rows, found, aim, most=most)


def raised(*masks):
    """One in ten is wrong; more where a mask holds."""
    chance = np.full(ROWS, 0.1)
    for mask, value in masks:
        chance[mask] = value
    return chance


def test_neighbouring_bins_join():
    """A weakness that spans several bins is one slice, not one for each bin."""
    found = chosen(lambda a, _b, c, _d: raised(((a >= 3) & (a <= 6) & (c == 2), 0.3)))
    assert found == ((Condition(0, 3, 6), Condition(2, 2, 2)),)


def test_a_simpler_slice_stands_where_it_explains_as_well():
    """A further condition that parts nothing is not there."""
    assert chosen(lambda _a, _b, c, _d: raised((c == 1, 0.2))) == ((Condition(2, 1, 1),),)


def test_each_weakness_is_named_once():
    """Two weaknesses are two slices, the one that stands out most first."""
    found = chosen(
        lambda a, b, c, _d: raised(((a < 2) & (c == 0), 0.35), ((b >= 8) & (c == 3), 0.3))
    )
    assert found == (
        (Condition(0, 0, 1), Condition(2, 0, 0)),
        (Condition(1, 8, 9), Condition(2, 3, 3)),
    )


def test_bins_too_small_alone_are_found_together():
    """Of a slice with three conditions, no cell holds the fewest rows; two joined bins do."""
    found = chosen(
        lambda a, b, c, _d: raised(((a >= 4) & (a <= 5) & (b >= 4) & (b <= 5) & (c == 1), 0.8))
    )
    assert found[0] == (Condition(0, 4, 5), Condition(1, 4, 5), Condition(2, 1, 1))


def test_no_more_conditions_than_asked_for():
    """The depth bounds what is joined, too."""
    found = chosen(lambda a, b, c, _d: raised(((a < 5) & (b < 5) & (c == 1), 0.5)), depth=2)
    assert found
    assert all(len(conditions) <= 2 for conditions in found)


@pytest.mark.parametrize(("size_weight", "first"), [(0.0, 3), (1.0, 1)])
def test_the_weight_of_size_says_what_is_worst(size_weight, first):
    """0 finds a few rows that are nearly all wrong; 1 the many that carry most errors."""
    found = chosen(
        lambda _a, _b, c, d: raised((c == 1, 0.25), ((d == 3) & (c == 0), 0.4)),
        size_weight=size_weight,
    )
    assert first in {condition.first for condition in found[0] if condition.feature >= 2}


def test_at_most_so_many_are_chosen():
    """The best are kept."""
    assert len(chosen(lambda a, _b, c, _d: raised(((a == c) | (c == 2), 0.3)), most=1)) == 1


def test_nothing_stands_out_where_nothing_is_weak():
    """No slice reaches four standard errors by chance here."""
    assert chosen(lambda *_: raised()) == ()
