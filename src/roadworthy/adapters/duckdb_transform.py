"""One SELECT over tables, shut off from everything else, with one answer for the same input."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from roadworthy.adapters.duckdb_session import Session, Source, explained
from roadworthy.adapters.frames import check_unique
from roadworthy.adapters.parquet_writer import ROW_GROUP, write_parquet
from roadworthy.data.sql_names import quote_name, quote_text
from roadworthy.errors import DataError
from roadworthy.records.record import JSON

TABLE_FUNCTIONS = frozenset(
    {"generate_series", "json_each", "json_tree", "range", "repeat", "repeat_row", "unnest"}
)
"""The functions that a statement may read rows from: they make rows of their arguments alone."""

UNSTABLE = ("ago", "current_localtime", "current_localtimestamp", "user", "version")
"""What DuckDB calls constant, or hides in a macro, and is not the same everywhere and always."""


def transform(session: Session, sql: str, inputs: Mapping[str, Source], *, about: str) -> Source:
    """The rows of a SELECT that reads the inputs by name.

    The statement runs in a database of its own that knows the inputs, reads no other file and uses
    one thread, so that rows come in one order even where the statement asks for none.

    Raises:
        DataError: it is not one SELECT, calls a function that does not give the same answer every
            time, or fails.
    """
    closed = Session(threads=1, spill=session.scratch)
    tree = _parse(closed, sql, about)
    paths = sorted({path for source in inputs.values() for path in source.paths})
    allowed = ", ".join(map(quote_text, paths))
    closed.execute(f"SET allowed_paths = [{allowed}]", about=about)
    folder = quote_text(str(closed.scratch))
    closed.execute(f"SET allowed_directories = [{folder}]", about=about)  # to spill
    _check_reach(tree, inputs, about)
    for name, source in inputs.items():
        closed.adopt(source)
        closed.execute(f"CREATE VIEW {quote_name(name)} AS {source.sql}", about=about)
    _check_stable(closed, tree, inputs, about)
    closed.execute("SET enable_external_access = false", about=about)
    closed.execute("SET lock_configuration = true", about=about)
    target = session.new_file(".parquet")
    with (
        closed.stream(_storable(closed, sql, about), batch=ROW_GROUP, about=about) as rows,
        explained(about),
    ):
        check_unique(rows.schema.names, f"{about}: its result")
        write_parquet(target, rows.schema, rows)
    return Source(
        sql=f"SELECT * FROM read_parquet({quote_text(str(target))})", paths=(str(target),)
    )


def storable(session: Session, source: Source, about: str) -> str:
    """A statement for the rows with 128-bit integers, which Parquet lacks, as 64-bit ones."""
    return _storable(session, source.sql, about)


def _storable(session: Session, sql: str, about: str) -> str:
    text = sql.strip().rstrip(";")
    described = session.run(f"DESCRIBE {text}", about=about)
    wide = [
        quote_name(str(name))
        for name, kind in zip(
            described["column_name"].to_pylist(), described["column_type"].to_pylist(), strict=True
        )
        if kind in ("HUGEINT", "UHUGEINT")
    ]
    if not wide:
        return text
    casts = ", ".join(f"CAST({name} AS BIGINT) AS {name}" for name in wide)
    return f"SELECT * REPLACE ({casts}) FROM ({text}\n)"


def _parse(session: Session, sql: str, about: str) -> JSON:
    """The tree of a statement, if it is one SELECT."""
    parsed = session.run(f"SELECT json_serialize_sql({quote_text(sql)}) AS tree", about=about)
    tree = json.loads(parsed["tree"][0].as_py())
    if tree.get("error"):
        if "Only SELECT" in str(tree.get("error_message")):
            raise DataError(f"{about}: expected one SELECT, found another kind of statement")
        raise DataError(f"{about}: {tree.get('error_message')}")
    if len(tree["statements"]) != 1:
        raise DataError(f"{about}: expected one SELECT, found {len(tree['statements'])} statements")
    return tree["statements"][0]  # type: ignore[no-any-return]


def _check_reach(tree: JSON, inputs: Iterable[str], about: str) -> None:
    """Refuse to read anything but the inputs and what the statement itself makes."""
    named = {str(item["key"]).lower() for item in _nodes(tree, "key")}
    known = {name.lower() for name in inputs} | named
    for node in _nodes(tree, "type"):
        if node["type"] == "BASE_TABLE":
            wanted = str(node["table_name"])
            if wanted.lower() in known and not node.get("schema_name"):
                continue
        elif node["type"] == "TABLE_FUNCTION":
            wanted = str(next(_values(node["function"], "function_name"), ""))
            if wanted.lower() in TABLE_FUNCTIONS:
                continue
        else:
            continue
        raise DataError(
            f"{about}: the statement reads {wanted!r}, and a transformation reads nothing but its "
            f"inputs: {', '.join(inputs)}"
        )


def _check_stable(session: Session, tree: JSON, inputs: Iterable[str], about: str) -> None:
    """Refuse the clock, random numbers and random samples."""
    columns = {
        str(name).lower()
        for view in inputs
        for name in session.run(f"DESCRIBE {quote_name(view)}", about=about)[
            "column_name"
        ].to_pylist()
    }
    named = {
        str(names[0]).lower()
        for names in _values(tree, "column_names")
        if isinstance(names, list) and len(names) == 1
    }
    # `current_date` and its like are functions without brackets, unless a column has the name
    called = {str(name).lower() for name in _values(tree, "function_name")} | (named - columns)
    listed = ", ".join(map(quote_text, sorted(called))) or "''"
    unstable = session.run(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT' "
        f"AND function_name IN ({listed}) ORDER BY ALL",
        about=about,
    )["function_name"].to_pylist()
    unstable += sorted(called & set(UNSTABLE))
    if unstable or any(_values(tree, "sample")):
        what = ", ".join(map(str, unstable)) or "a random sample"
        raise DataError(
            f"{about}: the statement uses {what}, which does not give the same rows every time; "
            "a recorded transformation must. Write the value out, or choose rows by a column"
        )


def _nodes(tree: JSON, key: str) -> Iterator[dict[str, JSON]]:
    """Every object that has a key, at any depth."""
    if isinstance(tree, dict):
        if key in tree:
            yield tree
        for value in tree.values():
            yield from _nodes(value, key)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value, key)


def _values(tree: JSON, key: str) -> Iterator[JSON]:
    """Everything that stands under a key, at any depth."""
    if isinstance(tree, dict):
        if key in tree:
            yield tree[key]
        for value in tree.values():
            yield from _values(value, key)
    elif isinstance(tree, list):
        for value in tree:
            yield from _values(value, key)
