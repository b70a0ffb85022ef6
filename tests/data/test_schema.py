"""A schema that moved is told in plain words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.data.schema import SchemaMismatchKind, check_roles, compare_schemas
from roadworthy.errors import DataError
from roadworthy.records.versions import Column, ColumnRoles

AGE = Column(name="age", type="integer")
SEX = Column(name="sex", type="text")

columns = st.lists(
    st.builds(
        Column,
        name=st.sampled_from("abcdef"),
        type=st.sampled_from(["integer", "real", "text"]),
        nullable=st.booleans(),
    ),
    unique_by=lambda column: column.name,
)


@given(columns, st.randoms())
def test_the_order_of_columns_does_not_matter(found: list[Column], random: object) -> None:
    """A schema equals itself in any order."""
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert compare_schemas(found, shuffled) == ()


@given(columns, columns)
def test_equal_schemas_have_no_mismatch_and_others_have_one(
    one: list[Column], two: list[Column]
) -> None:
    """There is a mismatch exactly if a name, a type or a promise of presence differs."""
    facts = {(c.name, c.type) for c in one} == {(c.name, c.type) for c in two}
    optional = {c.name for c in two if c.nullable}
    broken = any(not c.nullable and c.name in optional for c in one)
    assert (compare_schemas(one, two) == ()) == (facts and not broken)


def test_each_kind_has_its_sentence() -> None:
    """Missing, new, of another type, no longer always there."""
    now = (
        Column(name="age", type="real"),
        Column(name="gender", type="text"),
        Column(name="income", type="real"),
    )
    before = (AGE, SEX, Column(name="income", type="real", nullable=False))
    found = compare_schemas(before, now)
    assert [mismatch.kind for mismatch in found] == [
        SchemaMismatchKind.TYPE,
        SchemaMismatchKind.MISSING,
        SchemaMismatchKind.NULLABLE,
        SchemaMismatchKind.ADDED,
    ]
    assert [str(mismatch) for mismatch in found] == [
        "column 'age' holds real, was integer",
        "column 'sex' (text) is missing",
        "column 'income' may now be missing in a row, and was always there",
        "column 'gender' (text) was not there before",
    ]


def test_ignored_columns_are_left_out() -> None:
    """A prediction column that only one side has is no mismatch when it is ignored."""
    assert compare_schemas((AGE, SEX), (AGE,), ignore=("sex",)) == ()
    assert compare_schemas((AGE,), (AGE, SEX), ignore=("sex",)) == ()


@pytest.mark.parametrize("role", ["label", "prediction", "score", "weight", "identifier"])
def test_a_role_without_column_names_the_nearest(role: str) -> None:
    """Each single role is checked, and the message names role and suggestion."""
    with pytest.raises(DataError, match=rf"{role} column 'agge' .*did you mean 'age'"):
        check_roles((AGE, SEX), ColumnRoles(**{role: "agge"}))


@pytest.mark.parametrize("role", ["protected", "features", "condition"])
def test_a_listed_role_without_column_is_named(role: str) -> None:
    """Each listed role is checked."""
    with pytest.raises(DataError, match="column 'race' is not in the table"):
        check_roles((AGE, SEX), ColumnRoles(**{role: ("age", "race")}))


def test_a_name_that_occurs_twice_is_refused() -> None:
    """Two columns of one name cannot be told apart."""
    with pytest.raises(DataError, match="'age' occurs more than once"):
        check_roles((AGE, AGE), None)
