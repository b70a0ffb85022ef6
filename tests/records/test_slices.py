"""Slices: one slice has one name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.records.slices import ALL, Slice, Term

words = st.text(alphabet="abcxyz -é", min_size=1, max_size=6).map(str.strip).filter(bool)


@given(st.dictionaries(words, words, max_size=3))
def test_a_group_is_read_from_its_name(values):
    """What a slice prints as names that slice and no other."""
    where = Slice.of(values)
    assert Slice.parse(str(where)) == where


@given(st.sets(words.filter(lambda word: word != "all"), min_size=1, max_size=3))
def test_a_comparison_is_read_from_its_name(attributes):
    """A comparison likewise."""
    where = Slice.across(attributes)
    assert where.is_comparison
    assert Slice.parse(str(where)) == where


def test_terms_may_be_said_in_any_order():
    """The name is written in alphabetical order whatever the order it was said in."""
    assert str(Slice.parse("sex=Male, race=Black")) == "race=Black, sex=Male"
    assert Slice.parse("all") == ALL
    assert str(Slice.parse("x=a=b")) == "x=a=b"


@pytest.mark.parametrize(
    "text", ["", "=Male", "sex=Male, ", "sex=Male, sex=Female", "race, sex=Male"]
)
def test_what_is_no_slice_is_refused(text):
    """An empty name, a repeated attribute, a group mixed with a comparison."""
    with pytest.raises(ValueError, match=r"expected `all`|sorted|not both"):
        Slice.parse(text)


def test_terms_out_of_order_are_refused():
    """So that one slice has one name, one set of bytes and one digest."""
    with pytest.raises(ValueError, match="sorted"):
        Slice(terms=(Term(attribute="sex", value="a"), Term(attribute="race", value="b")))


def test_a_group_cannot_fake_a_line():
    """Line ends, colours and reversed writing in a group's name are shown, not obeyed."""
    name = str(Slice.of({"sex": "M\n PASS \x1b[32m\u202e"}))
    assert name == r"sex=M\n PASS \x1b[32m\u202e"
    assert name.isprintable()


def test_a_question_stands_beside_groups_and_comparisons():
    """A class, of a group or across groups, reads like any other slice; its people are the rest."""
    where = Slice.parse("class=cat, sex")
    assert where.is_comparison
    assert str(where.question) == "class=cat"
    assert str(where.people) == "sex"
    assert where.people.about(Term(attribute="class", value="cat")) == where
    assert Slice.parse("sex=Male").question is None
    assert Slice.parse("class").question is None, "a comparison across a column called class"
