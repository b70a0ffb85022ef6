"""What the histograms of a random table must be, counted row by row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from roadworthy.data.column_counts import (
    ColumnGrid,
    Histogram,
    NumberCounts,
    ValueGrid,
    tally_values,
    value_counts,
)
from roadworthy.stats.number_grid import NumberGrid

GRIDS: Mapping[str, ColumnGrid] = {
    "score": NumberGrid(center=0.4, scale=4.0, octaves=3, per_octave=4),
    "weight": NumberGrid(center=1.0),
    "year": NumberGrid(center=2019.0, octaves=2, per_octave=1),
    "sex": ValueGrid(),
    "race": ValueGrid(values=("alone", "it's", "nobody")),
    "band": ValueGrid(),
    "member": ValueGrid(),
    "label": ValueGrid(values=(1,)),
    "outcome": ValueGrid(most=1),
}
"""A grid for each way to count a column of `random_table`."""


def expected_histograms(grids: Mapping[str, ColumnGrid], table: pa.Table) -> dict[str, Histogram]:
    """The histograms of a table, one value at a time."""
    found: dict[str, Histogram] = {}
    for name, grid in grids.items():
        values = table[name].to_pylist()
        if isinstance(grid, ValueGrid):
            ones = np.ones(len(values), dtype=np.int64)
            found[name] = value_counts(grid, tally_values(values, ones))
            continue
        counts = np.zeros(grid.cells, dtype=np.int64)
        for value in values:
            cell = grid.missing if value is None else int(grid.index(np.array(float(value))))
            counts[cell] += 1
        found[name] = NumberCounts(grid=grid, counts=counts)
    return found


def comparable(histograms: Mapping[str, Histogram]) -> dict[str, object]:
    """Histograms as something that compares."""
    return {
        name: item.counts.tolist() if isinstance(item, NumberCounts) else item
        for name, item in histograms.items()
    }
