"""The part of the examination of engines that is about row-wise work on batches."""

from __future__ import annotations

import pyarrow as pa
import pytest

from roadworthy.data import expression as ex
from roadworthy.data.engine import Table
from roadworthy.errors import DataError, UsageError
from roadworthy.testing.traps import YEAR

_FIELDS: dict[str, pa.DataType] = {"twice": pa.int64(), "named": pa.string()}
ADDS = pa.schema(_FIELDS)
"""What `labelled` makes."""


def labelled(rows: pa.Table) -> pa.Table:
    """Two columns, computed from each row alone."""
    years, races = rows["year"].to_pylist(), rows["race"].to_pylist()
    made = {
        "twice": [None if year is None else 2 * year for year in years],
        "named": ["nobody" if race is None else race for race in races],
    }
    return pa.table(made, ADDS)


def failing(rows: pa.Table) -> pa.Table:
    """What no table survives."""
    raise ValueError(f"no {rows.column_names[0]} is good enough")


class BatchExamination:
    """What every engine must do with functions of batches; a part of `EngineExamination`."""

    def test_batches_make_columns_in_order(self, table: Table, rows: pa.Table) -> None:
        """What a function makes of a row stands beside that row, also after a filter."""
        wide = table.map_batches(labelled, reads=["year", "race"], adds=ADDS)
        assert [item.name for item in wide.columns] == [*rows.column_names, "twice", "named"]
        assert [item.type for item in wide.columns[-2:]] == ["integer", "text"]
        assert wide.rows == rows.num_rows
        found = wide.read(["twice", "named"]).to_pylist()
        assert found == labelled(rows).to_pylist()
        late = wide.filter(YEAR.eq(2020)).read(["twice"])["twice"].to_pylist()
        assert set(late) == {4040}
        alone = wide.aggregate({"n": ex.count_if(ex.column("named").eq("nobody"))}).to_pylist()
        assert alone == [{"n": sum(item is None for item in rows["race"].to_pylist())}]

    def test_batches_take_any_function(self, table: Table, rows: pa.Table) -> None:
        """A function without a name serves too."""
        adds = pa.schema({"old": pa.bool_()})
        wide = table.map_batches(
            lambda part: part.select(["year"]).set_column(0, "old", part["year"].is_null()),
            reads=["year"],
            adds=adds,
        )
        assert wide.read(["old"])["old"].to_pylist() == rows["year"].is_null().to_pylist()

    def test_batches_of_nothing(self, table: Table) -> None:
        """A table without rows gets the columns, and no rows."""
        nobody = table.filter(ex.literal(value=False))
        wide = nobody.map_batches(labelled, reads=["year", "race"], adds=ADDS)
        assert wide.rows == 0
        assert [item.type for item in wide.columns[-2:]] == ["integer", "text"]

    def test_an_error_in_a_function_comes_out(self, table: Table) -> None:
        """What a function says when it fails reaches the caller."""
        with pytest.raises((ValueError, DataError), match="no year is good enough"):
            table.map_batches(failing, reads=["year"], adds=ADDS)

    def test_batches_must_keep_to_their_columns(self, table: Table) -> None:
        """Other columns, other types or another number of rows are refused, in words."""
        wrong = {
            r"columns twice \(int64\), named \(string\); expected twice \(double\)": (
                labelled,
                pa.schema([("twice", pa.float64())]),
            ),
            "gave a int; expected an Arrow table of a": (len, pa.schema([("a", pa.int64())])),
            "gave 1 rows for": (
                lambda part: (
                    part.select(["year"])
                    .rename_columns(["a"])
                    .slice(0, 1)
                    .cast(pa.schema([("a", pa.int16())]))
                ),
                pa.schema([("a", pa.int16())]),
            ),
        }
        for message, (function, adds) in wrong.items():
            with pytest.raises(UsageError, match=message):
                table.map_batches(function, reads=["year", "race"], adds=adds)

    def test_batches_name_columns_once(self, table: Table) -> None:
        """A name that is taken is refused, and a column that is missing is named."""
        with pytest.raises(UsageError, match="already has the columns race"):
            table.map_batches(labelled, reads=["year"], adds=pa.schema([("race", pa.string())]))
        with pytest.raises(DataError, match="did you mean 'race'"):
            table.map_batches(labelled, reads=["rase"], adds=ADDS)
        with pytest.raises(UsageError, match="at least one column to read"):
            table.map_batches(labelled, reads=[], adds=ADDS)
