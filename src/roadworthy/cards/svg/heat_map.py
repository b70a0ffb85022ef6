"""A heat map of two attributes: the value and n in each cell, hatched where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
)
from roadworthy.cards.svg.rows import Mark

_CELL, _HEIGHT, _HEAD = 62.0, 38.0, 34.0
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


def heat_map(
    row_names: Sequence[str],
    column_names: Sequence[str],
    cells: Mapping[tuple[int, int], Cell],
    *,
    title: str,
    desc: str,
) -> Drawing:
    """A table of cells; a pair that does not occur in the population stays empty."""
    names = min(max(text_width(name, 10.5) for name in row_names) + 10, 132.0)
    cell = max((WIDTH - names) / len(column_names), _CELL)
    body: list[str] = [hatch()]
    body += [
        label(names + cell * (j + 0.5), _HEAD - 8, part, "rw-t rw-tick", "middle")
        if index
        else label(names + cell * (j + 0.5), _HEAD - 20, part, "rw-t rw-tick", "middle")
        for j, name in enumerate(column_names)
        for index, part in enumerate(_two_lines(name, cell - 4))
    ]
    for i, name in enumerate(row_names):
        y = _HEAD + i * _HEIGHT
        middle = y + _HEIGHT / 2 + 4
        body.append(label(names - 8, middle, fit(name, names - 8, 10.5), "rw-t rw-tick", "end"))
        body += [
            _cell(cells.get((i, j)), names + cell * j, y, cell) for j in range(len(column_names))
        ]
    width = max(WIDTH, names + cell * len(column_names))
    height = _HEAD + _HEIGHT * len(row_names) + 2
    return figure(together(body), height=height, width=width, title=title, desc=desc)


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


def _two_lines(name: str, width: float) -> tuple[str, str]:
    """The name on one line (the lower), or broken at a blank when that is too narrow."""
    if text_width(name, 10) <= width:
        return "", name
    words = name.replace("-", "- ").split()
    for cut in range(len(words) - 1, 0, -1):
        first = " ".join(words[:cut]).replace("- ", "-")
        if text_width(first, 10) <= width:
            return first, fit(" ".join(words[cut:]).replace("- ", "-"), width, 10)
    return "", fit(name, width, 10)
