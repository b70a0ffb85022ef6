"""The residual plot: how wrong predictions are where they are low and where they are high."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from roadworthy.cards.names import attribute_name
from roadworthy.cards.numbers import Display, count, tick_text
from roadworthy.cards.reading import Reading
from roadworthy.cards.svg.axes import Axes
from roadworthy.cards.svg.line_chart import Series, line_chart
from roadworthy.cards.svg.panels import panels
from roadworthy.cards.svg.rows import Line
from roadworthy.cards.svg.scales import round_domain
from roadworthy.cards.views.blocks import Figure, Group, Section
from roadworthy.cards.views.performance import curve_table
from roadworthy.cards.views.plots import value_only
from roadworthy.records.evidence import Curve
from roadworthy.records.slices import ALL

_PANELS = 12
_SHOW = partial(tick_text, display=Display.QUANTITY)
_ZERO = (Line(value=0.0, name="no error"),)


def residuals(reading: Reading) -> Section:
    """The section on errors along the predictions; empty where no numbers were predicted."""
    drawn = [curve for curve in reading.curves("residuals") if curve.points]
    whole = [curve for curve in drawn if curve.slice == ALL]
    groups = [_everyone(reading, whole[0])] if whole else []
    groups += [
        _of_groups(reading, name, whole, [c for c in drawn if c.slice.attributes == (name,)])
        for name in reading.record.roles.protected
    ]
    return Section(
        slug="residuals",
        title="Errors along the predictions",
        lead="Where the system predicts low numbers and where it predicts high ones: is it too high"
        " (above the line at zero) or too low (below it)? Each dot is the mean error of about as"
        " many rows; the band is its interval.",
        groups=tuple(group for group in groups if group.figures),
    )


def _everyone(reading: Reading, curve: Curve) -> Group:
    axes = _axes([curve])
    series = [Series(name="everyone", points=curve.points)]
    words = f"Mean error against prediction, {count(len(curve.points))} points."
    drawing = line_chart(series, axes, title="Errors of everyone", desc=words)
    figure = Figure(title="Errors of everyone", drawing=drawing, data=curve_table(reading, [curve]))
    return Group(title="For everyone", figures=(figure,))


def _of_groups(
    reading: Reading, attribute: str, whole: Sequence[Curve], found: Sequence[Curve]
) -> Group:
    title = f"By {attribute_name(attribute)}"
    if not found:
        return Group(title=title)
    ranked = sorted(found, key=lambda curve: -(reading.rows(curve.slice) or 0))
    shown = ranked[:_PANELS]
    series = [
        Series(
            name=value_only(curve.slice),
            points=curve.points,
            note=f"n\u00a0{count(sum(point.rows or 0 for point in curve.points))}",
        )
        for curve in shown
    ]
    words = f"Mean error against prediction for {count(len(shown))} groups."
    drawing = panels(
        series, _axes([*whole, *shown]), title="Errors by group", desc=words,
        backdrop=whole[0].points if whole else (),
    )  # fmt: skip
    note = "The grey line is everyone."
    if len(shown) < len(found):
        note += f" Not drawn: {count(len(found) - len(shown))} smaller groups."
    table = curve_table(reading, [*whole, *ranked])
    return Group(
        title=title,
        figures=(Figure(title="Errors by group", drawing=drawing, note=note, data=table),),
    )


def _axes(curves: Sequence[Curve]) -> Axes:
    """Axes on which all these curves and the line at zero have room."""
    points = [point for curve in curves for point in curve.points]
    heights = [v for p in points for v in (p.y, p.low, p.high) if v is not None]
    return Axes(
        x=curves[0].x_title,
        y=curves[0].y_title,
        show_x=_SHOW,
        show_y=_SHOW,
        x_domain=round_domain([point.x for point in points]),
        y_domain=round_domain([*heights, 0.0]),
        references=_ZERO,
    )
