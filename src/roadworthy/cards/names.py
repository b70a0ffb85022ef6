"""What people call a slice, a measure and a digest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from roadworthy.records.evidence import MeasureSpec
from roadworthy.records.slices import MISSING, Slice, Term

_SHORT = 8
_BARE = frozenset({"yes", "no", "true", "false", "missing", "other", "unknown", "y", "n"})
_NUMERIC = re.compile(r"[<>≤≥]?=?\s*[\d.,]+\s*([-–+]|to)?\s*[\d.,]*")
_PLAIN_ATTRIBUTES = frozenset({"column", "feature", "perturbation"})
_FIRST = ("perturbation", "severity")
_WORDS = {
    "roc": "ROC",
    "auc": "AUC",
    "f1": "F1",
    "equalized": "equalised",
    "matthews": "Matthews",
    "jensen": "Jensen",
    "shannon": "Shannon",
    "brier": "Brier",
}


def measure_title(measure: str, specs: Mapping[str, MeasureSpec]) -> str:
    """The title of a measure, or its slug in words if nobody described it.

    >>> measure_title("roc-auc", {}), measure_title("equal-opportunity-difference", {})
    ('ROC AUC', 'Equal opportunity difference')
    """
    if measure in specs:
        return specs[measure].title
    words = " ".join(_WORDS.get(word, word) for word in measure.split("-"))
    return words[:1].upper() + words[1:]


def attribute_name(attribute: str) -> str:
    """A column's name as people read it: without underscores, unless it is in capitals.

    >>> attribute_name("age_band"), attribute_name("RAC1P")
    ('age band', 'RAC1P')
    """
    return attribute if attribute.isupper() else attribute.replace("_", " ")


def value_name(value: str | None) -> str:
    """A group's value; nothing at all reads as missing."""
    return "missing" if value in (MISSING, "", None) else str(value)


def group_name(slice_: Slice) -> str:
    """A slice without its attributes, for a place that names them: `Black, Male`, `everyone`.

    A value that says nothing by itself keeps its attribute.

    >>> group_name(Slice.of({"sex": "Male", "race": "Black"})), group_name(Slice())
    ('Black, Male', 'everyone')
    >>> group_name(Slice.of({"disability": "yes", "race": "Black"}))
    'disability yes, Black'
    """
    if not slice_.terms:
        return "everyone"
    if slice_.question is not None:
        rest = f", {group_name(slice_.people)}" if slice_.people.terms else ""
        return f"{_question(slice_.question)}{rest}"
    if slice_.is_comparison:
        return " \N{MULTIPLICATION SIGN} ".join(map(attribute_name, slice_.attributes))
    return ", ".join(_term(term) for term in sorted(slice_.terms, key=_place))


def full_name(slice_: Slice) -> str:
    """A slice with its attributes.

    >>> full_name(Slice.of({"sex": "Male", "race": "Black"})), full_name(Slice.across(["sex"]))
    ('Black, Male (race, sex)', 'across sex')
    >>> full_name(Slice.of({"column": "AGEP"})), full_name(Slice.parse("class=cat, sex"))
    ('AGEP', 'class cat, across sex')
    """
    if slice_.question is not None:
        rest = f", {full_name(slice_.people)}" if slice_.people.terms else ""
        return f"{_question(slice_.question)}{rest}"
    name = group_name(slice_)
    if not slice_.terms:
        return name
    if slice_.is_comparison:
        return "across " + name
    unnamed = _unnamed((slice_,))
    return f"{name} ({unnamed})" if unnamed else name


def _question(term: Term) -> str:
    return f"{term.attribute} {value_name(term.value)}"


def _place(term: Term) -> int:
    """What was done to the data comes first, and how severely; then to whom."""
    return _FIRST.index(term.attribute) if term.attribute in _FIRST else len(_FIRST)


def _term(term: Term) -> str:
    name = value_name(term.value)
    if term.attribute == _FIRST[0]:
        return name.replace("-", " ")
    return f"{attribute_name(term.attribute)} {name}" if _is_bare(term) else name


def _is_bare(term: Term) -> bool:
    """True if the value says nothing without its attribute."""
    value = value_name(term.value).lower()
    return value in _BARE or _NUMERIC.fullmatch(value) is not None


def _unnamed(slices: Iterable[Slice]) -> str:
    """The attributes that the values do not name and nobody needs to be told."""
    found = {
        attribute_name(term.attribute)
        for slice_ in slices
        for term in slice_.terms
        if not _is_bare(term) and term.attribute not in _PLAIN_ATTRIBUTES
    }
    return ", ".join(sorted(found))


def pair_name(first: Slice, second: Slice, preposition: str) -> str:
    """Two groups against each other, their attributes named once.

    >>> pair_name(Slice.of({"sex": "F"}), Slice.of({"sex": "M"}), "among")
    'among F than among M (sex)'
    """
    unnamed = _unnamed((first, second))
    pair = f"{preposition} {group_name(first)} than {preposition} {group_name(second)}"
    return f"{pair} ({unnamed})" if unnamed else pair


def read_slice(text: str, known: Iterable[Slice] = ()) -> Slice:
    """The slice that a text names: one of the known ones, else as well as it can be read."""
    for slice_ in known:
        if str(slice_) == text:
            return slice_
    if text in ("", "all"):
        return Slice()
    parts = text.split(", ")
    if all("=" in part for part in parts):
        return Slice.of(dict(part.split("=", 1) for part in parts))
    return Slice(terms=(Term(attribute=text),))


def short_digest(digest: str) -> str:
    """The first digits of a digest, enough to recognise it by.

    >>> short_digest("sha256:9f2c51d0aa")
    '9f2c51d0'
    """
    return digest.removeprefix("sha256:")[:_SHORT]
