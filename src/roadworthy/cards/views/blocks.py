"""What pages are made of: cells, tables, figures, groups of them, and sections."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.cards.names import short_digest
from roadworthy.cards.svg.marks import Drawing
from roadworthy.cards.svg.rows import Mark

WORDS = {Mark.PASS: "passes", Mark.UNKNOWN: "undecided", Mark.FAIL: "fails", Mark.PLAIN: ""}
"""What a mark says about one finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table; `kind` is `text`, `strong`, `number`, `digest`, `code` or `verdict`.

    `note` stands under the text in small type.
    """

    text: str
    kind: str = "text"
    title: str = ""
    mark: Mark = Mark.PLAIN
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; with a `summary` it is folded away behind those words."""

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    summary: str = ""
    lead: str = ""
    printed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing with its title, a note in words, and the numbers and evidence behind it."""

    title: str
    drawing: Drawing
    note: str = ""
    data: Table | None = None
    wide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a reader must not miss, in a few words and a sentence; `href` leads to the rest."""

    title: str
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Figures and tables that belong together, under one heading, or `beside` each other."""

    title: str
    lead: str = ""
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    folded: bool = False
    beside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of a page."""

    slug: str
    title: str
    lead: str = ""
    groups: tuple[Group, ...] = ()


def text(value: str, title: str = "") -> Cell:
    """A cell of words."""
    return Cell(text=value, title=title)


def figure_cell(value: str) -> Cell:
    """A cell with a number in it, aligned to the right."""
    return Cell(text=value, kind="number")


def digest_cell(digest: str) -> Cell:
    """A cell that names a digest: short, and in full where one points at it."""
    return Cell(text=short_digest(digest), kind="digest", title=digest)


def verdict_cell(mark: Mark, words: str = "") -> Cell:
    """A cell with a verdict."""
    return Cell(text=words or WORDS[mark], kind="verdict", mark=mark)


def head(*names: str, numbers: tuple[int, ...] = ()) -> tuple[Cell, ...]:
    """The head of a table; the columns in `numbers` are aligned to the right."""
    return tuple(
        figure_cell(name) if index in numbers else text(name) for index, name in enumerate(names)
    )
