"""Expressions as SQL: names and texts never become code."""

from __future__ import annotations

import math

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.adapters.sql import to_sql
from roadworthy.data import expression as ex
from roadworthy.data.sql_names import quote_name

TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)))
LITERALS = st.one_of(st.none(), st.booleans(), st.integers(-(2**62), 2**62), st.floats(), TEXTS)


@given(LITERALS)
def test_literals_arrive_as_they_are(value: object) -> None:
    """A literal printed as SQL comes back as the same value, to the last bit."""
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {to_sql(ex.literal(value))}").fetchone()[0]
    if isinstance(value, float) and math.isnan(value):
        assert math.isnan(found)
    else:
        assert found == value
        assert type(found) is type(value)


@given(TEXTS.filter(bool))
def test_names_stay_names(name: str) -> None:
    """Any column name can be selected, however it is spelt."""
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT 1 AS {quote_name(name)}")
        assert found.description[0][0] == name


def test_unknown_expressions_are_refused() -> None:
    """An expression without SQL is a mistake of the programmer."""
    with pytest.raises(TypeError, match="no SQL is known for Expression"):
        to_sql(ex.Expression())


def test_nested_expressions_keep_their_brackets() -> None:
    """Operators are bracketed as they were built."""
    node = (ex.column("a") + 1) * -2 >= ex.floor(ex.column("b"))
    assert to_sql(node) == '((("a" + 1) * (-2)) >= FLOOR("b"))'
    either = ex.is_null(ex.column("a")) | ~ex.is_nan(ex.column("a"))
    assert to_sql(either) == '(("a" IS NULL) OR (NOT isnan("a")))'
