"""Which of two values is positive."""

from __future__ import annotations

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.classes import Classes, binary_classes
from roadworthy.errors import DataError, UsageError


def found(values: list[object], positive: str | None = None) -> Classes:
    """The classes of a column with these values."""
    table = DuckDBEngine().open(pa.table({"y": values}))
    return binary_classes(table, "y", positive=positive, role="label")


@pytest.mark.parametrize(
    ("values", "negative", "positive"),
    [
        ([0, 1, 1], "0", "1"),
        ([0.0, 1.0], "0.0", "1.0"),
        ([True, False], "false", "true"),
        (["No", "Yes"], "No", "Yes"),
        (["bad", "good"], "bad", "good"),
        ([">50K", "<=50K"], "<=50K", ">50K"),
        ([1, 1, None], "0", "1"),
    ],
)
def test_common_pairs_explain_themselves(values, negative, positive):
    """Pairs whose meaning is plain need no argument."""
    assert found(values) == Classes(negative=negative, positive=positive)


def test_positive_can_be_chosen_against_the_habit():
    """What the caller says wins over what is usual."""
    assert found(["no", "yes"], positive="no") == Classes(negative="yes", positive="no")


def test_positive_may_be_written_as_another_number():
    """1 names the value 1.0, and true, as it does where rows are counted."""
    assert found([0.0, 1.0], positive="1").positive == "1.0"
    assert found([False, True], positive="1").positive == "true"


def test_one_value_that_is_chosen_as_positive():
    """A label with a single value is a label all the same."""
    assert found(["churned", "churned"], positive="churned").positive == "churned"


@pytest.mark.parametrize(
    ("label", "prediction", "positive", "negative"),
    [
        ([1, 1, 1], [0, 1, 1], "1", "0"),
        ([0, 0, 0], [0, 1, 1], "1", "0"),
        (["Yes"] * 3, ["No", "Yes", None], None, "No"),
        (["A"] * 3, ["A", "B", "B"], "A", "B"),
        (["A"] * 3, [0, 1, 1], "A", "not A"),
        (["A"] * 3, [1, 1, 1], "A", "not A"),
    ],
)
def test_predictions_show_the_class_that_no_row_has(label, prediction, positive, negative):
    """Where all labels are alike, the other value is the other one that is predicted."""
    table = DuckDBEngine().open(pa.table({"y": label, "p": prediction}))
    classes = binary_classes(table, "y", positive=positive, role="label", predicted="p")
    assert classes.negative == negative


def test_nan_is_missing():
    """NaN is no third value, in a table that tells it from null."""
    assert found([0.0, 1.0, float("nan"), None]) == Classes(negative="0.0", positive="1.0")
    with pytest.raises(DataError, match="has no values"):
        found([float("nan"), None])


def test_positive_that_does_not_occur():
    """A positive value that the column lacks is answered by the values it has."""
    with pytest.raises(UsageError, match=r"'maybe' is not a value.*'no' and 'yes'"):
        found(["no", "yes"], positive="maybe")


def test_too_many_values():
    """More than two values are listed with their rows, the most frequent first."""
    with pytest.raises(DataError, match=r"has 3 values: 'a' \(2 rows\), 'b' \(1 rows\)"):
        found(["a", "a", "b", "c"])


def test_meaning_that_cannot_be_told():
    """Two values without a known meaning are not guessed at."""
    with pytest.raises(UsageError, match="cannot tell which value"):
        found(["left", "right"])
