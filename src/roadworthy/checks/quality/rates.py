"""Shares of rows with the intervals of proportions, as evidence records them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.stats.intervals import newcombe
from roadworthy.stats.proportions import estimates


def share(
    part: int, rows: int, confidence: float, *, of: str, effective: float | None = None
) -> Measured | Unmeasured:
    """The share of `part` among `rows`; `of` says what the rows are, if there are none.

    `effective` is the number of independent rows that are worth as much, if not all of them.
    """
    trials = None if effective is None else [effective]
    return shares([part], [rows], confidence, of=of, effective=trials)[0]


def shares(
    parts: Sequence[int],
    rows: Sequence[int],
    confidence: float,
    *,
    of: str,
    effective: Sequence[float] | None = None,
) -> list[Measured | Unmeasured]:
    """The share of each part among its rows: many at once take hardly longer than one."""
    counted = np.asarray(rows, dtype=np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.asarray(parts, dtype=np.float64) / counted
    trials = np.asarray(counted if effective is None else effective, dtype=np.float64)
    found = estimates(value, trials, rows=counted, reason=f"there is no {of}")
    return found.outcomes(confidence)


def share_difference(
    part: int, rows: int, other_part: int, other_rows: int, confidence: float
) -> Measured | Unmeasured:
    """The share here minus the share there, two independent samples (Newcombe)."""
    if not rows or not other_rows:
        return Unmeasured(reason="there is no row on one side", rows=rows)
    value = part / rows - other_part / other_rows
    low, high = newcombe(part / rows, rows, other_part / other_rows, other_rows, confidence)
    return Measured(
        value=value,
        low=min(float(low), value),
        high=max(float(high), value),
        rows=rows,
        method="newcombe",
        confidence=confidence,
    )
