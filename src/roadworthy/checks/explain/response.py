"""Response curves: the average score when one input is set to each of its values in turn.

Every sampled row is given the value, whatever else it says, and scored; the curve is the average.
Where inputs go together in life (age and retirement), some of those rows could not exist.

Source: Friedman (2001), partial dependence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.explain.questions import SAMPLE, Asked, prepare, score_all
from roadworthy.data.kinds import holds_quantities
from roadworthy.data.values import value_text
from roadworthy.errors import DataError
from roadworthy.records.evidence import Curve, Evidence, Point
from roadworthy.records.slices import ALL
from roadworthy.records.versions import Task
from roadworthy.stats.intervals import critical

GRID = 12
"""Points of a curve: quantiles of a number, or the most frequent values of a category."""

ROWS = 500
"""Rows that each value is tried on; the first of the sample."""


class Response:
    """Draws how the score responds to each input by itself."""

    spec = CheckSpec(
        slug="response",
        version=1,
        pillar="explain",
        title="Response to each input",
        assumptions=f"The average over {ROWS} of a random sample of {SAMPLE} rows; inputs are "
        "varied one at a time, also into combinations that do not occur.",
        source="Friedman (2001), partial dependence.",
        measures=(),
        tasks=(Task.BINARY,),
    )

    def measure(self, subject: Subject) -> Iterable[Evidence | Curve]:
        """One curve for each input; none without a model that gives scores."""
        asked = prepare(subject, labelled=False)
        if isinstance(asked, str) or not asked.sample.size:
            return
        subject.progress("drawing responses")
        for feature in asked.model.features:
            yield from _curve(subject, asked, feature)


RESPONSE = Response()


def _curve(subject: Subject, asked: Asked, feature: str) -> Iterator[Curve]:
    column = asked.sample.rows.column(feature)
    values, labels = _grid(column)
    rows = asked.sample.rows.slice(0, ROWS)
    copies = [_with_value(rows, feature, value) for value in values]
    try:
        answers = score_all(asked.model, copies)
    except DataError:
        return
    half = [_half_width(scores, subject.confidence) for scores in answers]
    yield Curve(
        slug="response",
        slice=ALL,
        points=tuple(
            Point(
                x=float(place),
                y=float(scores.mean()),
                low=max(float(scores.mean()) - width, 0.0),
                high=min(float(scores.mean()) + width, 1.0),
                rows=len(scores),
                label=label,
            )
            for place, label, scores, width in zip(
                _places(values, labels), labels, answers, half, strict=True
            )
        ),
        x_title=feature,
        y_title="average score",
        subject=feature,
    )


def _grid(column: pa.ChunkedArray[Any]) -> tuple[list[pa.Scalar[Any]], list[str | None]]:
    """The values to try, and their names if they are categories."""
    known = column.drop_null()
    if holds_quantities(known):
        numbers = known.cast(pa.float64()).to_numpy()
        numbers = np.sort(numbers[np.isfinite(numbers)])
        if len(numbers):
            steps = np.linspace(0, len(numbers) - 1, GRID).round().astype(int)
            chosen = np.unique(numbers[steps])
            cast = pa.array(chosen).cast(column.type, safe=False)
            return list(cast), [None] * len(chosen)
    counted: Any = pc.value_counts(known)
    counts = counted.to_pylist()
    ranked = sorted(counts, key=lambda item: (-item["counts"], str(item["values"])))[:GRID]
    values = sorted((item["values"] for item in ranked), key=_order)
    scalars = [pa.scalar(value, type=_plain(column.type)) for value in values]
    return scalars, [value_text(value) for value in values]


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _order(value: object) -> tuple[int, float, str]:
    """Numbers by size, also if they are text; other values by the alphabet."""
    try:
        return (0, float(str(value)), "")
    except ValueError:
        return (1, 0.0, str(value))


def _places(values: list[pa.Scalar[Any]], labels: list[str | None]) -> Iterable[float]:
    """Where the points stand: at their number, or one after another if they are categories."""
    if labels and labels[0] is not None:
        return range(len(values))
    return [float(value.as_py()) for value in values]


def _with_value(rows: pa.Table, feature: str, value: pa.Scalar[Any]) -> pa.Table:
    position = rows.column_names.index(feature)
    field = rows.schema.field(position)
    column = pa.array([value.as_py()] * rows.num_rows, type=value.type).cast(field.type)
    return rows.set_column(position, field, column)


def _half_width(scores: NDArray[np.float64], confidence: float) -> float:
    if len(scores) < 2:  # noqa: PLR2004 - a spread needs two
        return 1.0
    error: float = float(scores.std(ddof=1)) / len(scores) ** 0.5
    return float(critical(confidence)) * error
