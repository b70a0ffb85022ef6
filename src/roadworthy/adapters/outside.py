"""Tables that are more than files: Delta tables, and files in object stores.

A Delta table's folder also holds files that its log has dropped, so its log decides what is read,
in an object store too.
Object stores are read by Arrow's own file systems, with the credentials that they find in the
environment: `s3://bucket/key.parquet`, `gs://...`, `abfss://...`; options of the file system stand
in the query, as in `?endpoint_override=localhost:9000&scheme=http`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from roadworthy.data.places import is_delta, is_remote, without_secrets
from roadworthy.errors import DataError, HostError

if TYPE_CHECKING:
    from pyarrow.dataset import Dataset

_FORMATS = {".parquet": "parquet", ".pq": "parquet", ".arrow": "ipc", ".feather": "ipc"}
_FORMATS |= {".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json"}


def outside_dataset(data: object) -> Dataset | None:
    """The rows of a Delta table or of an object store; None if the data is neither.

    Raises:
        DataError: the table or the files are not there or cannot be read.
        HostError: the library that reads Delta tables is not installed.
    """
    if _is_delta_table(data):
        return _delta(data)
    if not isinstance(data, str | os.PathLike):
        return None
    text = os.fspath(data)
    if is_remote(text):
        return _remote(text)
    if is_delta(Path(text)):
        return _delta(_open_delta(text))
    return None


def _is_delta_table(data: object) -> bool:
    kind = type(data)
    return kind.__module__.partition(".")[0] == "deltalake" and kind.__name__ == "DeltaTable"


def _open_delta(path: str, options: dict[str, str] | None = None) -> Any:
    try:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError
    except ImportError as error:
        raise HostError.from_missing_extra(
            error.name or "deltalake", extra="delta", purpose="read a Delta table"
        ) from error
    try:
        return DeltaTable(path, storage_options=options)
    except DeltaError as error:
        shown = without_secrets(path)
        said = str(error).replace(path, shown)
        raise DataError(f"cannot read the Delta table {shown!r}: {said}") from None


def _delta(table: Any) -> Dataset:
    found: Dataset = table.to_pyarrow_dataset()
    return found


def _remote(url: str) -> Dataset:
    import pyarrow.dataset as ds
    from pyarrow.fs import FileSystem, FileType

    suffix = Path(urlsplit(url).path).suffix.lower()
    kind: Any = _FORMATS.get(suffix, "parquet")
    shown = without_secrets(url)
    if suffix and suffix not in _FORMATS:
        raise DataError(
            f"{shown!r} ends in {suffix!r}, a kind that is not read from an object store; expected "
            f"one of {', '.join(_FORMATS)}, or a folder of Parquet files"
        )
    try:
        system, path = FileSystem.from_uri(url)
        if system.get_file_info(f"{path}/_delta_log").type == FileType.Directory:
            return _delta(_open_delta(url.partition("?")[0], _storage_options(url)))
        if system.get_file_info(path).type == FileType.NotFound:
            raise DataError(f"there is no {shown!r} in the object store; check the bucket and key")
        return ds.dataset(path, filesystem=system, format=kind, partitioning="hive")
    except (OSError, ValueError, NotImplementedError) as error:
        said = str(error).replace(url, shown)
        raise DataError(
            f"cannot read {shown!r}: {said}; check the address, the credentials in the environment "
            "and, for another endpoint than the provider's, `?endpoint_override=host:port`"
        ) from None  # whose words may repeat a secret


def _storage_options(url: str) -> dict[str, str]:
    """What the query of an address says, in the words of the library that reads Delta tables."""
    said = dict(parse_qsl(urlsplit(url).query))
    options = {"AWS_REGION": said["region"]} if "region" in said else {}
    if "endpoint_override" in said:
        scheme = said.get("scheme", "https")
        options["AWS_ENDPOINT_URL"] = f"{scheme}://{said['endpoint_override']}"
        options["AWS_ALLOW_HTTP"] = str(scheme == "http").lower()
    return options
