"""Performance: the measures of everybody, and ROC and calibration curves by group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from roadworthy.cards.names import group_name
from roadworthy.cards.numbers import Display, bare, count, tick_text
from roadworthy.cards.reading import Reading
from roadworthy.cards.svg.axes import Axes
from roadworthy.cards.svg.line_chart import (
    STYLES,
    Series,
    calibration_curve,
    line_chart,
    roc_curve,
)
from roadworthy.cards.svg.marks import Drawing
from roadworthy.cards.views.blocks import (
    Figure,
    Group,
    Section,
    Table,
    digest_cell,
    figure_cell,
    head,
    text,
)
from roadworthy.cards.views.groups import largest
from roadworthy.cards.views.plots import evidence_cells, evidence_figure, shared_domain
from roadworthy.records.evidence import Curve, Evidence, Measured
from roadworthy.records.slices import ALL, Slice

_PERCENT = partial(tick_text, display=Display.PERCENT)
_NUMBER = partial(tick_text, display=Display.NUMBER)
_BY_GROUP = ("accuracy", "roc-auc", "expected-calibration-error")


def performance(reading: Reading) -> Section:
    """The section on performance for everybody."""
    items = [
        item
        for measure in reading.in_pillar("performance")
        if (item := reading.find(measure, ALL)) is not None and measure != "rows"
    ]
    tables = (measure_table(reading, items),) if items else ()
    groups = [Group(title="For everyone", tables=tables), _whole_curves(reading)]
    groups += [_by_group(reading, name) for name in reading.record.roles.protected]
    return Section(
        slug="performance",
        title="Performance",
        lead="How often the model is right, over everybody, and how far its probabilities can be"
        " believed.",
        groups=tuple(group for group in groups if group.figures or group.tables),
    )


def curves(reading: Reading) -> Section:
    """The section on calibration and ROC by group."""
    names = reading.record.roles.protected or ()
    groups = [_curves_of(reading, name) for name in names]
    if not any(group.figures for group in groups):
        groups = [_curves_of(reading, None)]
    return Section(
        slug="curves",
        title="Calibration and ROC by group",
        lead="Calibration: where the model says 30 %, does it happen 30 % of the time? On the"
        " dotted line it does. ROC: at every threshold, how many are found (upwards) for how many"
        " wrongly flagged (to the right).",
        groups=tuple(group for group in groups if group.figures),
    )


def measure_table(reading: Reading, items: Sequence[Evidence]) -> Table:
    """A row a measure, with what it means."""
    rows = []
    for item in items:
        _, *cells = evidence_cells(reading, item)
        limits = reading.limits(item.measure, [item.slice])
        allowed = text(", ".join(line.name for line in limits) or "nothing")
        title = text(reading.title(item.measure), reading.plain(item.measure))
        value, ends, number, verdict, digest = cells
        rows.append((title, value, ends, number, allowed, verdict, digest))
    return Table(
        head=head(
            "Measure", "Value", "Interval", "n", "Required", "Verdict", "Evidence",
            numbers=(1, 2, 3),
        ),
        rows=tuple(rows),
    )  # fmt: skip


def _by_group(reading: Reading, attribute: str) -> Group:
    figures = []
    for measure in _BY_GROUP:
        items = reading.groups(measure, [attribute])
        every = [i for a in reading.record.roles.protected for i in reading.groups(measure, [a])]
        if items:
            figures.append(
                evidence_figure(
                    reading, measure, largest(reading, items), everyone=True,
                    note=reading.plain(measure), domain=shared_domain(reading, measure, every),
                )
            )  # fmt: skip
    return Group(title=f"By {attribute}", figures=tuple(figures), folded=True)


def _whole_curves(reading: Reading) -> Group:
    figures = []
    for slug, title in (("precision-recall", "Precision and recall"), ("threshold", "Thresholds")):
        found = [curve for curve in reading.curves(slug) if curve.slice == ALL]
        figures += [_plain_curve(reading, curve, title) for curve in found]
    return Group(title="At every threshold", figures=tuple(figures), folded=True)


def _plain_curve(reading: Reading, curve: Curve, title: str) -> Figure:
    axes = Axes(
        x=curve.x_title, y=curve.y_title, show_x=_PERCENT, show_y=_PERCENT,
        x_domain=(0.0, 1.0), y_domain=(0.0, 1.0), dots=False,
    )  # fmt: skip
    name = title if curve.subject is None else f"{title}: {curve.subject}"
    series = [Series(name=name, points=curve.points)]
    words = f"{curve.y_title} against {curve.x_title}, {count(len(curve.points))} points."
    drawing = line_chart(series, axes, title=name, desc=words)
    return Figure(title=name, drawing=drawing, data=curve_table(reading, [curve]))


def _curves_of(reading: Reading, attribute: str | None) -> Group:
    """ROC and calibration of everybody and of the largest groups of an attribute."""
    figures = [
        figure
        for slug, title, draw in (
            ("calibration", "Calibration", calibration_curve),
            ("roc", "ROC", roc_curve),
        )
        if (figure := _overlay(reading, slug, title, attribute, draw)) is not None
    ]
    title = "For everyone" if attribute is None else f"By {attribute}"
    return Group(title=title, figures=tuple(figures))


def _overlay(
    reading: Reading,
    slug: str,
    title: str,
    attribute: str | None,
    draw: Callable[..., Drawing],
) -> Figure | None:
    found = reading.curves(slug)
    whole = [curve for curve in found if curve.slice == ALL]
    groups = [c for c in found if attribute and c.slice.attributes == (attribute,)]
    if not (groups or (attribute is None and whole)):
        return None
    groups.sort(key=lambda curve: -(reading.rows(curve.slice) or 0))
    shown = [*whole, *groups][: len(STYLES)]
    shown = [curve for curve in shown if curve.points]
    if not shown:
        return None
    series = [_curve_series(reading, slug, curve) for curve in shown]
    left_out = len(whole) + len(groups) - len(shown)
    note = f"Not drawn: {count(left_out)} smaller groups." if left_out > 0 else ""
    words = f"{', '.join(item.name for item in series)}: {shown[0].y_title} against"
    drawing = draw(
        series, shown[0], _PERCENT, title=title, desc=f"{words} {shown[0].x_title.lower()}."
    )
    table = curve_table(reading, [*whole, *groups])
    return Figure(title=title, drawing=drawing, note=note, data=table)


def _curve_series(reading: Reading, slug: str, curve: Curve) -> Series:
    name = group_name(curve.slice)
    return Series(name=name, points=curve.points, note=_curve_note(reading, slug, curve.slice))


def _curve_note(reading: Reading, slug: str, slice_: Slice) -> str:
    rows = reading.rows(slice_)
    number = f"n\u00a0{count(rows)}" if rows is not None else ""
    measure = {"roc": "roc-auc", "calibration": "expected-calibration-error"}[slug]
    item = reading.find(measure, slice_)
    if item is None or not isinstance(item.outcome, Measured):
        return number
    value = bare(item.outcome.value, reading.display(measure))
    short = "AUC" if slug == "roc" else "off by"
    return f"{short} {value}   {number}"


def curve_table(reading: Reading, found: Sequence[Curve]) -> Table:
    """Which curves a figure draws, and the digest of each."""
    return Table(
        head=head("Curve", "Points", "n", "Evidence", numbers=(1, 2)),
        rows=tuple(
            (
                text(curve.subject or reading.name(curve.slice), str(curve.slice)),
                figure_cell(count(len(curve.points))),
                figure_cell(_rows(reading, curve)),
                digest_cell(reading.digest(curve)),
            )
            for curve in found
        ),
        summary=f"Curves and evidence ({count(len(found))})",
    )


def _rows(reading: Reading, curve: Curve) -> str:
    known = [point.rows for point in curve.points if point.rows is not None]
    rows = reading.rows(curve.slice)
    if rows is not None:
        return count(rows)
    return count(max(known)) if known else "not said"
