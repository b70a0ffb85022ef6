"""Shares of rows with their Wilson intervals, as evidence records them."""

from __future__ import annotations

from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.stats.intervals import newcombe, wilson


def share(
    part: int, rows: int, confidence: float, *, of: str, effective: float | None = None
) -> Measured | Unmeasured:
    """The share of `part` among `rows`; `of` says what the rows are, if there are none.

    `effective` is the number of independent rows that are worth as much, if not all of them.
    """
    if rows == 0:
        return Unmeasured(reason=f"there is no {of}")
    value = part / rows
    low, high = wilson(value, rows if effective is None else effective, confidence)
    return Measured(
        value=value,
        low=float(low),
        high=float(high),
        rows=rows,
        method="wilson",
        confidence=confidence,
    )


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
