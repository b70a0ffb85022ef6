"""From evidence to figures: rows with words, limits and verdicts, and the table of the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from roadworthy.cards.names import group_name, short_digest, value_name
from roadworthy.cards.numbers import (
    SPACE,
    Display,
    amount,
    bare,
    count,
    digits_for,
    interval,
    tick_text,
    unit,
    value_of,
)
from roadworthy.cards.reading import Reading
from roadworthy.cards.svg.interval_plot import Frame, domain_of, interval_plot
from roadworthy.cards.svg.rows import Line, Mark, Row
from roadworthy.cards.views.blocks import (
    Cell,
    Figure,
    Table,
    digest_cell,
    figure_cell,
    head,
    text,
    verdict_cell,
)
from roadworthy.cards.wording import undecided
from roadworthy.records.decision import Finding, Verdict
from roadworthy.records.evidence import Evidence, Measured, Unmeasured
from roadworthy.records.slices import ALL, Slice

_LIMIT = 4
Namer = Callable[[Slice], str]


def evidence_figure(
    reading: Reading,
    measure: str,
    items: Sequence[Evidence],
    *,
    title: str = "",
    note: str = "",
    name: Namer = group_name,
    everyone: bool = False,
    zero: bool = False,
    bars: bool = False,
    domain: tuple[float, float] | None = None,
    lines: int = 0,
) -> Figure:
    """An interval plot of one measure, a row a slice, with everybody's value as a line if asked."""
    display = reading.display(measure)
    title = title or reading.title(measure)
    rows = [evidence_row(reading, item, name) for item in items]
    frame = frame_of(reading, measure, [item.slice for item in items], zero=zero, bars=bars)
    if everyone:
        frame = replace(frame, references=everyone_line(reading, measure), head=lines)
    drawing = interval_plot(
        rows, replace(frame, domain=domain), title=title, desc=describe(rows, frame, display)
    )
    return Figure(title=title, note=note, drawing=drawing, data=data_table(reading, items))


def frame_of(
    reading: Reading,
    measure: str,
    slices: Sequence[Slice],
    *,
    zero: bool = False,
    bars: bool = False,
) -> Frame:
    """The axis of a measure, with the limits that stand for these slices."""
    display = reading.display(measure)
    return Frame(
        axis=axis_title(reading.title(measure), display),
        show=partial(tick_text, display=display),
        zero=zero,
        bars=bars,
        limits=reading.limits(measure, slices),
    )


def axis_title(title: str, display: Display) -> str:
    """The title of an axis, with the unit that its ticks leave out."""
    return f"{title} (points)" if unit(display) == "points" else title


def shared_domain(
    reading: Reading, measure: str, items: Sequence[Evidence]
) -> tuple[float, float] | None:
    """One pair of ends for several plots of a measure, so that the eye may compare them."""
    rows = [evidence_row(reading, item, group_name) for item in items]
    if not any(row.value is not None for row in rows):
        return None
    frame = frame_of(reading, measure, [item.slice for item in items])
    frame = replace(frame, references=everyone_line(reading, measure))
    spec = reading.specs.get(measure)
    return domain_of(
        rows, frame,
        floor_at=spec.low if spec else None, ceiling_at=spec.high if spec else None,
    )  # fmt: skip


def everyone_line(reading: Reading, measure: str) -> tuple[Line, ...]:
    """A line at the value for everybody, if it was measured."""
    item = reading.find(measure, ALL)
    if item is None or not isinstance(item.outcome, Measured):
        return ()
    value = value_of(item.outcome, reading.display(measure))
    return (Line(value=item.outcome.value, name=f"everyone {value}"),)


def evidence_row(reading: Reading, item: Evidence, name: Namer) -> Row:
    """Evidence as a row of an interval plot."""
    display = reading.display(item.measure)
    mark = reading.mark(item.measure, item.slice)
    hover = f"{reading.name(item.slice)} · evidence {short_digest(reading.digest(item))}"
    row = outcome_row(name(item.slice), item.outcome, display, mark=mark, hover=hover)
    limits = reading.limits(item.measure, [item.slice])
    return replace(row, bounds=tuple(line.value for line in limits))


def finding_row(finding: Finding, display: Display, name: Namer, mark: Mark) -> Row:
    """A finding as a row: the outcome that was judged and, if undecided, what is still needed."""
    note = ""
    if finding.verdict is Verdict.UNKNOWN and isinstance(finding.outcome, Measured):
        note = undecided(finding)
    outcome = finding.outcome or Unmeasured(reason=finding.reason)
    hover = f"evidence {short_digest(finding.evidence)}" if finding.evidence else ""
    return outcome_row(name(finding.slice), outcome, display, mark=mark, note=note, hover=hover)


def value_only(slice_: Slice) -> str:
    """The group's value alone, for a plot whose heading names the attribute."""
    return value_name(slice_.terms[0].value) if len(slice_.terms) == 1 else group_name(slice_)


def outcome_row(
    label: str,
    outcome: Measured | Unmeasured,
    display: Display,
    *,
    mark: Mark = Mark.PLAIN,
    note: str = "",
    hover: str = "",
) -> Row:
    """An outcome as a row of an interval plot."""
    if isinstance(outcome, Unmeasured):
        return Row(label=label, note=outcome.reason, hover=hover, mark=mark)
    short = bare(outcome.value, display, digits_for(outcome, display))
    value = short if display is Display.POINTS else value_of(outcome, display)
    rows = "" if display is Display.COUNT else f"n{SPACE}{count(outcome.rows)}"
    ends = interval(outcome, display)
    tip = f"{label}: {amount(outcome.value, display, digits_for(outcome, display))}"
    tip += f" ({ends})" if ends else ""
    return Row(
        label=label, value=outcome.value, low=outcome.low, high=outcome.high,
        text=value, count=rows, note=note, mark=mark, hover=f"{tip} · {hover}" if hover else tip,
    )  # fmt: skip


def describe(rows: Sequence[Row], frame: Frame, display: Display) -> str:
    """The plot in words, for people who hear the page."""
    known = [row for row in rows if row.value is not None]
    parts = [f"{count(len(rows))} rows" if len(rows) != 1 else "One row"]
    if known:
        low = min(known, key=lambda row: row.value or 0.0)
        high = max(known, key=lambda row: row.value or 0.0)
        parts.append(
            f"from {amount(low.value or 0.0, display)} ({low.label})"
            f" to {amount(high.value or 0.0, display)} ({high.label})"
        )
    if len(known) < len(rows):
        parts.append(f"{count(len(rows) - len(known))} not measured")
    parts += [f"the policy allows {line.name}" for line in frame.limits]
    return "; ".join(parts) + "."


def data_table(reading: Reading, items: Sequence[Evidence], summary: str = "") -> Table:
    """The numbers of a figure, each with its interval, rows, method and evidence."""
    names = ["Slice", "Value", "Interval", "n", "Verdict", "Evidence"]
    rows = [evidence_cells(reading, item) for item in items]
    if reading.is_limited:
        names.insert(_LIMIT, "Limit")
        limits = [limit_cell(reading, item) for item in items]
        rows = [
            (*row[:_LIMIT], limit, *row[_LIMIT:]) for row, limit in zip(rows, limits, strict=True)
        ]
    return Table(
        head=head(*names, numbers=(1, 2, 3)),
        rows=tuple(rows),
        summary=summary or f"Numbers, {evidence_words([reading.digest(i) for i in items])}",
    )


def limit_cell(reading: Reading, item: Evidence) -> Cell:
    """What is allowed of this measure on this slice."""
    names = ", ".join(line.name for line in reading.limits(item.measure, [item.slice]))
    return text(names) if names else Cell(text="no limit", kind="soft")


def evidence_words(digests: Sequence[str]) -> str:
    """The evidence behind a figure, in as many words as fit on its fold."""
    if not digests:
        return "no evidence"
    more = f" and {count(len(digests) - 1)} more" if len(digests) > 1 else ""
    return f"evidence {short_digest(digests[0])}{more}"


def evidence_cells(reading: Reading, item: Evidence) -> tuple[Cell, ...]:
    """Evidence as the cells of a table."""
    verdict = verdict_cell(reading.mark(item.measure, item.slice))
    digest = digest_cell(reading.digest(item))
    name = text(reading.name(item.slice), str(item.slice))
    return (name, *outcome_cells(item.outcome, reading.display(item.measure)), verdict, digest)


def outcome_cells(outcome: Measured | Unmeasured, display: Display) -> tuple[Cell, Cell, Cell]:
    """Value, interval and rows; where nothing was measured, the reason stands in their place."""
    if isinstance(outcome, Unmeasured):
        return (
            Cell(text="not measured", kind="number", title=outcome.reason),
            Cell(text="", kind="number"),
            Cell(text="", kind="number"),
        )
    ends = interval(outcome, display)
    method = f"{outcome.method}, {outcome.confidence * 100:g}{SPACE}%"
    return (
        figure_cell(value_of(outcome, display)),
        Cell(text=ends or "exact", kind="number", title=method),
        figure_cell(count(outcome.rows)),
    )
