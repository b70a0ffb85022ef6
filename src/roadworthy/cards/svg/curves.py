"""The two curves that every report draws: ROC and calibration, for everybody and by group."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from roadworthy.cards.numbers import Display, tick_text
from roadworthy.cards.svg.axes import Axes
from roadworthy.cards.svg.line_chart import Series, line_chart
from roadworthy.cards.svg.marks import Drawing
from roadworthy.cards.svg.panels import panels
from roadworthy.records.evidence import Curve, Point

_PERCENT = partial(tick_text, display=Display.PERCENT)


def roc_curve(series: Sequence[Series], like: Curve, *, title: str, desc: str) -> Drawing:
    """Found against wrongly flagged, at every threshold; on the diagonal the score is a coin."""
    return line_chart(series, _unit_axes(like, "by chance", dots=False), title=title, desc=desc)


def calibration_curve(series: Series, like: Curve, *, title: str, desc: str) -> Drawing:
    """What was predicted against what happened; on the diagonal the probabilities are true."""
    return line_chart([series], _unit_axes(like, "as predicted"), title=title, desc=desc)


def calibration_panels(
    series: Sequence[Series], everyone: Sequence[Point], like: Curve, *, title: str, desc: str
) -> Drawing:
    """The calibration curve of each group, with everybody's behind it."""
    axes = _unit_axes(like, "as predicted")
    return panels(series, axes, backdrop=everyone, title=title, desc=desc)


def _unit_axes(like: Curve, diagonal: str, *, dots: bool = True) -> Axes:
    return Axes(
        x=like.x_title, y=like.y_title, show_x=_PERCENT, show_y=_PERCENT,
        x_domain=(0.0, 1.0), y_domain=(0.0, 1.0), diagonal=diagonal, dots=dots,
    )  # fmt: skip
