"""The part of the examination of engines that is about rows, files and transformations."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from roadworthy.data import expression as ex
from roadworthy.data.engine import Conflicts, Engine, Table
from roadworthy.errors import DataError, UsageError
from roadworthy.records.versions import Column
from roadworthy.stats.number_grid import NumberGrid
from roadworthy.stats.tally import TallyPlan
from roadworthy.testing.histograms import GRIDS, comparable, expected_histograms
from roadworthy.testing.interpreter import evaluate, rows_of
from roadworthy.testing.traps import YEAR, plain_rows

Opened: TypeAlias = Callable[..., Table]
"""Opens the rows of an Arrow table, by a name if one is given."""


class Capability(StrEnum):
    """What an engine may lack, as long as it says so."""

    TRANSFORM = "transform"
    """Running a SELECT of the user's that sees its inputs and nothing else."""


class RowExamination:
    """What every engine must do with rows; a part of `EngineExamination`."""

    lacks: ClassVar[frozenset[Capability]] = frozenset()
    """What the engine does not do; it must refuse to, and say what to do instead."""

    # --- rows ------------------------------------------------------------------------------------

    def test_columns_have_logical_types(self, table: Table) -> None:
        """Columns come in their order, with logical types."""
        assert [(item.name, item.type) for item in table.columns] == [
            ("sex", "text"),
            ("race", "text"),
            ("band", "real"),
            ("member", "boolean"),
            ("year", "integer"),
            ("label", "integer"),
            ("prediction", "integer"),
            ("outcome", "text"),
            ("score", "real"),
            ("weight", "real"),
        ]
        assert all(isinstance(item, Column) for item in table.columns)

    def test_rows_come_in_their_order(self, table: Table, rows: pa.Table) -> None:
        """Reading gives the rows as they were, and those that satisfy a condition."""
        assert table.rows == rows.num_rows
        assert plain_rows(table.read().to_pylist()) == plain_rows(rows.to_pylist())
        late = [row["race"] for row in rows.to_pylist() if row["year"] == 2020]  # noqa: PLR2004 - a year of the table
        assert table.read(["race"], where=YEAR.eq(2020))["race"].to_pylist() == late
        assert table.filter(YEAR.eq(2020)).read(["race"])["race"].to_pylist() == late

    def test_histograms_count_every_column(self, table: Table, rows: pa.Table) -> None:
        """The bins of numbers and the values of the rest are counted to the last row, at once."""
        assert comparable(table.histograms(GRIDS)) == comparable(expected_histograms(GRIDS, rows))
        late = table.histograms(GRIDS, where=YEAR.eq(2020))  # a year of the table
        kept = rows.filter(pc.equal(rows["year"], pa.scalar(2020)))
        assert comparable(late) == comparable(expected_histograms(GRIDS, kept))
        with pytest.raises(DataError, match="expected numbers"):
            table.histograms({"race": NumberGrid()})

    def test_first_rows_come_alone(self, table: Table, rows: pa.Table) -> None:
        """The first rows come in their order, fewer if the table has no more."""
        races = rows["race"].to_pylist()
        assert table.read(["race"], first=7)["race"].to_pylist() == races[:7]
        assert table.read(["race"], first=10**6)["race"].to_pylist() == races
        assert table.read(["race"], first=9, sample=3).num_rows == 3  # noqa: PLR2004 - asked for

    def test_samples_repeat(self, opened: Opened) -> None:
        """One seed gives one sample, in order; another seed gives another."""
        table = opened(pa.table({"i": list(range(5000))}))
        first, again, other = (
            np.asarray(table.read(["i"], sample=100, seed=seed)["i"]).tolist() for seed in (1, 1, 2)
        )
        assert first == again == sorted(set(first))
        assert len(first) == len(set(other)) == 100  # noqa: PLR2004 - the sample's size
        assert first != other
        assert table.read(["i"], sample=9999).num_rows == table.rows

    def test_further_columns_stand_beside(self, table: Table, rows: pa.Table) -> None:
        """Further columns stand beside the rows they were made from, also after a filter."""
        number = pa.array(range(rows.num_rows))
        wide = table.with_columns(pa.table({"number": number}))
        assert [item.name for item in wide.columns] == [*rows.column_names, "number"]
        late = wide.filter(YEAR.eq(2020)).read(["number"])["number"].to_pylist()
        assert late == [i for i, year in enumerate(rows["year"].to_pylist()) if year == 2020]  # noqa: PLR2004 - a year of the table
        with pytest.raises(UsageError, match="expected 700 rows"):
            table.with_columns(pa.table({"number": [1]}))
        with pytest.raises(UsageError, match="already has the columns race"):
            table.with_columns(pa.table({"race": number}))

    def test_derived_columns_are_the_oracle_s(self, table: Table, rows: pa.Table) -> None:
        """Columns computed from each row stand beside the rows, and are named once."""
        right = ex.column("label").eq(ex.column("prediction"))
        wide = table.derive({"right": right, "later": YEAR + 1})
        assert [item.name for item in wide.columns] == [*rows.column_names, "right", "later"]
        found = wide.read(["right", "later"]).to_pylist()
        expected = [
            {"right": evaluate(right, row), "later": evaluate(YEAR + 1, row)}
            for row in rows_of(rows)
        ]
        assert plain_rows(found) == plain_rows(expected)
        with pytest.raises(UsageError, match="already has the columns race"):
            table.derive({"race": right})
        with pytest.raises(DataError, match="did you mean 'race'"):
            table.derive({"new": ex.column("rase")})

    def test_repeated_rows_are_counted(self, opened: Opened) -> None:
        """Rows that repeat an earlier one are counted; null equals null and NaN equals NaN."""
        rows = pa.table({"a": [1, 1, None, None, 2], "b": [math.nan, math.nan, 1.0, 1.0, None]})
        table = opened(rows)
        assert table.duplicates(["a", "b"]) == 2  # noqa: PLR2004 - rows 2 and 4
        assert table.duplicates(["a"]) == 2  # noqa: PLR2004 - the same

    def test_nan_and_null_make_one_row(self, opened: Opened) -> None:
        """Whether a missing number is null or NaN makes no row another one, here or there."""
        null, nan = (pa.table({"a": pa.array([1.0, gap])}) for gap in (None, math.nan))
        both = opened(pa.concat_tables([null, nan]))
        assert both.duplicates(["a"]) == 2  # noqa: PLR2004 - rows 3 and 4
        assert opened(null).shared(opened(nan), ["a"]) == 2  # noqa: PLR2004 - both rows

    def test_shared_rows_are_counted(self, opened: Opened) -> None:
        """Rows that occur in another table are counted, each once, null equal to null."""
        left = opened(pa.table({"a": [1, 1, None, 3], "b": ["x", "x", "y", "z"]}))
        right = opened(pa.table({"b": ["x", "y", "x"], "a": [1.0, None, 1.0]}))
        assert left.shared(right, ["a", "b"]) == 3  # noqa: PLR2004 - all but the last

    def test_conflicting_labels_are_counted(self, table: Table, rows: pa.Table) -> None:
        """Rows that agree in some columns and differ in another are counted where they are."""
        columns = ["sex", "band", "member"]
        for label in ("label", "outcome", "band"):
            found = table.conflicts(columns, label)
            looks: dict[object, Counter[object]] = {}
            for row in plain_rows(rows.to_pylist()):
                known = {name: None if row[name] == "NaN" else row[name] for name in row}
                if known[label] is not None:
                    look = tuple(known[name] for name in columns)
                    looks.setdefault(look, Counter())[known[label]] += 1
            several = [labels for labels in looks.values() if len(labels) > 1]
            assert found == Conflicts(
                rows=sum(labels.total() for labels in looks.values()),
                conflicting=sum(labels.total() for labels in several),
                patterns=len(several),
                majority=sum(max(labels.values()) for labels in looks.values()),
            )
        nobody = table.filter(ex.literal(value=False)).conflicts(columns, "label")
        assert nobody == Conflicts(rows=0, conflicting=0, patterns=0, majority=0)
        with pytest.raises(DataError, match="did you mean 'race'"):
            table.conflicts(["rase"], "label")
        with pytest.raises(UsageError, match="at least one column to compare"):
            table.conflicts([], "label")

    def test_times_are_points_in_time(self, opened: Opened) -> None:
        """Times of a zone stay the same moments; groups of times are named alike everywhere."""
        moments = [
            datetime(2024, 3, 1, 11, 30, tzinfo=UTC),
            None,
            datetime(1969, 7, 20, tzinfo=UTC),
        ]
        rows = pa.table(
            {
                "at": pa.array(moments, pa.timestamp("us", tz="Europe/Berlin")),
                "local": pa.array([m and m.replace(tzinfo=None) for m in moments]),
                "day": pa.array([m and m.date() for m in moments], pa.date32()),
            }
        )
        table = opened(rows)
        assert [item.type for item in table.columns] == ["time"] * 3
        assert table.read().to_pylist() == rows.to_pylist()
        (span,) = table.aggregate({"last": ex.maximum(ex.column("at"))}).to_pylist()
        assert span["last"] == moments[0]
        tally = table.tally(TallyPlan(attributes=("at", "day")))
        assert tally.categories == (
            ("(missing)", "1969-07-20 00:00:00+00", "2024-03-01 11:30:00+00"),
            ("(missing)", "1969-07-20", "2024-03-01"),
        )

    def test_totals_are_exact_or_refused(self, opened: Opened) -> None:
        """A total leaves 64 bits half-way and comes back, or does not come back and is refused."""
        most = 2**63 - 1
        back = opened(pa.table({"n": [most, most, -most, -most + 5]}))
        assert back.aggregate({"n": ex.total(ex.column("n"))})["n"].to_pylist() == [5]
        beyond = opened(pa.table({"n": [most, 1]}))
        with pytest.raises(DataError):
            beyond.aggregate({"n": ex.total(ex.column("n"))})

    # --- transformations and files ---------------------------------------------------------------

    def test_transformation_reads_its_inputs(self, engine: Engine, table: Table) -> None:
        """One SELECT reads tables by name and gives its rows in its own order."""
        if Capability.TRANSFORM in self.lacks:
            with pytest.raises(UsageError, match="cannot run a transformation"):
                engine.transform("SELECT * FROM people", {"people": table}, name="made")
            return
        made = engine.transform(
            "SELECT p.year, COUNT(*) AS n FROM people AS p GROUP BY p.year "
            "ORDER BY p.year NULLS LAST",
            {"people": table},
            name="years",
        )
        years = made.read()["year"].to_pylist()
        assert years == [2019, 2020, None]
        assert sum(np.asarray(made.read()["n"]).tolist()) == table.rows
        assert made.name == "years"

    @pytest.mark.parametrize(
        ("sql", "message"),
        [
            ("DROP TABLE people", "expected one SELECT"),
            ("SELECT 1 AS a; SELECT 2 AS a", "expected one SELECT"),
            ("SELECT nope FROM people", "nope"),
            ("SELECT * FROM nobody", "nobody"),
            ("SELECT random() AS r FROM people", "does not give the same rows"),
            ("SELECT year FROM people WHERE year > 9999", "no rows"),
        ],
    )
    def test_transformation_is_one_honest_select(
        self, engine: Engine, table: Table, sql: str, message: str
    ) -> None:
        """Anything but one SELECT with one answer is refused."""
        lacking = Capability.TRANSFORM in self.lacks
        refused = (UsageError, "cannot run a transformation") if lacking else (DataError, message)
        with pytest.raises(refused[0], match=refused[1]):
            engine.transform(sql, {"people": table}, name="made")

    def test_files_are_the_same_bytes(
        self, engine: Engine, table: Table, rows: pa.Table, tmp_path: Path
    ) -> None:
        """Writing twice gives the same bytes, which read back as the same rows."""
        paths = [tmp_path / "deep" / "a.parquet", tmp_path / "b.parquet"]
        for path in paths:
            engine.write(table, str(path))
        assert paths[0].read_bytes() == paths[1].read_bytes()
        assert plain_rows(pq.read_table(paths[0]).to_pylist()) == plain_rows(rows.to_pylist())
        assert sorted(item.name for item in tmp_path.rglob("*.*")) == ["a.parquet", "b.parquet"]

    @pytest.mark.parametrize("data", [object(), [1, 2], np.zeros((2, 2))])
    def test_other_objects_are_refused(self, engine: Engine, data: object) -> None:
        """What is no table is refused."""
        with pytest.raises(UsageError, match="expected a"):
            engine.open(data)

    def test_empty_tables_are_refused(self, opened: Opened) -> None:
        """A table without rows is refused."""
        with pytest.raises(DataError, match="no rows"):
            opened(pa.table({"a": pa.array([], pa.int64())}))
