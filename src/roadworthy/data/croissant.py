"""A dataset version and its datasheet as Croissant 1.1 with its responsible-AI vocabulary.

The properties of the JSON-LD document are spelled as the specifications spell them. What nobody has
said (a licence, a creator) is left out and never invented; `lacking` names what Croissant requires
and is not there.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from roadworthy.data.questions import RAI_PROPERTIES
from roadworthy.errors import UsageError
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.record import JSON
from roadworthy.records.versions import Column, DatasetVersion, FileEntry

CROISSANT = "http://mlcommons.org/croissant/1.1"
RAI = "http://mlcommons.org/croissant/RAI/1.0"

REQUIRED = ("name", "description", "license", "url", "creator", "datePublished", "distribution")
"""What every Croissant dataset must say of itself."""

_TERMS = (
    "annotation",
    "arrayShape",
    "citeAs",
    "column",
    "containedIn",
    "equivalentProperty",
    "excludes",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isArray",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "readLines",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "sdVersion",
    "separator",
    "source",
    "subField",
    "transform",
    "unArchive",
    "value",
)
CONTEXT: dict[str, JSON] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS},
}

_TYPES = {
    "integer": "sc:Integer",
    "real": "sc:Float",
    "text": "sc:Text",
    "boolean": "sc:Boolean",
    "time": "sc:DateTime",
}
_FORMATS = {
    ".parquet": "application/x-parquet",
    ".pq": "application/x-parquet",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".arrow": "application/vnd.apache.arrow.file",
    ".feather": "application/vnd.apache.arrow.file",
    ".ipc": "application/vnd.apache.arrow.file",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".ndjson": "application/jsonlines",
}
_ONE = frozenset(
    {
        "dataCollection",
        "dataCollectionMissingData",
        "dataCollectionRawData",
        "dataImputationProtocol",
        "dataManipulationProtocol",
        "annotationsPerItem",
        "dataSocialImpact",
        "dataReleaseMaintenancePlan",
    }
)
"""Properties that take one text; all others take a list."""

_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{4}-\d{2}\b|\b(?:19|20)\d{2}\b")


def to_croissant(
    version: DatasetVersion,
    datasheet: Datasheet,
    *,
    ancestors: Sequence[DatasetVersion] = (),
    content_url: str = "",
) -> dict[str, JSON]:
    """The JSON-LD document.

    Args:
        version: the dataset version.
        datasheet: its datasheet.
        ancestors: versions that it was made from, for their names.
        content_url: where its files can be had, ending in `/`; by default beside the document.

    Raises:
        UsageError: the version has no files (Croissant describes files), or the datasheet is about
            another version.
    """
    if datasheet.dataset != version.digest:
        raise UsageError(f"the datasheet is about {datasheet.dataset}, not about {version.digest}")
    if not version.files:
        held = "a table elsewhere" if version.origin else "held in memory"
        raise UsageError(
            f"dataset {version.name!r} is {held}, and Croissant describes files; write it "
            "as a file first"
        )
    head: dict[str, JSON | None] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [CROISSANT, RAI],
        "name": datasheet.title or version.name,
        "alternateName": version.name,
        "description": datasheet.description or None,
        "license": datasheet.license,
        "url": datasheet.url,
        "creator": {"@type": "sc:Organization", "name": datasheet.creator}
        if datasheet.creator
        else None,
        "datePublished": datasheet.published,
        "dateCreated": version.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "identifier": version.digest,
        "distribution": _distribution(version, content_url),
        "recordSet": [_record_set(version)],
        **_provenance(version, datasheet, ancestors),
        **_responsible(datasheet),
    }
    return {key: value for key, value in head.items() if value is not None}


def lacking(document: Mapping[str, JSON]) -> tuple[str, ...]:
    """The properties that Croissant requires and the document does not have, or has empty."""
    return tuple(name for name in REQUIRED if not document.get(name))


# --- files and columns ---------------------------------------------------------------------------


def _distribution(version: DatasetVersion, content_url: str) -> list[JSON]:
    files: list[JSON] = [
        {
            "@type": "cr:FileObject",
            "@id": entry.path,
            "name": PurePosixPath(entry.path).name,
            "contentUrl": f"{content_url}{entry.path}",
            "contentSize": f"{entry.size} B",
            "encodingFormat": _format(entry),
            "sha256": entry.digest.removeprefix("sha256:"),
        }
        for entry in version.files
    ]
    if len(version.files) > 1:
        formats = sorted({_format(entry) for entry in version.files})
        files.append(
            {
                "@type": "cr:FileSet",
                "@id": "all-files",
                "name": "all-files",
                "description": "Every file of the dataset, read as one table.",
                "encodingFormat": formats[0] if len(formats) == 1 else list(formats),
                "includes": [entry.path for entry in version.files],
            }
        )
    return files


def _format(entry: FileEntry) -> str:
    path = PurePosixPath(entry.path.lower())
    if path.suffix in (".gz", ".zst"):
        path = path.with_suffix("")
    return _FORMATS.get(path.suffix, "application/octet-stream")


def _record_set(version: DatasetVersion) -> dict[str, JSON]:
    return {
        "@type": "cr:RecordSet",
        "@id": "rows",
        "name": "rows",
        "description": f"The {version.rows:,} rows of the table.",
        "field": [_field(version, column) for column in version.columns],
    }


def _field(version: DatasetVersion, column: Column) -> dict[str, JSON]:
    kind = _TYPES.get(column.type, "sc:Text")
    label = version.roles is not None and version.roles.label == column.name
    alone = len(version.files) == 1
    source: dict[str, JSON] = {
        "fileObject" if alone else "fileSet": {
            "@id": version.files[0].path if alone else "all-files"
        },
        "extract": {"column": column.name},
    }
    return {
        "@type": "cr:Field",
        "@id": f"rows/{column.name}",
        "name": column.name,
        "dataType": [kind, "cr:Label"] if label else kind,
        "source": source,
    }


# --- where it comes from, and what people say ----------------------------------------------------


def _provenance(
    version: DatasetVersion, datasheet: Datasheet, ancestors: Sequence[DatasetVersion]
) -> dict[str, JSON | None]:
    names = {item.digest: item.name for item in ancestors}
    parents: list[JSON] = [
        {
            "@type": "prov:Entity",
            "@id": named_information(digest),
            "prov:label": names.get(digest, digest),
            "identifier": digest,
        }
        for digest in version.parents
    ]
    made = version.transformation
    activity: dict[str, JSON] | None = None
    if made is not None:
        activity = {"@type": "prov:Activity", "prov:label": made.name, "identifier": made.code}
        if made.text:
            activity["text"] = made.text
    return {
        "prov:wasDerivedFrom": parents or None,
        "prov:wasGeneratedBy": activity,
        "prov:wasAttributedTo": {"@type": "prov:Agent", "prov:label": datasheet.creator}
        if datasheet.creator
        else None,
    }


def named_information(digest: str) -> str:
    """A digest as a URI (RFC 6920).

    >>> named_information("sha256:" + "00" * 32)
    'ni:///sha-256;AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    raw = bytes.fromhex(digest.removeprefix("sha256:"))
    return "ni:///sha-256;" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _responsible(datasheet: Datasheet) -> dict[str, JSON]:
    """The answers by their property; a time frame is exported as the dates that it names."""
    answers: dict[str, list[str]] = {}
    for entry in datasheet.entries:
        if entry.rai in RAI_PROPERTIES and entry.answer is not None:
            answers.setdefault(entry.rai, []).append(entry.answer)
    found: dict[str, JSON] = {}
    for name in RAI_PROPERTIES:
        texts = answers.get(name)
        if texts is None:
            continue
        if name == "dataCollectionTimeframe":
            dates = [date for text in texts for date in _DATE.findall(text)]
            if dates:
                found[f"rai:{name}"] = list(dates)
        elif name in _ONE:
            found[f"rai:{name}"] = "\n\n".join(texts)
        else:
            found[f"rai:{name}"] = list(texts)
    return found
