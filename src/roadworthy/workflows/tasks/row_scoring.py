"""Asking a model about batches of rows, here, in other processes or on a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from roadworthy.data.model import ClassModel, Model


@dataclass(frozen=True, slots=True)
class RowScoring:
    """Makes the columns of a model's answers: its decision, and its score if it gives any.

    Attributes:
        model: who is asked.
        adds: the column of decisions, and then that of scores.
    """

    model: Model
    adds: pa.Schema

    def __call__(self, rows: pa.Table) -> pa.Table:
        """What the model says about these rows."""
        scores = self.model.score(rows) if self.model.has_scores else None
        answers = [self.model.decide(rows, scores), scores]
        return answered(answers[: len(self.adds)], self.adds)


@dataclass(frozen=True, slots=True)
class ClassScoring:
    """Makes the columns of the answers of a model of several classes.

    Attributes:
        model: who is asked.
        adds: the column of decisions, and then one of probabilities for each class, if any.
    """

    model: ClassModel
    adds: pa.Schema

    def __call__(self, rows: pa.Table) -> pa.Table:
        """What the model says about these rows."""
        answers = [self.model.decide(rows, None)]
        if self.model.has_probabilities:
            answers += list(self.model.probabilities(rows).T)
        return answered(answers, self.adds)


def answered(answers: list[Any], adds: pa.Schema) -> pa.Table:
    """Arrays as columns of these names and types."""
    columns = [
        pa.array(np.asarray(answer)).cast(field.type)
        for answer, field in zip(answers, adds, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=adds)
