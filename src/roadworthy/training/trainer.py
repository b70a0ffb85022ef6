"""`Trainer`: what a repair asks of whatever can fit a model again."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.data.model import Model


class Trainer(Protocol):
    """Fits the same kind of model again, on other weights."""

    def refit(
        self, rows: pa.Table, label: NDArray[np.int8], weights: NDArray[np.float64] | None
    ) -> Model:
        """A new model fitted on these rows.

        Args:
            rows: the training rows; holds every feature.
            label: 1 for the positive class and 0 for the other, one for each row.
            weights: how much each row counts, or None for all alike.

        Raises:
            UsageError: the model cannot be fitted again, or takes no weights.
        """
