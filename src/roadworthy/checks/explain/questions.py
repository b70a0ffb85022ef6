"""What both explanations need: a model, a label, and a sample of rows that the model scores."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.checks.check import Subject
from roadworthy.data.model import Model
from roadworthy.data.sample import Sample, draw_sample

SAMPLE = 2_000
"""Rows put to the model for each question."""

BATCH = 200_000
"""Rows put to the model at a time, so that memory stays small."""

NO_MODEL = "no model was given; predictions cannot be recomputed"
NO_SCORES = "the model gives decisions and no scores"
NO_LABEL = "no label is given, so nobody knows which scores are good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A model that gives scores, and the rows it is asked about."""

    model: Model
    sample: Sample


def prepare(subject: Subject, *, labelled: bool) -> Asked | str:
    """The model with its sample, or why the model cannot be asked."""
    if subject.model is None:
        return NO_MODEL
    if not subject.model.has_scores:
        return NO_SCORES
    if labelled and subject.roles.label is None:
        return NO_LABEL
    sample = draw_sample(
        subject.table,
        subject.model.features,
        label=subject.roles.label if labelled else None,
        classes=(subject.plan.classes[0], subject.plan.classes[1]),
        size=SAMPLE,
        seed=subject.seed,
    )
    return Asked(model=subject.model, sample=sample)


def score_all(model: Model, copies: Sequence[pa.Table]) -> list[NDArray[np.float64]]:
    """The scores of each table, asked for in as few calls as memory allows.

    Altered rows provoke warnings by design; they are silenced.

    Raises:
        DataError: the model fails on the rows.
    """
    scored: list[NDArray[np.float64]] = []
    waiting: list[pa.Table] = []
    for position, copy in enumerate(copies, start=1):
        waiting.append(copy)
        if position == len(copies) or sum(table.num_rows for table in waiting) >= BATCH:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                scores = model.score(pa.concat_tables(waiting))
            scored += np.split(scores, np.cumsum([table.num_rows for table in waiting])[:-1])
            waiting = []
    return scored
