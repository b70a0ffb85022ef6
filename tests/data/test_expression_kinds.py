"""The kind of every expression of the examination is that of its values."""

from __future__ import annotations

import pytest

from roadworthy.data import expression as ex
from roadworthy.data.expression_kinds import kind_of
from roadworthy.testing.engine import AGGREGATES, GRID, ROW_EXPRESSIONS
from roadworthy.testing.interpreter import aggregate, evaluate, rows_of
from roadworthy.testing.oracle import random_table

COLUMNS = {
    "race": "text",
    "band": "real",
    "member": "boolean",
    "year": "integer",
    "score": "real",
    "weight": "real",
}
_KINDS = {bool: "boolean", int: "integer", float: "real", str: "text"}


@pytest.mark.parametrize("name", ROW_EXPRESSIONS)
def test_kinds_of_rows(name: str) -> None:
    """Every value about one row is of the kind that was told."""
    node = ROW_EXPRESSIONS[name]
    values = [evaluate(node, row) for row in rows_of(random_table(seed=3, rows=200, grid=GRID))]
    kinds = {_KINDS[type(value)] for value in values if value is not None}
    assert kinds == {kind_of(node, COLUMNS)}


@pytest.mark.parametrize("name", AGGREGATES)
def test_kinds_of_aggregates(name: str) -> None:
    """Every aggregate is of the kind that was told."""
    rows = rows_of(random_table(seed=3, rows=200, grid=GRID))
    (found,) = aggregate(rows, {"value": AGGREGATES[name]})
    assert _KINDS[type(found["value"])] == kind_of(AGGREGATES[name], COLUMNS)


def test_mixed_branches() -> None:
    """Reals hold integers, truths count, null says nothing, and text beside numbers is other."""
    year, score, race = ex.column("year"), ex.column("score"), ex.column("race")
    yes = ex.literal(value=True)
    assert kind_of(ex.case((yes, year), otherwise=score), COLUMNS) == "real"
    assert kind_of(ex.case((yes, yes), otherwise=year), COLUMNS) == "integer"
    assert kind_of(ex.case((yes, None), otherwise=race), COLUMNS) == "text"
    assert kind_of(ex.case((yes, None)), COLUMNS) is None
    assert kind_of(ex.case((yes, race), otherwise=year), COLUMNS) == "other"
    assert kind_of(ex.total(yes), COLUMNS) == "integer"
    assert kind_of(ex.column("nowhere"), COLUMNS) == "other"


def test_unknown_nodes_are_refused() -> None:
    """A node that is none of ours has no kind."""
    with pytest.raises(TypeError, match="no kind is known for Expression"):
        kind_of(ex.Expression(), {})
