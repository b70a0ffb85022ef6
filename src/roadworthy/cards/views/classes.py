"""Classes and labels: what is taken for what, each one by itself, and each one by group."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.cards.names import attribute_name, full_name, short_digest, value_name
from roadworthy.cards.numbers import SPACE, bare, count, interval, value_of
from roadworthy.cards.reading import Reading
from roadworthy.cards.svg.heat_map import Cell, Side, heat_map, is_wide
from roadworthy.cards.views import blocks
from roadworthy.cards.views.blocks import Figure, Group, Table, figure_cell, head, text
from roadworthy.cards.views.plots import data_table
from roadworthy.records.evidence import Evidence, Measured
from roadworthy.records.record import JSON
from roadworthy.records.slices import ALL, CLASS, LABEL, Slice, Term
from roadworthy.records.versions import Task

_COLUMNS = ("recall", "precision", "f1", "roc-auc", "expected-calibration-error")
_BY_GROUP = ("true-positive-rate", "positive-predictive-value")
_MOST_CLASSES = 25
_UNSURE, _LEAST_REACH = 0.3, 0.05


def questions(reading: Reading) -> tuple[Term, ...]:
    """The classes, or the labels, that the system was measured on one by one."""
    roles = reading.record.roles
    if roles.task is Task.MULTILABEL:
        return tuple(Term(attribute=LABEL, value=name) for name in roles.labels)
    return tuple(Term(attribute=CLASS, value=name) for name in roles.classes)


def class_groups(reading: Reading) -> list[Group]:
    """For the section on performance: the confusion matrix, and each class by itself."""
    asked = questions(reading)
    return [] if not asked else [*_confusion(reading), _one_by_one(reading, asked)]


def classes_by_group(reading: Reading) -> list[Group]:
    """For the section on fairness: each class in each group, against the class in everybody."""
    asked = questions(reading)
    groups = []
    for attribute in reading.record.roles.protected if asked else ():
        maps = [_map(reading, reading.at_hand(measure), attribute, asked) for measure in _BY_GROUP]
        what = _what(asked)
        groups.append(
            Group(
                title=f"Each {what} by {attribute_name(attribute)}",
                lead=f"Blue is above the {what}’s value for everyone, orange below, and pale where"
                " the interval does not tell them apart.",
                figures=tuple(figure for figure in maps if figure is not None),
            )
        )
    return groups


def widest(reading: Reading) -> str:
    """What a gap speaks of where there are several classes or labels; else nothing."""
    asked = questions(reading)
    if not asked:
        return ""
    return f" Each {_what(asked)} is set against the rest; the one where the gap is widest counts."


def _what(asked: Sequence[Term]) -> str:
    return "class" if asked[0].attribute == CLASS else "label"


# --- what is taken for what ----------------------------------------------------------------------


def _confusion(reading: Reading) -> list[Group]:
    item = _at_hand(reading, "accuracy", ALL)
    weights = _weights(item.parameters.get("confusion")) if item else []
    names = [value_name(str(name)) for name in reading.record.roles.classes]
    if not weights or len(names) > _MOST_CLASSES:
        return []
    cells = {
        (i, j): _share(names, weights, i, j)
        for i in range(len(names))
        for j in range(len(names))
        if sum(weights[i]) > 0
    }
    drawing = heat_map(
        Side("truly", names), Side("the system says", names), cells,
        title="Confusion matrix",
        desc="Of the cases of each class, the share that the system takes for each class.",
    )  # fmt: skip
    awaited = item is not None and item.measure != "accuracy"
    when = " Labels are awaited: these are the numbers that they are expected to show."
    return [
        Group(
            title="What is taken for what",
            lead="A row is a class and adds up to 100 %: blue is what the system gets right, orange"
            f" what it takes for another class.{when if awaited else ''}",
            figures=(
                Figure(
                    title="Confusion matrix, expected" if awaited else "Confusion matrix",
                    drawing=drawing,
                    data=_confusion_table(names, weights),
                    wide=is_wide(drawing),
                ),
            ),
        )
    ]


def _weights(table: JSON) -> list[list[float]]:
    """The confusion matrix that evidence carries; nothing if it carries none."""
    rows = table if isinstance(table, list) else []
    return [
        [float(cell) for cell in row if isinstance(cell, int | float)]
        for row in rows
        if isinstance(row, list)
    ]


def _share(names: Sequence[str], weights: Sequence[Sequence[float]], i: int, j: int) -> Cell:
    part, whole = weights[i][j], sum(weights[i])
    share = part / whole
    said = "is said to be" if i != j else "is rightly said to be"
    return Cell(
        text=f"{100 * share:.0f}{SPACE}%",
        rows=_amount(part),
        lean=share if i == j else -share,
        hover=f"{names[i]} {said} {names[j]}: {_amount(part)} of {_amount(whole)}",
    )


def _amount(weight: float) -> str:
    return count(int(weight)) if weight.is_integer() else f"{weight:,.1f}"


def _confusion_table(names: Sequence[str], weights: Sequence[Sequence[float]]) -> Table:
    every = range(1, len(names) + 1)
    return Table(
        head=head("Truly", *(f"said {name}" for name in names), numbers=tuple(every)),
        rows=tuple(
            (text(name), *(figure_cell(_amount(cell)) for cell in row))
            for name, row in zip(names, weights, strict=True)
        ),
        summary="The numbers",
    )


# --- each class by itself ------------------------------------------------------------------------


def _one_by_one(reading: Reading, asked: Sequence[Term]) -> Group:
    """A row a class, the one that is found worst first."""
    what = _what(asked)
    columns = [
        measure
        for measure in _COLUMNS
        if any(_is_measured(_at_hand(reading, measure, ALL.about(term))) for term in asked)
    ]
    order = sorted(asked, key=lambda term: _goodness(reading, term))
    rows = tuple(
        (
            text(value_name(term.value)),
            figure_cell(_rows(reading, ALL.about(term))),
            *(_cell(_at_hand(reading, measure, ALL.about(term)), reading) for measure in columns),
        )
        for term in order
    )
    titles = [reading.title(reading.at_hand(measure)) for measure in columns]
    numbers = tuple(range(1, len(columns) + 2))
    table = Table(head=head(what.capitalize(), "n", *titles, numbers=numbers), rows=rows)
    lead = f"Each {what} against the rest, the one that is found worst first."
    return Group(title=f"Each {what}", lead=lead, tables=(table,) if columns else ())


def _goodness(reading: Reading, term: Term) -> float:
    """F1, or else recall; what nobody could measure comes first."""
    for measure in ("f1", "recall"):
        item = _at_hand(reading, measure, ALL.about(term))
        if item is not None and isinstance(item.outcome, Measured):
            return item.outcome.value
    return -1.0


def _at_hand(reading: Reading, measure: str, where: Slice) -> Evidence | None:
    """The evidence of what a measure is expected to be there, or else of the measure itself."""
    return reading.find(reading.at_hand(measure), where) or reading.find(measure, where)


def _is_measured(item: Evidence | None) -> bool:
    return item is not None and isinstance(item.outcome, Measured)


def _rows(reading: Reading, where: Slice) -> str:
    rows = reading.rows(where)
    return "" if rows is None else count(rows)


def _cell(item: Evidence | None, reading: Reading) -> blocks.Cell:
    if item is None or not isinstance(item.outcome, Measured):
        reason = item.outcome.reason if item and not isinstance(item.outcome, Measured) else ""
        return blocks.Cell(text="not measured", kind="number", title=reason)
    display = reading.display(item.measure)
    return blocks.Cell(
        text=value_of(item.outcome, display),
        kind="number",
        note=interval(item.outcome, display),
        title=f"evidence {short_digest(reading.digest(item))}",
    )


# --- each class in each group --------------------------------------------------------------------


def _map(reading: Reading, measure: str, attribute: str, asked: Sequence[Term]) -> Figure | None:
    values = [
        size.slice.terms[0].value
        for size in reading.record.roster
        if size.slice.attributes == (attribute,)
    ]
    items = {
        (i, j): item
        for i, term in enumerate(asked)
        for j, value in enumerate(values)
        if (item := reading.find(measure, Slice.of({attribute: str(value)}).about(term)))
    }
    if not any(_is_measured(item) for item in items.values()) or len(asked) > _MOST_CLASSES:
        return None
    reach = max([_LEAST_REACH, *(abs(_away(reading, item)) for item in items.values())])
    drawing = heat_map(
        Side(_what(asked), [value_name(term.value) for term in asked]),
        Side(attribute_name(attribute), [value_name(value) for value in values]),
        {place: _group_cell(reading, item, reach) for place, item in items.items()},
        title=f"{reading.title(measure)} of each {_what(asked)} by {attribute_name(attribute)}",
        desc=f"{count(len(asked))} rows and {count(len(values))} columns.",
    )
    return Figure(
        title=reading.title(measure),
        drawing=drawing,
        note=reading.plain(measure),
        data=data_table(reading, list(items.values())),
        wide=is_wide(drawing),
    )


def _away(reading: Reading, item: Evidence) -> float:
    """How far a group's value is from the same class's value in everybody; 0 if unknown."""
    question = item.slice.question
    whole = reading.find(item.measure, ALL.about(question)) if question else None
    if whole is None or not isinstance(whole.outcome, Measured):
        return 0.0
    if not isinstance(item.outcome, Measured):
        return 0.0
    sure = not item.outcome.low <= whole.outcome.value <= item.outcome.high
    return (item.outcome.value - whole.outcome.value) * (1.0 if sure else _UNSURE)


def _group_cell(reading: Reading, item: Evidence, reach: float) -> Cell:
    hover = f"{full_name(item.slice)}, evidence {short_digest(reading.digest(item))}"
    mark = reading.mark(item.measure, item.slice)
    if not isinstance(item.outcome, Measured):
        return Cell(text="?", rows="no data", mark=mark, hover=f"{hover}: {item.outcome.reason}")
    display = reading.display(item.measure)
    value = value_of(item.outcome, display)
    ends = f"{bare(item.outcome.low, display)} to {bare(item.outcome.high, display)}"
    return Cell(
        text=value,
        rows=f"n {count(item.outcome.rows)}",
        lean=max(-1.0, min(1.0, _away(reading, item) / reach)),
        mark=mark,
        hover=f"{hover}: {value} ({ends})",
    )
