"""The Croissant export is what the reference library reads, and what the specifications spell."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.croissant import lacking, to_croissant
from roadworthy.data.datasheet import build_datasheet
from roadworthy.data.lineage import sql_transformation
from roadworthy.data.manifest import version_of_files
from roadworthy.data.questions import QUESTIONS, RAI_PROPERTIES
from roadworthy.errors import UsageError
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.versions import ColumnRoles, DatasetVersion

pytestmark = [  # both are mlcroissant's own
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword"),
]

AT = datetime(2026, 1, 2, tzinfo=UTC)
ENGINE = DuckDBEngine()
ROLES = ColumnRoles(label="employed", protected=("sex",))
PEOPLE = pa.table(
    {
        "age": [20, 30, None],
        "income": [1.5, None, 2.5],
        "sex": ["f", "m", "f"],
        "employed": [True, False, True],
        "seen": [AT, AT, AT],
    }
)
HEADER = {
    "title": "People",
    "description": "Three people.",
    "license": "https://creativecommons.org/publicdomain/zero/1.0/",
    "creator": "Census",
    "url": "https://example.org/people",
    "published": "2026-01-01",
}


def answers() -> dict[str, str]:
    """An answer to every question that people are asked."""
    told = {q.key: f"About {q.key}." for q in QUESTIONS if not q.measured}
    return {**told, **HEADER, "collection-timeframe": "From 2015-01 to 2015-12-31, again in 2017."}


def dataset(
    folder: Path,
    names: tuple[str, ...] = ("people.parquet",),
    *,
    told: dict[str, str] | None = None,
) -> tuple[DatasetVersion, Datasheet]:
    """A version of real files, and its datasheet."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(PEOPLE, folder / name)
    paths = [folder / name for name in names]
    table = ENGINE.open(str(paths[0]))
    version = version_of_files("people", paths, table, created=AT, roles=ROLES)
    given = answers() if told is None else told
    return version, build_datasheet(version, table, at=AT, answers=given)


def load(document: dict[str, object], folder: Path):
    """The document as mlcroissant reads it: it refuses nothing, and lacks what is optional only."""
    import mlcroissant  # noqa: PLC0415 - slow to import, and few tests need it

    path = folder / "croissant.json"
    path.write_text(json.dumps(document))
    found = mlcroissant.Dataset(str(path))
    assert not found.metadata.ctx.issues.errors
    recommended = re.compile(r'Property ".*/(citeAs|version)" is recommended, but does not exist')
    assert all(map(recommended.search, found.metadata.ctx.issues.warnings))
    return found


def test_mlcroissant_reads_the_rows_from_the_files(tmp_path: Path) -> None:
    """The reference library validates the document, checks the SHA-256 and reads the rows."""
    version, sheet = dataset(tmp_path)
    found = load(to_croissant(version, sheet), tmp_path)
    assert found.metadata.name == "People"
    assert found.metadata.license == [HEADER["license"]]
    rows = list(found.records("rows"))
    assert [row["rows/sex"] for row in rows] == [b"f", b"m", b"f"]
    assert [row["rows/employed"] for row in rows] == [True, False, True]


def test_a_dataset_of_several_files_is_valid(tmp_path: Path) -> None:
    """Several files are one set, each with its own digest."""
    version, sheet = dataset(tmp_path, ("a/1.parquet", "b/2.parquet"))
    document = to_croissant(version, sheet)
    found = load(document, tmp_path)
    assert [item.id for item in found.metadata.file_objects] == ["a/1.parquet", "b/2.parquet"]
    sources = {str(field["source"]) for field in document["recordSet"][0]["field"]}
    assert all("all-files" in source for source in sources)


def test_conforms_to_both_specifications_exactly(tmp_path: Path) -> None:
    """The two specifications are named by their exact addresses."""
    document = to_croissant(*dataset(tmp_path))
    assert document["conformsTo"] == [
        "http://mlcommons.org/croissant/1.1",
        "http://mlcommons.org/croissant/RAI/1.0",
    ]
    assert document["@context"]["conformsTo"] == "dct:conformsTo"


def test_the_responsible_ai_names_are_the_specification_s(tmp_path: Path) -> None:
    """All twenty properties are written as the specification spells them, and none else."""
    document = to_croissant(*dataset(tmp_path))
    written = {key.removeprefix("rai:") for key in document if key.startswith("rai:")}
    assert written == set(RAI_PROPERTIES)
    assert {"dataCollectionTimeframe", "dataManipulationProtocol"} <= written
    assert len(RAI_PROPERTIES) == 20
    assert document["rai:dataCollectionTimeframe"] == ["2015-01", "2015-12-31", "2017"]
    assert document["rai:dataManipulationProtocol"] == "About manipulation."
    assert "age: 33.3%" in document["rai:dataCollectionMissingData"]
    assert "About missing-reasons." in document["rai:dataCollectionMissingData"]


def test_mlcroissant_finds_the_properties_that_it_spells_alike(tmp_path: Path) -> None:
    """Properties other than the two that the library misspells arrive with their texts."""
    metadata = load(to_croissant(*dataset(tmp_path)), tmp_path).metadata
    assert metadata.data_use_cases == ["About suitable-uses."]
    assert metadata.data_social_impact == "About social-impact."
    assert metadata.data_biases == ["About known-biases."]


def test_every_column_has_a_type_and_a_source(tmp_path: Path) -> None:
    """Each column is a field of its type, taken from the file; the label is marked."""
    version, sheet = dataset(tmp_path)
    fields = to_croissant(version, sheet)["recordSet"][0]["field"]
    assert [field["name"] for field in fields] == [column.name for column in version.columns]
    assert [field["dataType"] for field in fields] == [
        "sc:Integer",
        "sc:Float",
        "sc:Text",
        ["sc:Boolean", "cr:Label"],
        "sc:DateTime",
    ]
    for field in fields:
        assert field["source"]["fileObject"] == {"@id": "people.parquet"}
        assert field["source"]["extract"] == {"column": field["name"]}


def test_files_have_digest_size_and_format(tmp_path: Path) -> None:
    """A file object says what the file is, and where."""
    version, sheet = dataset(tmp_path)
    (file,) = to_croissant(version, sheet, content_url="https://example.org/data/")["distribution"]
    assert file["sha256"] == version.files[0].digest.removeprefix("sha256:")
    assert re.fullmatch("[0-9a-f]{64}", file["sha256"])
    assert file["contentUrl"] == "https://example.org/data/people.parquet"
    assert file["contentSize"] == f"{version.files[0].size} B"
    assert file["encodingFormat"] == "application/x-parquet"


def test_what_nobody_said_is_lacking_and_not_invented(tmp_path: Path) -> None:
    """Without a licence, an address and so on there is no such property, and each is named."""
    version, sheet = dataset(tmp_path, told={})
    document = to_croissant(version, sheet)
    assert lacking(document) == ("description", "license", "url", "creator", "datePublished")
    assert not {"license", "creator", "rai:dataUseCases"} & document.keys()
    assert lacking(to_croissant(*dataset(tmp_path))) == ()
    assert "name" in lacking({**document, "name": ""})


def test_provenance_names_parents_and_code(tmp_path: Path) -> None:
    """A derived version says from what and by which code; the document stays valid."""
    version, sheet = dataset(tmp_path)
    parent = replace(version, name="raw", digest="sha256:" + "ab" * 32)
    derived = replace(
        version,
        parents=(parent.digest,),
        transformation=sql_transformation("SELECT 1", name="filter"),
    )
    document = to_croissant(derived, sheet, ancestors=(parent,))
    (origin,) = document["prov:wasDerivedFrom"]
    assert origin["@id"].startswith("ni:///sha-256;")
    assert (origin["prov:label"], origin["identifier"]) == ("raw", parent.digest)
    assert document["prov:wasGeneratedBy"]["text"] == "SELECT 1"
    assert document["prov:wasAttributedTo"]["prov:label"] == "Census"
    load(document, tmp_path)


def test_croissant_describes_files(tmp_path: Path) -> None:
    """A frame in memory, or a datasheet of something else, is refused."""
    version, sheet = dataset(tmp_path)
    with pytest.raises(UsageError, match="held in memory, and Croissant describes files"):
        to_croissant(replace(version, files=()), sheet)
    with pytest.raises(UsageError, match="is a table elsewhere, and Croissant describes files"):
        to_croissant(replace(version, files=(), origin="s3://bucket/cases"), sheet)
    with pytest.raises(UsageError, match="the datasheet is about sha256:00, not about"):
        to_croissant(version, replace(sheet, dataset="sha256:00"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x.CSV.gz", "text/csv"),
        ("x.tsv", "text/tab-separated-values"),
        ("x.feather", "application/vnd.apache.arrow.file"),
        ("x.ndjson", "application/jsonlines"),
        ("x", "application/octet-stream"),
    ],
)
def test_formats_are_media_types(tmp_path: Path, name: str, expected: str) -> None:
    """The ending of a file decides its media type."""
    version, sheet = dataset(tmp_path)
    entry = replace(version.files[0], path=name)
    document = to_croissant(replace(version, files=(entry,)), sheet)
    assert document["distribution"][0]["encodingFormat"] == expected
