"""One tree gives one answer, whoever prints it; and each dialect gets what it needs."""

from __future__ import annotations

import math

import duckdb
import pyarrow as pa
import pytest

from roadworthy.adapters import sql
from roadworthy.adapters.sqlglot_printer import DUCKDB, POSTGRES, SPARK, SqlDialect
from roadworthy.data import expression as ex
from roadworthy.testing.engine import AGGREGATES, GRID, ROW_EXPRESSIONS
from roadworthy.testing.oracle import random_table

KINDS = {
    "sex": "text",
    "race": "text",
    "band": "real",
    "member": "boolean",
    "year": "integer",
    "score": "real",
    "weight": "real",
}
FURTHER = {
    "product": ex.column("score") * ex.column("weight"),
    "small multiple": ex.column("score") * 2.0**-60,
    "truth as a number": ex.cast(ex.column("member"), "real"),
    "infinity": ex.literal(math.inf),
    "a negative integer": ex.literal(-7),
    "null": ex.literal(None),
}


@pytest.fixture(scope="module")
def people() -> pa.Table:
    """The examination's rows, full of traps."""
    return random_table(seed=3, rows=700, grid=GRID)


@pytest.mark.parametrize("name", [*ROW_EXPRESSIONS, *AGGREGATES, *FURTHER])
def test_both_printers_answer_alike(people: pa.Table, name: str) -> None:
    """DuckDB gives the same values for the text of either printer."""
    node = {**ROW_EXPRESSIONS, **AGGREGATES, **FURTHER}[name]
    connection = duckdb.connect(":memory:")
    connection.register("people", people)
    direct, printed = (
        connection.sql(f"SELECT {text} AS value FROM people").to_arrow_table()["value"].to_pylist()
        for text in (sql.to_sql(node), DUCKDB.print(node, KINDS))
    )
    assert list(map(repr, printed)) == list(map(repr, direct))


@pytest.mark.parametrize(
    ("dialect", "quoted"),
    [
        (DUCKDB, "'it''s \\ \"x\"'"),
        (POSTGRES, "'it''s \\ \"x\"'"),
        (SPARK, "'it\\'s \\\\ \"x\"'"),
    ],
    ids=lambda item: getattr(item, "name", ""),
)
def test_texts_stay_texts(dialect: SqlDialect, quoted: str) -> None:
    """A quote or a backslash never ends a text literal."""
    assert dialect.print(ex.literal('it\'s \\ "x"'), {}) == quoted
    assert dialect.text('it\'s \\ "x"') == quoted


@pytest.mark.parametrize(
    ("dialect", "quoted"),
    [(DUCKDB, '"a""b`c"'), (POSTGRES, '"a""b`c"'), (SPARK, '`a"b``c`')],
    ids=lambda item: getattr(item, "name", ""),
)
def test_names_stay_names(dialect: SqlDialect, quoted: str) -> None:
    """A quote in a column's name never ends the name."""
    assert dialect.print(ex.column('a"b`c'), {}) == quoted
    assert dialect.quote('a"b`c') == quoted


def test_postgresql_gets_typed_reals() -> None:
    """A real literal is a double on PostgreSQL, not a decimal of another arithmetic."""
    assert POSTGRES.print(ex.literal(0.5), {}) == "CAST(0.5e0 AS DOUBLE PRECISION)"


def test_spark_gets_wide_totals_and_real_floors() -> None:
    """Totals of integers cannot leave their type half-way, and a floor is a real."""
    total = SPARK.print(ex.total(ex.column("n")), {"n": "integer"})
    assert total == "SUM(CAST(`n` AS DECIMAL(19, 0)))"
    assert "CAST(FLOOR(`x`) AS DOUBLE)" in SPARK.print(ex.floor(ex.column("x")), {"x": "real"})


def test_quantiles_are_values_of_the_table() -> None:
    """No dialect is given an approximate or interpolated percentile."""
    node = ex.quantile(ex.column("x"), 0.5)
    assert DUCKDB.print(node, {}) == 'QUANTILE_DISC("x", 0.5e0)'
    assert POSTGRES.print(node, {}).startswith("PERCENTILE_DISC(CAST(0.5e0 AS DOUBLE PRECISION)) ")
    assert SPARK.print(node, {}).startswith("PERCENTILE_DISC(0.5e0) WITHIN GROUP")


def test_unknown_nodes_are_refused() -> None:
    """A node that no printer knows is an error, not a guess."""
    with pytest.raises(TypeError, match="no SQL is known for Expression"):
        POSTGRES.print(ex.Expression(), {})
