"""The trade-off of a repair: what was tried, what it costs, and what was chosen."""

from __future__ import annotations

from functools import partial

from roadworthy.cards.names import full_name, measure_title, read_slice, short_digest
from roadworthy.cards.numbers import count, display_of, interval, tick_text, value_of
from roadworthy.cards.reading import Reading, bound_text
from roadworthy.cards.svg.axes import Axes
from roadworthy.cards.svg.rows import Line, Mark
from roadworthy.cards.svg.tradeoff_plot import tradeoff_plot
from roadworthy.cards.views.blocks import (
    Cell,
    Figure,
    Group,
    Section,
    Table,
    figure_cell,
    head,
    verdict_cell,
)
from roadworthy.cards.views.plots import axis_title
from roadworthy.cards.wording import sentence
from roadworthy.records.evidence import Direction, Measured, Unmeasured
from roadworthy.records.tradeoff import Candidate, TradeOff


def repair(reading: Reading, tradeoff: TradeOff) -> Section:
    """The section on the trade-off."""
    chosen = tradeoff.chosen
    choice = (
        f"Chosen: {chosen.name}." + (f" {sentence(chosen.reason)}" if chosen.reason else "")
        if chosen
        else "None was chosen."
    )
    number = count(len(tradeoff.candidates))
    lead = (
        f"{number} candidates, measured on the validation data. Objective: {tradeoff.objective}."
        f" {choice}"
    )
    group = Group(
        title="What each candidate costs and gains",
        figures=(_figure(reading, tradeoff),),
        tables=(_table(reading, tradeoff),),
        beside=True,
    )
    return Section(slug="trade-off", title="Repair and its price", lead=lead, groups=(group,))


def is_floor(reading: Reading, tradeoff: TradeOff) -> bool:
    """True if more of the vertical measure is better, so that its limit is the least allowed.

    The requirement says so; where none is at hand, the measure does.
    """
    slice_ = read_slice(tradeoff.y_slice, reading.words.slices)
    asked = reading.requirements(tradeoff.y_measure, slice_)
    if asked and tradeoff.limit is not None:
        return asked[0].at_least == tradeoff.limit != asked[0].at_most
    spec = reading.specs.get(tradeoff.y_measure)
    return spec is not None and spec.direction is Direction.HIGHER


def _figure(reading: Reading, tradeoff: TradeOff) -> Figure:
    x, y = display_of(tradeoff.x_measure), display_of(tradeoff.y_measure)
    x_name, y_name = _axis_names(reading, tradeoff)
    floor = is_floor(reading, tradeoff)
    limits: tuple[Line, ...] = ()
    if tradeoff.limit is not None:
        words = "at least" if floor else "at most"
        limits = (Line(value=tradeoff.limit, name=f"{words} {bound_text(tradeoff.limit, y)}"),)
    axes = Axes(
        x=axis_title(x_name, x), y=axis_title(y_name, y),
        show_x=partial(tick_text, display=x), show_y=partial(tick_text, display=y),
        limits=limits,
    )  # fmt: skip
    places = (f"{c.name}: {_place(c, tradeoff)}" for c in tradeoff.candidates)
    title = f"{y_name} against {x_name[:1].lower()}{x_name[1:]}"
    better = "up" if floor else "down"
    drawing = tradeoff_plot(
        tradeoff.candidates, axes, zero=not floor, title=title, desc="; ".join(places) + "."
    )
    return Figure(
        title=title,
        drawing=drawing,
        note=f"Right and {better} is better. Numbers are those of the table. A diamond fails the"
        " policy on these data, a disc does not; the ring marks the choice.",
    )


def _axis_names(reading: Reading, tradeoff: TradeOff) -> tuple[str, str]:
    names = []
    for measure, where in (
        (tradeoff.x_measure, tradeoff.x_slice),
        (tradeoff.y_measure, tradeoff.y_slice),
    ):
        title = measure_title(measure, reading.specs)
        slice_ = read_slice(where)
        names.append(f"{title}, {full_name(slice_)}" if slice_.terms else title)
    return names[0], names[1]


def _place(candidate: Candidate, tradeoff: TradeOff) -> str:
    x = _value(candidate.x, tradeoff.x_measure)
    return f"{x}, {_value(candidate.y, tradeoff.y_measure)}"


def _value(outcome: Measured | Unmeasured, measure: str) -> str:
    if isinstance(outcome, Unmeasured):
        return "?"
    display = display_of(measure)
    return value_of(outcome, display)


def _table(reading: Reading, tradeoff: TradeOff) -> Table:
    x_name, y_name = _axis_names(reading, tradeoff)
    return Table(
        head=head("", "Candidate", x_name, y_name, "Findings", numbers=(0, 2, 3)),
        rows=tuple(
            _cells(index, candidate, tradeoff)
            for index, candidate in enumerate(tradeoff.candidates, start=1)
        ),
    )


def _cells(index: int, candidate: Candidate, tradeoff: TradeOff) -> tuple[Cell, ...]:
    mark = Mark.FAIL if candidate.failing else Mark.UNKNOWN if candidate.unknown else Mark.PASS
    parts = [f"{count(candidate.failing)} fail"] if candidate.failing else []
    parts += [f"{count(candidate.unknown)} undecided"] if candidate.unknown else []
    reason = sentence(candidate.reason) if candidate.reason else ""
    reason = f"Chosen. {reason}".strip() if candidate.chosen else reason
    model = f"Model {short_digest(candidate.model)}." if candidate.model else ""
    kind = "strong" if candidate.chosen else "text"
    return (
        figure_cell(str(index)),
        Cell(
            text=candidate.name, kind=kind, title=candidate.model or "",
            note=" ".join(words for words in (reason, model) if words),
        ),
        _outcome(candidate.x, tradeoff.x_measure),
        _outcome(candidate.y, tradeoff.y_measure),
        verdict_cell(mark, ", ".join(parts) or "all pass"),
    )  # fmt: skip


def _outcome(outcome: Measured | Unmeasured, measure: str) -> Cell:
    if isinstance(outcome, Unmeasured):
        return Cell(text="not measured", kind="number", note=outcome.reason)
    display = display_of(measure)
    ends = f"{interval(outcome, display)}, n {count(outcome.rows)}".lstrip(", ")
    return Cell(text=value_of(outcome, display), kind="number", note=ends)
