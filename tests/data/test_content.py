"""The digest of content depends on names, types and values, and on nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data import content
from roadworthy.data.content import digest_of_rows

VALUES = {
    "integer": st.integers(-(2**31), 2**31 - 1),
    "real": st.floats(width=64),
    "text": st.text(max_size=5),
    "boolean": st.booleans(),
}


@st.composite
def columns(draw: st.DrawFn) -> tuple[str, list[object]]:
    """A column of any type with missing values."""
    kind = draw(st.sampled_from(sorted(VALUES)))
    return kind, draw(st.lists(st.none() | VALUES[kind], max_size=20))


def arrow(kind: str, values: list[object]) -> pa.Array:
    """The usual Arrow array of these values."""
    types = {"integer": pa.int64(), "real": pa.float64(), "text": pa.string()}
    return pa.array(values, types.get(kind, pa.bool_()))


@given(columns(), st.integers(0, 20))
def test_chunks_and_offsets_do_not_matter(column: tuple[str, list[object]], cut: int) -> None:
    """A column in one piece, in two, or cut out of a longer one has one digest."""
    kind, values = column
    whole = arrow(kind, values)
    pieces = pa.chunked_array([arrow(kind, values[:cut]), arrow(kind, values[cut:])])
    longer = pa.concat_arrays([arrow(kind, [None]), whole, arrow(kind, [None])])
    window = longer.slice(1, len(values))
    digests = {digest_of_rows(pa.table({"x": item})) for item in (whole, pieces, window)}
    assert len(digests) == 1


@given(columns(), columns())
def test_different_values_differ(
    one: tuple[str, list[object]], two: tuple[str, list[object]]
) -> None:
    """Two columns have one digest exactly if they hold the same values of the same type."""

    def normal(column: tuple[str, list[object]]) -> str:
        kind, values = column
        zero = [0.0 if isinstance(v, float) and v == 0 else v for v in values]
        return repr((kind, zero))

    digests = [digest_of_rows(pa.table({"x": arrow(*column)})) for column in (one, two)]
    assert (digests[0] == digests[1]) == (normal(one) == normal(two))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (pa.array([1, None], pa.int8()), pa.array([1, None], pa.uint32())),
        (pa.array(["a", None]), pa.array(["a", None], pa.large_string())),
        (pa.array(["a", None]), pa.array(["a", None]).dictionary_encode()),
        (pa.array(["a", None]), pa.array(["a", None], pa.string_view())),
        (pa.array([0.5, None], pa.float32()), pa.array([0.5, None], pa.float64())),
        (pa.array([0.0]), pa.array([-0.0])),
        (pa.array([np.nan]), pa.array([-np.nan])),
        (pa.array([None, None]), pa.array([None, None], pa.string())),
        (
            pa.array([datetime(2026, 1, 2, tzinfo=UTC)], pa.timestamp("us", "UTC")),
            pa.array([datetime(2026, 1, 2, tzinfo=UTC)], pa.timestamp("ms", "UTC")),
        ),
        (pa.array([date(2026, 1, 2)]), pa.array([date(2026, 1, 2)], pa.date64())),
    ],
)
def test_layouts_do_not_matter(one: pa.Array, two: pa.Array) -> None:
    """The same values have one digest however many bits or dictionaries a library spends."""
    assert digest_of_rows(pa.table({"x": one})) == digest_of_rows(pa.table({"x": two}))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"x": [1, 2]}, {"x": [2, 1]}),
        ({"x": [1]}, {"y": [1]}),
        ({"x": [1], "y": [2]}, {"y": [2], "x": [1]}),
        ({"x": [1]}, {"x": [1.0]}),
        ({"x": ["1"]}, {"x": [1]}),
        ({"x": ["ab", "c"]}, {"x": ["a", "bc"]}),
        ({"x": ["", None]}, {"x": [None, ""]}),
        ({"x": [None, 0]}, {"x": [0, None]}),
        ({"x": [True]}, {"x": [1]}),
        ({"x": [[1]]}, {"x": [[2]]}),
        ({"x": [Decimal("1.5")]}, {"x": [Decimal("1.6")]}),
    ],
)
def test_what_a_reader_could_tell_apart_differs(
    one: dict[str, list[object]], two: dict[str, list[object]]
) -> None:
    """Order, names, types, and where a value ends are content."""
    assert digest_of_rows(pa.table(one)) != digest_of_rows(pa.table(two))


@pytest.mark.parametrize("at_once", [1, 5, 1000])
def test_a_long_table_is_read_in_parts(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many columns are read at a time, the digest is that of the whole."""
    rows = pa.table({"a": [1, 2], "b": ["x", None], "c": [0.5, 1.5], "d": [True, False]})
    monkeypatch.setattr(content, "AT_ONCE", at_once)
    assert content.digest_of_table(DuckDBEngine().open(rows)) == digest_of_rows(rows)


def test_an_empty_table_has_a_digest() -> None:
    """No rows and no columns are content too, and differ from each other."""
    none = digest_of_rows(pa.table({}))
    assert none != digest_of_rows(pa.table({"x": pa.array([], pa.int64())}))


def test_the_digest_never_changes() -> None:
    """The digest of a fixed table is fixed for ever: recorded versions rest on it."""
    table = pa.table({"n": [1, None], "r": [0.5, None], "t": ["a", None], "b": [True, None]})
    assert (
        digest_of_rows(table)
        == "sha256:d0b7c3600ce5e235149fe80764e35e378865489b86cdad019221effcd976b0d1"
    )
