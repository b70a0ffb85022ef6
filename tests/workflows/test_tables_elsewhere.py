"""A project whose tables lie elsewhere: in a database, a Delta table, an object store, folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from moto.server import ThreadedMotoServer
from sklearn.linear_model import LogisticRegression

import roadworthy as rw
from roadworthy import api
from roadworthy.cli.main import run
from roadworthy.errors import DataError, UsageError

PROJECT = """
name: loans
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
  loans: {loans}
  before: {before}
  older: {{sql: older.sql, inputs: [loans]}}
  half: {{split: {{of: loans, by: id, low: 0.5, high: 1}}}}
assess: loans
train: before
columns: {{label: repaid, prediction: granted, score: score, protected: [sex], identifier: id}}
checks: [performance, fairness, missing-values, overlap, drift]
"""


def loans(seed: int, rows: int = 800) -> pa.Table:
    """Decisions about loans."""
    rng = np.random.default_rng(seed)
    income = rng.normal(size=rows)
    score = 1 / (1 + np.exp(-2 * income))
    return pa.table(
        {
            "id": pa.array(np.arange(rows) + seed * rows, pa.int64()),
            "income": income,
            "age": pa.array(rng.integers(18, 80, rows), pa.int64()),
            "sex": rng.choice(["F", "M"], rows),
            "repaid": pa.array((rng.random(rows) < score).astype(np.int64)),
            "granted": pa.array((score > 0.5).astype(np.int64)),
            "score": score,
        }
    )


def written(folder: Path, loans: str, before: str) -> Path:
    """A project over these two datasets."""
    folder.mkdir(exist_ok=True)
    (folder / "older.sql").write_text("SELECT * FROM loans WHERE age > 40 ORDER BY id")
    (folder / "roadworthy.yaml").write_text(PROJECT.format(loans=loans, before=before))
    return folder


@pytest.fixture
def in_files(tmp_path: Path) -> Path:
    """The same project over Parquet files."""
    folder = tmp_path / "files"
    folder.mkdir()
    pq.write_table(loans(1), folder / "loans.parquet")
    pq.write_table(loans(2), folder / "before.parquet")
    return written(folder, "{files: loans.parquet}", "{files: before.parquet}")


@pytest.fixture
def in_postgres(postgres: Any, tmp_path: Path) -> Path:
    """The project over tables of a database."""
    urls = [postgres.put(loans(seed)) for seed in (1, 2)]
    return written(tmp_path / "database", *(f'{{table: "{url}"}}' for url in urls))


@pytest.fixture
def in_delta(tmp_path: Path) -> Path:
    """The project over Delta tables."""
    folder = tmp_path / "lake"
    for seed, name in ((1, "loans"), (2, "before")):
        write_deltalake(folder / name, loans(seed))
    return written(folder, "{table: loans}", "{table: before}")


@pytest.fixture
def in_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The project over an object store on loopback."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = f"endpoint_override={host}:{port}&scheme=http&region=us-east-1"
    files = pafs.S3FileSystem(
        endpoint_override=f"{host}:{port}",
        scheme="http",
        region="us-east-1",
        allow_bucket_creation=True,
    )
    files.create_dir("lending")
    urls = []
    for seed in (1, 2):
        pq.write_table(loans(seed), f"lending/{seed}.parquet", filesystem=files)
        urls.append(f'{{table: "s3://lending/{seed}.parquet?{options}"}}')
    yield written(tmp_path / "store", *urls)
    server.stop()


def evidence(project: Path) -> list[tuple[Any, ...]]:
    """What was measured, without what names the data and the engine."""
    found = api.assess_project(project).record.evidence
    return [(item.measure, item.slice, item.outcome) for item in found]


@pytest.mark.parametrize("where", ["in_postgres", "in_delta", "in_store"])
def test_a_project_goes_all_the_way_wherever_its_tables_lie(where, in_files, request, capsys):
    """Assessed, gated, released and verified, with the evidence of the same rows in files."""
    project = request.getfixturevalue(where)
    assert evidence(project) == evidence(in_files)
    option = ["--project", str(project)]
    assert run(["gate", *option]) == 0
    assert run(["data", "datasheet", "loans", *option]) == 0
    assert run(["release", str(project / "out"), *option]) == 0
    assert run(["verify", str(project / "out")]) == 0
    assert "0 of 1 dataset versions are carried" in capsys.readouterr().out
    assert run(["verify", *option]) == 0
    assert capsys.readouterr().out.count("800 rows as recorded, in ") == 2
    version, _ = api.describe_dataset("loans", project=project)
    assert (version.files, version.rows) == ((), 800)
    assert version.origin is not None
    assert version.origin in (project / "datasheet-loans.md").read_text().replace("\\", "")


@pytest.mark.parametrize("where", ["in_postgres", "in_delta", "in_store"])
def test_what_is_made_of_them_is_files(where, in_files, request):
    """A statement or a part over a table elsewhere gives the very file that it gives over files."""
    project = request.getfixturevalue(where)
    names = ("older", "half")
    made, same = (rw.snapshot(*names, project=root) for root in (project, in_files))
    assert [version.digest for version in made] == [version.digest for version in same]
    assert [len(version.files) for version in made] == [1, 1]
    version, ancestors = api.describe_dataset("older", project=project)
    assert version.origin is None
    assert [item.origin for item in ancestors] != [None]


def test_a_table_that_changes_is_another_version(in_postgres, postgres, capsys, monkeypatch):
    """Until then it verifies; afterwards the difference is said, and the gate asks to assess."""
    monkeypatch.chdir(in_postgres)
    api.assess_project()
    before, _ = api.describe_dataset("loans")
    name = before.origin.rpartition("table=")[2].rpartition(".")[2]
    postgres.execute(f'UPDATE "{name}" SET granted = 1 - granted WHERE id < 803')
    assert run(["verify"]) == 6
    assert f"expected 800 with {before.digest}" in capsys.readouterr().out
    (after,) = rw.snapshot("loans")
    assert after.digest != before.digest
    assert api.compare_datasets("loans", "loans") == ("other values in as many rows",)
    with pytest.raises(UsageError, match="earlier version of the dataset 'loans'"):
        api.gate()
    postgres.execute(f'DROP TABLE "{name}" CASCADE')
    assert run(["verify"]) == 6
    assert "there is no table" in capsys.readouterr().out


def test_rows_that_moved_from_files_to_a_table_are_not_called_other_values(in_files):
    """Files are fixed by their bytes, tables by their rows: their digests differ in any case."""
    rw.snapshot("loans", project=in_files)
    write_deltalake(in_files / "lake", loans(1))
    written(in_files, "{table: lake}", "{files: before.parquet}")
    rw.snapshot("loans", project=in_files)
    said = api.compare_datasets("loans", "loans", project=in_files)
    assert said == ("file loans.parquet: gone", "read from lake, before from files")


def test_evidence_names_the_engine_that_measured(in_postgres):
    """What is measured in the database is not said to be measured here."""
    record = api.assess_project(in_postgres).record
    assert {item.producer.split(" on ")[1].split()[0] for item in record.evidence} == {"postgresql"}


def test_a_model_is_trained_assessed_and_repaired_on_tables_of_a_database(in_postgres):
    """Rows are copied for the model; its training data is a version of the table."""
    text = (in_postgres / "roadworthy.yaml").read_text()
    text = text.replace(", prediction: granted, score: score", ", features: [income, age]")
    text = text.replace("train: before", "train: before\nvalidate: half\nmodel: m")
    text = text.replace("checks: [performance, fairness, missing-values, overlap, drift]", "")
    (in_postgres / "roadworthy.yaml").write_text(text.replace("assess: loans", "assess: older"))
    rows = api.read("before", project=in_postgres).to_pandas()
    model = LogisticRegression().fit(rows[["income", "age"]], rows["repaid"])
    version = api.register_model(model, "m", project=in_postgres, training=["before"])
    trained, _ = api.describe_dataset("before", project=in_postgres)
    assert version.training == (trained.digest,)
    assert trained.origin is not None
    found = api.assess_project(in_postgres)
    assert found.record.model == version.digest
    assert found.find("roc-auc").outcome.value > 0.7
    (in_postgres / "strict.yaml").write_text(
        "name: strict\nrequirements:\n"
        "  - {id: fair, measure: equal-opportunity-difference, scope: across, at_most: 0.0001}\n"
    )
    repaired = api.mitigate(in_postgres, policy=in_postgres / "strict.yaml", retrain=False)
    assert repaired.repair.attempts


@pytest.mark.parametrize("files", ["cases", "cases/year=*/*.parquet"])
def test_folders_whose_names_are_values_are_read_as_columns(files, tmp_path):
    """A folder or a pattern over it gives the same version, whose digest holds the values."""
    pq.write_to_dataset(
        loans(1).append_column("year", pa.array([2015, 2016] * 400)),
        tmp_path / "cases",
        partition_cols=["year"],
    )
    (tmp_path / "roadworthy.yaml").write_text(
        "name: x\nowner: y\nintended_use: z\n"
        f"datasets: {{cases: {{files: '{files}'}}, one: {{files: 'cases/year=2015*/*.parquet'}}}}\n"
    )
    both, one = rw.snapshot("cases", "one", project=tmp_path)
    assert [entry.path.split("/")[0] for entry in both.files] == ["year=2015", "year=2016"]
    assert [item.name for item in both.columns][-1] == "year"
    assert (both.rows, one.rows) == (800, 400)
    (file,) = (tmp_path / "cases" / "year=2015").iterdir()
    file.parent.rename(tmp_path / "cases" / "year=20150")
    assert rw.snapshot("one", project=tmp_path)[0].digest != one.digest


def test_a_folder_that_is_no_delta_table_is_refused(in_delta):
    """With the way to name files."""
    text = (in_delta / "roadworthy.yaml").read_text()
    for named, said in (("none", "which does not exist"), (".", "which holds no Delta table")):
        (in_delta / "roadworthy.yaml").write_text(text.replace("table: loans", f"table: {named}"))
        with pytest.raises(DataError, match=f"{said}; .* are named by `files`"):
            rw.snapshot("loans", project=in_delta)


def test_a_dataset_that_has_become_files_is_not_verified_as_a_table(in_delta, capsys):
    """The project file is believed about where data lie, the record about what they were."""
    rw.snapshot("loans", project=in_delta)
    pq.write_table(loans(1), in_delta / "loans.parquet")
    file = in_delta / "roadworthy.yaml"
    text = file.read_text()
    file.write_text(text.replace("{table: loans}", "{files: loans.parquet}"))
    assert run(["verify", "--project", str(in_delta)]) == 6
    assert "the project file names files by now, and no longer loans" in capsys.readouterr().out
    rw.snapshot("loans", project=in_delta)
    assert run(["verify", "--project", str(in_delta)]) == 0
    file.write_text(text)
    assert run(["verify", "--project", str(in_delta)]) == 6
    assert "by now, and no longer files; fix the dataset again" in capsys.readouterr().out


def test_init_writes_the_address_and_refuses_a_password(postgres, tmp_path, monkeypatch, capsys):
    """A project file is written from a table's URL or a Delta table, and works as it is."""
    monkeypatch.chdir(tmp_path)
    url = postgres.put(loans(1).rename_columns(["id", "i", "a", "sex", "label", "decision", "p"]))
    assert run(["init", url, "--yes"]) == 0
    assert f'table: "{url}"' in (tmp_path / "roadworthy.yaml").read_text()
    assert run(["assess"]) == 0
    write_deltalake(tmp_path / "lake", loans(1))
    assert run(["init", "lake", "--yes", "--force"]) == 0
    assert "    table: lake\n" in (tmp_path / "roadworthy.yaml").read_text()
    capsys.readouterr()
    assert run(["init", "postgresql://me:hush@db/bank?table=loans", "--yes", "--force"]) == 3
    said = capsys.readouterr().err
    assert "found a password in the URL" in said
    assert "hush" not in said


def test_slices_are_searched_in_a_database(postgres):
    """The same slices as in the same rows in memory."""
    asked = {"label": "repaid", "prediction": "granted", "features": ["age", "sex"], "name": "x"}
    there, here = rw.find_slices(postgres.put(loans(1)), **asked), rw.find_slices(loans(1), **asked)
    assert there.slices == here.slices
    assert there.record.whole == here.record.whole
    assert "postgresql" in there.record.producer
