"""`Estimates`: one measure on S slices, with intervals at any confidence asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.stats.intervals import Floats, Interval


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """Values of one measure, and how to bound them.

    Attributes:
        value: shape (S,); NaN where the measure is undefined (a rate without a denominator).
        rows: rows behind each value, shape (S,).
        bounds: limits at given levels of confidence, shape (S,) each.
        method: the name of the method behind `bounds`, one for all slices or one for each.
        reason: why a value is undefined, as a clause: "no row has a positive label".
        trials: the (effective) number of trials, shape (S,), if each value is a proportion.
    """

    value: Floats
    rows: NDArray[np.int64]
    bounds: Callable[[Floats], Interval]
    method: str | Sequence[str]
    reason: str
    trials: Floats | None = None

    @property
    def defined(self) -> NDArray[np.bool_]:
        """Where there is a value, shape (S,)."""
        return np.isfinite(self.value)

    def interval(self, confidence: ArrayLike) -> Interval:
        """Limits that contain the value, at one level of confidence or one for each slice."""
        levels = np.broadcast_to(np.asarray(confidence, dtype=np.float64), self.value.shape)
        low, high = self.bounds(levels)
        return Interval(np.minimum(low, self.value), np.maximum(high, self.value))

    def outcomes(self, confidence: float) -> list[Measured | Unmeasured]:
        """What evidence records for each slice, in order."""
        low, high = self.interval(confidence)
        methods = [self.method] * len(self.value) if isinstance(self.method, str) else self.method
        columns = (self.value.tolist(), low.tolist(), high.tolist(), self.rows.tolist(), methods)
        return [self._outcome(*row, confidence=confidence) for row in zip(*columns, strict=True)]

    def _outcome(
        self, value: float, low: float, high: float, rows: int, method: str, *, confidence: float
    ) -> Measured | Unmeasured:
        if not isfinite(value):
            return Unmeasured(reason=self.reason, rows=rows)
        if not (isfinite(low) and isfinite(high)):
            return Unmeasured(reason="too few rows for an interval", rows=rows)
        return Measured(
            value=value, low=low, high=high, rows=rows, method=method, confidence=confidence
        )
