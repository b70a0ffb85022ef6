"""Straight segments between dots, with interval bands or whiskers, one style a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from roadworthy.cards.svg.axes import PLOT, TOP, Axes, limit_line, plane
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
    text_width,
    together,
)
from roadworthy.cards.svg.scales import Scale, round_domain
from roadworthy.records.evidence import Point

STYLES = ("circle", "square", "triangle", "diamond", "plus", "wedge", "cross")
"""One shape a series; the style sheet gives each its colour and its dash as well."""

_RIGHT = WIDTH - 17.0
_ROW = 17.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of a chart; `note` stands behind its name in the legend."""

    name: str
    points: tuple[Point, ...]
    note: str = ""
    hover: str = ""


def line_chart(series: Sequence[Series], axes: Axes, *, title: str, desc: str) -> Drawing:
    """Draw the series; a lone one gets a band for its interval, several get whiskers."""
    x, y = _scales(series, axes)
    base = TOP + PLOT
    body: list[str] = [plane(x, y, axes), *(limit_line(item, x, y) for item in axes.limits)]
    if axes.diagonal:
        body.append(_diagonal(x, y, axes.diagonal))
    for index, item in enumerate(series):
        body.append(_series(item, index, x, y, band=len(series) == 1, dots=axes.dots))
    body.append(label((x.start + x.end) / 2, base + 32, axes.x, "rw-t rw-axis", "middle"))
    legend, height = _legend(series, base + 50)
    body.append(legend)
    return figure(together(body), height=height, title=title, desc=desc)


def _scales(series: Sequence[Series], axes: Axes) -> tuple[Scale, Scale]:
    points = [point for item in series for point in item.points]
    x_low, x_high = axes.x_domain or round_domain([point.x for point in points])
    heights = [v for p in points for v in (p.y, p.low, p.high) if v is not None]
    y_low, y_high = axes.y_domain or round_domain(
        [*heights, *(item.value for item in (*axes.limits, *axes.references))]
    )
    y = Scale(low=y_low, high=y_high, start=TOP + PLOT, end=TOP)
    widest = max(text_width(axes.show_y(tick), 10) for tick in y.ticks())
    return Scale(low=x_low, high=x_high, start=widest + 24, end=_RIGHT), y


def _diagonal(x: Scale, y: Scale, name: str) -> Drawing:
    low, high = max(x.low, y.low), min(x.high, y.high)
    stroke = line(x(low), y(low), x(high), y(high), "rw-diagonal")
    at = low + (high - low) * 0.55
    return together([stroke, label(x(at) + 7, y(at) + 9, name, "rw-t rw-small")])


def _series(item: Series, index: int, x: Scale, y: Scale, *, band: bool, dots: bool) -> Drawing:
    style = index % len(STYLES)
    points = thin([(x(point.x), y(point.y)) for point in item.points])
    parts: list[str] = [element("title", item.hover)] if item.hover else []
    if band:
        parts.append(interval_band(item.points, x, y))
    elif dots:
        parts.append(_whiskers(item.points, x, y))
    path = "M" + "L".join(f"{number(px)} {number(py)}" for px, py in points)
    if len(points) > 1:
        parts.append(element("path", d=path, class_="rw-line"))
    marked = points if dots else _some(points)
    parts += [shape(STYLES[style], px, py, 3.2, "rw-dot") for px, py in marked]
    return element("g", *parts, class_=f"rw-series rw-s{style}")


def interval_band(points: Sequence[Point], x: Scale, y: Scale) -> Drawing:
    """The intervals of a line as a band; a lone point gets a whisker."""
    known = [(p.x, p.low, p.high) for p in points if p.low is not None and p.high is not None]
    if len(known) <= 1:
        return _whiskers(points, x, y)
    edge = [(x(at), y(high)) for at, _, high in known]
    edge += [(x(at), y(low)) for at, low, _ in reversed(known)]
    path = "M" + "L".join(f"{number(px)} {number(py)}" for px, py in edge) + "Z"
    return element("path", d=path, class_="rw-band")


def _whiskers(points: Sequence[Point], x: Scale, y: Scale) -> Drawing:
    return together(
        line(x(p.x), y(p.low), x(p.x), y(p.high), "rw-whisker")
        for p in points
        if p.low is not None and p.high is not None
    )


def thin(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The places without those that lie within half a unit of the one before; the ends stay."""
    if not places:
        return []
    kept = [places[0]]
    for px, py in places[1:-1]:
        if abs(px - kept[-1][0]) + abs(py - kept[-1][1]) >= 0.5:  # noqa: PLR2004 - half a unit
            kept.append((px, py))
    return [*kept, places[-1]] if len(places) > 1 else kept


def _some(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Four places spread evenly along the line, to carry the shape that tells it apart."""
    steps = [abs(b[0] - a[0]) + abs(b[1] - a[1]) for a, b in pairwise(points)]
    total, walked = sum(steps), 0.0
    marked: list[tuple[float, float]] = []
    for step, place in zip(steps, points[1:], strict=True):
        walked += step
        if total and walked >= total * (len(marked) + 1) / 5 and len(marked) < 4:  # noqa: PLR2004 - four marks
            marked.append(place)
    return marked


def _legend(series: Sequence[Series], top: float) -> tuple[Drawing, float]:
    if len(series) == 1 and not series[0].note:
        return Drawing(), top - 10
    parts: list[str] = []
    for index, item in enumerate(series):
        y = top + _ROW * index
        style = index % len(STYLES)
        key = [
            line(0, y - 4, 26, y - 4, "rw-line"),
            shape(STYLES[style], 13, y - 4, 3.2, "rw-dot"),
        ]
        room = WIDTH - 42 - text_width(item.note, 10.5)
        parts.append(element("g", *key, class_=f"rw-series rw-s{style}"))
        parts.append(label(34, y, fit(item.name, room, 11), "rw-t rw-name"))
        parts.append(label(WIDTH, y, item.note, "rw-t rw-value", "end"))
    return together(parts), top + _ROW * len(series) - 8
