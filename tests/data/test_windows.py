"""Lists around a row: what is refused, and what kinds they have; engines are examined elsewhere."""

from __future__ import annotations

import pytest

from roadworthy.data.expression import column, columns_of, count, is_aggregate, maximum, quantile
from roadworthy.data.expression_kinds import kind_of
from roadworthy.data.windows import Frame, over, row_number

QUERY, SCORE = column("query"), column("score")


def test_a_list_is_about_one_row() -> None:
    """It reads all its columns, and is a number of the row and no aggregate."""
    first = over(maximum(SCORE), lists=[QUERY])
    place = row_number(lists=[QUERY], order=SCORE)
    assert columns_of(first, place) == ("query", "score")
    assert not is_aggregate(first)
    assert not is_aggregate(place + 1)


def test_lists_have_kinds() -> None:
    """A place is an integer, and a maximum is what it is the maximum of."""
    kinds = {"query": "text", "score": "real"}
    assert kind_of(row_number(lists=[QUERY], order=SCORE), kinds) == "integer"
    assert kind_of(over(maximum(SCORE), lists=[]), kinds) == "real"
    assert kind_of(over(count(), lists=[QUERY]), kinds) == "integer"
    assert kind_of(over(count(), lists=[]) / 2, kinds) == "real"


def test_frames_need_an_order_and_lists_an_aggregate() -> None:
    """What means nothing is refused."""
    with pytest.raises(ValueError, match="needs an order for rows so far and ties"):
        over(count(), lists=[QUERY], frame=Frame.TIES)
    with pytest.raises(ValueError, match="and for no other"):
        over(count(), lists=[QUERY], order=SCORE)
    with pytest.raises(ValueError, match="found Quantile"):
        over(quantile(SCORE, 0.5), lists=[QUERY])  # type: ignore[arg-type]
