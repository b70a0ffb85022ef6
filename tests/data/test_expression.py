"""The language of statistics."""

from __future__ import annotations

import pytest

from roadworthy.data import expression as ex
from roadworthy.testing.interpreter import aggregate, evaluate


def test_operators_build_expressions() -> None:
    """Operators build what the functions build; `==` compares expressions themselves."""
    a = ex.column("a")
    assert (a < 1) == ex.Compare(ex.Comparator.LT, a, ex.Literal(1))
    assert (a + 1 - 2) * 3 == ex.Arithmetic(
        ex.Operator.MULTIPLY,
        ex.Arithmetic(
            ex.Operator.SUBTRACT, ex.Arithmetic(ex.Operator.ADD, a, ex.Literal(1)), ex.Literal(2)
        ),
        ex.Literal(3),
    )
    assert a == ex.column("a")
    assert a != ex.column("b")
    assert len({a, ex.column("a")}) == 1


def test_columns_of_an_expression() -> None:
    """Every column that an expression reads is found, once."""
    node = ex.case((ex.column("b") > ex.column("a"), ex.column("c")), otherwise=ex.column("a"))
    assert ex.columns_of(node, ex.count(), ex.total(ex.column("d")), None) == ("a", "b", "c", "d")


def test_aggregates_are_told_from_row_expressions() -> None:
    """An expression about many rows is known as such."""
    assert ex.is_aggregate(ex.count_if(ex.column("a") > 1))
    assert not ex.is_aggregate(ex.column("a") > 1)


def test_quantiles_lie_between_0_and_1() -> None:
    """A share outside [0, 1] is refused."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        ex.quantile(ex.column("a"), 1.5)


def test_fixed_point_rounds_down() -> None:
    """Fixed point is the whole number of 2**-30 at or below the value."""
    for value, expected in ((0.0, 0), (1.0, 1 << 30), (2.0**-31, 0), (-(2.0**-31), -1)):
        assert evaluate(ex.fixed_point(ex.column("x")), {"x": value}) == expected


def test_the_oracle_aggregates_in_order() -> None:
    """The oracle groups in ascending order, null last, and knows three truth values."""
    rows = [{"g": None, "x": 1}, {"g": "b", "x": 2}, {"g": "a", "x": None}, {"g": "b", "x": 5}]
    found = aggregate(
        rows,
        {"n": ex.count(), "x": ex.total(ex.column("x")), "m": ex.quantile(ex.column("x"), 0.5)},
        by={"g": ex.column("g")},
    )
    assert found == [
        {"g": "a", "n": 1, "x": None, "m": None},
        {"g": "b", "n": 2, "x": 7, "m": 2},
        {"g": None, "n": 1, "x": 1, "m": 1},
    ]
