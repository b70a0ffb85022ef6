"""`Slice`: the part of a population that a measurement speaks of.

A slice reads `all` for everybody, `race=African-American` for a group, `race=African-American,
sex=Male` for an intersection, and `race` or `race, sex` for a comparison across the groups of those
attributes. Terms stand in alphabetical order of the attribute, so that one slice has one name.

Values come from data, and data holds anything: a line end or another character that does not print
is written as Python escapes it, so that no group's name can fake a line of a terminal or a log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from roadworthy.records.record import Record

MISSING = "(missing)"
"""The name of the group whose attribute is null, NaN or absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term(Record):
    """One attribute, and one of its values; no value means "across its groups"."""

    attribute: str
    value: str | None = None

    def __str__(self) -> str:
        return _printable(
            self.attribute if self.value is None else f"{self.attribute}={self.value}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Record):
    """A conjunction of terms; no terms is the whole population.

    >>> str(Slice.of({"sex": "Male", "race": "African-American"}))
    'race=African-American, sex=Male'
    >>> str(Slice.across(["sex", "race"])), str(ALL)
    ('race, sex', 'all')
    """

    schema: ClassVar[str] = "roadworthy/slice/1"

    terms: tuple[Term, ...] = ()

    def __post_init__(self) -> None:
        names = [term.attribute for term in self.terms]
        if names != sorted(set(names)):
            raise ValueError(f"terms must be sorted and name each attribute once, found {names}")
        if len({term.value is None for term in self.terms}) > 1:
            raise ValueError(f"a slice is a group or a comparison, not both: {self}")

    def __str__(self) -> str:
        return ", ".join(map(str, self.terms)) or "all"

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Slice:
        """The group that has all these values."""
        return cls(terms=tuple(Term(attribute=a, value=values[a]) for a in sorted(values)))

    @classmethod
    def across(cls, attributes: Iterable[str]) -> Slice:
        """The comparison across the groups of these attributes."""
        return cls(terms=tuple(Term(attribute=a) for a in sorted(attributes)))

    @classmethod
    def parse(cls, text: str) -> Slice:
        """The slice that prints as this text, terms in any order.

        A value may hold `=`, but not a comma followed by a space.

        >>> str(Slice.parse("sex=Male, race=African-American"))
        'race=African-American, sex=Male'
        >>> Slice.parse("all") == ALL, Slice.parse("sex, race").is_comparison
        (True, True)

        Raises:
            ValueError: the text is empty, repeats an attribute or mixes a group and a comparison.
        """
        if text == "all":
            return cls()
        terms = []
        for part in text.split(", "):
            attribute, given, value = part.partition("=")
            if not attribute.strip():
                raise ValueError(f"expected `all`, `race=Black` or `race, sex`, found {text!r}")
            terms.append(Term(attribute=attribute, value=value if given else None))
        return cls(terms=tuple(sorted(terms, key=lambda term: term.attribute)))

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes named, in alphabetical order."""
        return tuple(term.attribute for term in self.terms)

    @property
    def is_comparison(self) -> bool:
        """True if this slice speaks of the groups of its attributes against each other."""
        return bool(self.terms) and self.terms[0].value is None


ALL = Slice()
"""The whole population."""


def _printable(text: str) -> str:
    r"""The text with characters that do not print as Python escapes them.

    >>> print(_printable("one\nline, \x1b[31mone colour"))
    one\nline, \x1b[31mone colour
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
