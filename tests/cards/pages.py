"""Reading pages back: a strict little parser, enough to ask what a page holds."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})
_ADDRESSES = ("href", "src", "action", "srcset", "poster", "data", "xlink:href", "formaction")


class Page(HTMLParser):
    """Collects elements, addresses, ids and text; notices what is never closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.addresses: list[str] = []
        self.text: list[str] = []
        self.problems: list[str] = []
        self.feed(html)
        self.close()
        self.problems += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element."""
        values = {name: value or "" for name, value in attrs}
        self.elements.append((tag, values))
        self.addresses += [values[name] for name in _ADDRESSES if name in values]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element that closes itself."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Check that the element was the last opened."""
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.open[-1:] or 'nothing'}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        """Remember text, that of style sheets left out."""
        if not (self.open and self.open[-1] in ("style", "title")):
            self.text.append(data)

    def having(self, attribute: str) -> list[str]:
        """The values of an attribute, wherever it stands."""
        return [values[attribute] for _, values in self.elements if attribute in values]

    @property
    def words(self) -> str:
        """All text, blanks evened out."""
        return re.sub(r"\s+", " ", "".join(self.text))


def drawings(html: str) -> list[str]:
    """Every SVG of a page."""
    return re.findall(r"<svg .*?</svg>", html, flags=re.DOTALL)
