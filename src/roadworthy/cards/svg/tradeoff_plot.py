"""The trade-off of a repair: one numbered dot a candidate, the chosen one ringed."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, hypot, pi, sin

from roadworthy.cards.svg.axes import PLOT, TOP, Axes, limit_line, plane
from roadworthy.cards.svg.marks import (
    WIDTH,
    Drawing,
    element,
    figure,
    label,
    line,
    shape,
    text_width,
    together,
)
from roadworthy.cards.svg.scales import Scale, round_domain
from roadworthy.records.evidence import Measured
from roadworthy.records.tradeoff import Candidate

_BADGE, _APART = 15.0, 17.0
_TURNS = 12


def tradeoff_plot(
    candidates: Sequence[Candidate], axes: Axes, *, zero: bool, title: str, desc: str
) -> Drawing:
    """Each candidate where its two measures put it, numbered from one in the order given.

    One that could not be measured has no place. Numbers stand beside their dots, so that dots that
    lie on each other can be told apart. `zero` keeps nothing in view on the vertical axis.
    """
    placed = [
        (index, candidate, candidate.x, candidate.y)
        for index, candidate in enumerate(candidates)
        if isinstance(candidate.x, Measured) and isinstance(candidate.y, Measured)
    ]
    placed.sort(key=lambda item: item[1].chosen)
    x, y = _scales([(a, b) for _, _, a, b in placed], axes, zero=zero)
    points = [(x(a.value), y(b.value)) for _, _, a, b in placed]
    badges = _beside(points, (x.start, y.end, x.end, y.start))
    base = TOP + PLOT
    body: list[str] = [plane(x, y, axes), *(limit_line(item, x, y) for item in axes.limits)]
    body += [_whiskers(a, b, x, y) for _, _, a, b in placed]
    body += [_leader(point, badge) for point, badge in zip(points, badges, strict=True)]
    for (index, candidate, _, _), point, badge in zip(placed, points, badges, strict=True):
        body.append(_mark(index, candidate, point, badge))
    body.append(label((x.start + x.end) / 2, base + 32, axes.x, "rw-t rw-axis", "middle"))
    return figure(together(body), height=base + 40, title=title, desc=desc)


def _beside(
    points: Sequence[tuple[float, float]], room: tuple[float, float, float, float]
) -> list[tuple[float, float]]:
    """A place for each number: as near to its dot as no dot and no other number is in the way."""
    left, top, right, bottom = room
    taken: list[tuple[float, float]] = []
    for x, y in reversed(points):
        rings = [
            (x + radius * cos(turn), y - radius * sin(turn))
            for radius in (_BADGE, 1.7 * _BADGE, 2.4 * _BADGE, 3.2 * _BADGE, 4.2 * _BADGE)
            for turn in (pi / 6 + 2 * pi * step / _TURNS for step in range(_TURNS))
        ]
        free = [
            (u, v)
            for u, v in rings
            if left + 9 <= u <= right and top <= v <= bottom - 9
            and all(hypot(u - a, v - b) >= _APART for a, b in taken)
            and all(hypot(u - a, v - b) >= 0.8 * _APART for a, b in points)
        ]  # fmt: skip
        taken.append(free[0] if free else rings[0])
    return taken[::-1]


def _scales(
    places: Sequence[tuple[Measured, Measured]], axes: Axes, *, zero: bool
) -> tuple[Scale, Scale]:
    xs = [v for a, _ in places for v in (a.low, a.high)]
    ys = [v for _, b in places for v in (b.low, b.high)] + ([0.0] if zero else [])
    y_low, y_high = round_domain([*ys, *(item.value for item in axes.limits)])
    x_low, x_high = round_domain(xs)
    y = Scale(low=y_low, high=y_high, start=TOP + PLOT, end=TOP)
    widest = max(text_width(axes.show_y(tick), 10) for tick in y.ticks())
    return Scale(low=x_low, high=x_high, start=widest + 24, end=WIDTH - 17), y


def _whiskers(a: Measured, b: Measured, x: Scale, y: Scale) -> Drawing:
    across = line(x(a.low), y(b.value), x(a.high), y(b.value), "rw-whisker")
    upright = line(x(a.value), y(b.low), x(a.value), y(b.high), "rw-whisker")
    return element("g", across, upright, class_="rw-series rw-s0")


def _leader(point: tuple[float, float], badge: tuple[float, float]) -> Drawing:
    return line(*point, *badge, "rw-leader")


def _mark(
    index: int, candidate: Candidate, point: tuple[float, float], badge: tuple[float, float]
) -> Drawing:
    kind = "diamond" if candidate.failing else "circle"
    parts: list[str] = [element("title", candidate.name)]
    if candidate.chosen:
        parts.append(element("circle", cx=point[0], cy=point[1], r=9, class_="rw-ring"))
    parts.append(shape(kind, *point, 4.6 if kind == "circle" else 4.4, "rw-badge"))
    weight = "rw-t rw-number rw-strong" if candidate.chosen else "rw-t rw-number"
    parts.append(label(badge[0], badge[1] + 3.5, str(index + 1), weight, "middle"))
    verdict = "fail" if candidate.failing else "unknown" if candidate.unknown else "pass"
    return element("g", *parts, class_=f"rw-{verdict}")
