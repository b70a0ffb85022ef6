"""`ClassCalibrators`: the chance of one class at each of its scores, by what the row is said to be.

What a probability of a class means may depend on the decision: among rows that are said to be cats,
a probability of dog is one of the smaller ones. So a class is calibrated by decision where the
reference has enough rows of it, and for any decision otherwise; a group is calibrated on its own
where the reference knows it well, and with everybody otherwise.

Source: Gupta and Ramdas (2022), Top-label calibration and multiclass-to-binary reductions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roadworthy.records.slices import ALL, Slice
from roadworthy.stats.calibrator import Calibrator, calibrator
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.scorebins import score_bins

OWN_ROWS, OWN_LABELS = 1_000, 50
"""Reference rows, and rows of either label, from which a group is calibrated on its own."""

DECIDED_ROWS = 200
"""Reference rows of a decision from which a class is calibrated on its own there."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassCalibrators:
    """What the reference teaches of one class.

    Attributes:
        whatever_said: by slice; everybody's under `ALL`, if the class occurs and others do.
        by_decision: by slice and position of the decided class.
    """

    whatever_said: Mapping[Slice, Calibrator]
    by_decision: Mapping[tuple[Slice, int], Calibrator]

    def of(self, slice_: Slice) -> Calibrator | None:
        """What is known about a slice, whatever its rows are said to be."""
        return self.whatever_said.get(slice_) or self.whatever_said.get(ALL)

    def given(self, slice_: Slice, decision: int) -> Calibrator | None:
        """What is known about the rows of a slice that are said to be of a class."""
        own = self.by_decision.get((slice_, decision)) or self.by_decision.get((ALL, decision))
        return own or self.of(slice_)


def own_calibrators(table: SliceTable) -> dict[Slice, Calibrator]:
    """The slices of a labelled reference that are large enough to be calibrated on their own.

    Everybody is, however few they are.
    """
    bins = score_bins(table)
    found = {}
    for position, slice_ in enumerate(table.slices):
        rows = bins.rows[position]
        if slice_ != ALL and (rows.sum() < OWN_ROWS or rows.min() < OWN_LABELS):
            continue
        known = calibrator(bins, position)
        if known is not None:
            found[slice_] = known
    return found


def learn_class(tables: Iterable[SliceTable], decisions: int) -> ClassCalibrators:
    """Learn about one class from a labelled reference.

    Args:
        tables: counts of everybody and of families of groups. Their label axis holds 2 j + t, where
            j is the position of the decided class and t is 1 for rows of the class, else 0. Without
            decisions it holds t.
        decisions: how many classes may be decided; 0 if the reference does not tell.
    """
    whatever_said: dict[Slice, Calibrator] = {}
    by_decision: dict[tuple[Slice, int], Calibrator] = {}
    for table in tables:
        codes = range(max(decisions, 1))
        pooled = against(table, [2 * j for j in codes], [2 * j + 1 for j in codes])
        whatever_said |= own_calibrators(pooled)
        for j in range(decisions):
            part = against(table, [2 * j], [2 * j + 1])
            own = _everybody(part) if ALL in part.slices else own_calibrators(part)
            by_decision |= {(slice_, j): known for slice_, known in own.items()}
    return ClassCalibrators(whatever_said=whatever_said, by_decision=by_decision)


def _everybody(table: SliceTable) -> dict[Slice, Calibrator]:
    """What everybody's rows of one decision teach: also that a class is not among them."""
    bins = score_bins(table)
    position = table.slices.index(ALL)
    if bins.rows[position].sum() < DECIDED_ROWS:
        return {}
    known = calibrator(bins, position, one_label=True)
    return {} if known is None else {ALL: known}


def against(table: SliceTable, negative: Sequence[int], positive: Sequence[int]) -> SliceTable:
    """The table with some of its labels put together as negative, others as positive.

    Decisions are put together in the same way. Other labels are left out.
    """
    both = (list(negative), list(positive))

    def labels(counts: NDArray[Any] | None) -> NDArray[Any] | None:
        if counts is None:
            return None
        parts = [counts[:, chosen].sum(axis=1) for chosen in both]
        return np.stack([*parts, np.zeros_like(parts[0])], axis=1)

    def pairs(counts: NDArray[Any]) -> NDArray[Any]:
        found = np.zeros((len(counts), 3, 3), dtype=counts.dtype)
        for i, label in enumerate(both):
            for j, decision in enumerate(both):
                found[:, i, j] = counts[:, label][:, :, decision].sum(axis=(1, 2))
        return found

    return replace(
        table,
        counts=pairs(table.counts),
        weights=pairs(table.weights),
        weights_squared=pairs(table.weights_squared),
        histogram=labels(table.histogram),
        histogram_rows=labels(table.histogram_rows),
        score_sum=labels(table.score_sum),
        score_square_sum=labels(table.score_square_sum),
    )
