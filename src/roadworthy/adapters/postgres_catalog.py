"""Finding a table in PostgreSQL's catalogue, and reading it as columns that every engine has.

The rows are read through a SELECT that brings each column to its plain form, on the server:
integers of 64 bits, decimals as doubles, text ordered by its code points whatever the database's
collation, and all that is no plain value as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from roadworthy.adapters.postgres_session import PostgresSession
from roadworthy.adapters.sql_connection import Relation
from roadworthy.data.sql_names import quote_name
from roadworthy.errors import DataError, UsageError
from roadworthy.records.versions import Column

_SHOWN = 10
_TABLES = """
SELECT c.oid, n.nspname, c.relname, c.relkind,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
       has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname NOT LIKE 'pg\\_toast%%'
"""
_COLUMNS = """
SELECT a.attname, b.typname, b.typtype, has_column_privilege(a.attrelid, a.attnum, 'SELECT')
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
_PRIMARY_KEY = """
SELECT a.attname
FROM pg_index i
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = %s AND i.indisprimary
ORDER BY k.place
"""
_STORED = ("r", "m")
"""Ordinary tables and materialised views: each row has a place on disk."""

_PLAIN = {
    **dict.fromkeys(("int2", "int4", "int8"), ("integer", "CAST({} AS bigint)")),
    "float4": ("real", "{}"),
    "float8": ("real", "{}"),
    "numeric": ("real", "CAST({} AS double precision)"),
    "bool": ("boolean", "{}"),
    **dict.fromkeys(("date", "time", "timestamp", "timestamptz"), ("time", "{}")),
    **dict.fromkeys(
        ("text", "varchar", "bpchar", "name", "uuid", "citext"),
        ("text", 'CAST({} AS text) COLLATE "C"'),
    ),
}
"""The logical type of each type, and its plain form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableName:
    """A table's name, with its schema if one was given."""

    schema: str | None
    table: str

    def __str__(self) -> str:
        return self.table if self.schema is None else f"{self.schema}.{self.table}"


def parse_table_name(text: str) -> TableName:
    """A name such as `loans`, `lending.loans` or `"My loans"`; letters are taken as they stand.

    Raises:
        UsageError: it is no name of a table.

    >>> parse_table_name('lending."Loans of 2024.05"')
    TableName(schema='lending', table='Loans of 2024.05')
    """
    parts, rest = [], text.strip()
    while rest:
        if rest[0] == '"':
            part, rest = _quoted(rest)
        else:
            part, dot, rest = rest.partition(".")
            rest = dot + rest
        parts.append(part)
        if rest and not rest.startswith("."):
            parts = []
            break
        if rest == ".":
            parts.append("")
        rest = rest[1:]
    if not 1 <= len(parts) <= 2 or not all(parts):  # noqa: PLR2004 - with and without a schema
        raise UsageError(
            f"expected the name of a table such as loans or lending.loans (in double quotes what "
            f"holds a dot), found {text!r}"
        )
    return TableName(schema=parts[0] if len(parts) > 1 else None, table=parts[-1])


def _quoted(text: str) -> tuple[str, str]:
    """What stands in double quotes at the start, and what comes after them."""
    place = 1
    while (end := text.find('"', place)) >= 0:
        if text[end : end + 2] != '""':
            return text[1:end].replace('""', '"'), text[end + 1 :]
        place = end + 2
    return "", "!"


def find_relation(session: PostgresSession, wanted: TableName) -> tuple[Relation, TableName]:
    """The rows of a table, view or foreign table, and its full name.

    Raises:
        DataError: there is no such table, or the user may not read it.
    """
    about = f"cannot look for {wanted} in PostgreSQL"
    found = session.look_up(_TABLES, (), about=about)
    oid, schema, table, kind, allowed, partly = _chosen(session, found, wanted)
    name = TableName(schema=schema, table=table)
    described = session.look_up(_COLUMNS, (oid,), about=about) if allowed or partly else []
    if not allowed:
        raise _refused(session, name, [row[0] for row in described if row[3]])
    key = [row[0] for row in session.look_up(_PRIMARY_KEY, (oid,), about=about)]
    return _relation(name, described, key, stored=kind in _STORED), name


def _chosen(
    session: PostgresSession, found: Sequence[tuple[Any, ...]], wanted: TableName
) -> tuple[Any, ...]:
    schemas = session.schemas if wanted.schema is None else [wanted.schema]
    for schema in schemas:
        for row in found:
            if (row[1], row[2]) == (schema, wanted.table):
                return row
    known = [
        row[2] if row[1] in session.schemas and wanted.schema is None else f"{row[1]}.{row[2]}"
        for row in found
        if row[1] not in ("pg_catalog", "information_schema")
    ]
    near = [name for name in known if name.lower() == str(wanted).lower()]
    near = near or [name for name in known if name.endswith(f".{wanted.table}")]
    near = near or get_close_matches(str(wanted), known, n=3)
    tables = get_close_matches(wanted.table, [row[2] for row in found], n=3)
    near = near or [name for name in known if name.split(".", 1)[-1] in tables]
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else _listed(known)
    raise DataError(f"there is no table {str(wanted)!r} at {session.place}; {hint}")


def _refused(session: PostgresSession, name: TableName, open_columns: Sequence[str]) -> DataError:
    """Why a table cannot be read, and what to ask for."""
    place = f"{quote_name(name.schema or '')}.{quote_name(name.table)}"
    if open_columns:
        return DataError(
            f"the user may read only some columns of {name} at {session.place}: "
            f"{_shown(open_columns)}; name a view of those that count, or ask the owner for: "
            f"GRANT SELECT ON {place}"
        )
    return DataError(
        f"the user may not read {name} at {session.place}; ask its owner for: "
        f"GRANT USAGE ON SCHEMA {quote_name(name.schema or '')} and GRANT SELECT ON {place}"
    )


def _listed(names: Sequence[str]) -> str:
    return f"tables found: {_shown(sorted(names)) or 'none'}"


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _relation(
    name: TableName, described: Sequence[tuple[Any, ...]], key: Sequence[str], *, stored: bool
) -> Relation:
    columns, selected = [], []
    for column, kind, category, _ in described:
        logical, form = _PLAIN.get(kind, ("other", 'CAST({} AS text) COLLATE "C"'))
        if category == "e":
            logical = "text"
        columns.append(Column(name=column, type=logical))
        selected.append(f"{form.format('s.' + quote_name(column))} AS {quote_name(column)}")
    names = [column.name for column in columns]
    places = [f"s.{quote_name(part)}" for part in key] or (["s.ctid"] if stored else [])
    order = [_unused(names, f"row place {number}") for number, _ in enumerate(places)]
    selected += [f"{p} AS {quote_name(o)}" for p, o in zip(places, order, strict=True)]
    source = f"{quote_name(name.schema or '')}.{quote_name(name.table)}"
    sql = f"SELECT {', '.join(selected)} FROM {source} AS s"
    # without a place, rows stand in the order of their values: those that tie are the same rows
    return Relation(sql=sql, columns=tuple(columns), order=tuple(order or names))


def _unused(names: Sequence[str], name: str) -> str:
    while name in names:
        name += "_"
    return name
