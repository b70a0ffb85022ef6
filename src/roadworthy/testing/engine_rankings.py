"""The part of the examination of engines that is about lists: places in them and their totals."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from roadworthy.data import expression as ex
from roadworthy.data.engine import Table
from roadworthy.data.ranking import count_lists
from roadworthy.data.windows import Frame, over, row_number
from roadworthy.errors import DataError
from roadworthy.records.versions import ColumnRoles, Task
from roadworthy.stats.ranked_lists import QUALITIES, Amount, ListCounts
from roadworthy.stats.tally import plan_families
from roadworthy.testing.engine_rows import Opened
from roadworthy.testing.interpreter import aggregate, derived, rows_of
from roadworthy.testing.plain_table import PlainTable
from roadworthy.testing.traps import plain, plain_rows

RACE, SCORE, BAND, YEAR = (ex.column(name) for name in ("race", "score", "band", "year"))
MEMBER, SEX = ex.column("member"), ex.column("sex")

LISTS: dict[str, ex.Expression] = {
    "rows of a list": over(ex.count(), lists=[RACE]),
    "rows of all": over(ex.count(), lists=[]),
    "present so far": over(ex.count(BAND), lists=[SEX], order=SCORE, frame=Frame.SO_FAR),
    "ties": over(ex.count(), lists=[SEX], order=BAND, frame=Frame.TIES),
    "ties of nulls and NaN": over(ex.count(SCORE), lists=[RACE], order=SCORE, frame=Frame.TIES),
    "total so far": over(ex.total(YEAR), lists=[RACE, SEX], order=BAND, frame=Frame.SO_FAR),
    "total of ties": over(
        ex.count_if(MEMBER), lists=[SEX], order=ex.literal(0.0) - BAND, frame=Frame.TIES
    ),
    "smallest": over(ex.minimum(SCORE), lists=[BAND]),
    "largest so far": over(ex.maximum(SCORE), lists=[MEMBER], order=YEAR, frame=Frame.SO_FAR),
    "largest text": over(ex.maximum(SEX), lists=[YEAR]),
    "any": over(ex.maximum(MEMBER), lists=[RACE], order=SCORE, frame=Frame.SO_FAR),
}
"""One column for each way to look at a list."""


RANKINGS: dict[str, ColumnRoles] = {
    "scores": ColumnRoles(
        task=Task.RANKING, query="query", label="grade", score="score", protected=("sex", "item")
    ),
    "weights": ColumnRoles(
        task=Task.RANKING,
        query="query",
        label="gain",
        score="score",
        weight="weight",
        protected=("item",),
    ),
    "ranks, weights of rows": ColumnRoles(
        task=Task.RANKING,
        query="number",
        label="grade",
        rank="rank",
        weight="row_weight",
        protected=("item",),
    ),
    "one list without labels": ColumnRoles(
        task=Task.RANKING, score="score", protected=("sex", "item")
    ),
}
"""One ranking for each way to count."""


def random_rankings(seed: int, lists: int) -> pa.Table:
    """Lists of one to thirty rows, one of two hundred, and what is missing, tied or not a number.

    Columns: `query` (text), `number` (real), `score`, `rank`, `grade` (from 0 to 3), `gain` (real),
    `sex` (the same in each list), `item`, `weight` (the same in each list), `row_weight`.
    """
    rng = np.random.default_rng(seed)
    sizes = np.append(rng.integers(1, 30, lists - 1), 200)
    query = np.repeat(np.arange(lists), sizes)
    rows = len(query)

    def some(values: list[Any], size: int, missing: float = 0.05) -> list[Any]:
        picked = [values[i] for i in rng.integers(0, len(values), size)]
        return [None if gone else value for gone, value in zip(rng.random(size) < missing, picked)]  # noqa: B905 - one length

    tied = rng.integers(0, 2, rows).astype(bool)
    scores = np.where(tied, rng.integers(-2, 3, rows) * 1.0, rng.normal(size=rows))
    sexes, weights = some(["F", "M"], lists), rng.choice([0.0, 0.5, 1.0, 7.25], lists)
    grades = some([0, 0, 0, 1, 2, 3], rows)
    table: dict[str, Any] = {
        "query": pa.array([None if q == 0 else f"q{q}" for q in query.tolist()], pa.string()),
        "number": pa.array([0.0, -0.0, math.nan, *(query[3:] * 0.5).tolist()], pa.float64()),
        "score": pa.array([math.nan, -0.0, 0.0, math.inf, *scores[4:].tolist()], pa.float64()),
        "rank": pa.array(rng.integers(1, 12, rows), pa.int64()),
        "grade": pa.array(grades, pa.int64()),
        "gain": pa.array([None if g is None else g * 10.7 for g in grades], pa.float64()),
        "sex": pa.array([sexes[q] for q in query.tolist()], pa.string()),
        "item": pa.array(some(["a", "b", "(missing)", "it's"], rows), pa.string()),
        "weight": pa.array(weights[query], pa.float64()),
        "row_weight": pa.array(rng.choice([0.0, 0.25, 1 / 3, 3.0], rows), pa.float64()),
    }
    return pa.table(table)


def summary(counts: ListCounts) -> dict[str, Any]:
    """Everything that is known of lists, as something that compares bit for bit."""
    found: dict[str, Any] = {
        "lists": (counts.queries, counts.left_out, counts.uneven, counts.effective),
        "mixed": counts.mixed,
    }
    for quality in QUALITIES if counts.quality is not None else ():
        assert counts.quality is not None
        estimates = counts.quality.of(quality).mean("nothing")
        low, high = estimates.interval(0.95)
        numbers = [estimates.value, low, high, estimates.rows]
        found[quality.__name__] = [[plain(x) for x in each.tolist()] for each in numbers]
    for family, shares in counts.shares.items():
        for below in (None, Amount.SIZE):
            ratios = shares.ratios(Amount.EXPOSURE, below, counts)
            numbers = [ratios.value, ratios.spread.ravel(), ratios.rows]
            found[f"{family} {below}"] = [[plain(x) for x in each.tolist()] for each in numbers]
        found[f"{family}"] = list(map(str, shares.slices))
    return found


class RankingExamination:
    """What every engine must do with lists; a part of `EngineExamination`."""

    @pytest.mark.parametrize("node", LISTS.values(), ids=LISTS.keys())
    def test_lists_are_the_oracle_s(
        self, opened: Opened, rows: pa.Table, node: ex.Expression
    ) -> None:
        """What a row tells of its list is the oracle's, whatever order rows come back in."""
        numbered = rows.append_column("id", pa.array(range(rows.num_rows)))
        found = opened(numbered).derive({"found": node}).read(["id", "found"]).to_pylist()
        expected = derived(rows_of(numbered), {"found": node})
        assert {row["id"]: plain(row["found"]) for row in found} == {
            row["id"]: plain(row["found"]) for row in expected
        }

    def test_places_are_the_oracle_s(self, table: Table, rows: pa.Table) -> None:
        """Rows that tie share the same places, in any order."""
        node = row_number(lists=[RACE], order=BAND)
        names = ["race", "band", "place"]

        def counted(rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
            return Counter(tuple(plain(row[name]) for name in names) for row in rows)

        found = counted(table.derive({"place": node}).read(names).to_pylist())
        assert found == counted(derived(rows_of(rows), {"place": node}))

    def test_batches_of_groups_are_the_aggregates(self, table: Table, rows: pa.Table) -> None:
        """Groups that come some at a time are those that come at once."""
        by = {"key_race": RACE, "key_band": BAND}
        select = {"n": ex.count(), "years": ex.total(YEAR), "top": ex.maximum(SCORE)}
        with table.aggregate_batches(select, by=by) as batches:
            found = pa.concat_tables(list(batches)).to_pylist()
        expected = aggregate(rows_of(rows), select, by=by)
        assert sorted(plain_rows(found), key=str) == sorted(plain_rows(expected), key=str)
        with pytest.raises(DataError, match="did you mean 'race'"):
            table.aggregate_batches(select, by={"key": ex.column("rase")}).__enter__()

    @pytest.mark.parametrize("roles", RANKINGS.values(), ids=RANKINGS.keys())
    def test_rankings_are_the_oracle_s(self, opened: Opened, roles: ColumnRoles) -> None:
        """Every sum over lists is, to the last bit, the one that counting row by row gives."""
        rows = random_rankings(seed=5, lists=40)
        table = opened(rows)
        plain: Any = PlainTable.of(rows, table.columns)
        families = plan_families(roles.protected, 2)
        found, expected = (
            summary(count_lists(each, roles, roles.protected, families)) for each in (table, plain)
        )
        assert found == expected
