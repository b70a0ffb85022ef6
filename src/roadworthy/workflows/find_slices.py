"""Find slices: the subpopulations where a model is worst, searched for and judged on fresh rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from roadworthy.cards.weak_slices import render_search, search_text
from roadworthy.data.engine import Table
from roadworthy.data.model import Model
from roadworthy.data.row_losses import Answers, check_measure, choose_measure, row_losses
from roadworthy.data.slice_question import SliceOrigin, SliceQuestion, record_search
from roadworthy.data.weak_slices import search_slices
from roadworthy.errors import DataError, UsageError
from roadworthy.records import canonical
from roadworthy.records.record import JSON
from roadworthy.records.versions import Column
from roadworthy.records.weak_slices import SliceSearch, WeakSlice
from roadworthy.workflows.assess import Naming

SCORE, PREDICTION = "_roadworthy_score", "_roadworthy_prediction"
"""Names of the columns that hold a model's scores and decisions while slices are searched."""

DEEPEST = 4
"""Conditions of a slice at most: more than people can act upon, and too many to look at."""

_FIELDS: list[pa.Field[Any]] = [
    pa.field("slice", pa.string()),
    pa.field("where", pa.string()),
    pa.field("rows", pa.int64()),
    pa.field("n", pa.int64()),
    pa.field("value", pa.float64()),
    pa.field("low", pa.float64()),
    pa.field("high", pa.float64()),
    pa.field("rest", pa.float64()),
    pa.field("share_of_rows", pa.float64()),
    pa.field("share_of_loss", pa.float64()),
    pa.field("p_value", pa.float64()),
]
SCHEMA = pa.schema(_FIELDS)
"""The columns of `FoundSlices.table()`."""


@dataclass(frozen=True, kw_only=True, repr=False)
class FoundSlices:
    """The slices where a measure is worst, ready to be read, tabled and acted upon.

    Attributes:
        record: what was found, and how, as it can be stored.
    """

    record: SliceSearch

    def __repr__(self) -> str:
        return search_text(self.record)

    def _repr_html_(self) -> str:
        return render_search(self.record)

    @property
    def slices(self) -> tuple[WeakSlice, ...]:
        """The slices that are worse than the rest, the one that stands out most first."""
        return self.record.slices

    def table(self) -> pa.Table:
        """The slices as Arrow, a row each; `where` selects a slice's rows in SQL."""
        rows = [
            {
                "slice": str(item),
                "where": item.where,
                "rows": item.rows,
                "n": item.outcome.rows,
                "value": item.outcome.value,
                "low": item.outcome.low,
                "high": item.outcome.high,
                "rest": item.rest.value,
                "share_of_rows": item.share_of_rows,
                "share_of_loss": item.share_of_loss,
                "p_value": item.p_value,
            }
            for item in self.slices
        ]
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def to_dict(self) -> dict[str, JSON]:
        """The whole record as JSON has it."""
        return canonical.to_json(self.record)


def find_slices(
    table: Table,
    question: SliceQuestion,
    naming: Naming,
    *,
    model: Model | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> FoundSlices:
    """Search a table for the slices where a measure is worst.

    Args:
        table: the rows.
        question: what to search for.
        naming: what the record calls the data and the model.
        model: scores the rows first, if the table does not hold answers already.
        progress: told which step has begun.

    Raises:
        DataError: a column is missing or does not hold what its role says, or there are too few
            rows.
        UsageError: the question contradicts itself.
    """
    _check(table, question, model)
    columns = _columns_to_search(table, question, model)
    progress("reading rows")
    rows = _read(table, columns, question, model)
    answers = question.answers
    if model is not None:
        progress("scoring rows with the model")
        rows, answers = _score(rows, model, answers)
    measure = question.measure or choose_measure(table, rows, answers)
    losses = row_losses(table, rows, measure, answers)
    progress("searching slices")
    searched = search_slices(rows, columns, losses, question.plan(losses))
    origin = SliceOrigin(
        dataset_name=naming.dataset_name,
        dataset=naming.dataset,
        producer=naming.producer,
        at=naming.at,
        model_name=naming.model_name,
    )
    record = record_search(
        searched, question, origin, measure=measure, rows=table.rows, sampled=rows.num_rows
    )
    return FoundSlices(record=record)


# --- before searching ----------------------------------------------------------------------------


def _check(table: Table, question: SliceQuestion, model: Model | None) -> None:
    answers = question.answers
    if question.measure is not None:
        check_measure(question.measure)
    if model is not None and (answers.prediction or answers.score):
        raise UsageError("give a model, or a column of its predictions or scores, but not both")
    if model is None and not (answers.prediction or answers.score):
        raise UsageError("name the column of predictions or of scores, or give a model")
    _check_numbers(question)
    names = [column.name for column in table.columns]
    asked = [(role, name) for role, name in _roles(answers).items() if name is not None]
    asked += [("feature", name) for name in question.features]
    asked += [("protected", name) for name in question.protected]
    asked += [("left-out", name) for name in question.leave_out]
    asked += [("feature", name) for name in (model.features if model else ())]
    for role, name in asked:
        if name not in names:
            raise DataError.from_missing_column(name, names, role=role)


def _check_numbers(question: SliceQuestion) -> None:
    if not 1 <= question.depth <= DEEPEST:
        raise UsageError(f"depth must be 1 to {DEEPEST}, found {question.depth}")
    if question.fewest is not None and question.fewest < 2:  # noqa: PLR2004 - one in each half
        raise UsageError(f"min_rows must be at least 2, found {question.fewest}")
    if question.top < 1:
        raise UsageError(f"top must be at least 1, found {question.top}")
    if question.most_rows < 1:
        raise UsageError(f"max_rows must be at least 1, found {question.most_rows}")
    if not 0 <= question.size_weight <= 1:
        raise UsageError(f"size_weight must lie in [0, 1], found {question.size_weight}")
    for name, value in (
        ("confidence", question.confidence),
        ("false_discovery_rate", question.false_discovery_rate),
    ):
        if not 0 < value < 1:
            raise UsageError(f"{name} must lie between 0 and 1, found {value}")


def _roles(answers: Answers) -> Mapping[str, str | None]:
    return {"label": answers.label, "prediction": answers.prediction, "score": answers.score}


def _columns_to_search(
    table: Table, question: SliceQuestion, model: Model | None
) -> tuple[Column, ...]:
    taken = {*question.answers.columns, *question.leave_out}
    named = question.features or (model.features if model else ())
    wanted = {*named, *question.protected} if named else {c.name for c in table.columns}
    found = tuple(c for c in table.columns if c.name in wanted and c.name not in taken)
    if not found:
        raise UsageError("there is no column to search: every column is an answer or left out")
    return found


def _read(
    table: Table, columns: tuple[Column, ...], question: SliceQuestion, model: Model | None
) -> pa.Table:
    needed = [column.name for column in columns] + list(question.answers.columns)
    if model is not None:
        needed += [*model.features, *model.rule.attributes]
    wanted = list(dict.fromkeys(needed))
    return table.read(wanted, sample=question.sample(table), seed=question.seed)


def _score(rows: pa.Table, model: Model, answers: Answers) -> tuple[pa.Table, Answers]:
    if answers.label in model.features:
        raise UsageError(f"the model reads the label {answers.label!r}: it is told the answer")
    scores = model.score(rows) if model.has_scores else None
    rows = rows.append_column(PREDICTION, pa.array(model.decide(rows, scores)))
    if scores is not None:
        rows = rows.append_column(SCORE, pa.array(scores))
    return rows, replace(answers, prediction=PREDICTION, score=None if scores is None else SCORE)
