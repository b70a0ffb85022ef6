"""Which engine opens what: a table in a database by its own engine, all else by the embedded one.

Another engine is one line in `ENGINES`: how its data is recognised, which must import nothing, and
how the engine is made, which may say that an extra is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from roadworthy.data.engine import Engine
from roadworthy.errors import HostError, UsageError

OTHER_DATABASES = frozenset(
    {
        *("bigquery", "clickhouse", "databricks", "db2", "duckdb", "jdbc:mysql", "jdbc:postgresql"),
        *("mariadb", "mongodb", "mssql", "mysql", "oracle", "redshift", "snowflake", "sqlite"),
        *("sqlserver", "trino"),
    }
)
"""How addresses of other databases begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChoice:
    """An engine beside the embedded one.

    Attributes:
        name: what messages call the engine.
        opens: whether some data is for this engine; imports nothing.
        make: makes the engine.
    """

    name: str
    opens: Callable[[object], bool]
    make: Callable[[], Engine]


def engine_for(data: object, *, embedded: Callable[[], Engine]) -> Engine:
    """The engine that opens some data.

    Args:
        data: whatever a user hands in.
        embedded: gives the engine for everything that no other engine claims.

    Raises:
        HostError: the engine needs a library that is not installed.
        UsageError: the data is a list in which a part is another engine's.
    """
    _check_database(data)
    for choice in ENGINES:
        if choice.opens(data):
            return choice.make()
        if isinstance(data, Sequence) and any(choice.opens(part) for part in data):
            raise UsageError(
                f"expected files or frames in the list, found a part that {choice.name} opens; "
                f"put the parts together where they live, as a view, and name that"
            )
    return embedded()


def _check_database(data: object) -> None:
    """Refuse the address of a database that no engine reads, without repeating it."""
    scheme = data.partition("://")[0] if isinstance(data, str) and "://" in data else ""
    kind = scheme.lower().partition("+")[0]
    if kind in OTHER_DATABASES:
        raise UsageError(
            f"no engine reads tables of {kind}; expected files, a frame, "
            f"postgresql://USER@HOST/DATABASE?table=SCHEMA.TABLE or a data frame of Spark: query "
            f"the table into one of these"
        )


def _is_postgres(data: object) -> bool:
    if isinstance(data, str):
        return data.startswith(("postgresql://", "postgres://"))
    module = sys.modules.get("roadworthy.adapters.postgres")
    return module is not None and isinstance(data, module.PostgresTable)


def _postgres() -> Engine:
    try:
        from roadworthy.adapters.postgres import PostgresEngine
    except ImportError as error:
        raise HostError.from_missing_extra(
            error.name or "psycopg", extra="postgres", purpose="read a table in PostgreSQL"
        ) from error
    return PostgresEngine()


def _is_spark(data: object) -> bool:
    kind = type(data)
    if kind.__name__ == "DataFrame" and kind.__module__.startswith(
        ("pyspark.sql.", "pyspark.pandas.")
    ):
        return True
    module = sys.modules.get("roadworthy.adapters.spark")
    return module is not None and isinstance(data, module.SparkTable)


def _spark() -> Engine:
    try:
        from roadworthy.adapters.spark import SparkEngine
    except ImportError as error:
        raise HostError.from_missing_extra(
            error.name or "pyspark", extra="spark", purpose="read a data frame of Spark"
        ) from error
    return SparkEngine()


ENGINES: tuple[EngineChoice, ...] = (
    EngineChoice(name="PostgreSQL", opens=_is_postgres, make=_postgres),
    EngineChoice(name="Spark", opens=_is_spark, make=_spark),
)
"""The engines beside the embedded one."""
