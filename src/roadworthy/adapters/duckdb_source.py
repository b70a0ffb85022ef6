"""Opening data: whatever holds rows becomes a `Source` that DuckDB reads.

Parquet and Arrow files are read where they lie. CSV and JSON files are parsed once, at the door,
into a Parquet file in the session's scratch folder: what is wrong with them is said at once, and
every later pass is fast.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from roadworthy.adapters.csv_files import check_header, check_utf8, recode
from roadworthy.adapters.data_files import DataFiles, FileKind, find_data_files
from roadworthy.adapters.duckdb_session import (
    Session,
    Source,
    explained,
    logical_type,
    select_all,
)
from roadworthy.adapters.frames import check_unique, to_arrow
from roadworthy.adapters.outside import outside_dataset
from roadworthy.data.engine import CsvOptions
from roadworthy.data.sql_names import quote_text
from roadworthy.errors import DataError, UsageError


def open_source(session: Session, data: object, *, name: str, csv: CsvOptions) -> Source:
    """The rows of a path, folder, pattern, frame, Arrow table or relation, or of a list of them.

    Raises:
        DataError: the data is missing, unreadable or malformed.
        UsageError: the object is of a kind that is not read.
    """
    outside = outside_dataset(data)
    if outside is not None:
        check_unique(outside.schema.names, name)
        return registered(session, outside)
    if isinstance(data, str | os.PathLike):
        return _open_files(session, find_data_files(data), csv)
    if isinstance(data, list | tuple):
        parts = [open_source(session, part, name=name, csv=csv) for part in data]
        return _together(session, parts, [_called(part) for part in data])
    return registered(session, to_arrow(data, name=name))


def registered(session: Session, data: object) -> Source:
    """The rows of an Arrow table or dataset."""
    held = session.register(data)  # type: ignore[arg-type]
    return Source(sql=select_all(held.name), registered=(held,))


def _together(session: Session, parts: Sequence[Source], names: Sequence[str]) -> Source:
    """The rows of all parts, one part after the other; every part has the same columns."""
    if not parts:
        raise UsageError("expected at least one file or frame in the list, found none")
    columns = [_logical_columns(session, part) for part in parts]
    for found, name in zip(columns[1:], names[1:], strict=True):
        for column in sorted(columns[0].keys() | found.keys()):
            first, here = columns[0].get(column, "nothing"), found.get(column, "nothing")
            if first != here and {first, here} != {"integer", "real"}:
                raise DataError(
                    f"the parts do not have the same columns: {column!r} is {first} in {names[0]} "
                    f"and {here} in {name}; give every part the same columns and types"
                )
    return Source(
        sql=" UNION ALL BY NAME ".join(f"({part.sql})" for part in parts),
        registered=tuple(held for part in parts for held in part.registered),
        paths=tuple(path for part in parts for path in part.paths),
    )


def _logical_columns(session: Session, part: Source) -> dict[str, str]:
    rows = session.run(f"DESCRIBE {part.sql}", about="cannot read a part").to_pylist()
    return {row["column_name"]: logical_type(row["column_type"]) for row in rows}


def _called(part: object) -> str:
    return repr(str(part)) if isinstance(part, str | os.PathLike) else f"a {type(part).__name__}"


def _open_files(session: Session, files: DataFiles, csv: CsvOptions) -> Source:
    shown = repr(files.paths[0]) + (
        f" and {len(files.paths) - 1} more" if len(files.paths) > 1 else ""
    )
    about = f"cannot read {shown} as {files.kind}"
    match files.kind:
        case FileKind.PARQUET:
            return _open_parquet(files, about)
        case FileKind.ARROW:
            import pyarrow.dataset as ds  # takes 50 MiB

            with explained(about):
                dataset = ds.dataset(list(files.paths), format="ipc")
                check_unique(dataset.schema.names, files.paths[0])
            return registered(session, dataset)
        case FileKind.CSV:
            return _open_csv(session, files, csv, about)
        case FileKind.JSON:
            return _parsed(session, f"read_json({_options(files)}, sample_size = -1)", about)


def _open_parquet(files: DataFiles, about: str) -> Source:
    first = files.paths[0]
    widened = False
    if "://" not in first:
        with explained(f"{about}; it may be cut short, still being written, or not Parquet"):
            schemas = [pq.read_schema(path) for path in files.paths]
            check_unique(schemas[0].names, repr(first))
            widened = _differ_in_numbers(schemas)
    paths = tuple(path if "://" in path else str(Path(path).absolute()) for path in files.paths)
    options = _options(replace(files, paths=paths))
    if widened:  # else DuckDB would round numbers to the type that the first file has
        options += ", union_by_name = true"
    return Source(
        sql=f"SELECT * FROM read_parquet({options})",
        paths=paths,
        parquet=() if files.partitioned or widened else paths,
    )


def _differ_in_numbers(schemas: Sequence[pa.Schema]) -> bool:
    """True if all have the same columns, which differ in nothing but the types of numbers."""
    found = False
    for schema in schemas[1:]:
        if sorted(schema.names) != sorted(schemas[0].names):
            return False
        for field in schemas[0]:
            kinds = [_as_read(kind) for kind in (field.type, schema.field(field.name).type)]
            if kinds[0] != kinds[1]:
                if not all(map(_is_number, kinds)):
                    return False
                found = True
    return found


def _as_read(kind: pa.DataType) -> pa.DataType:
    """The type without what only says how a file holds text."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.string() if pa.types.is_large_string(kind) else kind


def _is_number(kind: pa.DataType) -> bool:
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(test(kind) for test in tests)


def _open_csv(session: Session, files: DataFiles, csv: CsvOptions, about: str) -> Source:
    if csv.encoding.lower().replace("_", "-") not in ("utf-8", "utf8"):
        copies = [session.new_file(".csv") for _ in files.paths]
        for path, copy in zip(files.paths, copies, strict=True):
            recode(path, csv.encoding, copy)
        files = DataFiles(kind=files.kind, paths=tuple(map(str, copies)))
    delimiter = f", delim = {quote_text(csv.delimiter)}" if csv.delimiter else ""
    options = f"{_options(files)}, sample_size = -1{delimiter}"
    with_header = f"read_csv({options}, header = true)"
    try:
        for path in files.paths:
            alone = _options(DataFiles(kind=files.kind, paths=(path,)))
            first = session.run(
                f"SELECT * FROM read_csv({alone}, sample_size = -1{delimiter}, header = false, "
                "all_varchar = true) LIMIT 1",
                about=about,
            )
            check_header(path, [first[name][0].as_py() for name in first.column_names])
        source = _parsed(session, with_header, about)
    except Exception:
        for path in files.paths:
            check_utf8(path)  # says more than the parser does, if that is the reason
        raise
    described = session.run(f"DESCRIBE {source.sql}", about=about)
    check_unique(map(str, described["column_name"].to_pylist()), repr(files.paths[0]))
    return source


def _parsed(session: Session, reader: str, about: str) -> Source:
    """Parse once into Parquet."""
    target = session.new_file(".parquet")
    session.execute(
        f"COPY (SELECT * FROM {reader}) TO {quote_text(str(target))} (FORMAT parquet)", about=about
    )
    return Source(
        sql=f"SELECT * FROM read_parquet({_paths([str(target)])}, hive_partitioning = false)",
        paths=(str(target),),
        parquet=(str(target),),
    )


def _options(files: DataFiles) -> str:
    return f"{_paths(files.paths)}, hive_partitioning = {str(files.partitioned).lower()}"


def _paths(paths: Sequence[str]) -> str:
    return "[" + ", ".join(map(quote_text, paths)) + "]"
