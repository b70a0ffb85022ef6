"""The elements that charts are made of; whatever is not a `Drawing` is escaped on its way in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from html import escape

WIDTH = 360.0
"""The width of a chart, in units that are pixels on most pages."""

_NARROW = frozenset("iljtfrI.,:;'|!()[] \u00a0")
_WIDE = frozenset("mwMW@%—")


class Drawing(str):
    """SVG text whose every part has been escaped; templates place it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tell the template engine that this needs no escaping."""
        return str(self)


def element(tag: str, *children: str, **attributes: str | float | None) -> Drawing:
    """One element; `class_` means `class`, `_` in a name means `-`, None leaves an attribute out.

    >>> element("text", "R&D <b>", x=1.0, text_anchor="end")
    '<text x="1" text-anchor="end">R&amp;D &lt;b&gt;</text>'
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    inner = together(children)
    return Drawing(f"<{tag}{written}>{inner}</{tag}>" if inner else f"<{tag}{written}/>")


def together(parts: Iterable[str]) -> Drawing:
    """The parts one after the other."""
    return Drawing("".join(p if isinstance(p, Drawing) else escape(p) for p in parts))


def number(value: float) -> str:
    """A coordinate, to a hundredth of a unit, without needless zeros.

    >>> number(12.0), number(0.126), number(-0.001)
    ('12', '0.13', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def figure(body: str, *, height: float, title: str, desc: str, width: float = WIDTH) -> Drawing:
    """A whole chart: scales with its column, and tells a screen reader what it shows.

    Its ids are derived from its content, so that two charts of a page do not clash.
    """
    mark = hashlib.sha256(f"{title}\0{desc}\0{body}".encode()).hexdigest()[:12]
    wide = width > WIDTH
    return element(
        "svg",
        element("title", title, id=f"t{mark}"),
        element("desc", desc, id=f"d{mark}"),
        Drawing(body.replace("@ID@", mark)),
        xmlns="http://www.w3.org/2000/svg",
        class_="rw-chart rw-wide" if wide else "rw-chart",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width if wide else None,
        height=height if wide else None,
        role="img",
        aria_labelledby=f"t{mark} d{mark}",
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Drawing:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def label(x: float, y: float, text: str, class_: str = "rw-t", anchor: str = "start") -> Drawing:
    """A piece of text whose baseline is at `y`."""
    where = None if anchor == "start" else anchor
    return element("text", text, x=x, y=y, class_=class_, text_anchor=where)


def value_label(x: float, y: float, value: str, count: str) -> Drawing:
    """A value that ends at `x`, and in softer type the number of rows behind it."""
    parts: list[str] = [element("tspan", value, class_="rw-strong")]
    if count:
        parts.append(element("tspan", count, class_="rw-soft", dx=7))
    return element("text", *parts, x=x, y=y, class_="rw-t rw-value", text_anchor="end")


def text_width(text: str, size: float) -> float:
    """About how wide the text is in a wide sans-serif; more than enough for most fonts."""
    em = sum(0.36 if c in _NARROW else 0.95 if c in _WIDE else 0.66 for c in text)
    return em * size


def fit(text: str, width: float, size: float) -> str:
    """The text, cut with an ellipsis if it is wider than `width`.

    >>> fit("Native Hawaiian and other Pacific Islander", 120.0, 11.0)
    'Native Hawaiian a…'
    """
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip(" ,(") + "…"


def two_lines(name: str, width: float, size: float) -> tuple[str, str]:
    """The name on one line (the lower), or broken at a blank when that is too narrow."""
    if text_width(name, size) <= width:
        return "", name
    words = name.replace("-", "- ").split()
    for cut in range(len(words) - 1, 0, -1):
        first = " ".join(words[:cut]).replace("- ", "-")
        if text_width(first, size) <= width:
            return first, fit(" ".join(words[cut:]).replace("- ", "-"), width, size)
    return "", fit(name, width, size)


def hatch() -> Drawing:
    """The pattern that says "nothing is known here"; fill with `url(#h@ID@)` inside a figure."""
    stroke = element("path", d="M-1 1L1 -1M0 6L6 0M5 7L7 5", class_="rw-hatch")
    pattern = element(
        "pattern", stroke, id="h@ID@", width=6, height=6, patternUnits="userSpaceOnUse"
    )
    return element("defs", pattern)


def shape(kind: str, x: float, y: float, size: float, class_: str) -> Drawing:
    """A marker centred on a point: circle, square, diamond, triangle, wedge, plus or cross."""
    if kind == "circle":
        return element("circle", cx=x, cy=y, r=size, class_=class_)
    corners = [(x + dx * size, y + dy * size) for dx, dy in _SHAPES[kind]]
    path = "M" + "L".join(f"{number(px)} {number(py)}" for px, py in corners) + "Z"
    return element("path", d=path, class_=class_)


def _arms(width: float, *, turned: bool) -> tuple[tuple[float, float], ...]:
    w, one = width, 1.2
    plus = (
        (-w, -one), (w, -one), (w, -w), (one, -w), (one, w), (w, w),
        (w, one), (-w, one), (-w, w), (-one, w), (-one, -w), (-w, -w),
    )  # fmt: skip
    return tuple(((x - y) * 0.75, (x + y) * 0.75) for x, y in plus) if turned else plus


_SHAPES: dict[str, tuple[tuple[float, float], ...]] = {
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    "triangle": ((0, -1.2), (1.15, 0.9), (-1.15, 0.9)),
    "wedge": ((0, 1.2), (1.15, -0.9), (-1.15, -0.9)),
    "plus": _arms(0.4, turned=False),
    "cross": _arms(0.4, turned=True),
}


def _attribute(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else number(value)
