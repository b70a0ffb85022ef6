"""A table in PostgreSQL gives the same evidence as the same rows in a file."""

from __future__ import annotations

import gc
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression

import roadworthy as rw
from roadworthy.records.evidence import Evidence
from roadworthy.workflows.assessment import Assessment

AT = datetime(2026, 1, 1, tzinfo=UTC)


def loans(rows: int, seed: int) -> pa.Table:
    """Decisions about loans, with gaps of every kind."""
    rng = np.random.default_rng(seed)
    income = rng.normal(size=rows)
    score = 1 / (1 + np.exp(-income - rng.normal(size=rows)))
    gone = rng.random(rows) < 0.05
    return pa.table(
        {
            "income": pa.array(income, pa.float64()),
            "age": pa.array(rng.integers(18, 80, rows), pa.int32()),
            "sex": pa.array(np.where(gone, None, rng.choice(["F", "M"], rows)).tolist()),
            "member": pa.array(rng.choice([True, False], rows), pa.bool_()),
            "at": pa.array([AT.replace(tzinfo=None)] * rows, pa.timestamp("us")),
            "repaid": pa.array(rng.random(rows) < score).cast(pa.int64()),
            "granted": pa.array((score > 0.5).astype(np.int64)),
            "score": pa.array(score),
            "weight": pa.array(rng.choice([0.5, 1.0, 2.0], rows)),
        }
    )


def same(assessment: Assessment) -> list[Evidence]:
    """Its evidence, but for who measured and the digest of the data."""
    return [replace(item, dataset="", producer="") for item in assessment.record.evidence]


def files_and_tables(postgres: Any, folder: Path) -> list[list[str]]:
    """Data and reference as files, and as tables of a database."""
    parts = [loans(1500, seed=1), loans(1200, seed=2)]
    paths = [str(folder / name) for name in ("loans.parquet", "before.parquet")]
    for part, path in zip(parts, paths, strict=True):
        pq.write_table(part, path)
    return [paths, [postgres.put(part) for part in parts]]


def test_evidence_is_the_same(postgres: Any, tmp_path: Path) -> None:
    """Every value, interval, count and parameter is equal, with weights and a reference."""
    options = {
        "label": "repaid",
        "prediction": "granted",
        "score": "score",
        "weight": "weight",
        "protected": ["sex", "member"],
        "features": ["income", "age"],
        "at": AT,
        "name": "loans",
    }
    found = [
        rw.assess(data, reference=reference, **options)
        for data, reference in files_and_tables(postgres, tmp_path)
    ]
    assert same(found[0]) == same(found[1])
    assert len(found[0].record.evidence) > 100
    assert {item.producer.split(" on ")[1][:10] for item in found[1].record.evidence} == {
        "postgresql"
    }
    assert found[0].record.dataset != found[1].record.dataset
    gc.collect()
    with psycopg.connect(postgres.address) as connection:
        (row,) = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'roadworthy'"
        ).fetchall()
    assert row == (0,)


@pytest.mark.parametrize("changed", [False, True])
def test_a_version_names_the_content(postgres: Any, changed: bool) -> None:
    """The same rows in another table are the same version; one other value is another version."""
    rows = loans(300, seed=4)
    other = rows.take(list(reversed(range(300))))
    if changed:
        ages = pa.array([17, *rows["age"].to_pylist()[1:]], pa.int32())
        other = rows.set_column(1, "age", ages)
    first, second = (
        rw.assess(
            postgres.put(each),
            label="repaid",
            prediction="granted",
            checks=["performance"],
            at=AT,
        )
        for each in (rows, other)
    )
    assert (first.record.dataset != second.record.dataset) == changed


def test_models_score_rows_of_a_database(postgres: Any, tmp_path: Path) -> None:
    """A model is put to the rows of a table as it is to those of a file."""
    train = loans(800, seed=3)
    columns = ["income", "age"]
    features = np.column_stack([train[name].to_numpy() for name in columns])
    model = LogisticRegression().fit(features, train["repaid"].to_numpy())
    found = [
        rw.assess(
            data,
            label="repaid",
            model=model,
            protected=["sex"],
            features=columns,
            checks=["performance", "fairness"],
            at=AT,
            name="loans",
        )
        for data, _ in files_and_tables(postgres, tmp_path)
    ]
    assert same(found[0]) == same(found[1])
