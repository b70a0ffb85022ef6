"""The trade-off of a repair: one numbered dot a candidate, the chosen one ringed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.cards.svg.axes import PLOT, TOP, Axes, limit_line, plane
from roadworthy.cards.svg.marks import (
    WIDTH,
    Drawing,
    element,
    figure,
    fit,
    label,
    line,
    shape,
    text_width,
    together,
)
from roadworthy.cards.svg.scales import Scale, round_domain
from roadworthy.records.evidence import Measured
from roadworthy.records.tradeoff import Candidate

_ROW = 18.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A candidate, and what its line of the legend says behind its name."""

    candidate: Candidate
    note: str


def tradeoff_plot(dots: Sequence[Dot], axes: Axes, *, title: str, desc: str) -> Drawing:
    """Each candidate where its two measures put it; one that has no place is in the legend only."""
    placed = [
        (index, dot.candidate, dot.candidate.x, dot.candidate.y)
        for index, dot in enumerate(dots)
        if isinstance(dot.candidate.x, Measured) and isinstance(dot.candidate.y, Measured)
    ]
    x, y = _scales([(a, b) for _, _, a, b in placed], axes)
    base = TOP + PLOT
    body: list[str] = [plane(x, y, axes), *(limit_line(item, x, y) for item in axes.limits)]
    body += [_whiskers(a, b, x, y) for _, _, a, b in placed]
    body += [_mark(index, c, x(a.value), y(b.value)) for index, c, a, b in placed]
    body.append(label((x.start + x.end) / 2, base + 32, axes.x, "rw-t rw-axis", "middle"))
    body += [_entry(i, dot, base + 54 + _ROW * i) for i, dot in enumerate(dots)]
    return figure(together(body), height=base + 54 + _ROW * len(dots) - 8, title=title, desc=desc)


def _scales(places: Sequence[tuple[Measured, Measured]], axes: Axes) -> tuple[Scale, Scale]:
    xs = [v for a, _ in places for v in (a.low, a.high)]
    ys = [v for _, b in places for v in (b.low, b.high)]
    y_low, y_high = round_domain([*ys, 0.0, *(item.value for item in axes.limits)])
    x_low, x_high = round_domain(xs)
    y = Scale(low=y_low, high=y_high, start=TOP + PLOT, end=TOP)
    widest = max(text_width(axes.show_y(tick), 10) for tick in y.ticks())
    return Scale(low=x_low, high=x_high, start=widest + 24, end=WIDTH - 17), y


def _whiskers(a: Measured, b: Measured, x: Scale, y: Scale) -> Drawing:
    across = line(x(a.low), y(b.value), x(a.high), y(b.value), "rw-whisker")
    upright = line(x(a.value), y(b.low), x(a.value), y(b.high), "rw-whisker")
    return element("g", across, upright, class_="rw-series rw-s0")


def _mark(index: int, candidate: Candidate, x: float, y: float) -> Drawing:
    kind = "diamond" if candidate.failing else "circle"
    parts: list[str] = [element("title", candidate.name)]
    if candidate.chosen:
        parts.append(element("circle", cx=x, cy=y, r=13, class_="rw-ring"))
    parts.append(shape(kind, x, y, 8 if kind == "circle" else 7.5, "rw-badge"))
    parts.append(label(x, y + 3.5, str(index + 1), "rw-t rw-badge-text", "middle"))
    verdict = "fail" if candidate.failing else "unknown" if candidate.unknown else "pass"
    return element("g", *parts, class_=f"rw-{verdict}")


def _entry(index: int, dot: Dot, y: float) -> Drawing:
    name = dot.candidate.name + (" (chosen)" if dot.candidate.chosen else "")
    room = WIDTH - 34 - text_width(dot.note, 10.5)
    weight = "rw-t rw-name rw-strong" if dot.candidate.chosen else "rw-t rw-name"
    badge = _mark(index, _plain(dot.candidate), 10, y - 4)
    return together(
        [
            badge,
            label(26, y, fit(name, room, 11), weight),
            label(WIDTH, y, dot.note, "rw-t rw-value", "end"),
        ]
    )


def _plain(candidate: Candidate) -> Candidate:
    """The candidate without the ring, for the legend."""
    return Candidate(
        name=candidate.name, method=candidate.method, x=candidate.x, y=candidate.y,
        failing=candidate.failing, unknown=candidate.unknown,
    )  # fmt: skip
