"""A heat map of two attributes: the value and n in each cell, hatched where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from roadworthy.cards.svg.marks import (
    WIDTH,
    Drawing,
    element,
    figure,
    fit,
    hatch,
    label,
    shape,
    text_width,
    together,
    two_lines,
)
from roadworthy.cards.svg.rows import Mark

_CELL, _HEIGHT = 62.0, 38.0
_MOST_TINT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One intersection: its value in words, its rows, and how it differs from everybody's.

    `lean` runs from -1 (as far below the centre as any) to 1; it sets the tint, and only that.
    """

    text: str
    rows: str = ""
    lean: float | None = None
    mark: Mark = Mark.PLAIN
    hover: str = ""


class Side(NamedTuple):
    """One side of the map: the attribute and its values."""

    attribute: str
    values: Sequence[str]


def heat_map(
    down: Side,
    across: Side,
    cells: Mapping[tuple[int, int], Cell],
    *,
    title: str,
    desc: str,
) -> Drawing:
    """A table of cells; a pair that does not occur in the population stays empty."""
    names = min(max(text_width(name, 10.5) for name in (down.attribute, *down.values)) + 12, 124.0)
    cell = max((WIDTH - names) / len(across.values), _CELL)
    broken = [two_lines(name, cell - 4, 10.5) for name in across.values]
    top = 34.0 + (12.0 if any(first for first, _ in broken) else 0.0)
    width = max(WIDTH, names + cell * len(across.values))
    body: list[str] = [
        hatch(),
        label(0, top - 8, fit(down.attribute, names, 10.5), "rw-t rw-side"),
        label((names + width) / 2, 10, across.attribute, "rw-t rw-side", "middle"),
    ]
    for j, lines in enumerate(broken):
        body.append(_stacked(lines, names + cell * (j + 0.5), top - 8, "middle"))
    for i, name in enumerate(down.values):
        y = top + i * _HEIGHT
        lines = two_lines(name, names - 10, 10.5)
        middle = y + _HEIGHT / 2 + (10 if lines[0] else 4)
        body.append(_stacked(lines, names - 8, middle, "end"))
        body += [
            _cell(cells.get((i, j)), names + cell * j, y, cell) for j in range(len(across.values))
        ]
    height = top + _HEIGHT * len(down.values) + 2
    return figure(together(body), height=height, width=width, title=title, desc=desc)


def _stacked(lines: tuple[str, str], x: float, y: float, anchor: str) -> Drawing:
    """One line of text, or two whose lower stands at `y`."""
    first, last = lines
    above = [label(x, y - 12, first, "rw-t rw-tick", anchor)] if first else []
    return together([*above, label(x, y, last, "rw-t rw-tick", anchor)])


def is_wide(drawing: Drawing) -> bool:
    """True if a chart is wider than a column, so that it needs the whole width or a scroll bar."""
    return 'class="rw-chart rw-wide"' in drawing


def _cell(cell: Cell | None, x: float, y: float, width: float) -> Drawing:
    if cell is None:
        middle = label(x + width / 2, y + _HEIGHT / 2 + 4, "none", "rw-t rw-small", "middle")
        return element("g", middle, class_="rw-cell rw-absent")
    box = {"x": x + 1, "y": y + 1, "width": width - 2, "height": _HEIGHT - 2, "rx": 3.0}
    parts: list[str] = [element("title", cell.hover)] if cell.hover else []
    if cell.lean is None:
        parts.append(element("rect", **box, fill="url(#h@ID@)", class_="rw-nothing"))
    else:
        tint = "rw-above" if cell.lean >= 0 else "rw-below"
        opacity = f"{abs(cell.lean) * _MOST_TINT:.2f}"
        parts.append(element("rect", **box, class_="rw-cell-base"))
        parts.append(element("rect", **box, class_=tint, fill_opacity=opacity))
    parts.append(label(x + width / 2, y + 17, cell.text, "rw-t rw-cell-value", "middle"))
    parts.append(label(x + width / 2, y + 30, cell.rows, "rw-t rw-small", "middle"))
    if cell.mark is Mark.FAIL:
        parts.append(element("rect", **box, class_="rw-cell-fail"))
        parts.append(shape("diamond", x + width - 8, y + 8, 3.2, "rw-dot"))
    return element("g", *parts, class_=f"rw-cell rw-{cell.mark}")
