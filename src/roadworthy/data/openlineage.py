"""A dataset's lineage as OpenLineage 2-0-2 run events: a START and a COMPLETE for each step.

The identifiers of runs are made from the versions and the code, so the same history always gives
the same events.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from roadworthy.data.profile import TableProfile
from roadworthy.records.canonical import canonical_json
from roadworthy.records.record import JSON
from roadworthy.records.versions import DatasetVersion

SPEC = "https://openlineage.io/spec"
SCHEMA_URL = f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
PRODUCER = "urn:roadworthy:openlineage"

_FACETS = {
    "version": "facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet",
    "schema": "facets/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet",
    "dataQualityMetrics": (
        "facets/1-0-3/DataQualityMetricsInputDatasetFacet.json"
        "#/$defs/DataQualityMetricsInputDatasetFacet"
    ),
    "outputStatistics": (
        "facets/1-0-2/OutputStatisticsOutputDatasetFacet.json"
        "#/$defs/OutputStatisticsOutputDatasetFacet"
    ),
    "dataSource": "facets/1-0-1/DatasourceDatasetFacet.json#/$defs/DatasourceDatasetFacet",
    "sql": "facets/1-1-0/SQLJobFacet.json#/$defs/SQLJobFacet",
    "sourceCode": "facets/1-0-1/SourceCodeJobFacet.json#/$defs/SourceCodeJobFacet",
    "jobType": "facets/2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet",
}
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, PRODUCER)


def lineage_events(
    version: DatasetVersion,
    *,
    ancestors: Sequence[DatasetVersion] = (),
    profiles: Mapping[str, TableProfile] | None = None,
    namespace: str = "roadworthy",
) -> tuple[dict[str, JSON], ...]:
    """The events of every recorded step that led to a version, the earliest step first.

    A version that was added as it is has a step without input: its registration.

    Args:
        version: the version.
        ancestors: the versions that it was made from, nearest first.
        profiles: profiles of versions by content digest, for data quality metrics.
        namespace: where the datasets and jobs live.
    """
    known = {item.digest: item for item in ancestors} | {version.digest: version}
    events: list[dict[str, JSON]] = []
    for item in (*reversed(tuple(ancestors)), version):
        inputs: list[JSON] = [
            _input(known.get(digest), digest, profiles or {}, namespace) for digest in item.parents
        ]
        events += [_event(item, kind, inputs, namespace) for kind in ("START", "COMPLETE")]
    return tuple(events)


def to_lines(events: Sequence[Mapping[str, JSON]]) -> bytes:
    """Events as JSON lines, in canonical form."""
    return b"".join(canonical_json(dict(event)) + b"\n" for event in events)


def _event(item: DatasetVersion, kind: str, inputs: list[JSON], namespace: str) -> dict[str, JSON]:
    made = item.transformation
    identity = "\n".join((item.name, item.digest, *item.parents, made.code if made else ""))
    name = f"{item.name}.{made.name if made else 'register'}"
    outputs: list[JSON] = [_dataset(item, namespace)] if kind == "COMPLETE" else []
    return {
        "eventType": kind,
        "eventTime": item.created.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "producer": PRODUCER,
        "schemaURL": SCHEMA_URL,
        "run": {"runId": str(uuid.uuid5(_NAMESPACE, identity)), "facets": {}},
        "job": {"namespace": namespace, "name": name, "facets": _job_facets(item)},
        "inputs": inputs,
        "outputs": outputs,
    }


def _job_facets(item: DatasetVersion) -> dict[str, JSON]:
    facets: dict[str, JSON] = {
        "jobType": _facet(
            "jobType", processingType="BATCH", integration="ROADWORTHY", jobType="JOB"
        )
    }
    made = item.transformation
    if made is not None and made.text:
        if made.text.lstrip().lower().startswith(("select", "with")):
            facets["sql"] = _facet("sql", query=made.text)
        else:
            facets["sourceCode"] = _facet("sourceCode", language="python", sourceCode=made.text)
    return facets


def _dataset(item: DatasetVersion, namespace: str) -> dict[str, JSON]:
    return {
        "namespace": namespace,
        "name": item.name,
        "facets": _dataset_facets(item),
        "outputFacets": {
            "outputStatistics": _facet(
                "outputStatistics", rowCount=item.rows, **_files(item, size="size")
            )
        },
    }


def _input(
    item: DatasetVersion | None,
    digest: str,
    profiles: Mapping[str, TableProfile],
    namespace: str,
) -> dict[str, JSON]:
    if item is None:
        version = _facet("version", datasetVersion=digest)
        return {"namespace": namespace, "name": digest, "facets": {"version": version}}
    found = profiles.get(digest)
    metrics: dict[str, JSON] = {
        "rowCount": item.rows,
        **_files(item, size="bytes"),
        "columnMetrics": {} if found is None else _column_metrics(found),
    }
    return {
        "namespace": namespace,
        "name": item.name,
        "facets": _dataset_facets(item),
        "inputFacets": {"dataQualityMetrics": _facet("dataQualityMetrics", **metrics)},
    }


def _dataset_facets(item: DatasetVersion) -> dict[str, JSON]:
    fields: list[JSON] = [
        {"name": column.name, "type": column.type, "ordinal_position": place}
        for place, column in enumerate(item.columns, start=1)
    ]
    facets: dict[str, JSON] = {
        "version": _facet("version", datasetVersion=item.digest),
        "schema": _facet("schema", fields=fields),
    }
    if item.origin is not None:
        facets["dataSource"] = _facet("dataSource", name=item.name, uri=item.origin)
    return facets


def _files(item: DatasetVersion, *, size: str) -> dict[str, JSON]:
    """How many files hold it, and their size in bytes; nothing of a table elsewhere."""
    if item.origin is not None:
        return {}
    return {size: sum(entry.size for entry in item.files), "fileCount": len(item.files)}


def _column_metrics(found: TableProfile) -> dict[str, JSON]:
    metrics: dict[str, JSON] = {}
    for item in found.columns:
        known: dict[str, JSON] = {
            "nullCount": item.missing,
            "count": float(found.rows - item.missing),
        }
        if item.column.type in ("integer", "real") and isinstance(item.low, int | float):
            known |= {"min": float(item.low), "max": float(str(item.high))}
        metrics[item.name] = known
    return metrics


def _facet(facet: str, /, **fields: JSON) -> dict[str, JSON]:
    return {"_producer": PRODUCER, "_schemaURL": f"{SPEC}/{_FACETS[facet]}", **fields}
