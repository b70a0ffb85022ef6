"""Documents: every mistake names the file, the line, what was found and what was expected."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.errors import DocumentError
from roadworthy.records.document import (
    MAX_CHARACTERS,
    Fields,
    Items,
    Node,
    Scalar,
    parse_document,
    suggestion,
)

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml, line 1: found an empty file; expected names"),
        ("# a comment only\n", "f.yaml, line 1: found an empty file"),
        ("a: 1\n\tb: 2\n", "f.yaml, line 2: found a tab; expected spaces"),
        ("a:\n\t- 1\n", "f.yaml, line 2: found a tab"),
        ("a: 1\nb: 2\na: 3\n", "line 3: found `a` a second time; .* the first is on line 1"),
        (BOMB, "line 1: found `&a`; expected the value itself, written out"),
        ("a: *b\n", r"line 1: found `\*b`"),
        ("[1, 2]", "line 1: found a list; expected names, each with a value"),
        ("words", "line 1: found the text 'words'; expected names"),
        ("3", "line 1: found the number 3"),
        ("a: !!python/object:os.system x", "line 1: found the tag .*; expected a value without"),
        ("x: 1\na: [1, 2\nb: 3", r"line 3: found 'b: 3'; expected YAML\. .*flow sequence"),
        ("? [a]\n: 1", "line 1: found a list or a mapping before a colon; expected a name"),
        ('"": 1', "found an empty name before a colon"),
        ("a: 1\n---\nb: 2\n", "line 2: found a second document"),
        ("a: b\x07", r"line 1: found the character U\+0007; expected plain text"),
        ("a: " + "[" * 60, "found more than 40 levels of nesting"),
        ("a: 1e999", "found the number '1e999'; expected a smaller number"),
        ("a: 12345678901234567890", "expected a smaller number"),
        ("a: " + "x" * MAX_CHARACTERS, "found 1,000,003 characters; expected at most 1,000,000"),
    ],
)
def test_what_is_refused_says_where_and_why(text, message):
    """A document that cannot be read is refused with its line."""
    with pytest.raises(DocumentError, match=message):
        parse_document(text, "f.yaml")


def test_bytes_that_are_not_utf_8_name_their_line():
    """A file saved by an old editor is refused by the line of its first bad byte."""
    with pytest.raises(DocumentError, match=r"f.yaml, line 2: found the byte 0xe9, which is not"):
        parse_document(b"a: 1\nb: caf\xe9\n", "f.yaml")


def test_a_byte_order_mark_is_not_part_of_the_first_name():
    """Editors on Windows write one."""
    assert list(parse_document(b"\xef\xbb\xbfa: 1", "f").nodes) == ["a"]
    assert list(parse_document("\ufeffa: 1", "f").nodes) == ["a"]


def test_the_core_schema_holds_and_not_that_of_yaml_1_1():
    """`no` is a word, a date is text, and a number is only what JSON would call one."""
    text = """
    country: no
    on: off
    day: 2026-01-31
    thousand: 1_000
    octal: 0o17
    time: 12:30:45
    infinite: .inf
    nothing:
    tilde: ~
    yes_it_is: True
    real: -1.5e3
    small: .5
    whole: +12
    quoted: "12"
    merge: {<<: x}
    """
    assert parse_document(text, "f").plain() == {
        "country": "no",
        "on": "off",
        "day": "2026-01-31",
        "thousand": "1_000",
        "octal": "0o17",
        "time": "12:30:45",
        "infinite": ".inf",
        "nothing": None,
        "tilde": None,
        "yes_it_is": True,
        "real": -1500.0,
        "small": 0.5,
        "whole": 12,
        "quoted": "12",
        "merge": {"<<": "x"},
    }


def test_every_node_knows_its_line():
    """Lines are counted from one and stay with the values."""
    top = parse_document("a: 1\nb:\n  - x\n  - y: 2\n", "f")
    items = top.nodes["b"].items()
    assert (top.nodes["a"].line, items[0].line, items[1].line) == (1, 3, 4)
    assert top.lines == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("accessor", "text", "found", "expected"),
    [
        ("text", "a: 3", "the number 3", 'text. To mean text, write "3" in quotes'),
        ("text", "a: true", "true", "text. To mean text"),
        ("text", "a:", "nothing", "text"),
        ("text", 'a: " "', "the text ' '", "text"),
        ("text", "a: [x]", "a list", "text"),
        ("text", "a: {b: 1, c: 2, d: 3, e: 4}", r"named values \(b, c, d, ...\)", "text"),
        ("word", "a:", "nothing", "a value"),
        ("word", "a: []", "an empty list", "a value"),
        ("number", "a: three", "the text 'three'", "a number"),
        ("number", "a: true", "true", "a number"),
        ("number", "a: []", "an empty list", "a number"),
        ("integer", "a: 1.5", "the number 1.5", "a whole number"),
        ("integer", "a: {b: 1}", "named values", "a whole number"),
        ("flag", "a: yes", "the text 'yes'", "true or false"),
        ("flag", "a: [true]", "a list", "true or false"),
        ("day", "a: 31.1.2026", "the text", "a date like 2026-01-31"),
        ("day", "a: 2026-02-30", "the text '2026-02-30'", "a date"),
        ("day", "a: 2026", "the number 2026", "a date"),
        ("day", "a: [x]", "a list", "a date"),
        ("items", "a: x", "the text 'x'", "a list"),
        ("fields", "a: x", "the text 'x'", "names, each with a value"),
        ("fields", "a: [x]", "a list", "names, each with a value"),
    ],
)
def test_accessors_refuse_what_they_do_not_name(accessor, text, found, expected):
    """The message says what stands there and what was expected."""
    node = parse_document(f"\n{text}", "f.yaml").nodes["a"]
    with pytest.raises(
        DocumentError, match=rf"f.yaml, line 2: found {found}.*; expected {expected}"
    ):
        getattr(node, accessor)()


def test_a_bare_node_names_nothing():
    """Only its kinds know what they hold."""
    bare = Node(file="f", line=1)
    with pytest.raises(NotImplementedError):
        bare.plain()
    with pytest.raises(NotImplementedError):
        bare.text()


def test_accessors_give_what_they_name():
    """A value of the right kind comes back as it is."""
    top = parse_document(
        "t: x\nn: 1.5\ni: 3\nf: false\nd: 2026-01-31\nl: [a]\nm: {a: 1}\nw: 007\n", "f"
    )
    assert top.nodes["t"].text() == "x"
    assert top.nodes["n"].number() == 1.5
    assert top.nodes["i"].number() == 3.0
    assert top.nodes["i"].integer() == 3
    assert top.nodes["f"].flag() is False
    assert top.nodes["d"].day() == date(2026, 1, 31)
    assert [node.text() for node in top.nodes["l"].items()] == ["a"]
    assert list(top.nodes["m"].fields().nodes) == ["a"]
    assert top.nodes["w"].word() == "007"
    assert isinstance(top, Fields)
    assert isinstance(top.nodes["l"], Items)
    assert isinstance(top.nodes["t"], Scalar)


def test_a_name_that_must_be_there_is_asked_for():
    """The message says which name, and for what."""
    top = parse_document("a: 1\n", "f.yaml")
    assert top.get("b") is None
    assert top.require("a", "a number") is top.get("a")
    with pytest.raises(DocumentError, match=r"line 1: found no `b`; expected `b`: a number"):
        top.require("b", "a number")


def test_an_unknown_name_is_refused_with_the_nearest():
    """A slip of the finger is named, with its line."""
    top = parse_document("name: x\nprotcted: [sex]\n", "f.yaml")
    error = top.unknown("protcted", ["name", "protected"])
    assert str(error) == (
        "f.yaml, line 2: found the unknown name `protcted`; expected one of name, protected. "
        "Did you mean protected?"
    )


def test_suggestions_ignore_case_and_stay_silent_when_nothing_is_near():
    """A far-fetched suggestion would only confuse."""
    assert suggestion("SEX", ["sex", "race"]) == "Did you mean sex?"
    assert suggestion("weather", ["sex", "race"]) == ""


def test_long_text_is_cut_in_messages():
    """A message stays a line long."""
    node = parse_document("a: " + "x" * 100, "f").nodes["a"]
    assert node.described == "the text '" + "x" * 57 + "...'"


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet="abcdef", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(alphabet="abcdef", min_size=1), plain_values, min_size=1))
def test_what_a_yaml_writer_writes_is_read(value):
    """Any plain value that PyYAML writes is read back as it was."""

    class Quoting(yaml.SafeDumper):
        """Writes every text in quotes, since YAML 1.1 and the core schema differ on plain text."""

        def ignore_aliases(self, data):  # noqa: ARG002 - PyYAML calls it so
            return True

    Quoting.add_representer(
        str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
    )
    text = yaml.dump(value, Dumper=Quoting, allow_unicode=True)
    assert parse_document(text, "f").plain() == value


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    """No text makes the parser fail in any other way."""
    with suppress(DocumentError):
        assert isinstance(parse_document(text, "f"), Fields)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data):
    """No bytes make the parser fail in any other way."""
    with suppress(DocumentError):
        assert isinstance(parse_document(data, "f"), Fields)
