"""Curves of scores: ROC, precision and recall, and what each threshold would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isinf

import numpy as np

from roadworthy.checks.check import Subject
from roadworthy.records.evidence import Curve, Point
from roadworthy.records.slices import Slice
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats
from roadworthy.stats.proportions import proportion
from roadworthy.stats.ranking import Sweep, sweep
from roadworthy.stats.rates import NEGATIVE, POSITIVE
from roadworthy.stats.scorebins import ScoreBins

POINTS = 100
"""Points of a curve, about: enough for any picture."""

STEPS = 64
"""Thresholds are swept in steps of 1/64, which are edges of the score grid, so rates are exact."""


def ranking_curves(subject: Subject, slices: Sequence[Slice], bins: ScoreBins) -> Iterator[Curve]:
    """The ROC curve and the precision-recall curve of each slice that has both labels."""
    for position, slice_ in enumerate(slices):
        if not bins.both[position]:
            continue
        found = sweep(bins, position).thinned(POINTS)
        scale = float(bins.total_effective[position] / bins.total[position])
        yield Curve(
            slug="roc",
            slice=slice_,
            points=tuple(_roc(found, scale, subject.confidence)),
            x_title="False positive rate",
            y_title="True positive rate",
        )
        yield Curve(
            slug="precision-recall",
            slice=slice_,
            points=tuple(_precision_recall(found, scale, subject.confidence)),
            x_title="Recall",
            y_title="Precision",
        )


def threshold_curves(subject: Subject, table: SliceTable) -> Iterator[Curve]:
    """For everybody: what deciding at each threshold would select, find and get right."""
    if table.histogram is None or table.histogram_rows is None:
        return
    thresholds = sorted({step / STEPS for step in range(STEPS)} | set(table.grid.thresholds))
    edges = [table.grid.position(threshold) for threshold in thresholds]
    weight = table.histogram[0, :, : table.grid.bins]
    rows = table.histogram_rows[0, :, : table.grid.bins].sum(axis=1)
    reach = np.concatenate([np.cumsum(weight[:, ::-1], axis=1)[:, ::-1], np.zeros((3, 1))], axis=1)
    above, total = reach[:, edges], reach[:, 0]
    squares, everything = float(table.weights_squared[0].sum()), float(table.weights[0].sum())
    scale = everything / squares if squares > 0 else 0.0
    wrong = above[NEGATIVE] + total[POSITIVE] - above[POSITIVE]
    labelled = total[NEGATIVE] + total[POSITIVE]
    counted = int(rows[NEGATIVE] + rows[POSITIVE])
    for subject_of_curve, title, part, whole, n in (
        ("selection-rate", "Selection rate", above.sum(axis=0), total.sum(), int(rows.sum())),
        ("accuracy", "Accuracy", labelled - wrong, labelled, counted),
        (
            "true-positive-rate",
            "True positive rate",
            above[POSITIVE],
            total[POSITIVE],
            int(rows[POSITIVE]),
        ),
        (
            "false-positive-rate",
            "False positive rate",
            above[NEGATIVE],
            total[NEGATIVE],
            int(rows[NEGATIVE]),
        ),
    ):
        if whole > 0:
            yield Curve(
                slug="threshold",
                slice=table.slices[0],
                points=tuple(
                    _shares(thresholds, part / whole, float(whole) * scale, n, subject.confidence)
                ),
                x_title="Threshold",
                y_title=title,
                subject=subject_of_curve,
            )


def _shares(
    x: Sequence[float], share: Floats, trials: float, rows: int, confidence: float
) -> Iterator[Point]:
    share = np.clip(share, 0.0, 1.0)
    low, high = proportion(share, trials, confidence)
    for at, value, bottom, top in zip(x, share.tolist(), low.tolist(), high.tolist(), strict=True):
        yield Point(x=at, y=value, low=bottom, high=top, rows=rows)


def _roc(found: Sweep, scale: float, confidence: float) -> Iterator[Point]:
    positives = float(found.true_positives[-1])
    rate = found.true_positive_rate
    low, high = proportion(rate, positives * scale, confidence)
    columns = (found.false_positive_rate, rate, low, high, found.threshold)
    for x, y, bottom, top, threshold in zip(*(c.tolist() for c in columns), strict=True):
        yield Point(x=x, y=y, low=bottom, high=top, label=_label(threshold))


def _precision_recall(found: Sweep, scale: float, confidence: float) -> Iterator[Point]:
    selected = found.true_positives + found.false_positives
    low, high = proportion(found.precision, selected * scale, confidence)
    columns = (found.true_positive_rate, found.precision, low, high, found.threshold)
    for x, y, bottom, top, threshold in zip(*(c.tolist()[1:] for c in columns), strict=True):
        yield Point(x=x, y=y, low=bottom, high=top, label=_label(threshold))


def _label(threshold: float) -> str:
    return "nobody" if isinf(threshold) else f"threshold {threshold:.6g}"
