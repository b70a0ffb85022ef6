"""A document of headed parts, the same whether it becomes Markdown or HTML."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.cards.views.blocks import Figure, Table

MISSING = "Not given."
"""What stands where nobody has said anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A heading and what stands under it; `tag` says who said it, where that matters."""

    title: str
    level: int = 2
    tag: str = ""
    text: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()


def said(title: str, *text: str | None, level: int = 2) -> Part:
    """A part with what was said; where nothing was, it says so."""
    known = tuple(words for words in text if words)
    return Part(title=title, level=level, text=known or (MISSING,))


def listed(title: str, items: tuple[str, ...], *, level: int = 2, lead: str = "") -> Part:
    """A part with a list; where the list is empty, it says that nothing was given."""
    text = (lead,) if lead and items else ()
    return Part(title=title, level=level, text=text or (() if items else (MISSING,)), items=items)
