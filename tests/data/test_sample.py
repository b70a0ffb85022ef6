"""Samples: as many rows as asked, the same for one seed, with the truth beside them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.sample import draw_sample


def draw(columns, **given):
    """A sample of these columns."""
    asked = {"label": "y", "classes": ("0", "1"), "size": 100, "seed": 0} | given
    return draw_sample(DuckDBEngine().open(pa.table(columns)), ["x"], **asked)


def test_a_small_table_is_read_whole_and_in_order():
    """No row is left out or moved."""
    found = draw({"x": [1, 2, 3], "y": [0, 1, 1]})
    assert found.rows["x"].to_pylist() == [1, 2, 3]
    assert found.positive.tolist() == [False, True, True]
    assert (found.size, found.of) == (3, 3)


def test_rows_without_a_label_are_left_out():
    """Nobody knows whether they are right."""
    found = draw({"x": [1, 2, 3], "y": [0, None, 1]})
    assert found.rows["x"].to_pylist() == [1, 3]
    assert found.of == 3


@pytest.mark.parametrize(
    ("values", "classes"),
    [(["no", "yes"], ("no", "yes")), ([0.0, 1.0], ("0", "1")), ([False, True], ("0", "1"))],
)
def test_classes_mean_what_they_mean_to_tallies(values, classes):
    """1, 1.0 and true are one class."""
    found = draw({"x": [1, 2], "y": values}, classes=classes)
    assert found.positive.tolist() == [False, True]


def test_one_seed_gives_one_sample():
    """The same rows for one seed, others for another; each as large as asked."""
    columns = {"x": np.arange(1000), "y": np.arange(1000) % 2}
    first, again = (draw(columns, size=50).rows["x"].to_pylist() for _ in range(2))
    other = draw(columns, size=50, seed=1).rows["x"].to_pylist()
    assert first == again
    assert first != other
    assert len(first) == len(other) == 50


def test_without_a_label_there_is_no_truth():
    """Rows alone, if no label is named."""
    found = draw({"x": [1, 2]}, label=None)
    assert found.positive is None
    assert found.size == 2
