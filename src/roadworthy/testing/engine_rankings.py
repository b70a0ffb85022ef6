"""The part of the examination of engines that is about lists: places in them and their totals."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest

from roadworthy.data import expression as ex
from roadworthy.data.engine import Table
from roadworthy.data.windows import Frame, over, row_number
from roadworthy.errors import DataError
from roadworthy.testing.engine_rows import Opened
from roadworthy.testing.interpreter import aggregate, derived, rows_of
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
