"""Totals of whole numbers against Python's own, which know no limit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.stats.exact_totals import ExactProducts, ExactTotals

NUMBERS = st.integers(0, 2**62)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS, st.integers(0, 5)), min_size=1, max_size=9)


@given(ROWS, st.integers(0, 9))
def test_totals_are_exact_in_any_parts(rows: list[tuple[int, ...]], cut: int) -> None:
    """Cut anywhere, totals and products are the integers, rounded once."""
    values = np.array(rows, dtype=np.int64)
    totals, by, products = ExactTotals(3), ExactTotals(2), ExactProducts(3)
    for part in (values[cut:], values[:cut]):
        totals.add_rows(part)
        products.add(part)
        by.add_by(part[:, 2] % 2, part[:, 0])
    columns = list(zip(*rows, strict=True))
    assert totals.times(0.5).tolist() == [float(sum(column)) / 2 for column in columns]
    odd = [sum(row[0] for row in rows if row[2] % 2 == side) for side in (0, 1)]
    assert by.times(1.0).tolist() == [float(total) for total in odd]
    expected = [
        [float(sum(a * b for a, b in zip(x, y, strict=True))) for y in columns] for x in columns
    ]
    np.testing.assert_allclose(products.times(1.0), expected, rtol=1e-15)


def test_many_rows_are_exact() -> None:
    """More rows than one product of limbs takes."""
    values = np.full((5000, 2), 2**40 + 1, dtype=np.int64)
    products = ExactProducts(2)
    products.add(values)
    assert products.times(1.0)[0, 1] == float(5000 * (2**40 + 1) ** 2)
