"""Fairness: gaps against their limits, rates of each group, and intersections as heat maps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from roadworthy.cards.conclusion import main_finding
from roadworthy.cards.names import attribute_name, full_name, group_name, short_digest, value_name
from roadworthy.cards.numbers import amount, bare, count, unit, value_of
from roadworthy.cards.reading import Reading
from roadworthy.cards.svg.heat_map import Cell, Side, heat_map, is_wide
from roadworthy.cards.svg.rows import Mark
from roadworthy.cards.views.blocks import Figure, Group, Section
from roadworthy.cards.views.classes import classes_by_group, widest
from roadworthy.cards.views.plots import (
    data_table,
    evidence_figure,
    shared_domain,
    value_only,
)
from roadworthy.records.evidence import Evidence, Measured
from roadworthy.records.slices import ALL

RATES = {
    "equal-opportunity-difference": "true-positive-rate",
    "equalized-odds-difference": "true-positive-rate",
    "true-positive-rate-difference": "true-positive-rate",
    "false-negative-rate-parity-difference": "true-positive-rate",
    "demographic-parity-difference": "selection-rate",
    "demographic-parity-ratio": "selection-rate",
    "selection-rate-difference": "selection-rate",
    "selection-rate-ratio": "selection-rate",
    "false-positive-rate-parity-difference": "false-positive-rate",
    "false-positive-rate-difference": "false-positive-rate",
    "predictive-parity-difference": "positive-predictive-value",
    "accuracy-parity-difference": "accuracy",
    "mean-absolute-error-gap": "mean-absolute-error",
    "mean-absolute-error-ratio": "mean-absolute-error",
    "worst-group-absolute-error": "mean-absolute-error",
    "mean-error-gap": "mean-error",
    "exposure-parity-ratio": "exposure-to-size-ratio",
    "exposure-merit-ratio": "exposure-to-relevance-ratio",
    "top-10-parity-ratio": "top-10-share",
    "mean-prediction-gap": "mean-prediction",
    "conditional-mean-prediction-gap": "mean-prediction",
    "recall": "true-positive-rate",
    "precision": "positive-predictive-value",
}
"""The rate of a group that a gap compares."""

_GAPS = (
    "equal-opportunity-difference",
    "demographic-parity-difference",
    "demographic-parity-ratio",
    "false-positive-rate-parity-difference",
    "predictive-parity-difference",
    "accuracy-parity-difference",
    "mean-absolute-error-gap",
    "mean-error-gap",
    "mean-prediction-gap",
    "worst-group-absolute-error",
    "prediction-wasserstein",
    "interval-coverage-difference",
    "hamming-loss-difference",
    "confusion-rate-difference",
    "exposure-parity-ratio",
    "exposure-merit-ratio",
    "top-10-parity-ratio",
)
"""The gaps to show first, where the policy does not say which matter."""

_BY_GROUP = (
    "selection-rate", "true-positive-rate", "false-positive-rate", "mean-prediction", "mean-label",
    "mean-absolute-error", "mean-error", "exposure-to-size-ratio", "exposure-to-relevance-ratio",
    "top-10-share",
)  # fmt: skip
_MAPPED = (
    "true-positive-rate", "selection-rate", "accuracy", "mean-absolute-error", "mean-error",
    "exposure-to-size-ratio",
)  # fmt: skip
_KEY = (
    " A dashed line is what the policy allows; where none crosses its row, the dot is blue and the"
    " policy asks nothing."
)
_FIRST_GAPS, _MOST_GROUPS, _MOST_COLUMNS = 6, 12, 10
_FEW, _LEAST_TINT, _UNSURE = 50, 0.05, 0.3


def fairness(reading: Reading) -> Section:
    """The section on fairness: empty of groups where no group was measured."""
    attributes = reading.record.roles.protected
    groups = [
        *_gaps(reading),
        *classes_by_group(reading),
        *(_rates(reading, name) for name in attributes),
    ]
    return Section(
        slug="fairness",
        title="Fairness by group",
        lead="Is the model as good for one group as for another? First the gaps between groups,"
        " then every group by itself, against everyone." + (_KEY if reading.is_limited else ""),
        groups=tuple(group for group in groups if group.figures),
    )


def intersections(reading: Reading) -> Section:
    """Heat maps of every pair of attributes, for the measure that matters most here."""
    measures = [m for m in mapped_measures(reading) if _pairs(reading, m)][:2]
    groups = [_map_group(reading, m, folded=i > 0) for i, m in enumerate(measures)]
    return Section(
        slug="intersections",
        title="Where groups overlap",
        lead="A model can treat women fairly and old people fairly, and old women badly. Each cell"
        " shows the value and, below it, the rows behind it. Blue is above everyone’s value,"
        " orange below, and pale where the interval does not tell them apart. Hatched cells could"
        " not be measured; a diamond marks a failed finding.",
        groups=tuple(groups),
    )


def mapped_measures(reading: Reading) -> tuple[str, ...]:
    """The measures worth mapping: that of the main finding first."""
    first: tuple[str, ...] = ()
    if reading.decision is not None:
        measure = main_finding(reading.decision, reading.words).requirement.measure
        first = (RATES.get(measure, measure),)
    return tuple(dict.fromkeys((*first, *_MAPPED)))


def _gaps(reading: Reading) -> list[Group]:
    measures = [m for m in reading.in_pillar("fairness") if reading.comparisons(m)]
    usual = {reading.at_hand(measure): place for place, measure in enumerate(_GAPS)}
    measures.sort(key=lambda m: (_gap_order(reading, m), usual.get(m, len(usual))))
    figures = [_gap(reading, measure, 1) for measure in measures]
    deep = [_gap(reading, m, 2) for m in measures if reading.comparisons(m, 2)]
    rest = (*figures[_FIRST_GAPS:], *deep)
    return [
        Group(
            title="Gaps between groups",
            lead="The best-treated group of an attribute against the worst-treated. Zero is no gap"
            " (for a ratio: one)." + widest(reading),
            figures=tuple(figures[:_FIRST_GAPS]),
        ),
        Group(title="More gaps, and gaps across intersections", figures=rest, folded=True),
    ]


def _gap_order(reading: Reading, measure: str) -> int:
    """Failing measures first, then undecided, then passing, then those that nobody asked about."""
    marks = [reading.mark(measure, item.slice) for item in reading.comparisons(measure)]
    order = (Mark.FAIL, Mark.UNKNOWN, Mark.PASS, Mark.PLAIN)
    return min(order.index(mark) for mark in marks)


def _gap(reading: Reading, measure: str, depth: int) -> Figure:
    items = reading.comparisons(measure, depth)
    return evidence_figure(
        reading, measure, items, note=reading.plain(measure), zero=not measure.endswith("-ratio")
    )


def _rates(reading: Reading, attribute: str) -> Group:
    """One small plot a measure; a measure has the same axis for every attribute."""
    usual = [reading.at_hand(measure) for measure in _BY_GROUP]
    judged = [m for m in reading.in_pillar("fairness") if m not in usual and _asked(reading, m)]
    found = {m: reading.groups(m, [attribute]) for m in (*usual, *judged)}
    lines = 1 + max(
        len(reading.limits(measure, [item.slice for item in items]))
        for measure, items in found.items()
    )
    figures = [_rate(reading, m, items, lines) for m, items in found.items() if items]
    number = len(reading.groups("selection-rate", [attribute])) if figures else 0
    return Group(
        title=f"By {attribute_name(attribute)}",
        lead=f"{count(number)} groups." if number > _MOST_GROUPS else "",
        figures=tuple(figures),
    )


def _asked(reading: Reading, measure: str) -> bool:
    return any(
        reading.finding(measure, item.slice)
        for item in reading.of(measure)
        if len(item.slice.terms) == 1 and not item.slice.is_comparison
    )


def _rate(reading: Reading, measure: str, items: Sequence[Evidence], lines: int) -> Figure:
    every = [
        item
        for attribute in reading.record.roles.protected
        for item in largest(reading, reading.groups(measure, [attribute]))
    ]
    shown = largest(reading, items)
    note = reading.plain(measure)
    if len(shown) < len(items):
        note += f" Shown: the {count(len(shown))} largest of {count(len(items))} groups."
    figure = evidence_figure(
        reading, measure, shown, note=note, everyone=True, name=value_only, lines=lines,
        domain=shared_domain(reading, measure, every),
    )  # fmt: skip
    return Figure(
        title=figure.title, drawing=figure.drawing, note=note, data=data_table(reading, items)
    )


def largest(reading: Reading, items: Sequence[Evidence]) -> list[Evidence]:
    """The largest groups, in the order in which they were recorded."""
    if len(items) <= _MOST_GROUPS:
        return list(items)
    ranked = sorted(items, key=lambda item: -(reading.rows(item.slice) or 0))[:_MOST_GROUPS]
    kept = {id(item) for item in ranked}
    return [item for item in items if id(item) in kept]


def _pairs(reading: Reading, measure: str) -> dict[tuple[str, ...], list[Evidence]]:
    found = {
        pair: reading.groups(measure, pair)
        for pair in combinations(reading.record.roles.protected, 2)
    }
    return {pair: items for pair, items in found.items() if items}


def _map_group(reading: Reading, measure: str, *, folded: bool) -> Group:
    pairs = _pairs(reading, measure)
    reach = _reach(reading, measure, [item for items in pairs.values() for item in items])
    figures = [_map(reading, measure, pair, items, reach) for pair, items in pairs.items()]
    figures.sort(key=lambda figure: figure.wide)
    return Group(
        title=reading.title(measure),
        lead=f"{reading.plain(measure)} {_centre_words(reading, measure, reach)}",
        figures=tuple(figures),
        folded=folded,
    )


def _centre_words(reading: Reading, measure: str, reach: float) -> str:
    centre = reading.find(measure, ALL)
    if centre is None or not isinstance(centre.outcome, Measured):
        return ""
    display = reading.display(measure)
    points = " points" if unit(display) == "%" else ""
    value = value_of(centre.outcome, display)
    full = f"{bare(reach, display, 0)}{points}"
    return f"For everyone it is {value}; the tint is full {full} away from it."


def _centre(reading: Reading, measure: str) -> float | None:
    item = reading.find(measure, ALL)
    return item.outcome.value if item and isinstance(item.outcome, Measured) else None


def _reach(reading: Reading, measure: str, items: Sequence[Evidence]) -> float:
    """The distance from everyone's value at which the tint is full; tiny groups do not set it."""
    centre = _centre(reading, measure)
    if centre is None:
        return 1.0
    away = [
        abs(item.outcome.value - centre)
        for item in items
        if isinstance(item.outcome, Measured) and item.outcome.rows >= _FEW
    ]
    return max([*away, _LEAST_TINT])


def _map(
    reading: Reading,
    measure: str,
    pair: tuple[str, ...],
    items: Sequence[Evidence],
    reach: float,
) -> Figure:
    values = {name: _values(reading, name, items) for name in pair}
    across, down = sorted(pair, key=lambda name: (len(values[name]), name))
    columns, rows = values[across][:_MOST_COLUMNS], values[down]
    cells: dict[tuple[int, int], Cell] = {}
    for item in items:
        at = {term.attribute: term.value for term in item.slice.terms}
        if at[across] in columns:
            place = (rows.index(at[down]), columns.index(at[across]))
            cells[place] = _cell(reading, item, reach)
    title = f"{attribute_name(down)} by {attribute_name(across)}"
    drawing = heat_map(
        Side(attribute_name(down), [value_name(v) for v in rows]),
        Side(attribute_name(across), [value_name(v) for v in columns]),
        cells,
        title=f"{reading.title(measure)}: {title}", desc=_map_words(reading, measure, items),
    )  # fmt: skip
    note = ""
    if len(columns) < len(values[across]):
        note = f"{count(len(values[across]) - len(columns))} columns more in the numbers below."
    return Figure(
        title=title,
        drawing=drawing,
        note=note,
        data=data_table(reading, items),
        wide=is_wide(drawing),
    )


def _values(reading: Reading, attribute: str, items: Sequence[Evidence]) -> list[str | None]:
    """The values of an attribute that occur, as the population lists them."""
    present = {t.value for item in items for t in item.slice.terms if t.attribute == attribute}
    listed = [
        size.slice.terms[0].value
        for size in reading.record.roster
        if size.slice.attributes == (attribute,) and not size.slice.is_comparison
    ]
    return [v for v in listed if v in present] + sorted(
        (v for v in present if v not in listed), key=str
    )


def _cell(reading: Reading, item: Evidence, reach: float) -> Cell:
    display = reading.display(item.measure)
    hover = f"{full_name(item.slice)}, evidence {short_digest(reading.digest(item))}"
    mark = reading.mark(item.measure, item.slice)
    if not isinstance(item.outcome, Measured):
        return Cell(text="?", rows="no data", mark=mark, hover=f"{hover}: {item.outcome.reason}")
    centre = _centre(reading, item.measure)
    away = 0.0 if centre is None else (item.outcome.value - centre) / reach
    sure = centre is None or not item.outcome.low <= centre <= item.outcome.high
    value = value_of(item.outcome, display)
    ends = f"{bare(item.outcome.low, display)} to {bare(item.outcome.high, display)}"
    return Cell(
        text=value, rows=f"n {count(item.outcome.rows)}", mark=mark,
        lean=max(-1.0, min(1.0, away)) * (1.0 if sure else _UNSURE),
        hover=f"{hover}: {value} ({ends})",
    )  # fmt: skip


def _map_words(reading: Reading, measure: str, items: Sequence[Evidence]) -> str:
    known = [(i.outcome.value, i.slice) for i in items if isinstance(i.outcome, Measured)]
    display = reading.display(measure)
    if not known:
        return f"{count(len(items))} intersections, none measured."
    low = min(known, key=lambda pair: pair[0])
    high = max(known, key=lambda pair: pair[0])
    return (
        f"{count(len(items))} intersections, {count(len(items) - len(known))} not measured;"
        f" from {amount(low[0], display)} ({group_name(low[1])})"
        f" to {amount(high[0], display)} ({group_name(high[1])})."
    )
