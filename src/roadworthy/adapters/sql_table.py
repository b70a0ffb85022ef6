"""`SqlTable`: a table that answers every question by SQL text, whoever runs the text.

To add an engine that speaks SQL, write a `SqlConnection` (run a SELECT, give Arrow; stream a
SELECT; say whether another connection's tables can be read) and open a `Relation`. From them
follow:

- `columns`, `rows`, `aggregate`, `tally`, `histograms`, `read` with samples, `filter`, `derive`,
  `duplicates`, `shared` and `conflicts`, with columns checked before anything runs;
- groups in the order of their keys and totals narrowed to 64 bits (`SqlRows`);
- texts of group keys as DuckDB writes them, so that a group has one name on every engine.

`with_columns`, `map_batches` and what is shared with a table out of reach are left to the engine:
columns can stand beside rows only where rows have places. A subclass may override anything that
its engine does better; DuckDB's does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import overload

from roadworthy.adapters.sql_rows import SqlRows
from roadworthy.adapters.sql_tally import count_on_server
from roadworthy.data.cells import cell_query, median_weight, weight_exponent
from roadworthy.data.column_counts import ColumnGrid, Histogram
from roadworthy.data.engine import Conflicts, Table
from roadworthy.data.expression import (
    CastType,
    Expression,
    case,
    cast,
    columns_of,
    count_distinct,
    is_nan,
)
from roadworthy.data.expression import column as column_named
from roadworthy.data.histograms import histogram_query, histograms_of
from roadworthy.errors import DataError, UsageError
from roadworthy.stats.counted import Counted
from roadworthy.stats.cube import Cube
from roadworthy.stats.families import Families, asked_families
from roadworthy.stats.tally import Tally, TallyPlan, check_categories

_SCREENED_ROWS = 10_000
_GROUPED_ROWS = 200_000
_READING = 4.0
_NUMBERS = frozenset({"integer", "real", "boolean"})


class SqlTable(SqlRows, ABC):
    """A table whose questions are statements, answered where the rows live."""

    @overload
    def tally(self, plan: TallyPlan, families: None = None) -> Tally: ...

    @overload
    def tally(self, plan: TallyPlan, families: Iterable[Sequence[str]]) -> Counted: ...

    def tally(
        self, plan: TallyPlan, families: Iterable[Sequence[str]] | None = None
    ) -> Tally | Counted:
        """Count rows by attributes, label, prediction and score bin.

        One grouped statement counts the finest cells while they compress. Beyond that, given the
        families that will be asked for, one statement counts each of a few sets that hold them all,
        or every row is read once and counted here: see `roadworthy.stats.server_strategy`.

        Raises:
            DataError: a column is missing, a label is outside the plan's classes, an attribute has
                too many values, a weight cannot be used, the rows change meanwhile.
            UsageError: a family names an attribute that is not counted, or the counts do not fit
                into memory.
        """
        asked = None if families is None else asked_families(plan, families)
        plan, sizes = self._ready(plan, anyhow=asked is None)
        return self._count(plan, asked, sizes)

    def histograms(
        self, grids: Mapping[str, ColumnGrid], *, where: Expression | None = None
    ) -> Mapping[str, Histogram]:
        """How often each cell or value of many columns occurs, by one statement.

        Raises:
            DataError: a column is missing, or of a type that its grid cannot count.
            UsageError: there is no grid.
        """
        query = histogram_query(grids, self.columns)
        self._check_columns(columns_of(where))
        sets = ", ".join(f"({', '.join(map(self._quote, names))})" for names in query.sets)
        keys = ", ".join(map(self._quote, query.keys))
        cells = f"SELECT {self._listed(query.keys)} FROM {self._from}{self._where(where)}"
        counted = self._run(
            f"SELECT {keys}, COUNT(*) AS {self._quote('rows')} FROM ({cells}) AS c "
            f"GROUP BY GROUPING SETS ({sets})"
        )
        return histograms_of(grids, counted)

    def duplicates(self, columns: Sequence[str]) -> int:
        """How many rows repeat an earlier row in all these columns; nulls and NaN are equal."""
        self._check_compared(columns, self._kinds)
        listed = self._listed(self._comparable(columns, self._kinds))
        distinct = f"SELECT DISTINCT {listed} FROM {self._from}"
        found = self._run(f"SELECT COUNT(*) AS n FROM ({distinct}) AS d")
        return self.rows - int(found["n"][0].as_py())

    def shared(self, other: Table, columns: Sequence[str]) -> int:
        """How many rows of this table occur in `other` too, compared in these columns.

        Where `other` is not within the engine's reach, these columns of both are compared here.
        """
        theirs = {item.name: item.type for item in other.columns}
        self._check_compared(columns, self._kinds)
        self._check_compared(columns, theirs)
        if not (isinstance(other, SqlTable) and self._connection.reaches(other._connection)):  # noqa: SLF001 - the same class
            return self._shared_here(other, columns)
        mine = self._listed(self._comparable(columns, self._kinds, theirs))
        yours = self._listed(self._comparable(columns, theirs, self._kinds))
        return self._count_shared(
            f"SELECT {mine} FROM {self._from}",
            f"SELECT {yours} FROM {other._from}",  # noqa: SLF001 - the same class
            [f"c{place}" for place in range(len(columns))],
        )

    def conflicts(self, columns: Sequence[str], label: str) -> Conflicts:
        """How far rows that agree in all these columns differ in another one.

        Raises:
            DataError: a column is missing.
            UsageError: there is no column to compare.
        """
        self._check_compared([*columns, label] if columns else [], self._kinds)
        own = self._comparable([*columns, label], self._kinds)
        *keys, answer = own
        names = ", ".join(keys)
        pairs = (
            f"SELECT {', '.join(own)}, COUNT(*) AS n "
            f"FROM (SELECT {self._listed(own)} FROM {self._from}) AS r "
            f"WHERE {answer} IS NOT NULL GROUP BY {', '.join(own)}"
        )
        patterns = (
            "SELECT SUM(n) AS n, COUNT(*) AS labels, MAX(n) AS largest "
            f"FROM ({pairs}) AS p GROUP BY {names}"
        )
        (found,) = self._run(
            "SELECT SUM(n) AS n, SUM(largest) AS majority, "
            "SUM(CASE WHEN labels > 1 THEN n ELSE 0 END) AS conflicting, "
            "SUM(CASE WHEN labels > 1 THEN 1 ELSE 0 END) AS patterns "
            f"FROM ({patterns}) AS q"
        ).to_pylist()
        return Conflicts(
            rows=int(found["n"] or 0),
            conflicting=int(found["conflicting"] or 0),
            patterns=int(found["patterns"] or 0),
            majority=int(found["majority"] or 0),
        )

    # --- for engines -----------------------------------------------------------------------------

    @property
    def reading(self) -> float | None:
        """What reading a row here costs, as a multiple of grouping it there; None: too dear."""
        return _READING

    def _count(
        self, plan: TallyPlan, families: Families | None, sizes: Mapping[str, int]
    ) -> Tally | Cube:
        """The counts, with the unit of weights chosen and the sizes of attributes known, about."""
        return count_on_server(self, plan, families, sizes=sizes, reading=self.reading)

    @abstractmethod
    def _shared_here(self, other: Table, columns: Sequence[str]) -> int:
        """What `shared` gives for a table that this engine cannot reach."""

    def _count_shared(self, mine: str, yours: str, columns: Sequence[str]) -> int:
        """How many rows of one statement occur in another, whose columns have the same names.

        A grouping knows null to equal null, and needs no pairs of rows.
        """
        both = f"SELECT m.*, 1 AS here, 0 AS there FROM ({mine}) AS m UNION ALL "
        both += f"SELECT y.*, 0 AS here, 1 AS there FROM ({yours}) AS y"
        groups = f"SELECT SUM(here) AS here, SUM(there) AS there FROM ({both}) AS u "
        groups += f"GROUP BY {', '.join(columns)}"
        found = self._run(f"SELECT SUM(here) AS n FROM ({groups}) AS g WHERE there > 0")
        return int(found["n"][0].as_py() or 0)

    def _comparable(
        self,
        columns: Sequence[str],
        kinds: Mapping[str, str],
        against: Mapping[str, str] | None = None,
    ) -> dict[str, Expression]:
        """Columns as values that compare: NaN as null, and of a type that both tables share."""
        found: dict[str, Expression] = {}
        for place, name in enumerate(columns):
            kind, other = kinds[name], (against or kinds)[name]
            value: Expression = column_named(name)
            if kind != other:
                numbers = {kind, other} <= _NUMBERS
                value = cast(value, CastType.REAL if numbers else CastType.TEXT)
            if kind == "real":
                value = case((is_nan(column_named(name)), None), otherwise=value)
            found[f"c{place}"] = value
        return found

    def _check_compared(self, columns: Sequence[str], known: Mapping[str, str]) -> None:
        if not columns:
            raise UsageError("expected at least one column to compare, found none")
        for name in columns:
            if name not in known:
                raise DataError.from_missing_column(name, known, role="compared")

    def _ready(
        self, plan: TallyPlan, *, anyhow: bool = False
    ) -> tuple[TallyPlan, Mapping[str, int]]:
        """The plan with its unit of weights, and about how many values each attribute has.

        Few rows that are to be grouped anyhow are not looked at before: that takes as long.
        """
        cell_query(plan, self.columns)  # refuses wrong columns before any pass
        if plan.weight is not None and plan.weight_exponent is None:
            if plan.weight not in self._medians:
                answer = self.aggregate({"median": median_weight(plan)})
                self._medians[plan.weight] = answer["median"][0].as_py()
            exponent = weight_exponent(self._medians[plan.weight])
            plan = replace(plan, weight_exponent=exponent)
        if anyhow and self.rows <= _GROUPED_ROWS:
            return plan, {}
        screened = (plan.attributes, plan.max_categories)
        if screened not in self._sizes:
            self._sizes[screened] = self._screen(plan)
        return plan, self._sizes[screened]

    @cached_property
    def _medians(self) -> dict[str, float | None]:
        """The median of each weight that was asked for."""
        return {}

    @cached_property
    def _sizes(self) -> dict[tuple[tuple[str, ...], int], dict[str, int]]:
        """How many values attributes have, by attributes and the most that are allowed."""
        return {}

    def _screen(self, plan: TallyPlan) -> dict[str, int]:
        """About how many values each attribute has; far too many are refused before a pass."""
        looked_at = max(_SCREENED_ROWS, 4 * plan.max_categories)
        if not plan.attributes or self.rows <= _SCREENED_ROWS:
            return dict.fromkeys(plan.attributes, self.rows)
        sizes = self._distinct_among_first(plan.attributes, looked_at)
        for name, found in sizes.items():
            if found > plan.max_categories and self.rows > looked_at:
                number = count_distinct(column_named(name))
                exact = self.aggregate({"n": number})["n"][0].as_py()
                check_categories(name, exact, plan.max_categories)
        return {name: max(1, found) for name, found in sizes.items()}

    def _distinct_among_first(self, names: Sequence[str], first: int) -> Mapping[str, int]:
        """How many values some columns have in the first rows, not counting null."""
        head = self._derived(f"SELECT * FROM {self._from} LIMIT {first}", self.columns)
        several = {name: count_distinct(column_named(name)) for name in names}
        found: dict[str, int] = head.aggregate(several).to_pylist()[0]
        return found


def inhabited(table: SqlTable) -> None:
    """Refuse a table without columns or rows.

    Raises:
        DataError: there are none.
    """
    if not table.columns:
        raise DataError(f"{table.name} has no columns")
    if table.rows == 0:
        raise DataError(f"{table.name} is empty: the table has no rows")
