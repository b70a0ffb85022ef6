"""Find the subpopulations where a model is worst, with nothing on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from roadworthy import wiring
from roadworthy.data.model import Model
from roadworthy.data.row_losses import ABSOLUTE_ERROR, SQUARED_ERROR, Answers
from roadworthy.data.slice_question import SliceQuestion
from roadworthy.data.values import value_text
from roadworthy.errors import UsageError
from roadworthy.workflows.assess import Naming
from roadworthy.workflows.find_slices import FoundSlices
from roadworthy.workflows.find_slices import find_slices as search_table
from roadworthy.workflows.ports import silent
from roadworthy.workflows.snapshot import version_of


def find_slices(
    data: object,
    *,
    label: str | None = None,
    prediction: str | None = None,
    score: str | None = None,
    model: object | None = None,
    measure: str | None = None,
    features: Sequence[str] = (),
    protected: Sequence[str] = (),
    leave_out: Sequence[str] = (),
    depth: int = 3,
    min_rows: int | None = None,
    size_weight: float = 0.5,
    top: int = 10,
    false_discovery_rate: float = 0.05,
    positive: object | None = None,
    threshold: float = 0.5,
    max_rows: int = 1_000_000,
    confidence: float = 0.95,
    seed: int = 0,
    name: str | None = None,
    at: datetime | None = None,
    progress: Callable[[str], None] = silent,
) -> FoundSlices:
    """Find the slices of the data where a measure is worst, and say how sure that is.

    Slices are searched for in one half of the rows and judged on the other, so that the worst of
    very many do not look worse than they are. A slice that is not surely worse is not reported.

    Args:
        data: a path or glob (Parquet, CSV, JSON, Arrow), a pandas or Polars frame, an Arrow table
            or a DuckDB relation; or a list of such parts with the same columns; or the URL of a
            table in PostgreSQL.
        label: the column of true outcomes: classes, or a number.
        prediction: the column of answers, of the same kind.
        score: the column of probabilities of the positive class, in [0, 1].
        model: answers for the rows itself: anything with `predict_proba` or `predict`; for one that
            predicts a number, name `absolute-error` or `squared-error` as the measure.
        measure: `error-rate`, `false-negative-rate`, `false-positive-rate`,
            `false-discovery-rate`, `false-omission-rate`, `rejection-rate`, `brier-score`,
            `log-loss`, `absolute-error` or `squared-error`. Without it, `absolute-error` where a
            number is predicted, else `error-rate`.
        features: columns to search; the model's inputs otherwise, or every column without another
            role. A model that does not name its inputs reads these.
        protected: columns to search as well; slices that name one are pointed out.
        leave_out: columns not to search.
        depth: conditions of a slice at most, 1 to 4.
        min_rows: rows of a slice at least, at least 2; otherwise 50, or one row in 200 if that is
            more.
        size_weight: how much a slice's size counts beside how bad it is: 0 finds the worst, however
            small; 0.5 what stands out most surely; 1 what carries the most errors beyond its share.
        top: slices to report at most.
        false_discovery_rate: the share of reported slices that may be there by chance, in (0, 1).
        positive: the positive value of the label; recognised by itself for 0/1, no/yes and such.
        threshold: a score at or above it is a positive answer, if there is no prediction.
        max_rows: rows to read at most; of more, a sample.
        confidence: of the intervals.
        seed: of the sample and of the halves; the same seed finds the same slices.
        name: what the record calls the data.
        at: the time the record carries; now otherwise.
        progress: told which step has begun.

    Raises:
        DataError: the data cannot be read, a column is not what its role says, or there are too
            few rows.
        UsageError: the arguments contradict each other.
    """
    if any(isinstance(given, str) for given in (features, protected, leave_out)):
        raise UsageError("features, protected and leave_out are lists of column names")
    progress("opening the data")
    engine = wiring.engine_for(data)
    table = engine.open(data, name=name)
    ports = wiring.ports(by=engine)
    positive_text = None if positive is None else value_text(positive)
    given, digest, model_name = _model(model, measure, features, positive_text, threshold)
    return search_table(
        table,
        SliceQuestion(
            answers=Answers(
                label=label,
                prediction=prediction,
                score=score,
                positive=positive_text,
                threshold=threshold,
            ),
            measure=measure,
            features=tuple(features),
            protected=tuple(protected),
            leave_out=tuple(leave_out),
            depth=depth,
            fewest=min_rows,
            size_weight=size_weight,
            top=top,
            false_discovery_rate=false_discovery_rate,
            most_rows=max_rows,
            confidence=confidence,
            seed=seed,
        ),
        Naming(
            system=name or table.name,
            dataset=version_of(data, table, ports=ports).digest,
            dataset_name=table.name,
            producer=ports.producer,
            at=at or ports.now(),
            model=digest,
            model_name=model_name,
        ),
        model=given,
        progress=progress,
    )


def _model(
    model: object | None,
    measure: str | None,
    features: Sequence[str],
    positive: str | None,
    threshold: float,
) -> tuple[Model | None, str | None, str | None]:
    """The model, its digest and its name; it reads what it was fitted with, if it says so."""
    if model is None:
        return None, None, None
    if isinstance(model, str | Path):
        loaded = wiring.load_model(str(model), None)
        return loaded.model, loaded.version.digest, loaded.version.name
    inputs = None if hasattr(model, "feature_names_in_") else tuple(features) or None
    wrapped = (
        wiring.wrap_regressor(model, features=inputs)
        if measure in {ABSOLUTE_ERROR, SQUARED_ERROR}
        else wiring.wrap_model(model, features=inputs, positive=positive, threshold=threshold)
    )
    return wrapped, wiring.model_digest(wrapped), type(model).__name__
