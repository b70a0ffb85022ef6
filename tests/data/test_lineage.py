"""Lineage says from what, by which code and with which parameters."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from roadworthy.data.lineage import edges_of, function_transformation, sql_transformation, trace
from roadworthy.errors import UsageError
from roadworthy.records.canonical import digest_of_bytes
from roadworthy.records.versions import DatasetVersion

AT = datetime(2026, 1, 2, tzinfo=UTC)


def version(name: str, *parents: str) -> DatasetVersion:
    """A version whose digest is its name."""
    transformation = sql_transformation(f"SELECT * FROM {name}", name=name)
    return DatasetVersion(
        name=name,
        digest=name,
        files=(),
        rows=1,
        columns=(),
        created=AT,
        parents=parents,
        transformation=transformation if parents else None,
    )


def family(*versions: DatasetVersion) -> dict[str, DatasetVersion]:
    """Versions by digest."""
    return {item.digest: item for item in versions}


def test_sql_is_recorded_with_text_digest_and_parameters() -> None:
    """The statement's digest, text and parameters are kept; space around it is not code."""
    made = sql_transformation(" SELECT 1 ;\n", name="one", parameters={"age": 16})
    assert made.text == "SELECT 1"
    assert made.code == digest_of_bytes(b"SELECT 1")
    assert made.parameters == {"age": 16}
    assert made.code != sql_transformation("SELECT 2", name="one").code


def test_line_ends_are_not_code() -> None:
    """The same statement from another system has the same digest."""
    one = sql_transformation("SELECT 1\r\nFROM t", name="x")
    assert one == sql_transformation("SELECT 1\nFROM t", name="x")


def test_long_code_is_kept_by_digest_only() -> None:
    """A text too long to read is left out, and its digest is kept."""
    made = sql_transformation("SELECT " + "1, " * 2000 + "1", name="long")
    assert made.text is None
    assert made.code.startswith("sha256:")


def keep_adults(age: int) -> bool:
    """An example transformation."""
    return age >= 16


def test_a_function_is_recorded_by_its_source() -> None:
    """A Python function's name and source stand for it."""
    made = function_transformation(keep_adults, parameters={"age": 16})
    assert made.name == "keep_adults"
    assert made.text is not None
    assert made.text.startswith("def keep_adults(age: int)")
    assert made.code == digest_of_bytes(made.text.encode())


def test_a_function_without_source_is_refused() -> None:
    """What cannot be read cannot be recorded, and is not invented."""
    with pytest.raises(UsageError, match="the source of 'len' cannot be read"):
        function_transformation(len)
    with pytest.raises(UsageError, match="the source of 'keep' cannot be read"):
        function_transformation(partial(keep_adults, 3), name="keep")


def test_ancestors_come_nearest_first() -> None:
    """Parents before grandparents, each once, with every step between them."""
    raw, extra = version("raw"), version("extra")
    adults = version("adults", "raw", "extra")
    train = version("train", "adults", "extra")
    found = trace(train, family(raw, extra, adults).get)
    assert [item.name for item in found.ancestors] == ["adults", "extra", "raw"]
    assert [(edge.parent, edge.child) for edge in found.edges] == [
        ("adults", "train"),
        ("extra", "train"),
        ("raw", "adults"),
        ("extra", "adults"),
    ]
    assert {edge.transformation for edge in edges_of(train)} == {train.transformation}
    assert found.unknown == ()


def test_a_parent_that_nobody_recorded_is_named() -> None:
    """A gap in the history is shown as one."""
    found = trace(version("train", "lost"), family().get)
    assert (found.ancestors, found.unknown) == ((), ("lost",))


def test_a_transformation_that_changes_nothing_ends_the_walk() -> None:
    """A version may be its own parent, for a version is its content; the walk still ends."""
    same = version("same", "same", "raw")
    found = trace(same, family(same, version("raw", "same")).get)
    assert [item.name for item in found.ancestors] == ["raw"]
    assert len(found.edges) == 3


def test_a_raw_version_has_no_ancestors() -> None:
    """What nothing was made into has no history."""
    found = trace(version("raw"), family().get)
    assert (found.ancestors, found.edges, found.unknown) == ((), (), ())
