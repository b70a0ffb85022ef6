"""A datasheet says what was measured, what people said, and what nobody said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.datasheet import build_datasheet
from roadworthy.data.lineage import sql_transformation
from roadworthy.data.manifest import version_of_files, version_of_table
from roadworthy.data.questions import HEADER, QUESTIONS, RAI_PROPERTIES
from roadworthy.errors import DocumentError
from roadworthy.records.canonical import from_bytes, to_bytes
from roadworthy.records.datasheet import Datasheet, Origin, Section
from roadworthy.records.versions import ColumnRoles, DatasetVersion

AT = datetime(2026, 1, 2, tzinfo=UTC)
ENGINE = DuckDBEngine()
ROLES = ColumnRoles(
    label="employed", protected=("sex",), identifier="id", timestamp="seen", weight="weight"
)
PEOPLE = pa.table(
    {
        "id": [1, 2, 3, 3],
        "age": [20, None, 1040, 1040],
        "sex": ["f", "m", None, None],
        "employed": [1, 0, 1, 1],
        "seen": [datetime(2015, 1, day, tzinfo=UTC) for day in (1, 2, 3, 3)],
        "weight": [1.0, 1.5, float("nan"), float("nan")],
    }
)


def sheet(
    table: pa.Table = PEOPLE, *, roles: ColumnRoles | None = ROLES, **options: object
) -> Datasheet:
    """The datasheet of a table in memory."""
    opened = ENGINE.open(table)
    version = version_of_table("people", opened, created=AT, roles=roles)
    changes = options.pop("changes", {})
    return build_datasheet(replace(version, **changes), opened, at=AT, **options)  # type: ignore[arg-type]


def answer(found: Datasheet, key: str) -> str | None:
    """The answer to one question."""
    return next(entry.answer for entry in found.entries if entry.key == key)


def test_the_questions_cover_sections_and_properties() -> None:
    """All seven sections and all twenty properties are asked about, by keys of one form."""
    assert {question.section for question in QUESTIONS} == set(Section)
    assert {question.rai for question in QUESTIONS} - {None} == set(RAI_PROPERTIES)
    keys = [question.key for question in QUESTIONS]
    assert len(set(keys)) == len(keys)
    assert all(key.replace("-", "").isalpha() and key == key.lower() for key in keys)
    assert all(question.text.endswith("?") for question in QUESTIONS)
    assert not set(keys) & set(HEADER)


def test_measured_answers_say_what_the_table_says() -> None:
    """Size, columns, label, groups, gaps, duplicates, dates and sensitivity are measured."""
    found = sheet(changes={"sensitivity": "personal"})
    assert answer(found, "size") == "4 rows and 6 columns."
    assert answer(found, "columns") == (
        "id (identifier): integer, 1 to 3, never missing.\n\n"
        "age: integer, 20 to 1,040, missing in 25.0%.\n\n"
        "sex (protected): text, missing in 50.0%.\n\n"
        "employed (label): integer, 0 to 1, never missing.\n\n"
        "seen (timestamp): time, never missing.\n\n"
        "weight (weight): real, 1 to 1.5, missing in 50.0%."
    )
    assert answer(found, "label") == (
        "The label is employed.\n\n0: 1 rows (25.0%).\n\n1: 3 rows (75.0%)."
    )
    assert answer(found, "groups") == (
        "sex=f: 1 rows (25.0%).\n\nsex=m: 1 rows (25.0%).\n\nsex=(missing): 2 rows (50.0%)."
    )
    assert answer(found, "label-by-group") == (
        "sex=f: 1 100.0% of 1 rows.\n\nsex=m: 0 100.0% of 1 rows.\n\n"
        "sex=(missing): 1 100.0% of 2 rows."
    )
    assert answer(found, "missing-values") == (
        "20.8% of all values.\n\nsex: 50.0% (2 rows).\n\nweight: 50.0% (2 rows).\n\n"
        "age: 25.0% (1 rows)."
    )
    assert answer(found, "missing-by-group") == (
        "age is missing in 100.0% of the 1 rows with sex=m, and in 0.0% of the 1 rows with sex=f."
        "\n\nweight is missing in 100.0% of the 2 rows with sex=(missing), and in 0.0% of the 1 "
        "rows with sex=f."
    )
    assert answer(found, "duplicates") == (
        "1 rows (25.0%) repeat an earlier row in every column. 1 rows repeat an earlier id. "
        "1 rows differ from an earlier one in id only."
    )
    assert answer(found, "sensitive-columns") == (
        "Protected columns: sex. The dataset is classified as personal."
    )
    assert "2015-01-01" in (answer(found, "time-range") or "")
    assert "2015-01-03" in (answer(found, "time-range") or "")


def test_what_nobody_answered_stays_unanswered() -> None:
    """Every question is in the datasheet; those without answer have none, from nobody."""
    found = sheet()
    assert [entry.key for entry in found.entries] == [question.key for question in QUESTIONS]
    unanswered = {entry.key for entry in found.unanswered}
    assert {question.key for question in QUESTIONS if not question.measured} <= unanswered
    assert all(entry.origin is Origin.NOBODY for entry in found.unanswered)
    assert (found.license, found.creator, found.title) == (None, None, "people")


def test_people_s_answers_are_theirs() -> None:
    """An answer is kept, marked as a person's; the head comes from the same file; blank is none."""
    told = {"purpose": " To test. ", "funding": "  ", "license": "CC0", "title": "People"}
    found = sheet(answers=told)
    purpose = next(entry for entry in found.entries if entry.key == "purpose")
    assert (purpose.answer, purpose.origin) == ("To test.", Origin.PERSON)
    assert answer(found, "funding") is None
    assert (found.license, found.title) == ("CC0", "People")


def test_people_answer_what_the_table_cannot() -> None:
    """Without a timestamp column, the question of dates is open to people."""
    found = sheet(roles=ColumnRoles(), answers={"time-range": "The year 2015."})
    entry = next(entry for entry in found.entries if entry.key == "time-range")
    assert (entry.answer, entry.origin) == ("The year 2015.", Origin.PERSON)
    assert answer(found, "label") is None
    assert answer(found, "sensitive-columns") == (
        "No column is named as protected. The dataset is classified as unclassified."
    )


def test_an_unknown_key_suggests_the_nearest() -> None:
    """A mistyped key is refused with the question that was probably meant, and the file."""
    with pytest.raises(DocumentError, match=r"people\.yaml: .*'purpos'.*did you mean 'purpose'\?"):
        sheet(answers={"purpos": "x"}, source="people.yaml")
    with pytest.raises(DocumentError, match=r"'zzz', which is no question of a datasheet\. Quest"):
        sheet(answers={"zzz": "x"})


def test_a_measured_answer_cannot_be_overruled() -> None:
    """Nobody can say that a table has other rows than it has."""
    with pytest.raises(DocumentError, match="'size' is answered by measuring the table"):
        sheet(answers={"size": "Very large."})


def test_lineage_is_told_step_by_step() -> None:
    """A derived version says from what, by which code and parameters; a split says its share."""
    table = ENGINE.open(PEOPLE)
    raw = version_of_table("raw", table, created=AT)
    adults = replace(
        raw,
        name="adults",
        digest="sha256:adults",
        parents=(raw.digest,),
        transformation=sql_transformation("SELECT *\nFROM raw", name="prepare.sql"),
    )
    parameters = {"by": "id", "low": 0.6, "high": 0.8, "seed": 0}
    train = replace(
        raw,
        name="train",
        digest="sha256:train",
        parents=("sha256:adults",),
        transformation=sql_transformation("SELECT 1", name="split", parameters=parameters),
    )
    found = build_datasheet(train, table, at=AT, ancestors=(adults, raw))
    assert answer(found, "split") == (
        "It is 20% of adults: the rows whose hashed id falls between 0.6 and 0.8. Rows with the "
        "same id are in the same part."
    )
    told = answer(found, "lineage") or ""
    assert told.startswith("train was made from adults by split (code sha256:")
    assert "Parameters: by = id, high = 0.8, low = 0.6, seed = 0." in told
    assert "adults was made from raw by prepare.sql" in told
    assert "Code: SELECT * FROM raw" in told
    orphan = replace(train, transformation=None)
    assert "by which code is not recorded" in (
        answer(build_datasheet(orphan, table, at=AT), "lineage") or ""
    )


def test_a_table_without_gaps_says_so() -> None:
    """Nothing missing, nothing repeated and no date is told as plainly as something."""
    whole = pa.table({"sex": ["f", "m"], "x": [1, 2], "day": pa.nulls(2, pa.timestamp("us"))})
    found = sheet(whole.drop(["day"]), roles=ColumnRoles(protected=("sex",)))
    assert answer(found, "missing-values") == "No value is missing."
    assert answer(found, "missing-by-group") == "No value is missing in any group."
    assert answer(found, "duplicates") == "No row repeats another in every column."
    found = sheet(whole, roles=ColumnRoles(timestamp="day", protected=("sex",)))
    assert answer(found, "time-range") == "day is missing in every row."
    assert answer(found, "missing-by-group") == (
        "day is missing equally often in every group of sex."
    )


def test_a_datasheet_keeps_its_bytes() -> None:
    """Written and read again, the datasheet is the same; built twice, too."""
    found = sheet(answers={"purpose": "To test."})
    assert from_bytes(Datasheet, to_bytes(found)) == found
    assert sheet(answers={"purpose": "To test."}) == found


def test_a_wide_table_is_told_in_part() -> None:
    """Beyond two hundred columns the rest is counted."""
    wide = pa.table({f"c{number}": [1] for number in range(250)})
    told = answer(sheet(wide, roles=None), "columns") or ""
    assert told.endswith("And 50 more columns.")


def test_real_data_is_described(shared_data) -> None:
    """German credit: a thousand rows, seven in ten good, described in full."""
    path = shared_data / "german_credit.parquet"
    table = ENGINE.open(str(path))
    roles = ColumnRoles(label="class", protected=("foreign_worker",))
    if "foreign_worker" not in {column.name for column in table.columns}:
        roles = ColumnRoles(label="class")
    version: DatasetVersion = version_of_files("german", [path], table, created=AT, roles=roles)
    found = build_datasheet(version, table, at=AT)
    assert (answer(found, "size") or "").startswith("1,000 rows and ")
    assert "700 rows (70.0%)" in (answer(found, "label") or "")
    assert "added as it is, from german_credit.parquet" in (answer(found, "lineage") or "")
