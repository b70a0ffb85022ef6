"""Fits scikit-learn estimators again, on other weights."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.adapters.python_model import (
    PythonModel,
    as_array,
    as_frame,
    name_of,
    select_features,
)
from roadworthy.adapters.threads import one_thread
from roadworthy.data.model import Model
from roadworthy.errors import HostError, UsageError


@dataclass(frozen=True, kw_only=True)
class SklearnTrainer:
    """Clones the estimator of a fitted model: the same settings, seeds included, nothing learnt.

    The new model has the features and the decision rule of `model`, and the classes 0 and 1.
    """

    model: PythonModel

    def refit(
        self, rows: pa.Table, label: NDArray[np.int8], weights: NDArray[np.float64] | None
    ) -> Model:
        """A clone of the estimator, fitted on these rows.

        Raises:
            UsageError: the estimator cannot be cloned, or its `fit` takes no weights.
        """
        estimator = _clone(self.model.estimator)
        inputs = select_features(rows, self.model.features)
        fed = as_frame(inputs) if self.model.named else as_array(inputs)
        named_weights = {} if weights is None else {_weight_argument(estimator): weights}
        with one_thread():
            estimator.fit(fed, label, **named_weights)
        return replace(self.model, estimator=estimator, positive="1", classes=("0", "1"))


def trainer_for(model: Model) -> SklearnTrainer:
    """A trainer that fits this model's estimator again.

    Raises:
        UsageError: the model was not made of a scikit-learn estimator.
    """
    if not isinstance(model, PythonModel) or not hasattr(model.estimator, "get_params"):
        raise UsageError(
            f"a {type(model).__name__} cannot be fitted again; "
            f"a scikit-learn estimator can, and group thresholds need no fitting"
        )
    return SklearnTrainer(model=model)


def _clone(estimator: Any) -> Any:
    try:
        from sklearn.base import clone
    except ImportError as error:
        raise HostError.from_missing_extra(
            "scikit-learn", extra="sklearn", purpose="fit a model again"
        ) from error
    try:
        return clone(estimator)
    except (TypeError, RuntimeError) as error:
        raise UsageError(f"{name_of(estimator)} cannot be cloned: {error}") from error


def _weight_argument(estimator: Any) -> str:
    """The name under which `fit` takes weights; a pipeline hands them to its last step."""
    steps = getattr(estimator, "steps", None)
    if steps:
        last, final = steps[-1]
        return f"{last}__{_weight_argument(final)}"
    if "sample_weight" not in inspect.signature(estimator.fit).parameters:
        raise UsageError(f"{name_of(estimator)}.fit takes no sample_weight, so rows cannot weigh")
    return "sample_weight"
