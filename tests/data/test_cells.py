"""What a tally asks of an engine."""

from __future__ import annotations

import pytest

from roadworthy.data.cells import cell_query, weight_exponent
from roadworthy.errors import DataError
from roadworthy.records.versions import Column
from roadworthy.stats.tally import TallyPlan

COLUMNS = tuple(
    Column(name=name, type=kind)
    for name, kind in {"t": "text", "r": "real", "i": "integer", "o": "other", "d": "time"}.items()
)


def test_only_what_is_planned_is_asked_for() -> None:
    """Keys and sums follow the plan."""
    query = cell_query(TallyPlan(attributes=("t", "d"), label="i"), COLUMNS)
    assert list(query.text_keys) == ["label", "attribute_0", "attribute_1"]
    assert list(query.keys) == list(query.text_keys)
    assert list(query.select) == ["rows"]
    query = cell_query(TallyPlan(score="r", weight="i"), COLUMNS)
    assert list(query.keys) == ["cell"]
    assert set(query.select) >= {"rows", "weight", "weight_squared", "score_sum"}


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (TallyPlan(attributes=("o",)), "protected column 'o' holds values of type other"),
        (TallyPlan(score="t"), "score column 't' holds values of type text; expected numbers"),
        (TallyPlan(weight="t"), "weight column 't' holds values of type text; expected numbers"),
        (TallyPlan(label="T"), "label column 'T' is not in the table; did you mean 't'"),
    ],
)
def test_columns_that_cannot_play_their_role_are_refused(plan: TallyPlan, message: str) -> None:
    """A column is refused before any pass if it is missing or of the wrong type."""
    with pytest.raises(DataError, match=message):
        cell_query(plan, COLUMNS)


def test_the_unit_of_weights_is_near_the_median() -> None:
    """Weights are counted in the power of two at or below their median."""
    assert [weight_exponent(x) for x in (0.3, 0.5, 1.0, 1.9, 2.0, 96.0)] == [-2, -1, 0, 0, 1, 6]
    assert [weight_exponent(x) for x in (None, float("inf"), float("nan"))] == [0, 0, 0]
