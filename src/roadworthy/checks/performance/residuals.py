"""The residual plot: the mean error of predictions of one size, from the bins of predictions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from roadworthy.records.evidence import Curve, Point
from roadworthy.stats import intervals
from roadworthy.stats.intervals import Floats
from roadworthy.stats.regression_losses import standard_error
from roadworthy.stats.regression_tally import Binned, RegressionTable

POINTS = 12
"""Parts with about as many rows each that predictions are put into."""

LEAST = 20
"""Rows for which a part is made."""


def residual_curves(table: RegressionTable, confidence: float) -> Iterator[Curve]:
    """For each slice, the mean error in parts of its predictions, from low to high."""
    for position, slice_ in enumerate(table.slices):
        points = _points(table, position, confidence)
        if points:
            yield Curve(
                slug="residuals",
                slice=slice_,
                points=points,
                x_title="Prediction",
                y_title="Mean error",
            )


def _points(table: RegressionTable, position: int, confidence: float) -> tuple[Point, ...]:
    sums = {name: column[position] for name, column in _sums(table).items()}
    order = np.argsort(sums["place"], kind="stable")
    sums = {name: column[order] for name, column in sums.items()}
    rows = np.cumsum(sums["rows"])
    total = int(rows[-1]) if len(rows) else 0
    if total == 0:
        return ()
    parts = max(1, min(POINTS, total // LEAST))
    part = np.minimum((rows - sums["rows"] / 2) * parts // total, parts - 1).astype(np.int64)
    added = {
        name: np.bincount(part, weights=column, minlength=parts) for name, column in sums.items()
    }
    kept = added["weight"] > 0
    added = {name: column[kept] for name, column in added.items()}
    weight = added["weight"]
    error, square = added["error"] / weight, added["error_square"] / weight
    squares = added["weight_squared"]
    effective = np.divide(weight**2, squares, out=np.zeros_like(weight), where=squares > 0)
    half = intervals.student(confidence, effective - 1) * standard_error(error, square, effective)
    place = added["value"] / weight + error + table.plan.center
    return tuple(
        Point(
            x=x,
            y=y,
            low=y - reach if np.isfinite(reach) else None,
            high=y + reach if np.isfinite(reach) else None,
            rows=int(n),
        )
        for x, y, reach, n in zip(
            place.tolist(), error.tolist(), half.tolist(), added["rows"].tolist(), strict=True
        )
    )


def _sums(table: RegressionTable) -> dict[str, Floats]:
    """The sums over the rows of each bin that have a label too, shape (S, U) each."""
    own = table.histograms[Binned.PREDICTION]
    grid = table.grid(Binned.PREDICTION)
    place = np.where(own.cells == grid.below, -1, own.cells).astype(np.float64)
    rows = own.sums["known_rows"].astype(np.float64)
    found = {
        name: table.bin_total(Binned.PREDICTION, name)
        for name in ("error", "error_square", "value")
    }
    weighted = table.plan.weight is not None
    return {
        "place": np.broadcast_to(place, rows.shape),
        "rows": rows,
        "weight": table.bin_known_weight(squared=False) if weighted else rows,
        "weight_squared": table.bin_known_weight(squared=True) if weighted else rows,
        **found,
    }
