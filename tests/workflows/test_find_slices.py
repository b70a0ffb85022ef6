"""Finding slices from Python: what is found, how it reads, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

import roadworthy as rw
from roadworthy.errors import DataError, UsageError
from roadworthy.records import canonical
from roadworthy.records.weak_slices import SliceSearch

AT = datetime(2026, 1, 2, tzinfo=UTC)


def answers(*, weak: bool = True, rows: int = 8000) -> pa.Table:
    """Answers that are wrong in one of ten cases; in four of ten for clerks from 40 to 59."""
    rng = np.random.default_rng(0)
    age, job = rng.integers(20, 80, rows), rng.choice(["clerk", "cook", "nurse"], rows)
    sex, y = rng.choice(["F", "M"], rows), rng.integers(0, 2, rows)
    planted = (age >= 40) & (age < 60) & (job == "clerk") & weak
    wrong = rng.random(rows) < np.where(planted, 0.4, 0.1)
    amount = rng.gamma(2.0, 10.0, rows)
    guess = amount + rng.normal(size=rows) * np.where(planted, 4.0, 1.0)
    return pa.table(
        {
            "age": age, "job": job, "sex": sex, "y": y, "d": np.where(wrong, 1 - y, y),
            "amount": amount, "guess": guess,
        }
    )  # fmt: skip


CLASSES = {"label": "y", "prediction": "d", "leave_out": ["amount", "guess"], "at": AT}
NUMBERS = {"label": "amount", "prediction": "guess", "leave_out": ["y", "d"], "at": AT}


@pytest.mark.parametrize(("question", "ratio"), [(CLASSES, 4.0), (NUMBERS, 4.0)])
def test_the_weak_slice_is_found_and_read_plainly(question, ratio):
    """Classes and numbers: bins are joined, and the slice is about as bad as it was made."""
    found = rw.find_slices(answers(), **question)
    (worst,) = found.slices
    assert {condition.attribute for condition in worst.conditions} == {"age", "job"}
    assert "job is clerk" in str(worst)
    assert worst.outcome.value / worst.rest.value == pytest.approx(ratio, rel=0.25)
    assert worst.outcome.low <= worst.outcome.value <= worst.outcome.high
    assert worst.share_of_loss > 2 * worst.share_of_rows
    assert f"1. {worst}" in repr(found)
    assert str(worst) in found._repr_html_()
    assert found.table()["where"].to_pylist() == [worst.where]


def test_where_nothing_is_weak_it_says_what_would_have_been_found():
    """No slice, and the size of effect that the rows can show."""
    found = rw.find_slices(answers(weak=False), **CLASSES)
    assert found.slices == ()
    assert "No slice is surely worse than the rest" in repr(found)
    assert "A slice would be found, four times in five" in repr(found)
    assert found.table().num_rows == 0


def test_the_record_can_be_kept():
    """It is written and read again, and the same question gives the same bytes."""
    first, again = (rw.find_slices(answers(), **CLASSES).record for _ in range(2))
    assert canonical.to_bytes(first) == canonical.to_bytes(again)
    assert canonical.from_bytes(SliceSearch, canonical.to_bytes(first)) == first


def test_slices_that_name_a_protected_column_are_pointed_out():
    """Such a slice is also a matter of fairness."""
    found = rw.find_slices(answers(), protected=["job"], features=["age"], **CLASSES)
    assert found.slices[0].protected == ("job",)
    assert "rw.assess(..., protected=['job'])" in repr(found)


def test_a_sample_is_named():
    """More rows than may be read are sampled, and the answer says so."""
    found = rw.find_slices(answers(), max_rows=6000, **CLASSES)
    assert found.record.sampled == 6000
    assert "6,000 of 8,000 rows were read (seed 0)." in repr(found)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"depth": 5}, "depth must be 1 to 4, found 5"),
        ({"min_rows": 1}, "min_rows must be at least 2"),
        ({"top": 0}, "top must be at least 1"),
        ({"max_rows": 0}, "max_rows must be at least 1"),
        ({"size_weight": 2}, r"size_weight must lie in \[0, 1\], found 2"),
        ({"confidence": 1.0}, "confidence must lie between 0 and 1"),
        ({"features": "age"}, "lists of column names"),
        ({"prediction": None}, "name the column of predictions or of scores, or give a model"),
    ],
)
def test_questions_that_make_no_sense_are_refused(more, message):
    """Each with what was expected."""
    with pytest.raises(UsageError, match=message):
        rw.find_slices(answers(rows=100), **{**CLASSES, **more})


def test_too_few_rows_and_unknown_columns_are_refused():
    """The message says how many rows it takes, or which columns there are."""
    with pytest.raises(DataError, match="applies to 40 rows"):
        rw.find_slices(answers(rows=40), **CLASSES)
    with pytest.raises(DataError, match="wage"):
        rw.find_slices(answers(rows=100), features=["wage"], **CLASSES)
