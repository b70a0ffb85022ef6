"""What interval plots are drawn from: one row a slice, with its limit and its verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How a dot is drawn: the verdict on it, or plain where nobody judged."""

    PLAIN = "plain"
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    UNKNOWN = "unknown"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One dot with its interval, the words beside it, and what hovering tells.

    `note` stands in small type under the dot: what is still needed, or, where there is no `value`
    and the row is hatched, why nothing was measured. `bounds` are the limits that stand for this
    row, if they are not those of the whole plot.
    """

    label: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    text: str = ""
    count: str = ""
    note: str = ""
    hover: str = ""
    mark: Mark = Mark.PLAIN
    bounds: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line across the plot, at a value, with its name: a limit (dashed) or a reference."""

    value: float
    name: str


Show = Callable[[float], str]
"""Writes a tick's value."""
