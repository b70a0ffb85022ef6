"""`Model`: what Roadworthy asks of whatever decides about rows."""

from __future__ import annotations

from typing import Protocol

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
