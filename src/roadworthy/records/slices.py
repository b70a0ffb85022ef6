"""`Slice`: the part of a population that a measurement speaks of.

A slice reads `all` for everybody, `race=African-American` for a group, `race=African-American,
sex=Male` for an intersection, and `race` or `race, sex` for a comparison across the groups of those
attributes. Terms stand in alphabetical order of the attribute, so that one slice has one name.

Systems that answer several questions about a row are measured question by question: `class=cat` is
the class cat against the rest, `label=urgent` one of several labels, and such a term stands beside
others: `class=cat, sex=Male` for a group, `class=cat, sex` for a comparison across groups.

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

CLASS, LABEL = "class", "label"
"""The attributes of terms that name a question: a class against the rest, or one of the labels."""

QUESTIONS = frozenset({CLASS, LABEL})
"""Attributes that no group of people may be named by where a system answers several questions."""


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
        before: str | None = None
        groups = comparisons = False
        for term in self.terms:  # one loop, for slices come in thousands
            if before is not None and before >= term.attribute:
                names = [each.attribute for each in self.terms]
                message = f"terms must be sorted and name each attribute once, found {names}"
                raise ValueError(message)
            before = term.attribute
            comparisons |= term.value is None
            groups |= term.value is not None and term.attribute not in QUESTIONS
        if groups and comparisons:
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
        return any(term.value is None for term in self.terms)

    @property
    def question(self) -> Term | None:
        """The term that names a class or a label, if there is one.

        >>> str(Slice.parse("class=cat, sex").question), Slice.parse("sex").question
        ('class=cat', None)
        """
        named = (t for t in self.terms if t.attribute in QUESTIONS and t.value is not None)
        return next(named, None)

    @property
    def people(self) -> Slice:
        """The slice without the term that names a class or a label.

        >>> str(Slice.parse("class=cat, sex=Male").people), str(Slice.parse("label=urgent").people)
        ('sex=Male', 'all')
        """
        question = self.question
        return Slice(terms=tuple(term for term in self.terms if term is not question))

    def about(self, question: Term) -> Slice:
        """This slice, for one question of several.

        >>> str(Slice.parse("sex").about(Term(attribute="class", value="cat")))
        'class=cat, sex'
        """
        terms = sorted((*self.terms, question), key=lambda term: term.attribute)
        return Slice(terms=tuple(terms))


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
