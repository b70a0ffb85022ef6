"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, settings

# Laws hold on a busy machine too: how long an example takes is no part of any law. A build tries
# the same examples each time, so that it is red for what changed; at a desk they are new each time.
settings.register_profile(
    "roadworthy",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("roadworthy")

PROJECT = """
name: toy
owner: nobody
intended_use: to be tested
risk:
  affected: nobody
  consequence: nothing
  reversibility: at-once
  autonomy: person-decides
  scale: hundreds
  vulnerable_groups: "no"
  sensitive_data: none
  regulated_domain: "no"
  recourse: easy
datasets:
  raw: {files: raw.parquet}
  adults: {sql: prepare.sql, inputs: [raw]}
assess: adults
columns: {label: y, score: p, protected: [sex], identifier: id}
checks: [performance, fairness]
policy: lenient.yaml
"""
LENIENT = """
name: lenient
requirements:
  - {id: better-than-chance, measure: balanced-accuracy, at_least: 0.5}
"""
STRICT = """
name: strict
requirements:
  - {id: perfect, measure: accuracy, at_least: 0.999}
"""


def people(rows: int = 400) -> pa.Table:
    """Rows with a score that is right most of the time."""
    ids = range(rows)
    label = [i * 7919 % 5 < 2 for i in ids]
    noise = [i * 104_729 % 1000 / 1000 for i in ids]
    score = [
        min(0.99, max(0.01, (0.7 if y else 0.3) + 0.5 * (n - 0.5)))
        for y, n in zip(label, noise, strict=True)
    ]
    return pa.table(
        {
            "id": list(ids),
            "y": [int(y) for y in label],
            "p": score,
            "sex": ["F" if i * 31 % 3 else "M" for i in ids],
            "age": [10 + i * 13 % 70 for i in ids],
        }
    )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it skip where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data folder is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def judged_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project after `assess` and `gate`; nobody writes here again."""
    from roadworthy import api  # noqa: PLC0415 - most tests need no project

    root = tmp_path_factory.mktemp("judged") / "toy"
    root.mkdir()
    pq.write_table(people(), root / "raw.parquet")
    (root / "prepare.sql").write_text("SELECT * FROM raw WHERE age >= 18 ORDER BY id")
    (root / "roadworthy.yaml").write_text(PROJECT)
    (root / "lenient.yaml").write_text(LENIENT)
    (root / "strict.yaml").write_text(STRICT)
    api.assess_project(root)
    api.gate(root)
    return root


@pytest.fixture
def project(judged_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose decision passed: the working folder, 100 columns wide."""
    root = tmp_path / "toy"
    shutil.copytree(judged_once, root)
    monkeypatch.chdir(root)
    monkeypatch.setenv("COLUMNS", "100")
    return root
