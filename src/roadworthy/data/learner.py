"""`Learner`: what a check asks of whatever can learn to tell two kinds of rows apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class Learner(Protocol):
    """Fits a classifier to rows of numbers, text and truth values, with gaps and all."""

    @property
    def name(self) -> str:
        """What evidence calls the kind of classifier, with its settings."""

    def fit(
        self, rows: pa.Table, label: NDArray[np.int8], *, seed: int
    ) -> Callable[[pa.Table], NDArray[np.float64]]:
        """Learn from these rows; the result scores further rows with the same columns.

        Args:
            rows: columns of integers, reals, text or truth values.
            label: 0 or 1, one for each row; both occur.
            seed: the same seed gives the same scores.

        Returns:
            A function from rows to scores, shape (rows,); higher means kind 1 is more likely.
        """
