"""Data quality, robustness and explanations, and any pillar that a later version adds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from roadworthy.cards.names import attribute_name, group_name, value_name
from roadworthy.cards.numbers import SPACE, Display, amount, count, display_of, tick_text
from roadworthy.cards.reading import Reading
from roadworthy.cards.svg.axes import Axes
from roadworthy.cards.svg.interval_plot import Frame, interval_plot
from roadworthy.cards.svg.line_chart import STYLES, Series, line_chart
from roadworthy.cards.svg.rows import Line, Row, Show
from roadworthy.cards.views.blocks import Figure, Group, Section, Table
from roadworthy.cards.views.performance import curve_table, measure_table, worth_a_row
from roadworthy.cards.views.plots import axis_title, data_table, evidence_figure, value_only
from roadworthy.records.evidence import Curve, Evidence, Measured, Point, Unmeasured
from roadworthy.records.slices import ALL

_SHOWN, _RESPONSES = 12, 6
_LISTED = frozenset(
    {
        "jensen-shannon-distance",
        "hellinger-distance",
        "total-variation-distance",
        "kolmogorov-smirnov-distance",
        "wasserstein-distance",
        "chi-squared-p-value",
        "g-test-p-value",
    }
)
"""Measures of drift that tell the same story as one that is drawn, or have a unit for each column;
they are drawn where a limit stands, and otherwise listed."""

_PERCENT: Show = partial(tick_text, display=Display.PERCENT)
_NUMBER: Show = partial(tick_text, display=Display.NUMBER)


def quality(reading: Reading) -> Section:
    """The section on data quality: the table, who is in it, and its columns."""
    return Section(
        slug="quality",
        title="Data quality",
        lead="A measurement is as good as the table it was made on. Columns are listed worst"
        " first.",
        groups=(
            *_whole(reading, "quality"),
            *_representation(reading),
            *_details(reading, "quality", {"group-representation"}),
        ),
    )


def robustness(reading: Reading) -> Section:
    """The section on robustness: what is lost as the data get worse."""
    groups = [
        *_degradation(reading),
        *_whole(reading, "robustness"),
        *_details(reading, "robustness", set()),
    ]
    drawn = any(group.figures for group in groups)
    return Section(
        slug="robustness",
        title="Robustness",
        lead="The test data were made worse on purpose, step by step."
        + (" The lines show what the model loses." if drawn else ""),
        groups=tuple(group for group in groups if group.figures or group.tables),
    )


def explanations(reading: Reading) -> Section:
    """The section on explanations: what the model leans on, and how it answers."""
    figures = []
    for measure in reading.in_pillar("explain"):
        items = worst_first(reading.of(measure))
        known = [item for item in items if isinstance(item.outcome, Measured)]
        if not known:
            continue
        shown = known[:_SHOWN]
        note = reading.plain(measure)
        if len(shown) < len(items):
            note += f" Shown: the {count(_SHOWN)} largest of {count(len(items))}."
        figure = evidence_figure(reading, measure, shown, note=note, bars=True)
        figures.append(_with_all(reading, figure, items))
    responses = tuple(_response(reading, c) for c in reading.curves("response")[:_RESPONSES])
    groups = (
        Group(title="What the model leans on", figures=tuple(figures)),
        Group(
            title="How the score answers to one feature",
            lead="The mean score if everybody had this value and nothing else changed.",
            figures=responses,
        ),
    )
    shown_groups = tuple(group for group in groups if group.figures) or _why_nothing(reading)
    return Section(
        slug="explain",
        title="Explanations",
        lead="Importance is what the model would lose without a feature. It is not a cause: two"
        " features that tell the same story share it.",
        groups=shown_groups,
    )


def _why_nothing(reading: Reading) -> tuple[Group, ...]:
    """Why there is no explanation, if one was tried."""
    reasons = dict.fromkeys(
        item.outcome.reason
        for measure in reading.in_pillar("explain")
        for item in reading.of(measure)
        if isinstance(item.outcome, Unmeasured)
    )
    lead = f"Nothing was measured: {'; '.join(reasons)}."
    return (Group(title="", lead=lead),) if reasons else ()


def other_sections(reading: Reading, known: Sequence[str]) -> tuple[Section, ...]:
    """Pillars that have no section of their own: everything measured, as tables."""
    names = dict.fromkeys(reading.pillar(item.measure) for item in reading.record.evidence)
    return tuple(
        Section(
            slug=name,
            title=name.capitalize(),
            groups=(*_whole(reading, name), *_details(reading, name, set())),
        )
        for name in names
        if name not in known
    )


def worst_first(items: Sequence[Evidence]) -> list[Evidence]:
    """The largest values first; what was not measured last."""
    return sorted(
        items,
        key=lambda item: (
            -item.outcome.value if isinstance(item.outcome, Measured) else float("inf"),
            str(item.slice),
        ),
    )


def _whole(reading: Reading, pillar: str) -> list[Group]:
    items = [
        item
        for measure in reading.in_pillar(pillar)
        if (item := reading.find(measure, ALL)) is not None and worth_a_row(reading, item)
    ]
    table = measure_table(reading, items)
    return [Group(title="The table as a whole", tables=(table,))] if items else []


def _representation(reading: Reading) -> list[Group]:
    measure = "group-representation"
    figures = []
    for attribute in reading.record.roles.protected:
        items = reading.groups(measure, [attribute])
        if items:
            shown = worst_first(items)[:_SHOWN]
            figure = evidence_figure(
                reading,
                measure,
                shown,
                title=f"By {attribute_name(attribute)}",
                bars=True,
                name=value_only,
            )
            figures.append(_with_all(reading, figure, items))
    lead = "Small groups have wide intervals: what is true of them is hard to know."
    return [Group(title="Who is in the data", lead=lead, figures=tuple(figures))] if figures else []


def _details(reading: Reading, pillar: str, shown: set[str]) -> list[Group]:
    """Every other measure: a plot where something differs from nothing, and a table of it all."""
    figures: list[Figure] = []
    tables: list[Table] = []
    for measure in reading.in_pillar(pillar):
        items = [item for item in reading.of(measure) if item.slice.terms]
        if not items or measure in shown:
            continue
        single = [item for item in items if len(item.slice.terms) == 1]
        notable = [i for i in worst_first(single) if _is_notable(i)][:_SHOWN]
        listed = measure in _LISTED and not any(
            reading.requirements(measure, item.slice) for item in items
        )
        if notable and pillar == "quality" and not listed:
            figure = evidence_figure(
                reading, measure, notable, note=_left_out(reading, measure, notable, single),
                zero=reading.display(measure) is not Display.NUMBER,
            )  # fmt: skip
            figures.append(_with_all(reading, figure, worst_first(items)))
        else:
            title = f"{reading.title(measure)}: {count(len(items))} measurements"
            tables.append(data_table(reading, worst_first(items), title))
    if not figures and not tables:
        return []
    title = "Column by column" if pillar == "quality" else "All measurements"
    return [Group(title=title, figures=tuple(figures), tables=tuple(tables))]


def _is_notable(item: Evidence) -> bool:
    return isinstance(item.outcome, Measured) and item.outcome.value != 0


def _is_zero(item: Evidence) -> bool:
    return isinstance(item.outcome, Measured) and item.outcome.value == 0


def _left_out(
    reading: Reading, measure: str, shown: Sequence[Evidence], items: Sequence[Evidence]
) -> str:
    rest = len(items) - len(shown)
    if not rest:
        return reading.plain(measure)
    zero = sum(_is_zero(item) for item in items)
    which = "zero" if zero == rest else "smaller or not measured"
    others = "The other one is" if rest == 1 else f"The other {count(rest)} are"
    return f"{reading.plain(measure)} {others} {which}."


def _with_all(reading: Reading, figure: Figure, items: Sequence[Evidence]) -> Figure:
    return Figure(
        title=figure.title,
        drawing=figure.drawing,
        note=figure.note,
        data=data_table(reading, items),
    )


def _degradation(reading: Reading) -> list[Group]:
    """A group for each thing lost; in it a chart for each scale, a line for each disturbance."""
    charts: dict[str, dict[str, list[Curve]]] = {}
    for curve in reading.curves("degradation"):
        if curve.points:
            charts.setdefault(curve.y_title, {}).setdefault(curve.x_title, []).append(curve)
    return [
        Group(title=lost, figures=tuple(_lost(reading, found) for found in by_scale.values()))
        for lost, by_scale in charts.items()
    ]


def _lost(reading: Reading, found: Sequence[Curve]) -> Figure:
    first, shown = found[0], found[: len(STYLES)]
    display = next(
        (display_of(s.slug) for s in reading.record.measures if s.title == first.y_title),
        Display.NUMBER,
    )
    zero = (Line(value=0.0, name=""),)
    axes = Axes(
        x=first.x_title, y=axis_title(first.y_title, display), show_x=_NUMBER,
        show_y=partial(tick_text, display=display), references=zero,
    )  # fmt: skip
    series = [Series(name=_subject(curve), points=curve.points) for curve in shown]
    words = f"{first.y_title} against {first.x_title} for {', '.join(s.name for s in series)}."
    title = series[0].name if len(series) == 1 else first.x_title
    title = title[:1].upper() + title[1:]
    drawing = line_chart(series, axes, title=title, desc=words)
    return Figure(title=title, drawing=drawing, data=curve_table(reading, found))


def _subject(curve: Curve) -> str:
    name = curve.subject or group_name(curve.slice)
    return name.replace("-", " ")


def _response(reading: Reading, curve: Curve) -> Figure:
    """A line over a quantity; for categories, whose order means nothing, a row each."""
    title = curve.subject or group_name(curve.slice)
    words = f"{curve.y_title} against {curve.x_title}, {count(len(curve.points))} points."
    table = curve_table(reading, [curve])
    if curve.points and all(point.label is not None for point in curve.points):
        frame = Frame(axis=curve.y_title, show=_PERCENT)
        rows = [_category(point) for point in curve.points[:_SHOWN]]
        drawing = interval_plot(rows, frame, title=title, desc=words)
        rest = len(curve.points) - len(rows)
        note = f"{count(rest)} more categories are not drawn." if rest else ""
        return Figure(title=title, drawing=drawing, note=note, data=table)
    axes = Axes(x=curve.x_title, y=curve.y_title, show_x=_NUMBER, show_y=_PERCENT)
    drawing = line_chart([Series(name=title, points=curve.points)], axes, title=title, desc=words)
    return Figure(title=title, drawing=drawing, data=table)


def _category(point: Point) -> Row:
    rows = f"n{SPACE}{count(point.rows)}" if point.rows is not None else ""
    return Row(
        label=value_name(point.label), value=point.y, low=point.low, high=point.high,
        text=amount(point.y, Display.PERCENT), count=rows,
    )  # fmt: skip
