"""Dots with intervals, one row a slice; also bars, for what starts at nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.cards.svg.marks import (
    WIDTH,
    Drawing,
    element,
    figure,
    fit,
    hatch,
    label,
    line,
    shape,
    text_width,
    together,
    value_label,
)
from roadworthy.cards.svg.rows import Line, Mark, Row, Show
from roadworthy.cards.svg.scales import Scale, round_domain

_LEFT, _RIGHT = 15.0, WIDTH - 15.0
_PITCH, _STRIP = 36.0, 21.0
_LINE_NAME, _NOTE = 14.0, 13.0
_SHAPES = {Mark.PLAIN: "circle", Mark.PASS: "circle", Mark.UNKNOWN: "circle", Mark.FAIL: "diamond"}
_SIZES = {Mark.PLAIN: 4.2, Mark.PASS: 4.2, Mark.UNKNOWN: 4.2, Mark.FAIL: 4.6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The axis that rows share, and the lines across them.

    `domain` fixes the ends of the axis (so that several plots can be compared); without one it is
    chosen from the rows. `zero` draws the zero line and keeps it in view. `bars` draws a bar from
    zero to each dot. `head` keeps room for so many names of lines, so that neighbours align.
    """

    axis: str
    show: Show
    zero: bool = False
    bars: bool = False
    limits: tuple[Line, ...] = ()
    head: int = 0
    references: tuple[Line, ...] = ()
    domain: tuple[float, float] | None = None


def interval_plot(rows: Sequence[Row], frame: Frame, *, title: str, desc: str) -> Drawing:
    """Rows under each other: name and number on one line, dot and interval on the next."""
    low, high = frame.domain or domain_of(rows, frame)
    scale = Scale(low=low, high=high, start=_LEFT, end=_RIGHT)
    names = _line_names(frame, scale)
    lines = max(len(names), frame.head)
    top = _LINE_NAME * lines + (4 if lines else 0)
    tops = [top]
    for row in rows:
        tops.append(tops[-1] + _height(row))
    bottom = tops[-1]
    body = [
        hatch(),
        _grid(scale, top, bottom, frame),
        *(name(index) for index, name in enumerate(names, start=lines - len(names))),
        *(_uprights(row, frame, scale, y) for row, y in zip(rows, tops, strict=False)),
        *(_row(row, scale, y, frame) for row, y in zip(rows, tops, strict=False)),
        label(WIDTH / 2, bottom + 30, frame.axis, "rw-t rw-axis", "middle"),
    ]
    return figure(together(body), height=bottom + 36, title=title, desc=desc)


def domain_of(
    rows: Sequence[Row],
    frame: Frame,
    *,
    floor_at: float | None = None,
    ceiling_at: float | None = None,
) -> tuple[float, float]:
    """The ends of an axis that holds every interval, limit and reference, at round numbers."""
    values = [v for row in rows for v in (row.low, row.value, row.high) if v is not None]
    values += [item.value for item in frame.references]
    span = max([*values, *_limits(frame)], default=1) - min([*values, *_limits(frame)], default=0)
    values += [limit + side * span * 0.06 for limit in _limits(frame) for side in (-1, 1)]
    values += [0.0] if frame.zero or frame.bars else []
    return round_domain(values, floor_at=floor_at, ceiling_at=ceiling_at)


def _grid(scale: Scale, top: float, bottom: float, frame: Frame) -> Drawing:
    parts = []
    for tick in scale.ticks():
        x, text = scale(tick), frame.show(tick)
        half = text_width(text, 10) / 2
        parts.append(line(x, top, x, bottom + 4, "rw-grid"))
        place = min(max(x, half), WIDTH - half)
        parts.append(label(place, bottom + 16, text, "rw-t rw-tick", "middle"))
    parts.append(line(_LEFT, bottom, _RIGHT, bottom, "rw-base"))
    return together(parts)


def _uprights(row: Row, frame: Frame, scale: Scale, top: float) -> Drawing:
    """The zero line, references and limits beside one row; they stop where its words stand.

    A row that nothing is required of has no limit.
    """
    zero = [0.0] if frame.zero or frame.bars else []
    limits = _limits(frame) if row.bounds is None else row.bounds
    found = [(value, "rw-zero") for value in zero]
    found += [(item.value, "rw-reference") for item in frame.references]
    found += [(value, "rw-limit") for value in limits]
    return together(
        _upright(row, scale(value), top, class_)
        for value, class_ in found
        if scale.low <= value <= scale.high
    )


def _upright(row: Row, x: float, top: float, class_: str) -> Drawing:
    """One line beside a row, from its top to its bottom, as far as no words are in its way."""
    words, room = _words(row)
    left = text_width(fit(row.label, room, 12), 12) + 2
    right = WIDTH - text_width(words + row.count, 11.5) - 12
    note = _LEFT + text_width(row.note, 10.5) + 2 if row.note else 0.0
    start = top if left < x < right else top + _STRIP - 8
    end = top + _height(row) if x > note else top + _PITCH - 7
    return line(x, start, x, end, class_)


def _limits(frame: Frame) -> tuple[float, ...]:
    return tuple(item.value for item in frame.limits)


def _height(row: Row) -> float:
    return _PITCH + (_NOTE if row.note else 0)


class _LineName:
    """The name of a line, written above the plot at the line's own place."""

    def __init__(self, item: Line, class_: str, scale: Scale) -> None:
        half = text_width(item.name, 11.5) / 2
        self.x = min(max(scale(item.value), half), WIDTH - half)
        self.text, self.class_ = item.name, class_

    def __call__(self, index: int) -> Drawing:
        return label(self.x, 10 + _LINE_NAME * index, self.text, self.class_, "middle")


def _line_names(frame: Frame, scale: Scale) -> list[_LineName]:
    names = [_LineName(item, "rw-t rw-limit-name", scale) for item in frame.limits]
    return names + [_LineName(item, "rw-t rw-reference-name", scale) for item in frame.references]


def _row(row: Row, scale: Scale, y: float, frame: Frame) -> Drawing:
    words, room = _words(row)
    parts: list[str] = [element("title", row.hover)] if row.hover else []
    parts.append(label(0, y + 11, fit(row.label, room, 12), "rw-t rw-name"))
    parts.append(value_label(WIDTH, y + 11, words, row.count))
    middle = y + _STRIP
    if row.value is None:
        parts.append(_nothing(middle))
    else:
        parts += _dot(row, row.value, scale, middle, frame)
    if row.note:
        parts.append(label(_LEFT, y + _PITCH + 4, fit(row.note, WIDTH - _LEFT, 10), "rw-t rw-note"))
    return element("g", *parts, class_=f"rw-row rw-{row.mark}")


def _words(row: Row) -> tuple[str, float]:
    """What stands at the right of a row, and the room that it leaves for the name."""
    words = row.text if row.value is not None else "not measured"
    return words, WIDTH - text_width(words + row.count, 11.5) - 22


def _dot(row: Row, value: float, scale: Scale, y: float, frame: Frame) -> list[str]:
    parts: list[str] = []
    if frame.bars:
        left, right = sorted((scale(0), scale(value)))
        parts.append(
            element("rect", x=left, y=y - 5, width=right - left, height=10, class_="rw-bar")
        )
    if row.low is not None and row.high is not None and row.high > row.low:
        left, right = scale(row.low), scale(row.high)
        parts.append(line(left, y, right, y, "rw-interval"))
        parts += [line(x, y - 3.5, x, y + 3.5, "rw-cap") for x in (left, right)]
    parts.append(shape(_SHAPES[row.mark], scale(value), y, _SIZES[row.mark], "rw-dot"))
    return parts


def _nothing(y: float) -> Drawing:
    return element(
        "rect", x=_LEFT, y=y - 5, width=_RIGHT - _LEFT, height=10, rx=2,
        fill="url(#h@ID@)", class_="rw-nothing",
    )  # fmt: skip
