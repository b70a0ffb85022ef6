"""The plane that curves and trade-offs are drawn on: two axes with round ticks, and limits."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.cards.svg.marks import Drawing, element, fit, label, line, number, together
from roadworthy.cards.svg.rows import Line, Show
from roadworthy.cards.svg.scales import Scale

TOP, PLOT = 10.0, 236.0
"""Where the plane starts, and how high it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """The two axes: titles, how ticks are written, and ends (chosen from the data if absent)."""

    x: str
    y: str
    show_x: Show
    show_y: Show
    x_domain: tuple[float, float] | None = None
    y_domain: tuple[float, float] | None = None
    diagonal: str = ""
    limits: tuple[Line, ...] = ()
    references: tuple[Line, ...] = ()
    dots: bool = True


def plane(x: Scale, y: Scale, axes: Axes) -> Drawing:
    """Grid, ticks and the title of the vertical axis."""
    parts: list[str] = []
    for tick in y.ticks():
        parts.append(line(x.start, y(tick), x.end, y(tick), "rw-grid"))
        parts.append(label(x.start - 6, y(tick) + 3.5, axes.show_y(tick), "rw-t rw-tick", "end"))
    for tick in x.ticks():
        parts.append(line(x(tick), y.start, x(tick), y.end, "rw-grid"))
        parts.append(label(x(tick), y.start + 16, axes.show_x(tick), "rw-t rw-tick", "middle"))
    parts.append(line(x.start, y.start, x.end, y.start, "rw-base"))
    parts += [
        line(x.start, y(item.value), x.end, y(item.value), "rw-reference")
        for item in axes.references
    ]
    middle = (y.start + y.end) / 2
    parts.append(
        element(
            "text", fit(axes.y, PLOT, 10.5), x=10, y=middle, class_="rw-t rw-axis",
            text_anchor="middle", transform=f"rotate(-90 10 {number(middle)})",
        )
    )  # fmt: skip
    return together(parts)


def limit_line(item: Line, x: Scale, y: Scale) -> Drawing:
    """A dashed line at a limit, with its name above it."""
    stroke = line(x.start, y(item.value), x.end, y(item.value), "rw-limit")
    return together(
        [stroke, label(x.end, y(item.value) - 4, item.name, "rw-t rw-limit-name", "end")]
    )
