"""Datasets are fixed by the digest of their content, with their lineage."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from roadworthy.errors import DataError, UsageError
from roadworthy.records.system import DatasetSource, Split
from roadworthy.records.versions import DatasetVersion
from roadworthy.workflows.describe import compare, describe
from roadworthy.workflows.snapshot import snapshot


def test_a_made_dataset_names_what_it_comes_from(make_project):
    """The version of a transformed table names its parent and the code that made it."""
    project = make_project()
    made = snapshot(project, "adults").version
    raw = snapshot(project, "raw").version
    assert made.parents == (raw.digest,)
    assert made.transformation is not None
    assert "age >= 18" in (made.transformation.text or "")
    assert made.rows < raw.rows


def test_the_same_bytes_are_the_same_version(make_project):
    """Adding twice, or elsewhere, changes neither the digest nor the store."""
    project, other = make_project(), make_project("elsewhere")
    first = snapshot(project, "test").version
    entries = len(project.store.ledger())
    assert snapshot(project, "test").version.digest == first.digest
    assert len(project.store.ledger()) == entries
    assert snapshot(other, "test").version.digest == first.digest


def test_parts_share_every_row_once(make_project):
    """The parts of a split hold every row of the whole, and none twice."""
    project = make_project()
    whole = snapshot(project, "adults").table.read(["id"])["id"].to_pylist()
    parts = [
        snapshot(project, name).table.read(["id"])["id"].to_pylist() for name in ("train", "test")
    ]
    assert sorted(parts[0] + parts[1]) == sorted(whole)
    assert min(map(len, parts)) > 100


def test_changed_bytes_make_another_version(make_project):
    """A changed file is another version, and the difference is told in rows and files."""
    project = make_project()
    before = snapshot(project, "raw").version
    path = project.root / "data" / "raw.parquet"
    pq.write_table(pq.read_table(path).slice(0, 500), path)
    after = snapshot(project, "raw").version
    assert before.digest != after.digest
    told = compare(project, "raw", "raw")
    assert any("600 -> 500 (-100)" in line for line in told)
    assert any("raw.parquet: changed" in line for line in told)


def test_one_version_has_nothing_to_be_compared_with(make_project):
    """Comparing a dataset with its past needs a past."""
    project = make_project()
    snapshot(project, "raw")
    with pytest.raises(UsageError, match="one version only"):
        compare(project, "raw", "raw")


def test_a_version_is_found_by_the_start_of_its_digest(make_project):
    """A few characters of the content's digest are enough to find a version and its ancestors."""
    project = make_project()
    version = snapshot(project, "test").version
    found, ancestors = describe(project, version.digest[7:17])
    assert found.digest == version.digest
    assert [item.name for item in ancestors] == ["adults", "raw"]


def test_unknown_dataset(make_project):
    """A name that the project file lacks is answered by those it has."""
    with pytest.raises(UsageError, match="names no dataset 'tset'; it names: raw, adults"):
        snapshot(make_project(), "tset")


def test_datasets_that_come_from_each_other(make_project):
    """A circle is refused with the way around it."""
    circle = (
        DatasetSource(name="a", sql="prepare.sql", inputs=("b",)),
        DatasetSource(name="b", sql="prepare.sql", inputs=("a",)),
    )
    with pytest.raises(UsageError, match="a -> b -> a"):
        snapshot(make_project(datasets=circle), "a")


def test_missing_file(make_project):
    """A file that is not there is named."""
    project = make_project(datasets=(DatasetSource(name="x", files=("data/none.parquet",)),))
    with pytest.raises(DataError, match=r"none\.parquet"):
        snapshot(project, "x")
    assert project.store.names(DatasetVersion) == {}


def test_split_by_a_column_that_is_not_there(make_project):
    """A split key is checked like any other column."""
    raw = DatasetSource(name="raw", files=("data/raw.parquet",))
    part = DatasetSource(name="part", split=Split(of="raw", by="idd", low=0.0, high=0.5))
    with pytest.raises(DataError, match="'idd' is not in the table; did you mean 'id'"):
        snapshot(make_project(datasets=(raw, part)), "part")


def test_a_transformation_that_fails_keeps_nothing(make_project):
    """A statement with a mistake is quoted, and no version is recorded for it."""
    project = make_project()
    (project.root / "prepare.sql").write_text("SELECT agee FROM raw")
    with pytest.raises(DataError, match="agee"):
        snapshot(project, "adults")
    assert set(project.store.names(DatasetVersion)) == {"raw"}
    assert isinstance(snapshot(project, "raw").table.read(), pa.Table)


def test_files_of_several_kinds_are_one_version(make_project):
    """A dataset of Parquet and CSV files, one by a pattern, is one version that names each file."""
    source = DatasetSource(name="mixed", files=("data/raw*.parquet", "data/more.csv"))
    project = make_project(datasets=(source,))
    rows = pq.read_table(project.root / "data" / "raw.parquet")
    rows.slice(0, 7).to_pandas().to_csv(project.root / "data" / "more.csv", index=False)
    version = snapshot(project, "mixed").version
    assert version.rows == len(rows) + 7
    assert [entry.path for entry in version.files] == ["more.csv", "raw.parquet"]


def test_a_pattern_that_matches_nothing(make_project):
    """A pattern without a file is named."""
    source = DatasetSource(name="none", files=("data/nothing*.parquet",))
    with pytest.raises(DataError, match=r"no file matches the pattern .*nothing\*\.parquet"):
        snapshot(make_project(datasets=(source,)), "none")


def test_a_delta_table_is_no_files(make_project):
    """Its folder holds files that its log has dropped, so it is named as a table."""
    project = make_project(datasets=(DatasetSource(name="cases", files=("delta",)),))
    write_deltalake(project.root / "delta", pa.table({"y": [0, 1]}))
    with pytest.raises(UsageError, match="name its folder by `table` instead of `files`"):
        snapshot(project, "cases")
