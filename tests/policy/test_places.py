"""Addresses of tables: no secrets, one table, a name."""

from __future__ import annotations

import pytest

from roadworthy.policy.places import name_in, secret_in, where_secrets_belong, wrong_with

GOOD = (
    "postgresql://me@db.example.org/bank?table=lending.loans",
    "postgresql://me:@db.example.org/bank?table=lending.loans",
    "s3://bucket/folder?region=eu-west-1",
    "loans_delta",
    "odd:name@folder",
)


@pytest.mark.parametrize("place", GOOD)
def test_an_address_without_a_secret_is_left_alone(place):
    """An empty password is none, and a path is no address."""
    assert secret_in(place) is None
    assert wrong_with(place) is None


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("postgresql://me:hush@db/bank?table=loans", "a password in the URL"),
        ("postgres://me@db/bank?password=hush&table=loans", "`password` in the URL"),
        ("s3://key:hush@bucket/folder", "a password in the URL"),
        ("s3://bucket/folder?secret_key=hush", "`secret_key` in the URL"),
        ("abfss://c@a.dfs.core.windows.net/x?client_secret=hush", "`client_secret` in the URL"),
        ("abfss://cases@lake/loans?sp=r&sig=hush", "`sig` in the URL"),
        ("s3://bucket/a.parquet?X-Amz-Signature=hush", "`X-Amz-Signature` in the URL"),
    ],
)
def test_a_secret_is_found_and_not_repeated(place, said):
    """Where it stands is said, and where it belongs."""
    assert secret_in(place) == said
    assert "hush" not in said + where_secrets_belong(place)
    expected = "PGPASSWORD" if place.startswith("postgres") else "environment"
    assert expected in where_secrets_belong(place)


@pytest.mark.parametrize("query", ["", "?table=a&table=b", "?sslmode=require"])
def test_a_database_is_no_table(query):
    """Its address names one table."""
    assert wrong_with(f"postgresql://db/bank{query}").startswith("one table in the URL")


def test_an_address_that_cannot_be_read_is_for_the_engine_to_refuse():
    """What is no address of a table names none; nothing is guessed of its secrets."""
    assert secret_in("postgresql://[half/bank") is None
    assert wrong_with("postgresql://[half/bank").startswith("one table in the URL")


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("postgresql://db/bank?table=lending.loans", "loans"),
        ("postgresql://db/bank?table=%22My+Loans%22", "My Loans"),
        ("s3://bucket/cases.parquet?region=x", "cases"),
        ("s3://bucket/year/", "year"),
        ("s3://bucket", "bucket"),
    ],
)
def test_a_table_is_called_by_the_end_of_its_address(place, name):
    """Without its schema, ending or options."""
    assert name_in(place) == name
