"""How DuckDB's tables are counted: one grouped query, or dense counts of decoded columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa

from roadworthy.adapters.dense import DenseTask, NotDenseError, count_together
from roadworthy.adapters.dense_columns import Array
from roadworthy.adapters.duckdb_session import Session, Source, explained
from roadworthy.adapters.plain_rows import Batches, at_a_time, plain_rows
from roadworthy.adapters.sql import to_sql
from roadworthy.adapters.sql_answers import narrowed
from roadworthy.data.cells import cell_query, tally_of
from roadworthy.data.group_keys import group_key
from roadworthy.data.sql_names import quote_name
from roadworthy.records.versions import Column
from roadworthy.stats.cube import Cube
from roadworthy.stats.families import Families, largest_shapes
from roadworthy.stats.strategy import Strategy, choose_strategy, dense_bytes, likely_states
from roadworthy.stats.tally import Tally, TallyPlan

MOST_BYTES = 1 << 30
"""Counts take no more memory than this, and no more than half of what the session may use."""

_SMALL = 1 << 20
"""Counts of so few bytes are made beside others, where they would be grouped alone."""

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked about the rows of a source.

    Attributes:
        plan: what to count, with the unit of weights.
        families: the sets of attributes that will be asked for; None if any may be.
        sizes: how many values each attribute has, about.
    """

    plan: TallyPlan
    families: Families | None
    sizes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Rows of a source, to be counted.

    Attributes:
        session: who reads.
        source: the rows.
        columns: the source's columns.
        rows: how many rows there are.
        about: opens the message if reading fails.
    """

    session: Session
    source: Source
    columns: tuple[Column, ...]
    rows: int
    about: str

    def one(self, asked: Asked) -> Tally | Cube:
        """The counts, by whichever way is cheaper.

        Raises:
            DataError: a label is outside the plan's classes, an attribute has too many values, a
                weight cannot be used.
            UsageError: the counts do not fit into memory.
        """
        batches = None if asked.families is None else self._plain([asked.plan])
        strategy = self._strategy(asked, decoded=batches is not None)
        if asked.families is not None and strategy.dense:
            task = DenseTask(plan=asked.plan, families=asked.families, strategy=strategy)
            (found,) = self._dense([task], batches)
            if not isinstance(found, NotDenseError):
                return found
            strategy = Strategy(reason=f"dense counts failed: {found}")
        return replace(self._finest(asked.plan), reason=strategy.reason)

    def together(self, several: Sequence[Asked]) -> list[Tally | Cube]:
        """The counts of several plans; all that are worth counting densely from one reading.

        Raises:
            DataError: as `one` does.
            UsageError: as `one` does.
        """
        chosen = [self._strategy(asked, decoded=True) for asked in several]
        if any(strategy.dense for strategy in chosen):
            pairs = zip(several, chosen, strict=True)
            chosen = [self._beside_others(asked, strategy) for asked, strategy in pairs]
        tasks = {
            place: DenseTask(plan=asked.plan, families=asked.families, strategy=strategy)
            for place, (asked, strategy) in enumerate(zip(several, chosen, strict=True))
            if asked.families is not None and strategy.dense
        }
        plans = [task.plan for task in tasks.values()]
        found: dict[int, Cube | NotDenseError] = {}
        if len(tasks) > 1:
            made = self._dense(list(tasks.values()), self._plain(plans))
            found = dict(zip(tasks, made, strict=True))
        return [
            cube if isinstance(cube := found.get(place), Cube) else self.one(asked)
            for place, asked in enumerate(several)
        ]

    def _strategy(self, asked: Asked, *, decoded: bool) -> Strategy:
        return choose_strategy(
            asked.plan,
            asked.families,
            rows=self.rows,
            sizes=asked.sizes,
            budget=0 if asked.families is None else counts_budget(self.session),
            decoded=decoded,
        )

    def _beside_others(self, asked: Asked, alone: Strategy) -> Strategy:
        """How to count where rows that DuckDB computes are streamed for others anyway."""
        if alone.dense or asked.families is None or self.source.parquet:
            return alone
        shapes = largest_shapes(asked.plan, asked.families)
        size = dense_bytes(asked.plan, shapes, asked.sizes, likely_states(asked.plan))
        if size > min(_SMALL, counts_budget(self.session)):
            return alone
        return Strategy(shapes=shapes, reason="its rows are read for other counts, too")

    def _types(self, plans: Sequence[TallyPlan]) -> dict[str, str]:
        """The logical types of the columns that some plans read."""
        read = {name for plan in plans for name in plan.columns}
        return {item.name: item.type for item in self.columns if item.name in read}

    def _plain(self, plans: Sequence[TallyPlan]) -> Batches | None:
        return plain_rows(self.source, self._types(plans))

    def _dense(
        self, tasks: Sequence[DenseTask], batches: Batches | None
    ) -> list[Cube | NotDenseError]:
        """The cubes of one reading: of plain rows, or of rows that DuckDB computes and streams."""
        limit = 2 * counts_budget(self.session)
        if batches is not None:
            texts = partial(real_texts, self.session)
            with explained(self.about), closing(batches):
                return count_together(tasks, batches, texts=texts, limit=limit)
        plans = [task.plan for task in tasks]
        types = self._types(plans)
        if any(types[name] == "real" for name in _in_two_roles(plans)):
            return [NotDenseError("a column of reals is both a group and a number")] * len(tasks)
        listed = [_selected(name, kind, plans) for name, kind in types.items()]
        sql = f"SELECT {', '.join(listed)} FROM ({self.source.sql}) AS t"
        size = at_a_time(len(listed))
        with (
            self.session.stream(sql, batch=size, about=self.about) as stream,
            explained(self.about),
        ):
            return count_together(tasks, stream, texts=_no_reals, limit=limit)

    def _finest(self, plan: TallyPlan) -> Tally:
        """The tally, by one grouped query."""
        query = cell_query(plan, self.columns)
        keys = [f"{to_sql(item)} AS {quote_name(key)}" for key, item in query.keys.items()]
        sums = [f"{to_sql(item)} AS {quote_name(key)}" for key, item in query.select.items()]
        places = ", ".join(str(i + 1) for i in range(len(keys)))
        grouped = f"SELECT {', '.join(keys + sums)} FROM ({self.source.sql}) AS t"
        grouped += f" GROUP BY {places}" if keys else ""
        # Text is made of the few groups, not of the many rows.
        texts = [f"CAST({quote_name(k)} AS VARCHAR) AS {quote_name(k)}" for k in query.text_keys]
        replaced = f" REPLACE ({', '.join(texts)})" if texts else ""
        with explained(self.about):
            statement = f"SELECT *{replaced} FROM ({grouped})"
            cells = narrowed(self.session.run(statement, about=self.about), self.about)
        return tally_of(plan, cells)


def counts_budget(session: Session) -> int:
    """The bytes that counts may take beside what DuckDB holds."""
    found = session.run("SELECT current_setting('memory_limit') AS held", about="no limit is set")
    size = re.fullmatch(r"([\d.]+) (\w+)", str(found["held"][0].as_py()))
    if size is None or size[2] not in _UNITS:
        return MOST_BYTES
    return min(MOST_BYTES, int(float(size[1]) * _UNITS[size[2]]) // 2)


def _selected(name: str, kind: str, plans: Sequence[TallyPlan]) -> str:
    """A column in a type that can be coded: groups as text, unless they are plain already."""
    column = quote_name(name)
    if not any(name in _keys(plan) for plan in plans):
        return f"CAST({column} AS DOUBLE) AS {column}"
    if kind in ("integer", "boolean"):
        return column
    return f"CAST({to_sql(group_key(name, kind))} AS VARCHAR) AS {column}"


def _in_two_roles(plans: Sequence[TallyPlan]) -> set[str]:
    """The columns whose values make groups in a plan and are added up in one."""
    keys = {name for plan in plans for name in _keys(plan)}
    numbers = {name for plan in plans for name in (plan.score, plan.weight)}
    return {name for name in keys & numbers if name is not None}


def _keys(plan: TallyPlan) -> set[str | None]:
    """The columns whose values make groups."""
    return {plan.label, plan.prediction, *plan.attributes}


def real_texts(session: Session, values: Array) -> Sequence[str | None]:
    """Distinct reals as the text that names their group."""
    held = session.register(pa.table({"v": values}))
    text = to_sql(group_key("v", "real"))
    rows = session.run(f"SELECT {text} AS v FROM {quote_name(held.name)}", about="no text")
    return list(rows["v"].to_pylist())


def _no_reals(values: Array) -> Sequence[str | None]:
    raise NotDenseError(f"values of type {values.type} have no text")
