"""`ClassifierModel`: a Python object that decides between several classes, its answers checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.adapters.models import feature_names
from roadworthy.adapters.python_model import ROUNDING, ask, check_length, name_of
from roadworthy.data.values import value_text
from roadworthy.errors import DataError, UsageError
from roadworthy.records.versions import DecisionRule
from roadworthy.stats.classes import class_of


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassifierModel:
    """A `ClassModel` made of a Python object that predicts classes.

    Attributes:
        estimator: the object itself.
        features: the columns it reads, in the order it wants them.
        classes: its classes as text, in the order of the columns of `predict_proba`.
        has_probabilities: whether it gives probabilities.
        named: whether it was fitted on a frame with column names.
        rule: how scores would become decisions; it has none.
        has_scores: False: no single number says how likely "the" positive class is.
    """

    estimator: Any
    features: tuple[str, ...]
    classes: tuple[str, ...]
    has_probabilities: bool = True
    named: bool = False
    rule: DecisionRule = field(default_factory=DecisionRule)
    has_scores: bool = False

    def probabilities(self, rows: pa.Table) -> NDArray[np.float64]:
        """The probability of each class, shape (rows, classes), each row adding up to 1.

        Raises:
            DataError: a feature is missing, the model fails on these rows, or an answer is no
                probability; the message names the first offending row.
            UsageError: the model gives no probabilities.
        """
        name = name_of(self.estimator)
        if not self.has_probabilities:
            raise UsageError(f"{name} gives decisions and no probabilities")
        answer = np.asarray(
            ask(self.estimator, "predict_proba", rows, self.features, named=self.named)
        )
        expected = (rows.num_rows, len(self.classes))
        if answer.shape != expected:
            raise DataError(
                f"{name}.predict_proba answered an array of shape {answer.shape} for "
                f"{rows.num_rows} rows; expected {expected}, a column for each of its classes"
            )
        found = answer.astype(np.float64)
        bad = (~np.isfinite(found) | (found < -ROUNDING) | (found > 1 + ROUNDING)).any(axis=1)
        if bad.any():
            first = int(np.flatnonzero(bad)[0])
            raise DataError(
                f"{name} gave numbers that are no probabilities ({int(bad.sum())} of "
                f"{rows.num_rows} rows); the first are {found[first].tolist()} in row {first} "
                f"(counting from 0); expected numbers from 0 to 1"
            )
        return np.clip(found, 0.0, 1.0)

    def score(self, rows: pa.Table) -> NDArray[np.float64]:
        """Refused: several classes have no single score.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            f"{name_of(self.estimator)} decides between {len(self.classes)} classes, so its "
            f"{rows.num_rows} rows have no single score; ask for probabilities"
        )

    def decide(
        self, rows: pa.Table, scores: NDArray[np.float64] | None = None
    ) -> NDArray[np.object_]:
        """The predicted classes as text, shape (rows,).

        Raises:
            DataError: a feature is missing, the model fails on these rows, or predicts none of its
                classes.
            UsageError: scores were given.
        """
        name = name_of(self.estimator)
        if scores is not None:
            raise UsageError(f"{name} decides between classes; it reads no scores")
        answer = np.asarray(ask(self.estimator, "predict", rows, self.features, named=self.named))
        check_length(answer, rows.num_rows, name)
        texts = [value_text(value) for value in answer.reshape(len(answer), -1)[:, 0].tolist()]
        found = [class_of(text, self.classes) for text in texts]
        if None in found:
            first = found.index(None)
            raise DataError(
                f"{name} predicted {texts[first]!r} in row {first} (counting from 0); expected one "
                f"of its classes: {', '.join(self.classes)}"
            )
        return np.array([self.classes[code] for code in found if code is not None], dtype=object)


def wrap_classifier(model: object, *, features: Sequence[str] | None = None) -> ClassifierModel:
    """Make a `ClassModel` of anything that decides between classes and names them.

    Raises:
        UsageError: the object predicts nothing, or does not tell its classes or its features.
    """
    if isinstance(model, ClassifierModel):
        return model
    has_probabilities = callable(getattr(model, "predict_proba", None))
    if not callable(getattr(model, "predict", None)):
        raise UsageError(f"a classifier needs predict; found a {type(model).__name__}")
    classes = getattr(model, "classes_", None)
    if classes is None or np.asarray(classes).ndim != 1:
        raise UsageError(
            f"{name_of(model)} does not tell its classes in one list, `classes_`; predict with it, "
            f"and give the columns of its predictions or scores"
        )
    known = getattr(model, "feature_names_in_", None)
    names = None if known is None else tuple(str(name) for name in known)
    return ClassifierModel(
        estimator=model,
        features=feature_names(model, names, features),
        classes=tuple(value_text(value) for value in np.asarray(classes).tolist()),
        has_probabilities=has_probabilities,
        named=names is not None,
    )


def number_of_classes(model: object) -> int | None:
    """How many classes a Python object decides between; None if it does not tell.

    >>> number_of_classes(object()) is None
    True
    """
    classes = getattr(model, "classes_", None)
    return len(classes) if classes is not None and np.asarray(classes).ndim == 1 else None
