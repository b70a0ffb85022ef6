"""A list of slices that makes them when asked is a tuple of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.records.slices import ALL, Slice
from roadworthy.stats.slice_list import Groups, SliceList, groups_of

NAMES = ("sex", "race", "band")
VALUES = (("F", "M"), ("a", "b", "c"), ("(missing)", "20-29"))

rows = st.lists(st.tuples(*(st.integers(0, len(v) - 1) for v in VALUES)), max_size=12)
families = st.lists(
    st.permutations(NAMES).flatmap(lambda names: st.integers(0, 3).map(lambda n: names[:n])),
    max_size=5,
)


def eager(table: list[tuple[int, ...]], family: list[str]) -> list[Slice]:
    """The slices of a family that occur, in order, from a plain loop."""
    if not family:
        return [ALL]
    columns = [NAMES.index(name) for name in family]
    found = sorted({tuple(row[column] for column in columns) for row in table})
    return [
        Slice.of({n: VALUES[c][code] for n, c, code in zip(family, columns, codes, strict=True)})
        for codes in found
    ]


def lists(table: list[tuple[int, ...]], wanted: list[list[str]]) -> tuple[SliceList, tuple]:
    """The same slices made late and made at once."""
    codes = np.array(table, dtype=np.int32).reshape(-1, len(NAMES))
    late = SliceList(groups_of(family, NAMES, VALUES, codes)[0] for family in wanted)
    return late, tuple(slice_ for family in wanted for slice_ in eager(table, family))


@given(rows, families, st.integers(-40, 40), st.integers(-40, 40))
def test_made_late_or_at_once_it_is_the_same(table, wanted, start, stop):
    """Length, items, parts, order, equality, hash, place and membership are a tuple's."""
    late, expected = lists(table, wanted)
    assert len(late) == len(expected)
    assert [late[i] for i in range(-len(late), len(late))] == [*expected, *expected]
    assert late[start:stop] == expected[start:stop]
    assert late[::-1] == expected[::-1]
    assert late == expected
    assert expected == late
    assert hash(late) == hash(expected)
    assert list(late) == list(expected)
    assert [late[i] for i in range(len(late))] == list(expected)
    assert late == lists(table, wanted)[0]
    assert [late.index(each) for each in expected] == [expected.index(each) for each in expected]
    assert (ALL in late) == (ALL in expected)
    assert all(each in late for each in expected)
    assert late.count(ALL) == expected.count(ALL)


@given(rows, families)
def test_every_row_is_in_the_group_that_it_names(table, wanted):
    """The place of each row's group among the groups is right."""
    codes = np.array(table, dtype=np.int32).reshape(-1, len(NAMES))
    for family in wanted:
        groups, which = groups_of(family, NAMES, VALUES, codes)
        named = list(groups.slices())
        for row, position in zip(table, which.tolist(), strict=True):
            own = {name: VALUES[NAMES.index(name)][row[NAMES.index(name)]] for name in family}
            assert named[position] == groups.slice(position) == Slice.of(own)


def test_places_among_all_combinations_are_groups():
    """The last attribute varies first, as in an array with an axis for each."""
    every = Groups.at(NAMES, VALUES, np.arange(12))
    expected = [Slice.of(dict(zip(NAMES, row, strict=True))) for row in product(*VALUES)]
    assert list(every.slices()) == expected
    assert list(Groups.at((), (), np.zeros(1, np.intp)).slices()) == [ALL]


def test_a_list_is_no_tuple_of_something_else():
    """Other slices, fewer slices and other kinds of things are not equal; it says what it is."""
    late, expected = lists([(0, 0, 0), (1, 0, 0)], [["sex"], []])
    assert late != expected[:-1]
    assert late != [*expected]
    assert repr(late) == "SliceList(3 slices of 2 families)"
    with pytest.raises(IndexError):
        late[3]
    assert len(SliceList([])) == 0


@given(rows, families)
def test_families_are_known_without_names(table, wanted):
    """Positions by attributes are those that the named slices give, in order of appearance."""
    late, expected = lists(table, wanted)
    found: dict[tuple[str, ...], list[int]] = {}
    for position, slice_ in enumerate(expected):
        found.setdefault(slice_.attributes, []).append(position)
    places = late.by_attributes()
    assert list(places) == list(found)
    assert {names: place.tolist() for names, place in places.items()} == found
