"""Performance: the measures of everybody, and ROC and calibration curves by group."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from roadworthy.cards.names import attribute_name
from roadworthy.cards.numbers import Display, bare, count, tick_text
from roadworthy.cards.reading import Reading
from roadworthy.cards.svg.axes import Axes
from roadworthy.cards.svg.curves import calibration_curve, calibration_panels, roc_curve
from roadworthy.cards.svg.line_chart import STYLES, Series, line_chart
from roadworthy.cards.svg.panels import FEW
from roadworthy.cards.views.blocks import (
    Cell,
    Figure,
    Group,
    Section,
    Table,
    digest_cell,
    figure_cell,
    head,
    text,
)
from roadworthy.cards.views.classes import class_groups
from roadworthy.cards.views.groups import largest
from roadworthy.cards.views.plots import (
    evidence_cells,
    evidence_figure,
    evidence_words,
    limit_cell,
    shared_domain,
    value_only,
)
from roadworthy.cards.views.weak_slices import weak_group
from roadworthy.records.evidence import Curve, Evidence, Measured
from roadworthy.records.slices import ALL, Slice
from roadworthy.records.versions import Task

_PERCENT = partial(tick_text, display=Display.PERCENT)
_PANELS = 12
_USUAL = (
    "accuracy", "balanced-accuracy", "precision", "recall", "specificity", "f1",
    "macro-precision", "macro-recall", "macro-f1", "micro-f1", "subset-accuracy", "hamming-loss",
    "cohen-kappa", "matthews-correlation", "roc-auc", "macro-roc-auc", "average-precision",
    "expected-calibration-error", "top-label-calibration-error",
    "mean-absolute-error", "root-mean-squared-error", "r-squared", "mean-error",
    "absolute-error-p90", "interval-coverage", "interval-coverage-error", "mean-interval-width",
    "ndcg-at-10", "ndcg", "mean-average-precision", "mean-reciprocal-rank", "precision-at-10",
    "recall-at-10", "worst-slice-error-rate", "worst-slice-absolute-error",
    "worst-slice-error-ratio", "weak-slices", "weak-slices-error-share",
)  # fmt: skip
_BY_GROUP = (
    "accuracy", "balanced-accuracy", "subset-accuracy", "hamming-loss", "roc-auc", "macro-roc-auc",
    "expected-calibration-error", "top-label-calibration-error", "mean-absolute-error",
    "mean-error", "r-squared", "interval-coverage",
)  # fmt: skip


_DECISIONS = (
    "How often the model is right, over everybody, and how far its probabilities can be believed."
)
_LEADS = {
    Task.MULTICLASS: "How often the system names the right class, over everybody and class by"
    " class, and how far its probabilities can be believed.",
    Task.MULTILABEL: "How often the system gives the right labels, over everybody and label by"
    " label, and how far its probabilities can be believed.",
    Task.REGRESSION: "How far the predicted numbers lie from the truth, over everybody, in the"
    " data's own unit.",
    Task.RANKING: "Whether what is relevant stands at the top of the lists; here n counts queries.",
}
"""What the section is about, where that is not decisions."""


def performance(reading: Reading) -> Section:
    """The section on performance for everybody."""
    items = for_everyone(reading)
    tables = (measure_table(reading, items),) if items else ()
    groups = [Group(title="For everyone", tables=tables), _whole_curves(reading)]
    groups[1:1] = class_groups(reading)
    groups += [_by_group(reading, name) for name in reading.record.roles.protected]
    return Section(
        slug="performance",
        title="Performance",
        lead=_LEADS.get(reading.record.roles.task, _DECISIONS),
        groups=(
            *(group for group in groups if group.figures or group.tables),
            *weak_group(reading.record),
        ),
    )


def for_everyone(reading: Reading) -> list[Evidence]:
    """What is known or required of everybody: how often the model is right first, then the rest."""
    found = [
        item
        for measure in reading.in_pillar("performance")
        if measure != "rows"
        and (item := reading.find(measure, ALL)) is not None
        and worth_a_row(reading, item)
    ]
    usual = {measure: place for place, measure in enumerate(_USUAL)}
    return sorted(found, key=lambda item: usual.get(item.measure, len(usual)))


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
        " dotted line it does; above it, more happens than was said. ROC: at every threshold, how"
        " many are found (upwards) for how many wrongly flagged (to the right).",
        groups=tuple(group for group in groups if group.figures),
    )


def worth_a_row(reading: Reading, item: Evidence) -> bool:
    """True if there is a number, or something was required of it; the rest is listed elsewhere."""
    known = isinstance(item.outcome, Measured)
    return known or bool(reading.requirements(item.measure, item.slice))


def measure_table(reading: Reading, items: Sequence[Evidence]) -> Table:
    """A row a measure, with what it means."""
    rows = []
    for item in items:
        _, *cells = evidence_cells(reading, item)
        allowed = limit_cell(reading, item)
        title = _called(reading, item)
        value, ends, number, verdict, digest = cells
        rows.append((title, value, ends, number, allowed, verdict, digest))
    return Table(
        head=head(
            "Measure", "Value", "Interval", "n", "Required", "Verdict", "Evidence",
            numbers=(1, 2, 3),
        ),
        rows=tuple(rows),
    )  # fmt: skip


def _called(reading: Reading, item: Evidence) -> Cell:
    """The measure, and of which column it is, if the worst column speaks for all."""
    title, plain = reading.title(item.measure), reading.plain(item.measure)
    worst, columns = item.parameters.get("column"), item.parameters.get("columns")
    if not isinstance(worst, str) or not isinstance(columns, int):
        return text(title, plain)
    note = f"{plain} Of {count(columns)} columns, this one is the worst."
    return text(f"{title} ({attribute_name(worst)})", note if columns > 1 else plain)


def _by_group(reading: Reading, attribute: str) -> Group:
    figures = []
    for measure in _BY_GROUP:
        items = reading.groups(measure, [attribute])
        every = [i for a in reading.record.roles.protected for i in reading.groups(measure, [a])]
        if items:
            figures.append(
                evidence_figure(
                    reading, measure, largest(reading, items), everyone=True, name=value_only,
                    note=reading.plain(measure), domain=shared_domain(reading, measure, every),
                )
            )  # fmt: skip
    return Group(title=f"By {attribute_name(attribute)}", figures=tuple(figures), folded=True)


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
    """Calibration and ROC of everybody and of the largest groups of an attribute."""
    made = (_calibration(reading, attribute), _roc(reading, attribute))
    title = "For everyone" if attribute is None else f"By {attribute_name(attribute)}"
    return Group(title=title, figures=tuple(figure for figure in made if figure is not None))


def _found(reading: Reading, slug: str, attribute: str | None) -> tuple[list[Curve], list[Curve]]:
    """The curve of everybody, and those of an attribute's groups, the largest first."""
    drawn = [curve for curve in reading.curves(slug) if curve.points]
    whole = [curve for curve in drawn if curve.slice == ALL]
    groups = [c for c in drawn if attribute is not None and c.slice.attributes == (attribute,)]
    groups.sort(key=lambda curve: -(reading.rows(curve.slice) or 0))
    return whole[:1], groups


def _calibration(reading: Reading, attribute: str | None) -> Figure | None:
    whole, groups = _found(reading, "calibration", attribute)
    if not (groups or (attribute is None and whole)):
        return None
    shown = groups[:_PANELS]
    words = f"Observed share against predicted probability for {count(max(len(shown), 1))} groups."
    if not shown:
        series = _curve_series(reading, "calibration", whole[0])
        drawing = calibration_curve(series, whole[0], title="Calibration", desc=words)
        return Figure(title="Calibration", drawing=drawing, data=curve_table(reading, whole))
    drawing = calibration_panels(
        [_curve_series(reading, "calibration", curve) for curve in shown],
        whole[0].points if whole else (), shown[0], title="Calibration", desc=words,
    )  # fmt: skip
    note = "The band is the interval; the grey line is everyone."
    if any(p.rows is not None and p.rows < FEW for curve in shown for p in curve.points):
        note += f" Hollow dots have fewer than {FEW} rows."
    note += _left_out(groups, shown)
    table = curve_table(reading, [*whole, *groups])
    return Figure(title="Calibration", drawing=drawing, note=note, data=table)


def _roc(reading: Reading, attribute: str | None) -> Figure | None:
    whole, groups = _found(reading, "roc", attribute)
    if not (groups or (attribute is None and whole)):
        return None
    shown = [*whole, *groups][: len(STYLES)]
    series = [_curve_series(reading, "roc", curve) for curve in shown]
    words = f"True-positive rate against false-positive rate for {count(len(shown))} curves."
    drawing = roc_curve(series, shown[0], title="ROC", desc=words)
    note = "The further up and left, the better." + _left_out([*whole, *groups], shown)
    table = curve_table(reading, [*whole, *groups])
    return Figure(title="ROC", drawing=drawing, note=note, data=table)


def _left_out(groups: Sequence[Curve], shown: Sequence[Curve]) -> str:
    rest = len(groups) - len(shown)
    if rest <= 0:
        return ""
    return f" Not drawn: {count(rest)} smaller {'group' if rest == 1 else 'groups'}."


def _curve_series(reading: Reading, slug: str, curve: Curve) -> Series:
    name = value_only(curve.slice)
    return Series(name=name, points=curve.points, note=_curve_note(reading, slug, curve.slice))


def _curve_note(reading: Reading, slug: str, slice_: Slice) -> str:
    rows = reading.rows(slice_)
    number = f"n\u00a0{count(rows)}" if rows is not None else ""
    item = reading.find("roc-auc", slice_)
    if slug != "roc" or item is None or not isinstance(item.outcome, Measured):
        return number
    value = bare(item.outcome.value, Display.NUMBER)
    return f"AUC {value}, {number}"


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
        summary=f"Curves, {evidence_words([reading.digest(curve) for curve in found])}",
    )


def _rows(reading: Reading, curve: Curve) -> str:
    known = [point.rows for point in curve.points if point.rows is not None]
    rows = reading.rows(curve.slice)
    if rows is not None:
        return count(rows)
    return count(max(known)) if known else "not said"
