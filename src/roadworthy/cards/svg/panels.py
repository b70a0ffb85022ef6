"""Small panels side by side, one a group, each with the line of everybody behind it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from roadworthy.cards.svg.axes import Axes
from roadworthy.cards.svg.line_chart import Series, interval_band, thin
from roadworthy.cards.svg.marks import (
    WIDTH,
    Drawing,
    element,
    figure,
    fit,
    label,
    line,
    number,
    shape,
    together,
    two_lines,
)
from roadworthy.cards.svg.scales import Scale
from roadworthy.records.evidence import Point

FEW = 20
"""A point with fewer rows is a hollow dot, and no line goes through it."""

_COLUMNS, _LEFT, _GAP, _HEAD, _FOOT = 3, 52.0, 12.0, 44.0, 6.0
_SIDE = (WIDTH - _LEFT - 4.0 - _GAP * (_COLUMNS - 1)) / _COLUMNS


def panels(
    series: Sequence[Series], axes: Axes, *, backdrop: Sequence[Point] = (), title: str, desc: str
) -> Drawing:
    """A square panel for each series; axes run from 0 to 1 unless they say otherwise."""
    rows = -(-len(series) // _COLUMNS)
    pitch = _HEAD + _SIDE + _FOOT
    body: list[str] = []
    for index, item in enumerate(series):
        column, row = index % _COLUMNS, index // _COLUMNS
        left, top = _LEFT + column * (_SIDE + _GAP), row * pitch + _HEAD
        below = index + _COLUMNS >= len(series)
        body.append(_panel(item, axes, backdrop, (left, top), first=column == 0, last=below))
    bottom = rows * pitch + 14
    middle = (rows * pitch) / 2
    body.append(label((WIDTH + _LEFT) / 2, bottom + 12, axes.x, "rw-t rw-axis", "middle"))
    body.append(
        element(
            "text", axes.y, x=10, y=middle, class_="rw-t rw-axis", text_anchor="middle",
            transform=f"rotate(-90 10 {number(middle)})",
        )
    )  # fmt: skip
    return figure(together(body), height=bottom + 18, title=title, desc=desc)


def _panel(
    item: Series,
    axes: Axes,
    backdrop: Sequence[Point],
    corner: tuple[float, float],
    *,
    first: bool,
    last: bool,
) -> Drawing:
    left, top = corner
    low, high = axes.x_domain or (0.0, 1.0)
    x = Scale(low=low, high=high, start=left, end=left + _SIDE)
    low, high = axes.y_domain or (0.0, 1.0)
    y = Scale(low=low, high=high, start=top + _SIDE, end=top)
    parts: list[str] = [element("title", item.hover)] if item.hover else []
    above, name = two_lines(item.name, _SIDE, 11.5)
    if above:
        parts.append(label(left, top - 31, above, "rw-t rw-name rw-strong"))
    parts.append(label(left, top - 18, name, "rw-t rw-name rw-strong"))
    parts.append(label(left, top - 6, fit(item.note, _SIDE, 10.5), "rw-t rw-tick"))
    parts.append(_grid(x, y, axes, first=first, last=last))
    if axes.diagonal:
        parts.append(line(x.start, y.start, x.end, y.end, "rw-diagonal"))
    parts += [
        line(x.start, y(item.value), x.end, y(item.value), "rw-reference")
        for item in axes.references
    ]
    backdrop, firm = _firm(backdrop), _firm(item.points)
    few = [point for point in item.points if point not in firm]
    if len(backdrop) > 1:
        parts.append(element("path", d=_path(backdrop, x, y), class_="rw-backdrop"))
    parts.append(interval_band(firm, x, y))
    if len(firm) > 1:
        parts.append(element("path", d=_path(firm, x, y), class_="rw-line"))
    parts += [shape("circle", x(p.x), y(p.y), 2.3, "rw-dot") for p in firm]
    parts += [shape("circle", x(p.x), y(p.y), 2.0, "rw-few") for p in few]
    return element("g", *parts, class_="rw-series rw-s0")


def _grid(x: Scale, y: Scale, axes: Axes, *, first: bool, last: bool) -> Drawing:
    parts: list[str] = []
    for tick in _few_ticks(y):
        parts.append(line(x.start, y(tick), x.end, y(tick), "rw-grid"))
        if first:
            parts.append(
                label(x.start - 5, y(tick) + 3.5, axes.show_y(tick), "rw-t rw-tick", "end")
            )
    across = _few_ticks(x)
    for tick in across:
        parts.append(line(x(tick), y.start, x(tick), y.end, "rw-grid"))
        if last and tick in (across[0], across[-1]):
            anchor = {x.low: "start", x.high: "end"}.get(tick, "middle")
            text = axes.show_x(tick)
            parts.append(label(x(tick), y.start + 13, text, "rw-t rw-tick", anchor))
    parts.append(line(x.start, y.start, x.end, y.start, "rw-base"))
    return together(parts)


def _few_ticks(scale: Scale) -> list[float]:
    """Two or three ticks, so that a panel's scale can be read."""
    few = list(islice(scale.ticks(2), 3))
    return few if len(few) > 1 else list(islice(scale.ticks(4), 3))


def _firm(points: Sequence[Point]) -> list[Point]:
    """The points that enough rows stand behind to be joined by a line."""
    return [point for point in points if point.rows is None or point.rows >= FEW]


def _path(points: Sequence[Point], x: Scale, y: Scale) -> str:
    places = thin([(x(point.x), y(point.y)) for point in points])
    return "M" + "L".join(f"{number(px)} {number(py)}" for px, py in places)
