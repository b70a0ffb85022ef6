"""The discount of a place, against its logarithm, and alike wherever it is computed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.discount import EXACT, discount_curve
from roadworthy.data.expression import Column
from roadworthy.testing.interpreter import evaluate

PLACE = Column("place")
ONE = 2.0**30


def curve(places: list[int], longest: int) -> list[float]:
    """The discounts of these places, by the oracle."""
    node = discount_curve(PLACE, longest)
    return [evaluate(node, {"place": place}) for place in places]


def test_the_first_places_are_exact() -> None:
    """Up to the 128th the whole number is the nearest one."""
    found = curve(list(range(1, EXACT + 1)), longest=1000)
    expected = [round(ONE / np.log2(1 + p)) for p in range(1, EXACT + 1)]
    assert found == expected


def test_later_places_follow_the_logarithm() -> None:
    """Everywhere up to two thousand million the error is below 2**-24, and the curve falls."""
    rng = np.random.default_rng(0)
    places = sorted({*range(1, 5000), *(2 ** rng.uniform(7, 31, 3000)).astype(int).tolist()})
    found = np.array(curve(places, longest=2**31)) / ONE
    assert np.abs(found - 1 / np.log2(1 + np.array(places))).max() < 2**-24
    few = np.arange(1, 5000)
    assert (np.diff(found[: len(few)]) < 0).all()


@pytest.mark.parametrize("longest", [1, 2, 128, 129, 5000])
def test_short_lists_need_few_pieces(longest: int) -> None:
    """How long lists are changes no discount."""
    places = sorted({1, longest // 2 or 1, longest})
    assert curve(places, longest) == curve(places, 10**9)


def test_an_engine_gives_the_same_bits() -> None:
    """The parabolas are sums and products, which every machine rounds alike."""
    places = [*range(1, 2000), 10**5, 10**7, 2**31 - 1]
    table = DuckDBEngine().open(pa.table({"place": places}))
    found = table.derive({"curve": discount_curve(PLACE, 2**31)}).read(["curve"])
    assert found["curve"].to_pylist() == curve(places, 2**31)
