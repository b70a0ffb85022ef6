"""Lineage events are what the OpenLineage client itself would send."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.lineage import function_transformation, sql_transformation
from roadworthy.data.manifest import version_of_table
from roadworthy.data.openlineage import lineage_events, to_lines
from roadworthy.data.profile import profile
from roadworthy.records.versions import DatasetVersion, FileEntry

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TABLE = DuckDBEngine().open(pa.table({"age": [20, None, 40], "sex": ["f", "m", "f"]}))


def history() -> tuple[DatasetVersion, DatasetVersion, DatasetVersion]:
    """Raw data, a filter of it by SQL, and a step by Python."""
    raw = replace(
        version_of_table("raw", TABLE, created=AT),
        files=(FileEntry(path="raw.parquet", size=10, digest="sha256:aa"),),
    )
    adults = replace(
        raw,
        name="adults",
        digest="sha256:adults",
        parents=(raw.digest,),
        transformation=sql_transformation("SELECT * FROM raw", name="filter"),
    )
    train = replace(
        raw,
        name="train",
        digest="sha256:train",
        parents=(adults.digest, "sha256:lost"),
        transformation=function_transformation(history, name="join"),
    )
    return raw, adults, train


def events() -> tuple[dict, ...]:
    """All events of the history."""
    raw, adults, train = history()
    return lineage_events(train, ancestors=(adults, raw), profiles={raw.digest: profile(TABLE)})


def test_each_step_starts_and_completes_once() -> None:
    """Every run has one START and one COMPLETE, earliest step first, outputs at the end."""
    found = [
        (e["job"]["name"], e["eventType"], len(e["inputs"]), len(e["outputs"])) for e in events()
    ]
    assert found == [
        ("raw.register", "START", 0, 0),
        ("raw.register", "COMPLETE", 0, 1),
        ("adults.filter", "START", 1, 0),
        ("adults.filter", "COMPLETE", 1, 1),
        ("train.join", "START", 2, 0),
        ("train.join", "COMPLETE", 2, 1),
    ]
    runs = [event["run"]["runId"] for event in events()]
    assert runs[0] == runs[1] != runs[2] == runs[3] != runs[4] == runs[5]


def test_a_table_elsewhere_is_named_by_its_address() -> None:
    """It has no files to count; those that are made of it have."""
    raw, adults, _ = history()
    raw = replace(raw, files=(), origin="s3://bucket/cases")
    registered, made = lineage_events(adults, ancestors=(raw,))[1::2]
    output, source = registered["outputs"][0], made["inputs"][0]
    assert output["facets"]["dataSource"]["uri"] == "s3://bucket/cases"
    assert "fileCount" not in output["outputFacets"]["outputStatistics"]
    assert "fileCount" not in source["inputFacets"]["dataQualityMetrics"]
    assert "dataSource" not in made["outputs"][0]["facets"]


def test_the_same_history_gives_the_same_bytes() -> None:
    """Events are repeatable: identifiers come from the versions and the code."""
    assert to_lines(events()) == to_lines(events())
    assert len(to_lines(events()).splitlines()) == 6


def test_every_facet_names_its_producer_and_schema() -> None:
    """No facet comes without `_producer` and `_schemaURL`."""

    def facets(node: object):
        if isinstance(node, dict):
            for key, value in node.items():
                if key.lower().endswith("facets"):
                    yield from value.values()
                yield from facets(value)
        elif isinstance(node, list):
            for item in node:
                yield from facets(item)

    found = list(facets(list(events())))
    assert len(found) > 10
    for facet in found:
        assert facet["_producer"].startswith("urn:")
        assert facet["_schemaURL"].startswith("https://openlineage.io/spec/facets/")


def test_versions_schemas_and_metrics_are_said() -> None:
    """An input carries its version, its columns and what was measured of them."""
    (raw,) = events()[3]["inputs"]
    assert raw["facets"]["version"]["datasetVersion"] == history()[0].digest
    assert [field["name"] for field in raw["facets"]["schema"]["fields"]] == ["age", "sex"]
    metrics = raw["inputFacets"]["dataQualityMetrics"]
    assert (metrics["rowCount"], metrics["bytes"], metrics["fileCount"]) == (3, 10, 1)
    assert metrics["columnMetrics"] == {
        "age": {"nullCount": 1, "count": 2.0, "min": 20.0, "max": 40.0},
        "sex": {"nullCount": 0, "count": 3.0},
    }
    assert events()[3]["job"]["facets"]["sql"]["query"] == "SELECT * FROM raw"
    assert events()[5]["job"]["facets"]["sourceCode"]["language"] == "python"
    assert events()[5]["inputs"][1]["name"] == "sha256:lost"


def test_the_openlineage_client_writes_the_same() -> None:
    """Built again from the client's own classes, each event is the same document."""
    from openlineage.client import event_v2 as client  # noqa: PLC0415 - few tests need it
    from openlineage.client import facet_v2  # noqa: PLC0415 - the same
    from openlineage.client.serde import Serde  # noqa: PLC0415 - the same

    classes = {
        "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet,
        "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
        "dataQualityMetrics": (
            facet_v2.data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet
        ),
        "outputStatistics": (
            facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
        ),
        "dataSource": facet_v2.datasource_dataset.DatasourceDatasetFacet,
        "sql": facet_v2.sql_job.SQLJobFacet,
        "sourceCode": facet_v2.source_code_job.SourceCodeJobFacet,
        "jobType": facet_v2.job_type_job.JobTypeJobFacet,
    }

    def rebuilt(facets: dict) -> dict:
        made = {}
        for name, facet in facets.items():
            fields = {k: v for k, v in facet.items() if not k.startswith("_")}
            if name == "schema":
                fields["fields"] = [
                    facet_v2.schema_dataset.SchemaDatasetFacetFields(**f) for f in fields["fields"]
                ]
            if name == "dataQualityMetrics":
                metrics = facet_v2.data_quality_metrics_input_dataset.ColumnMetrics
                fields["columnMetrics"] = {
                    k: metrics(**v) for k, v in fields["columnMetrics"].items()
                }
            made[name] = classes[name](**fields, producer=facet["_producer"])
        return made

    def dataset(kind, node: dict, extra: str):
        return kind(
            namespace=node["namespace"],
            name=node["name"],
            facets=rebuilt(node["facets"]),
            **{extra: rebuilt(node.get(extra, {}))},
        )

    for event in events():
        again = client.RunEvent(
            eventType=client.RunState[event["eventType"]],
            eventTime=event["eventTime"],
            producer=event["producer"],
            run=client.Run(runId=event["run"]["runId"]),
            job=client.Job(
                namespace=event["job"]["namespace"],
                name=event["job"]["name"],
                facets=rebuilt(event["job"]["facets"]),
            ),
            inputs=[dataset(client.InputDataset, i, "inputFacets") for i in event["inputs"]],
            outputs=[dataset(client.OutputDataset, o, "outputFacets") for o in event["outputs"]],
        )
        assert tidy(json.loads(Serde.to_json(again))) == tidy(event)


def tidy(node: object) -> object:
    """A document without its empty parts, which the client leaves out or fills as it likes."""
    if isinstance(node, dict):
        kept = {key: tidy(value) for key, value in node.items()}
        return {key: value for key, value in kept.items() if value not in ({}, [], None)}
    return [tidy(item) for item in node] if isinstance(node, list) else node
