"""Tests of Delta tables and object stores."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from moto.server import ThreadedMotoServer

import roadworthy as rw
from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.errors import DataError, HostError

ROWS = pa.table({"y": [0, 1, 1, 0], "d": [0, 1, 0, 0], "g": ["a", "b", "a", "b"]})
ASKED = {"label": "y", "prediction": "d", "protected": ["g"], "checks": ["performance"]}


@pytest.fixture
def delta(tmp_path: Path) -> Path:
    """A Delta table from which a row was deleted, so that its folder holds a file too many."""
    folder = tmp_path / "delta"
    write_deltalake(folder, ROWS)
    write_deltalake(folder, ROWS.slice(0, 1), mode="append")
    DeltaTable(folder).delete("d = 1")
    return folder


def test_a_delta_table_is_what_its_log_says(delta: Path) -> None:
    """Rows that were deleted are not counted, though their file is still there."""
    for data in (delta, str(delta), DeltaTable(delta)):
        assert DuckDBEngine().open(data).rows == 4
    assert len(list(delta.glob("*.parquet"))) > 2
    found = rw.assess(delta, **ASKED)  # type: ignore[arg-type]
    assert found.record.rows == 4


def test_a_delta_table_s_version_is_its_rows(delta: Path) -> None:
    """The version follows the rows, whichever files hold them."""
    before = rw.assess(delta, **ASKED).record.dataset  # type: ignore[arg-type]
    DeltaTable(delta).optimize.compact()
    rows = DuckDBEngine().open(delta).read().sort_by("y")
    assert rows.num_rows == 4
    write_deltalake(delta, ROWS.slice(0, 1), mode="append")
    assert rw.assess(delta, **ASKED).record.dataset != before  # type: ignore[arg-type]


def test_a_broken_log_is_named(tmp_path: Path) -> None:
    """A folder that only looks like a Delta table says so."""
    (tmp_path / "_delta_log").mkdir()
    with pytest.raises(DataError, match="cannot read the Delta table"):
        DuckDBEngine().open(tmp_path)


def test_without_the_library_the_extra_is_named(
    delta: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens a Delta table without the extra is told what to install."""
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(HostError, match=r"roadworthy\[delta\]"):
        DuckDBEngine().open(delta)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an object store on loopback, with an empty bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"{host}:{port}"
    files = pafs.S3FileSystem(
        endpoint_override=address, scheme="http", region="us-east-1", allow_bucket_creation=True
    )
    files.create_dir("cases")
    yield address
    server.stop()


def url(store: str, key: str) -> str:
    """The URL of a key in the bucket."""
    return f"s3://cases/{key}?endpoint_override={store}&scheme=http&region=us-east-1"


def test_files_in_an_object_store_are_read_where_they_lie(store: str) -> None:
    """A Parquet file and a partitioned folder give the same evidence as rows in memory."""
    files, _ = pafs.FileSystem.from_uri(url(store, "x"))
    pq.write_table(ROWS, "cases/one.parquet", filesystem=files)
    pq.write_to_dataset(ROWS, "cases/parts", partition_cols=["g"], filesystem=files)
    local = rw.assess(ROWS, **ASKED).table().sort_by("measure")  # type: ignore[arg-type]
    for key in ("one.parquet", "parts"):
        remote = rw.assess(url(store, key), **ASKED)  # type: ignore[arg-type]
        assert remote.table().sort_by("measure") == local


def test_a_delta_table_in_an_object_store_is_what_its_log_says(store: str) -> None:
    """Rows that were deleted are not counted there either."""
    options = {
        "AWS_ENDPOINT_URL": f"http://{store}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_S3_ALLOW_UNSAFE_RENAME": "true",
    }
    write_deltalake("s3://cases/delta", ROWS, storage_options=options)
    write_deltalake("s3://cases/delta", ROWS, mode="append", storage_options=options)
    DeltaTable("s3://cases/delta", storage_options=options).delete("d = 1")
    assert DuckDBEngine().open(url(store, "delta")).rows == 6


def test_what_an_object_store_lacks_is_named(store: str) -> None:
    """A missing key, a kind that is not read and an unknown store are told apart."""
    engine = DuckDBEngine()
    with pytest.raises(DataError, match="there is no"):
        engine.open(url(store, "none.parquet"))
    with pytest.raises(DataError, match="a kind that is not read"):
        engine.open("s3://cases/rows.xlsx")
    with pytest.raises(DataError, match="check the address"):
        engine.open("nowhere://cases/rows.parquet")
    assert urlsplit(url(store, "x")).scheme == "s3"


@pytest.mark.parametrize(
    "address",
    [
        "s3://key:hidden@cases/rows.xlsx",
        "s3://key:hid/hidden@cases/rows.parquet?secret_key=hidden",
        "nowhere://key:hidden@cases/rows.parquet",
    ],
)
def test_errors_repeat_no_secret(address: str) -> None:
    """Neither our words nor those of the library underneath tell a password."""
    with pytest.raises(DataError, match=r"\*\*\*@cases/rows") as caught:
        DuckDBEngine().open(address)
    assert "hidden" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_table_is_called_without_its_query(store: str) -> None:
    """The name that records keep is that of the file, not what its address says beside it."""
    files, _ = pafs.FileSystem.from_uri(url(store, "x"))
    pq.write_table(ROWS, "cases/two.parquet", filesystem=files)
    assert DuckDBEngine().open(url(store, "two.parquet")).name == "two.parquet"
