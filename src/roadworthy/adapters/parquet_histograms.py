"""Histograms of Parquet files: a column of a row group at a time, decoded and counted in cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from roadworthy.adapters.arrow_histograms import HistogramCounter
from roadworthy.data.column_counts import ColumnGrid, Histogram, ValueGrid

_PIECE = 1 << 17
"""Rows of a large row group that are decoded at a time."""


def can_count(paths: Sequence[str], grids: Mapping[str, ColumnGrid]) -> bool:
    """True if the files are local and hold the columns in types that mean the same everywhere."""
    if not paths or any("://" in path for path in paths):
        return False
    for path in paths:
        schema = pq.read_schema(path)
        for name, grid in grids.items():
            places = schema.get_all_field_indices(name)
            if len(places) != 1 or not _is_plain(schema.field(places[0]).type, grid):
                return False
    return True


def count_parquet(paths: Sequence[str], grids: Mapping[str, ColumnGrid]) -> dict[str, Histogram]:
    """The histograms of the files together, each decoded once; memory holds a column's piece.

    Args:
        paths: local files, for which `can_count` is true.
        grids: what to count of which column.
    """
    counter = HistogramCounter(grids)
    by_value = [name for name, grid in grids.items() if isinstance(grid, ValueGrid)]
    for path in paths:
        metadata = pq.read_metadata(path)
        for group in range(metadata.num_row_groups):
            # opened anew for each row group, so that no more of the file than that stays mapped
            with pq.ParquetFile(
                path, metadata=metadata, memory_map=True, read_dictionary=by_value
            ) as file:
                for name in grids:
                    for piece in file.iter_batches(
                        _PIECE, row_groups=[group], columns=[name], use_threads=False
                    ):
                        counter.add(name, piece.column(0))
    return counter.histograms()


def _is_plain(kind: pa.DataType, grid: ColumnGrid) -> bool:
    number: Any = pa.types.is_integer(kind) or pa.types.is_float32(kind)
    number = number or pa.types.is_float64(kind) or pa.types.is_boolean(kind)
    if not isinstance(grid, ValueGrid):
        return bool(number)
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(number or pa.types.is_string(kind) or pa.types.is_large_string(kind))
