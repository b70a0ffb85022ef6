"""Trials: a sample put to a model again, perturbed; all copies at once, since calls are dear."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.checks.robustness.perturbations import perturb
from roadworthy.data.model import Model
from roadworthy.data.sample import Sample
from roadworthy.errors import DataError
from roadworthy.records.slices import Slice
from roadworthy.stats.paired import Placements


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One perturbation at one severity, on the columns that it can touch."""

    perturbation: str
    severity: float
    columns: tuple[str, ...]

    @property
    def slice(self) -> Slice:
        """What evidence calls the trial."""
        return Slice.of({"perturbation": self.perturbation, "severity": f"{self.severity:g}"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What a model says about the sampled rows.

    Attributes:
        decisions: shape (rows,).
        right: whether each decision is right, shape (rows,); None without labels.
        placements: pieces of the area under ROC; None without labels, scores or one of the classes.
    """

    decisions: NDArray[np.bool_]
    right: NDArray[np.bool_] | None
    placements: Placements | None


def ask(model: Model, sample: Sample, copies: Sequence[pa.Table]) -> list[Answers]:
    """What the model says about each copy of the sample.

    Perturbed rows provoke warnings about unknown categories and such by design; they are silenced.

    Raises:
        DataError: the model fails on the rows, or answers with no probabilities.
    """
    rows = pa.concat_tables(copies)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = model.score(rows) if model.has_scores else None
        decisions = np.asarray(model.decide(rows, scores)).astype(bool)
    parts = [slice(i * sample.size, (i + 1) * sample.size) for i in range(len(copies))]
    return [
        _answers(decisions[part], None if scores is None else scores[part], sample.positive)
        for part in parts
    ]


def ask_perturbed(
    model: Model, sample: Sample, trials: Sequence[Trial], *, seed: int
) -> list[Answers | str]:
    """What the model says under each trial, or why it cannot answer."""
    copies = [
        perturb(sample.rows, trial.perturbation, trial.columns, trial.severity, seed=seed)
        for trial in trials
    ]
    try:
        return list(ask(model, sample, copies)) if copies else []
    except DataError:
        return [_ask_one(model, sample, copy) for copy in copies]


def _ask_one(model: Model, sample: Sample, copy: pa.Table) -> Answers | str:
    try:
        return ask(model, sample, [copy])[0]
    except DataError as error:
        return str(error)


def _answers(
    decisions: NDArray[np.bool_],
    scores: NDArray[np.float64] | None,
    positive: NDArray[np.bool_] | None,
) -> Answers:
    if positive is None:
        return Answers(decisions=decisions, right=None, placements=None)
    placements = None if scores is None else Placements.of(scores, positive)
    return Answers(decisions=decisions, right=decisions == positive, placements=placements)
