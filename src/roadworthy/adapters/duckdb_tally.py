"""How DuckDB's tables are counted: one grouped query, or dense counts of decoded columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace

import pyarrow as pa

from roadworthy.adapters.dense import PIECE, NotDenseError, count_dense
from roadworthy.adapters.dense_columns import Array
from roadworthy.adapters.duckdb_session import Session, Source, explained
from roadworthy.adapters.frames import narrowed
from roadworthy.adapters.plain_rows import plain_rows
from roadworthy.adapters.sql import to_sql
from roadworthy.data.cells import cell_query, tally_of
from roadworthy.data.group_keys import group_key
from roadworthy.data.sql_names import quote_name
from roadworthy.records.versions import Column
from roadworthy.stats.cube import Cube
from roadworthy.stats.families import Families
from roadworthy.stats.strategy import Strategy, choose_strategy
from roadworthy.stats.tally import Tally, TallyPlan

MOST_BYTES = 1 << 30
"""Counts take no more memory than this, and no more than half of what the session may use."""

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def count_rows(
    session: Session,
    source: Source,
    plan: TallyPlan,
    families: Families | None,
    *,
    columns: tuple[Column, ...],
    rows: int,
    sizes: Mapping[str, int],
    about: str,
) -> Tally | Cube:
    """The counts of a source, by whichever way is cheaper.

    Args:
        session: who reads.
        source: the rows.
        plan: what to count, with the unit of weights.
        families: the sets of attributes that will be asked for; None if any may be.
        columns: the source's columns.
        rows: how many rows there are.
        sizes: how many values each attribute has, about.
        about: opens the message if reading fails.

    Raises:
        DataError: a label is outside the plan's classes, an attribute has too many values, a weight
            cannot be used.
        UsageError: the counts do not fit into memory.
    """
    types = {item.name: item.type for item in columns if item.name in plan.columns}
    budget = counts_budget(session)
    batches = None if families is None else plain_rows(source, types)
    strategy = choose_strategy(
        plan, families, rows=rows, sizes=sizes, budget=budget, decoded=batches is not None
    )
    if families is not None and strategy.dense:
        try:
            if batches is None:
                return _streamed(session, source, plan, families, strategy, types, budget, about)
            with explained(about), closing(batches):
                return count_dense(
                    plan,
                    families,
                    strategy,
                    batches,
                    texts=lambda values: real_texts(session, values),
                    limit=2 * budget,
                )
        except NotDenseError as obstacle:
            strategy = Strategy(reason=f"dense counts failed: {obstacle}")
    return replace(_finest(session, source, plan, columns, about), reason=strategy.reason)


def counts_budget(session: Session) -> int:
    """The bytes that counts may take beside what DuckDB holds."""
    found = session.run("SELECT current_setting('memory_limit') AS held", about="no limit is set")
    size = re.fullmatch(r"([\d.]+) (\w+)", str(found["held"][0].as_py()))
    if size is None or size[2] not in _UNITS:
        return MOST_BYTES
    return min(MOST_BYTES, int(float(size[1]) * _UNITS[size[2]]) // 2)


def _finest(
    session: Session, source: Source, plan: TallyPlan, columns: tuple[Column, ...], about: str
) -> Tally:
    """The tally, by one grouped query."""
    query = cell_query(plan, columns)
    keys = [f"{to_sql(item)} AS {quote_name(key)}" for key, item in query.keys.items()]
    sums = [f"{to_sql(item)} AS {quote_name(key)}" for key, item in query.select.items()]
    places = ", ".join(str(i + 1) for i in range(len(keys)))
    grouped = f"SELECT {', '.join(keys + sums)} FROM ({source.sql}) AS t"
    grouped += f" GROUP BY {places}" if keys else ""
    # Text is made of the few groups, not of the many rows.
    texts = [f"CAST({quote_name(k)} AS VARCHAR) AS {quote_name(k)}" for k in query.text_keys]
    replaced = f" REPLACE ({', '.join(texts)})" if texts else ""
    with explained(about):
        cells = narrowed(session.run(f"SELECT *{replaced} FROM ({grouped})", about=about))
    return tally_of(plan, cells)


def _streamed(
    session: Session,
    source: Source,
    plan: TallyPlan,
    families: Families,
    strategy: Strategy,
    types: Mapping[str, str],
    budget: int,
    about: str,
) -> Cube:
    """The cube of rows that DuckDB computes, as it streams them."""
    listed = ", ".join(_selected(name, types[name], plan) for name in types)
    sql = f"SELECT {listed} FROM ({source.sql}) AS t"
    with session.stream(sql, batch=PIECE, about=about) as batches, explained(about):
        return count_dense(plan, families, strategy, batches, texts=_no_reals, limit=2 * budget)


def _selected(name: str, kind: str, plan: TallyPlan) -> str:
    """A column in a type that can be coded: groups as text, unless they are plain already."""
    column = quote_name(name)
    if name in (plan.score, plan.weight) and not _is_key(name, plan):
        return f"CAST({column} AS DOUBLE) AS {column}"
    if kind in ("integer", "boolean"):
        return column
    return f"CAST({to_sql(group_key(name, kind))} AS VARCHAR) AS {column}"


def _is_key(name: str, plan: TallyPlan) -> bool:
    return name in (plan.label, plan.prediction, *plan.attributes)


def real_texts(session: Session, values: Array) -> Sequence[str | None]:
    """Distinct reals as the text that names their group."""
    held = session.register(pa.table({"v": values}))
    text = to_sql(group_key("v", "real"))
    rows = session.run(f"SELECT {text} AS v FROM {quote_name(held.name)}", about="no text")
    return list(rows["v"].to_pylist())


def _no_reals(values: Array) -> Sequence[str | None]:
    raise NotDenseError(f"values of type {values.type} have no text")
