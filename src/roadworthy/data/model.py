"""`Model`: what Roadworthy asks of whatever decides about rows."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
import pyarrow as pa

from roadworthy.records.versions import DecisionRule


class Model(Protocol):
    """Anything that decides about rows; a higher score means the positive class is more likely."""

    @property
    def features(self) -> tuple[str, ...]:
        """The columns the model reads."""

    @property
    def rule(self) -> DecisionRule:
        """How scores become decisions."""

    @property
    def has_scores(self) -> bool:
        """False if the model gives decisions only; `score` then raises `UsageError`."""

    def score(self, rows: pa.Table) -> np.ndarray:
        """Probability of the positive class, shape (rows,), in [0, 1], float64."""

    def decide(self, rows: pa.Table, scores: np.ndarray | None) -> np.ndarray:
        """Decisions, shape (rows,), 0 or 1, by the model's own rule; no scores if it has none."""


@runtime_checkable
class ClassModel(Model, Protocol):
    """A model that decides between several classes: `decide` answers with their names.

    It has no single score, so `has_scores` is False.
    """

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes as text."""

    @property
    def has_probabilities(self) -> bool:
        """False if the model gives decisions only; `probabilities` then raises `UsageError`."""

    def probabilities(self, rows: pa.Table) -> np.ndarray:
        """Probability of each class, shape (rows, classes), each row adding up to 1, float64."""
