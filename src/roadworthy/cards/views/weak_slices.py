"""Weak slices as people read them: in lines of text, in a table, and in the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from roadworthy.cards.numbers import (
    SPACE,
    Display,
    amount,
    bare,
    count,
    digits_for,
    interval,
)
from roadworthy.cards.views.blocks import Cell, Group, Table, figure_cell, head, text
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.evidence import Measured
from roadworthy.records.weak_slices import SliceSearch, WeakSlice

LARGE = 0.1
"""A slice with this share of rows is a population of its own."""

LEAST_P = 0.0001


@dataclass(frozen=True, slots=True)
class _Words:
    """How a measure is spoken of: its value in a clause, and what its losses are called."""

    clause: str
    losses: str
    display: Display = Display.PERCENT


_WORDS = {
    "error-rate": _Words("{} wrong", "errors"),
    "false-negative-rate": _Words("{} of positives missed", "misses"),
    "false-positive-rate": _Words("{} of negatives taken for positives", "false alarms"),
    "false-discovery-rate": _Words("{} of positive answers wrong", "wrong positive answers"),
    "false-omission-rate": _Words("{} of negative answers wrong", "wrong negative answers"),
    "rejection-rate": _Words("{} not selected", "rejections"),
    "brier-score": _Words("Brier score {}", "squared error", Display.NUMBER),
    "log-loss": _Words("log loss {}", "log loss", Display.NUMBER),
    "absolute-error": _Words("off by {} on average", "absolute error", Display.NUMBER),
    "squared-error": _Words("mean squared error {}", "squared error", Display.NUMBER),
}


def search_of(record: AssessmentRecord) -> SliceSearch | None:
    """The search that an assessment made, if it made one."""
    for item in record.evidence:
        kept = item.parameters.get("search") if item.measure == "weak-slices" else None
        if kept is not None:
            return canonical.from_json(SliceSearch, kept)
    return None


def weak_group(record: AssessmentRecord) -> tuple[Group, ...]:
    """The part of a report that says where a system is worst; none if nobody searched."""
    search = search_of(record)
    if search is None:
        return ()
    said = " ".join([everyone(search), *conclusion(search)])
    tables = (slices_table(search),) if search.slices else ()
    return (Group(title="Where it is worst", lead=said, tables=tables),)


def everyone(record: SliceSearch) -> str:
    """The measure of all rows, in a sentence."""
    return f"Everyone: {_said(record, record.whole)}."


def title(record: SliceSearch) -> str:
    """What was searched, in a line."""
    model = f" by {record.model_name}" if record.model_name else ""
    measure = record.measure.replace("-", " ")
    return f"Where {measure} is worst: {record.dataset_name}{model}, {count(record.rows)} rows"


def slice_lines(record: SliceSearch, item: WeakSlice) -> Iterator[str]:
    """A slice in a few lines: who, how bad against the rest, how much of it all, what to do."""
    words = _WORDS[record.measure]
    yield str(item)
    rest = f"{_value(record, item.rest)} elsewhere{_times(item)}"
    yield f"{_said(record, item.outcome)}, against {rest}"
    yield (
        f"holds {_share(item.share_of_rows)} of rows and {_share(item.share_of_loss)} of all "
        f"{words.losses}; {_p(item.p_value)}"
    )
    yield f"rows: WHERE {item.where}"
    yield f"next: {next_step(item)}"


def next_step(item: WeakSlice) -> str:
    """What to do about a slice first."""
    missing = [c.attribute for c in item.conditions if c.text.endswith(" is missing")]
    if missing:
        return (
            f"find out why {' and '.join(missing)} is missing there, and whether the training data "
            "holds such rows"
        )
    if item.protected:
        names = ", ".join(map(repr, item.protected))
        return f"compare whole groups too: rw.assess(..., protected=[{names}])"
    if item.share_of_rows >= LARGE:
        return (
            "so many rows are a population of their own: look for an input that tells its cases "
            "apart"
        )
    return (
        "read some of its rows: are their labels right, and did the training data hold enough such "
        "rows?"
    )


def conclusion(record: SliceSearch) -> tuple[str, ...]:
    """What was looked at, what would have been found, and what was not searched."""
    return tuple(_conclusion(record))


def _conclusion(record: SliceSearch) -> Iterator[str]:
    rate = f"{record.false_discovery_rate * 100:g}{SPACE}%"
    conditions = "condition" if record.depth == 1 else f"up to {record.depth} conditions"
    looked = (
        f"Looked at {count(record.looked_at)} slices of {conditions} and at least "
        f"{count(record.fewest)} rows, in one half of the rows; judged the {count(record.tested)} "
        f"that stood out on the other half"
    )
    if record.slices:
        yield (
            f"{looked}. On average, at most {rate} of slices reported this way are there by chance."
        )
        if record.slices[0].outcome.confidence > record.whole.confidence:
            yield "Intervals are wider because only slices that held on the other half are shown."
    else:
        yield f"No slice is surely worse than the rest. {looked}, none of which held."
    if record.detectable:
        sizes = ", ".join(
            f"of {count(item.rows)} rows from {_plain(record, item.value)} on"
            for item in record.detectable
        )
        yield f"A slice would be found, four times in five: {sizes}."
    if record.sampled < record.rows:
        part = f"{count(record.sampled)} of {count(record.rows)} rows"
        yield f"{part} were read (seed {record.seed})."
    if record.eligible < record.sampled:
        yield f"The measure applies to {count(record.eligible)} of {count(record.sampled)} rows."
    for item in record.left_out:
        yield f"Not searched: {item.attribute} ({item.reason})."


def slices_table(record: SliceSearch) -> Table:
    """The slices, a row each."""
    words = _WORDS[record.measure]
    columns = ("slice", record.measure.replace("-", " "), "interval", "n", "elsewhere")
    return Table(
        head=head(*columns, "share of rows", f"share of {words.losses}", "next"),
        rows=tuple(tuple(_cells(record, item)) for item in record.slices),
    )


def _cells(record: SliceSearch, item: WeakSlice) -> Iterator[Cell]:
    yield text(str(item), item.where)
    yield figure_cell(_value(record, item.outcome))
    yield figure_cell(_ends(record, item.outcome))
    yield figure_cell(count(item.outcome.rows))
    yield figure_cell(_value(record, item.rest))
    yield figure_cell(_share(item.share_of_rows))
    yield figure_cell(_share(item.share_of_loss))
    yield text(next_step(item))


def _said(record: SliceSearch, outcome: Measured) -> str:
    clause = _WORDS[record.measure].clause.format(_value(record, outcome))
    sure = f"{outcome.confidence * 100:.3g}{SPACE}% interval {_ends(record, outcome)}"
    return f"{clause} ({sure}, n{SPACE}={SPACE}{count(outcome.rows)})"


def _value(record: SliceSearch, outcome: Measured) -> str:
    display = _WORDS[record.measure].display
    if display is Display.PERCENT:
        return amount(outcome.value, display, digits_for(outcome, display))
    return _plain(record, outcome.value)


def _plain(record: SliceSearch, value: float) -> str:
    display = _WORDS[record.measure].display
    if display is Display.PERCENT:
        return amount(value, display)
    return bare(value, display, 0) if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004


def _ends(record: SliceSearch, outcome: Measured) -> str:
    display = _WORDS[record.measure].display
    if display is Display.PERCENT:
        return interval(outcome, display)
    return f"{_plain(record, outcome.low)} to {_plain(record, outcome.high)}"


def _times(item: WeakSlice) -> str:
    if not item.rest.value:
        return ""
    return f": {item.outcome.value / item.rest.value:.1f} times as much"


def _share(value: float) -> str:
    return amount(value, Display.PERCENT)


def _p(value: float) -> str:
    return f"p < {LEAST_P:g}" if value < LEAST_P else f"p = {value:.2g}"
