"""Splits are fixed by identifiers, cover every row once, and keep their shares."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.splits import parts, split_sql
from roadworthy.errors import UsageError
from roadworthy.records.system import Split

ENGINE = DuckDBEngine()
SHARES = {"train": 0.6, "validation": 0.2, "holdout": 0.2}


def split(table: pa.Table, **options: object) -> dict[str, list[object]]:
    """The identifiers of each part."""
    opened = ENGINE.open(table)
    found = {}
    for name, part in parts("people", "id", SHARES, **options).items():  # type: ignore[arg-type]
        made = ENGINE.transform(split_sql(part), {"people": opened}, name=name)
        found[name] = made.read(["id"])["id"].to_pylist()
    return found


def test_every_row_is_in_one_part_and_shares_are_kept() -> None:
    """Parts cover all rows without overlap, close to the shares asked for."""
    found = split(pa.table({"id": list(range(20_000))}))
    assert sorted(sum(found.values(), [])) == list(range(20_000))  # noqa: RUF017 - three lists
    for name, share in SHARES.items():
        assert len(found[name]) / 20_000 == pytest.approx(share, abs=0.015)


def test_rows_of_one_person_stay_together_and_missing_is_a_person() -> None:
    """Equal identifiers fall into one part; rows without one too."""
    table = pa.table({"id": [None, *"abcdefghijklmnopqrstuvwxyz"] * 20})
    found = split(table)
    assert sum(len(set(ids)) for ids in found.values()) == 27
    assert sum(len(ids) for ids in found.values()) == 540


def test_adding_rows_moves_no_other_row() -> None:
    """A part of more rows holds the part of fewer, in any order of the rows."""
    few = split(pa.table({"id": list(range(500))}))
    more = split(pa.table({"id": list(range(999, -1, -1))}))
    for name in SHARES:
        assert set(few[name]) <= set(more[name])


def test_a_seed_makes_another_split() -> None:
    """Another seed shuffles; the same one repeats."""
    table = pa.table({"id": list(range(1000))})
    assert split(table, seed=1) == split(table, seed=1)
    assert split(table, seed=1) != split(table, seed=2)


def test_the_split_is_md5_and_nothing_of_the_engine() -> None:
    """The part of a row can be recomputed by anybody from its identifier."""
    found = split(pa.table({"id": list(range(300))}))
    for number in range(300):
        place = int(hashlib.md5(f"{number}:0".encode()).hexdigest()[:16], 16) / 2**64
        name = "train" if place < 0.6 else "validation" if place < 0.8 else "holdout"
        assert number in found[name]


@settings(max_examples=20)
@given(st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_parts_meet_without_gap(weights: list[int]) -> None:
    """Each part starts where the one before ends, from 0 to 1."""
    shares = {f"part-{n}": w / sum(weights) for n, w in enumerate(weights)}
    found = list(parts("people", "id", shares).values())
    assert (found[0].low, found[-1].high) == (0.0, 1.0)
    assert all(a.high == b.low for a, b in pairwise(found))


@pytest.mark.parametrize("shares", [{}, {"a": 0.5}, {"a": 1.5, "b": -0.5}, {"a": 1.0, "b": 0.0}])
def test_shares_must_add_up(shares: dict[str, float]) -> None:
    """Shares that are not positive or do not add up are refused."""
    with pytest.raises(UsageError, match="expected positive shares that add up to 1"):
        parts("people", "id", shares)


def test_names_are_quoted() -> None:
    """A name with quotation marks is a name and not SQL."""
    table = ENGINE.open(pa.table({'i"d': [1, 2, 3]}))
    sql = split_sql(Split(of='a"b', by='i"d', low=0.0, high=1.0))
    assert ENGINE.transform(sql, {'a"b': table}, name="all").rows == 3
    assert "WHERE" not in sql
