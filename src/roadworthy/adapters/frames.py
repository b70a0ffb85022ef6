"""Frames of other libraries become Arrow at the door, and nowhere deeper.

pandas and Polars are never imported: whoever passes a frame has them already.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeGuard

import narwhals.stable.v2 as nw
import pyarrow as pa
from narwhals.exceptions import DuplicateError

from roadworthy.errors import DataError, UsageError

if TYPE_CHECKING:
    from pyarrow.dataset import Dataset

_SHOWN = 3


def to_arrow(data: object, *, name: str) -> pa.Table | Dataset:
    """The frame's rows as Arrow. pandas writes missing numbers as NaN: they become null.

    Raises:
        DataError: column names repeat or a column mixes types.
        UsageError: the object is no table that is known.
    """
    if isinstance(data, pa.Table) or is_dataset(data):
        check_unique(data.schema.names, name)
        return data
    if isinstance(data, pa.RecordBatch):
        return to_arrow(pa.Table.from_batches([data]), name=name)
    if isinstance(data, pa.RecordBatchReader):
        return to_arrow(data.read_all(), name=name)
    try:
        frame = nw.from_native(data, pass_through=True)
    except DuplicateError as error:
        raise DataError(f"{name} has column names that occur more than once: {error}") from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, nw.DataFrame):
        return _frame(frame, name)
    if hasattr(data, "__arrow_c_stream__"):
        with suppress(pa.ArrowInvalid):  # one column alone also has this method
            return to_arrow(pa.table(data), name=name)
    raise UsageError(
        f"expected a path, a pandas or Polars frame, an Arrow table or dataset, or a DuckDB "
        f"relation; found {type(data).__module__}.{type(data).__qualname__}"
    )


def is_dataset(data: object) -> TypeGuard[Dataset]:
    """True for an Arrow dataset; without importing their module, which takes 50 MiB."""
    module = sys.modules.get("pyarrow.dataset")
    return module is not None and isinstance(data, module.Dataset)


def check_unique(names: Iterable[str], table: str) -> None:
    """Refuse column names that repeat, or that differ in case only: SQL cannot tell them apart.

    Raises:
        DataError: some do.
    """
    found = list(names)
    same = Counter(found)
    twice = [repr(name) for name in same if same[name] > 1]
    if twice:
        raise DataError(f"{table} has column names that occur more than once: {', '.join(twice)}")
    folded = Counter(name.lower() for name in found)
    alike = [repr(name) for name in found if folded[name.lower()] > 1]
    if alike:
        raise DataError(
            f"{table} has column names that differ only in upper and lower case: "
            f"{', '.join(alike)}; rename them"
        )


def _frame(frame: Any, name: str) -> pa.Table:
    names = list(map(str, frame.columns))
    check_unique(names, name)
    try:
        table: pa.Table = frame.to_arrow()
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise DataError(_mixed(frame, name) or f"{name} cannot be read: {error}") from error
    return table.select(names)  # leaves out the index that pandas adds


def _mixed(frame: Any, name: str) -> str:
    """Name the first column that cannot be converted, and what it holds."""
    for column in frame.columns:
        values = frame[column]
        try:
            values.to_arrow()
        except (pa.ArrowException, TypeError, ValueError):
            kinds = Counter(type(value).__name__ for value in values.to_list())
            held = ", ".join(f"{kind} ({count:,})" for kind, count in kinds.most_common(_SHOWN))
            return (
                f"column {str(column)!r} of {name} mixes types: {held}; "
                "make it one type, for example text"
            )
    return ""
