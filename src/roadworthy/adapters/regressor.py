"""`RegressorModel`: a Python object that predicts numbers, its answers checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.adapters.models import feature_names
from roadworthy.adapters.python_model import ask, check_length, name_of
from roadworthy.errors import DataError, UsageError
from roadworthy.records.versions import DecisionRule


@dataclass(frozen=True, kw_only=True, eq=False)
class RegressorModel:
    """A `Model` whose decisions are numbers; it gives no scores.

    Attributes:
        estimator: the object itself.
        features: the columns it reads, in the order it wants them.
        named: whether it was fitted on a frame with column names.
        rule: how scores would become decisions; it has none.
        has_scores: False.
    """

    estimator: Any
    features: tuple[str, ...]
    named: bool = False
    rule: DecisionRule = field(default_factory=DecisionRule)
    has_scores: bool = False

    def score(self, rows: pa.Table) -> NDArray[np.float64]:
        """Refused: a regressor gives no probabilities.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            f"{name_of(self.estimator)} predicts numbers and gives no probabilities for "
            f"{rows.num_rows} rows"
        )

    def decide(self, rows: pa.Table, scores: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """The predicted numbers, shape (rows,), finite.

        Raises:
            DataError: a feature is missing, the model fails on these rows, or an answer is no
                finite number; the message names the first offending row.
            UsageError: scores were given.
        """
        if scores is not None:
            raise UsageError(f"{name_of(self.estimator)} predicts numbers; it reads no scores")
        name = name_of(self.estimator)
        answer = np.asarray(ask(self.estimator, "predict", rows, self.features, named=self.named))
        answer = answer.reshape(-1) if answer.shape == (rows.num_rows, 1) else answer
        if answer.ndim != 1 or answer.dtype.kind not in "iuf":
            raise DataError(
                f"{name}.predict answered an array of {answer.dtype} and shape {answer.shape} for "
                f"{rows.num_rows} rows; expected one number a row"
            )
        check_length(answer, rows.num_rows, name)
        numbers = answer.astype(np.float64)
        if not np.isfinite(numbers).all():
            first = int(np.flatnonzero(~np.isfinite(numbers))[0])
            raise DataError(
                f"{name} predicted {numbers[first]} in row {first} (counting from 0); "
                f"expected finite numbers"
            )
        return numbers


def wrap_regressor(model: object, *, features: Sequence[str] | None = None) -> RegressorModel:
    """Make a `Model` of anything that predicts numbers.

    Raises:
        UsageError: the object predicts nothing, decides between classes, or does not tell its
            features.
    """
    if isinstance(model, RegressorModel):
        return model
    if not callable(getattr(model, "predict", None)):
        raise UsageError(f"a regressor needs predict; found a {type(model).__name__}")
    if hasattr(model, "classes_"):
        raise UsageError(
            f"{name_of(model)} decides between classes; a regression needs a model that predicts "
            f"numbers, or leave out task='regression'"
        )
    known = getattr(model, "feature_names_in_", None)
    names = None if known is None else tuple(str(name) for name in known)
    return RegressorModel(
        estimator=model, features=feature_names(model, names, features), named=names is not None
    )
