"""A small project on disk, with a real engine and a real store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from roadworthy import wiring
from roadworthy.records.system import DatasetSource, Split, System
from roadworthy.records.versions import ColumnRoles
from roadworthy.workflows.project import Project

SQL = """
SELECT *, CASE WHEN age < 40 THEN 'young' ELSE 'old' END AS band
FROM raw WHERE age >= 18 ORDER BY id
"""


def people(rows: int = 600) -> pa.Table:
    """Rows with a score that is right most of the time, and less often for one sex."""
    ids = range(rows)
    y = [(i * 7919) % 5 < 2 for i in ids]
    sex = ["F" if (i * 31) % 3 else "M" for i in ids]
    noise = [((i * 104_729) % 1000) / 1000 for i in ids]
    p = [
        min(0.99, max(0.01, (0.7 if label else 0.3) + (0.35 if s == "F" else 0.6) * (n - 0.5)))
        for label, s, n in zip(y, sex, noise, strict=True)
    ]
    age = [10 + (i * 13) % 70 for i in ids]
    return pa.table({"id": ids, "y": [int(v) for v in y], "p": p, "sex": sex, "age": age})


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Project]:
    """Builds a project in a folder of its own; the clock stands still."""

    def build(name: str = "project", **changes: object) -> Project:
        root = tmp_path / name
        (root / "data").mkdir(parents=True, exist_ok=True)
        if not (root / "data" / "raw.parquet").exists():
            pq.write_table(people(), root / "data" / "raw.parquet")
        (root / "prepare.sql").write_text(SQL)
        system = System(
            name="toy",
            owner="nobody",
            intended_use="to be tested",
            datasets=(
                DatasetSource(name="raw", files=("data/raw.parquet",)),
                DatasetSource(name="adults", sql="prepare.sql", inputs=("raw",)),
                DatasetSource(name="train", split=Split(of="adults", by="id", low=0.0, high=0.5)),
                DatasetSource(name="test", split=Split(of="adults", by="id", low=0.5, high=1.0)),
            ),
            assess="test",
            train="train",
            roles=ColumnRoles(label="y", score="p", protected=("sex", "band"), identifier="id"),
        )
        system = replace(system, **changes)
        frozen = replace(wiring.ports(root), now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
        return Project(
            root=root,
            made=root / wiring.STATE / "data",
            system=system,
            store=wiring.store(root),
            ports=frozen,
        )

    return build
