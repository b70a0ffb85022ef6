"""A sample of rows with their truth, for checks that must put rows to a model again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.data.engine import Table
from roadworthy.data.row_groups import column_text
from roadworthy.stats.classes import class_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Rows, and for each whether it is positive.

    Attributes:
        rows: the sampled rows.
        positive: shape (rows,); None if there is no label.
        of: how many rows the table has.
    """

    rows: pa.Table
    positive: NDArray[np.bool_] | None
    of: int

    @property
    def size(self) -> int:
        """The number of sampled rows."""
        return int(self.rows.num_rows)


def draw_sample(
    table: Table,
    columns: Iterable[str],
    *,
    label: str | None,
    classes: tuple[str, ...],
    size: int,
    seed: int,
) -> Sample:
    """At most `size` rows, the same ones for one seed; with a label, only rows that have one.

    Args:
        table: where the rows are.
        columns: the columns to read.
        label: the column of true classes, if there is one.
        classes: negative and positive class as text.
        size: how many rows at most.
        seed: of the choice.
    """
    wanted = list(dict.fromkeys([*columns, *([label] if label else [])]))
    rows = table.read(wanted, sample=size if table.rows > size else None, seed=seed)
    if label is None:
        return Sample(rows=rows, positive=None, of=table.rows)
    codes = _class_codes(column_text(rows.column(label)), classes)
    known = np.flatnonzero(codes >= 0)
    return Sample(rows=rows.take(known), positive=codes[known] == 1, of=table.rows)


def _class_codes(texts: NDArray[np.object_], classes: tuple[str, ...]) -> NDArray[np.int8]:
    """The class of each value, as tallies decide it; -1 where it is missing or none of them."""
    values, inverse = np.unique(texts, return_inverse=True)
    found = [class_of(str(value), classes) for value in values]
    codes = np.array([-1 if code is None else code for code in found], dtype=np.int8)
    return codes[inverse]
