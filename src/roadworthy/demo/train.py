"""Trains the demo's candidate: gradient boosting on census answers, saved without pickle.

The candidate estimates who is not in work. Which columns it may read is a choice, made here:

- sex and race are not features: no caseworker should offer less because of them;
- age and disability are: whether a person is at the start of working life, in the middle of it or
  retired, and whether a disability stands in the way, is what placement support is about. They are
  protected attributes all the same, so every group's figures are shown and judged.

Leaving a column out does not make a model fair: other columns carry its trace. That is measured.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy import api
from roadworthy.adapters.models import wrap
from roadworthy.adapters.python_model import PythonModel, as_array, select_features
from roadworthy.adapters.threads import one_thread
from roadworthy.errors import HostError
from roadworthy.records.record import JSON
from roadworthy.records.versions import DecisionRule, ModelVersion
from roadworthy.training.thresholds import balanced_threshold

LABEL = "not_in_work"
ORDERED = ("AGEP", "SCHL")
"""Age in years, and schooling in 24 ascending steps."""
CODED = (
    "MAR",
    "RELP",
    "DIS",
    "ESP",
    "CIT",
    "MIG",
    "MIL",
    "ANC",
    "NATIVITY",
    "DEAR",
    "DEYE",
    "DREM",
)
"""Answers whose codes have no order; the data dictionary of the survey explains them."""
FEATURES = (*ORDERED, *CODED)

PARAMETERS: dict[str, JSON] = {
    "learning_rate": 0.1,
    "max_iter": 150,
    "max_leaf_nodes": 31,
    "early_stopping": True,
    "validation_fraction": 0.1,
}


def train(
    rows: pa.Table, validation: pa.Table, *, label: str = LABEL, seed: int = 0
) -> PythonModel:
    """The candidate, fitted on `rows`; its threshold is the best balanced accuracy on `validation`.

    Raises:
        DataError: a feature or the label is missing.
        HostError: scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - optional
    except ImportError as error:
        raise HostError.from_missing_extra(
            "scikit-learn", extra="demo", purpose="train the demo's candidate"
        ) from error
    estimator = HistGradientBoostingClassifier(
        **PARAMETERS,
        categorical_features=[FEATURES.index(name) for name in CODED],
        random_state=seed,
    )
    with one_thread():
        estimator.fit(as_array(select_features(rows, FEATURES)), _label(rows, label))
    model = wrap(estimator, features=FEATURES)
    assert isinstance(model, PythonModel)
    threshold = balanced_threshold(model.score(validation), _label(validation, label))
    return model.with_rule(DecisionRule(threshold=threshold))


def _label(rows: pa.Table, name: str) -> NDArray[np.int8]:
    return np.asarray(select_features(rows, [name]).column(0).to_numpy()).astype(np.int8)


def train_candidate(project: Path) -> ModelVersion:
    """Train on `train`, set the threshold on `validation`, and register the model."""
    rows = api.read("train", project=project)
    model = train(rows, api.read("validation", project=project))
    return api.register_model(
        model,
        "outreach",
        project=project,
        training=["train"],
        method="gradient boosting",
        parameters={**PARAMETERS, "seed": 0, "threshold_chosen_on": "validation"},
    )
