"""Shapes: the parser and the schema made of one shape refuse the same things."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.errors import DocumentError
from roadworthy.policy.shape import Choice, Day, ListOf, MapOf, Member, Number, Object, Text, Word
from roadworthy.records.document import Items, Node, Scalar

SHAPE = Object(
    members=(
        Member(name="text", shape=Text(), meaning="Words.", required=True),
        Member(
            name="slug", shape=Text(pattern="^[a-z]+$", words="small letters"), meaning="A slug."
        ),
        Member(name="word", shape=Word(), meaning="A value."),
        Member(name="low", shape=Number(low=1), meaning="At least one."),
        Member(name="high", shape=Number(high=9, whole=True), meaning="At most nine."),
        Member(name="any", shape=Number(), meaning="Any number."),
        Member(name="day", shape=Day(), meaning="A day."),
        Member(name="pick", shape=Choice(options={"a": "first", "b": "second"}), meaning="One."),
        Member(name="list", shape=ListOf(item=Word(), at_least=1, at_most=2), meaning="A few."),
        Member(name="map", shape=MapOf(value=Number()), meaning="Numbers by name."),
    ),
    build=lambda values, _: values,
)
VALIDATOR = jsonschema.Draft202012Validator(SHAPE.schema())

scalars = st.sampled_from(
    ["a", "b", "c", "", " ", "2026-01-31", "2026-13-31", "Words", 0, 1, 9.5, 10, True, None]
) | st.integers(-20, 20)
values = scalars | st.lists(scalars, max_size=3)


def node_of(value: object) -> Node:
    """A node that holds a plain value."""
    if isinstance(value, list):
        return Items(file="f", line=1, nodes=tuple(map(node_of, value)))
    written = str(value).lower() if isinstance(value, bool) else str(value)
    return Scalar(file="f", line=1, value=value, written=written)


@given(st.sampled_from(SHAPE.members), values)
def test_parser_and_schema_agree_on_any_value(member, value):
    """What an editor marks is what the parser refuses, and nothing else."""
    try:
        member.shape.read(node_of(value))
    except DocumentError:
        parsed = False
    else:
        parsed = True
    valid = jsonschema.Draft202012Validator(member.shape.schema()).is_valid(value)
    calendar = isinstance(member.shape, Day) and value == "2026-13-31"  # a pattern knows no months
    picked = isinstance(member.shape, Choice) and isinstance(value, bool)
    assert parsed == valid or calendar or picked


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("low", 0, "found the number 0; expected a number of at least 1"),
        ("high", 10, "found the number 10; expected a whole number of at most 9"),
        ("any", "x", "expected a number$"),
        ("slug", "ABC", "found the text 'ABC'; expected small letters"),
        ("list", [], "found 0 items; expected a list"),
        ("list", [1, 2, 3], "found 3 items; expected a list"),
        ("pick", "c", "expected one of a, b"),
    ],
)
def test_a_refusal_says_what_was_expected(name, value, message):
    """In the words of the shape."""
    shape = next(member.shape for member in SHAPE.members if member.name == name)
    with pytest.raises(DocumentError, match=message):
        shape.read(node_of(value))


def test_the_schema_is_a_schema():
    """With a description for every name."""
    jsonschema.Draft202012Validator.check_schema(SHAPE.schema())
    assert SHAPE.schema()["required"] == ["text"]
    assert VALIDATOR.is_valid({"text": "x", "map": {"a": 1}})
    assert not VALIDATOR.is_valid({"text": "x", "other": 1})
    bare = Object(members=(), build=lambda values, _: values)
    assert "required" not in bare.schema()
