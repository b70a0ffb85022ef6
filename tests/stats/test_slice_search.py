"""The search finds every slice that reaches the floor, and no other."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.stats.slice_search import CodedRows, Condition, search, tabulate


def coded(codes: list[list[int]], loss: list[float], *, ordered: bool = False) -> CodedRows:
    """Rows of features with as many codes as the largest one needs."""
    cells = tuple(max(column, default=0) + 1 for column in codes)
    return CodedRows(
        codes=tuple(np.array(column, np.uint8) for column in codes),
        cells=cells,
        ordered=cells if ordered else (0,) * len(codes),
        loss=np.array(loss, np.float64),
    )


@st.composite
def tables(draw: st.DrawFn) -> CodedRows:
    """Small tables of two to four features; losses are errors, or any numbers from 0 on."""
    rows, features = draw(st.integers(4, 60)), draw(st.integers(2, 4))
    codes = [
        draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows)) for _ in range(features)
    ]
    one = draw(st.sampled_from([st.sampled_from([0.0, 1.0]), st.integers(0, 50).map(float)]))
    return coded(codes, draw(st.lists(one, min_size=rows, max_size=rows)))


def brute_force(rows: CodedRows, depth: int, fewest: int, floor: float) -> dict:
    """Every conjunction of codes, looked at one by one, by its conditions."""
    found = {}
    for size in range(1, depth + 1):
        for family in combinations(range(len(rows.codes)), size):
            for values in product(*(range(rows.cells[feature]) for feature in family)):
                inside = np.ones(rows.rows, bool)
                for feature, value in zip(family, values, strict=True):
                    inside &= rows.codes[feature] == value
                n = int(inside.sum())
                score = -np.inf
                if n >= fewest and rows.loss.std() > 0:
                    gap = rows.loss[inside].mean() - rows.loss.mean()
                    score = gap * np.sqrt(n) / rows.loss.std()
                if score >= floor:
                    key = tuple(Condition(f, v, v) for f, v in zip(family, values, strict=True))
                    found[key] = (n, float(rows.loss[inside].sum()))
    return found


@settings(max_examples=300, deadline=None)
@given(tables(), st.integers(1, 3), st.integers(1, 6), st.sampled_from([0.31, 1.07, 2.03]))
def test_the_search_finds_what_brute_force_finds(rows, depth, fewest, floor):
    """Pruning by bounds loses nothing, and the counts of each slice are exact."""
    found = search(rows, depth=depth, fewest=fewest, floor=floor)
    listed = {
        found.conditions(place, rows.cells): (int(found.rows[place]), float(found.loss[place]))
        for place in range(len(found.cell))
    }
    expected = brute_force(rows, depth, fewest, floor)
    close = {
        key for key in listed.keys() ^ expected.keys() if abs(_score(rows, key) - floor) < 1e-9
    }
    assert listed.keys() - close == expected.keys() - close
    assert all(listed[key] == expected[key] for key in listed.keys() & expected.keys())


def _score(rows: CodedRows, key: tuple[Condition, ...]) -> float:
    inside = rows.matching(key)
    return float(rows.score(inside.sum(), rows.loss[inside].sum()))


@settings(max_examples=200, deadline=None)
@given(tables(), st.integers(1, 5), st.data())
def test_no_part_of_a_slice_scores_above_its_reach(rows, fewest, data):
    """The bound by which families are left out is one for every choice of a slice's rows."""
    inside = data.draw(st.lists(st.booleans(), min_size=rows.rows, max_size=rows.rows))
    whole = np.flatnonzero(inside)
    part = whole[data.draw(st.lists(st.booleans(), min_size=len(whole), max_size=len(whole)))]
    if len(part) >= fewest:
        reach = rows.reach(len(whole), rows.loss[whole].sum(), fewest)
        assert rows.score(len(part), rows.loss[part].sum()) <= reach + 1e-9


@pytest.mark.parametrize("binary", [True, False])
def test_counts_do_not_depend_on_chunks(binary, monkeypatch):
    """Rows are counted in chunks; their size changes nothing."""
    rng = np.random.default_rng(1)
    loss = rng.integers(0, 2, 1000) if binary else rng.integers(0, 9, 1000)
    rows = coded([rng.integers(0, 5, 1000).tolist() for _ in range(3)], loss.tolist())
    families = [(0,), (0, 1), (0, 2), (0, 1, 2)]
    whole = list(tabulate(rows, families))
    monkeypatch.setattr("roadworthy.stats.slice_search.CHUNK", 7)
    for (family, n, total), (_, n_in_chunks, total_in_chunks) in zip(
        whole, tabulate(rows, families), strict=True
    ):
        assert (n == n_in_chunks).all(), family
        assert (total == total_in_chunks).all(), family


def test_losses_without_spread_have_no_weak_slice():
    """Where every row is wrong, or none is, no slice is worse than another."""
    for loss in ([0.0] * 8, [1.0] * 8, [2.5] * 8):
        rows = coded([[0, 1] * 4, [0, 0, 1, 1] * 2], loss)
        assert len(search(rows, depth=2, fewest=1, floor=0.1).cell) == 0


def test_a_slice_is_its_conditions():
    """A condition may hold one code or a range, both ends included."""
    rows = coded([[0, 1, 2, 3], [0, 1, 0, 1]], [0.0, 1.0, 0.0, 1.0])
    assert rows.matching([Condition(0, 1, 2)]).tolist() == [False, True, True, False]
    both = rows.matching([Condition(0, 1, 2), Condition(1, 1, 1)])
    assert both.tolist() == [False, True, False, False]
    assert rows.matching([]).all()
