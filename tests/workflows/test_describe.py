"""Dataset versions are found by name or digest, traced to their ancestors and compared."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from roadworthy.errors import UsageError
from roadworthy.workflows.describe import compare, describe, find
from roadworthy.workflows.snapshot import snapshot


def test_ancestors_come_nearest_first(make_project):
    """A part of a filtered table leads to the filtered table and then to the raw one."""
    project = make_project()
    snapshot(project, "test")
    version, ancestors = describe(project, "test")
    assert version.name == "test"
    assert [item.name for item in ancestors] == ["adults", "raw"]


def test_a_version_is_found_by_the_start_of_its_digest(make_project):
    """With or without the algorithm's name before it."""
    project = make_project()
    version = snapshot(project, "raw").version
    hexadecimal = version.digest.removeprefix("sha256:")
    for reference in ("raw", version.digest, version.digest[:19], hexadecimal[:8]):
        assert find(project.store, reference) == version


def test_a_name_wins_over_a_digest_that_begins_like_it(make_project):
    """What the project calls a dataset is never mistaken for bytes."""
    project = make_project()
    raw = snapshot(project, "raw").version
    name = raw.digest.removeprefix("sha256:")[:4]
    project.store.put(snapshot(project, "adults").version, name=name)
    assert find(project.store, name).name == "adults"


def test_an_unknown_version_is_misuse(make_project):
    """The nearest name is suggested."""
    project = make_project()
    snapshot(project, "raw")
    with pytest.raises(UsageError, match="raw"):
        describe(project, "rav")


def test_one_name_twice_compares_before_and_now(make_project):
    """Rows, files and, for what was made from them, the lineage."""
    project = make_project()
    snapshot(project, "adults")
    with pytest.raises(UsageError, match="'raw' has had one version only"):
        compare(project, "raw", "raw")
    file = project.root / "data" / "raw.parquet"
    table = pq.read_table(file)
    pq.write_table(table.drop_columns(["sex"]).slice(0, 590), file)
    snapshot(project, "adults")
    lines = compare(project, "raw", "raw")
    assert lines[0] == "rows: 600 -> 590 (-10)"
    assert any("sex" in line for line in lines[1:-1])
    assert lines[-1].startswith("file raw.parquet: changed, ")
    assert compare(project, "adults", "adults")[-1] == "made from other versions"


def test_other_code_is_a_difference(make_project):
    """The statement that made a dataset is part of where it comes from."""
    project = make_project()
    snapshot(project, "adults")
    (project.root / "prepare.sql").write_text("SELECT *, 'x' AS band FROM raw WHERE age >= 18")
    snapshot(project, "adults")
    assert compare(project, "adults", "adults")[-1] == "made by other code or parameters"


def test_a_version_equals_itself(make_project):
    """By name and by digest: there is nothing to say."""
    project = make_project()
    version = snapshot(project, "raw").version
    assert compare(project, "raw", version.digest) == ()
