"""A datasheet holds what was measured and what people answered, and shows what nobody did."""

from __future__ import annotations

import json

import pytest

from roadworthy.errors import DocumentError, UsageError
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.system import DatasetSource
from roadworthy.workflows.datasheet import FORMS, make_datasheet

ANSWERED = DatasetSource(name="raw", files=("data/raw.parquet",), datasheet="raw.yaml")


def answers(sheet: Datasheet) -> dict[str, str | None]:
    """The answer to each question, None where nobody gave one."""
    return {entry.key: entry.answer for entry in sheet.entries}


def test_it_is_written_kept_and_entered_in_the_ledger(make_project):
    """Beside the project file unless told otherwise."""
    project = make_project()
    sheet, path = make_datasheet(project, "adults")
    assert path == project.root / "datasheet-adults.md"
    assert path.read_text().startswith("# ")
    last = project.store.ledger()[-1]
    assert (last.event, last.name) == ("datasheet-written", "adults")
    assert project.store.get(Datasheet, last.subject) == sheet


def test_what_people_answered_is_in_it(make_project):
    """An answer from the file stands where the question was open before."""
    open_ = make_project(datasets=(DatasetSource(name="raw", files=("data/raw.parquet",)),))
    before, _ = make_datasheet(open_, "raw")
    key = before.unanswered[0].key
    project = make_project("answered", datasets=(ANSWERED,))
    (project.root / "raw.yaml").write_text(f"{key}: Because it was asked.\n")
    sheet, _ = make_datasheet(project, "raw")
    assert answers(before)[key] is None
    assert answers(sheet)[key] == "Because it was asked."
    assert len(sheet.unanswered) == len(before.unanswered) - 1


def test_an_answer_to_no_question_is_refused(make_project):
    """It is a mistyped key, and would be lost in silence."""
    project = make_project(datasets=(ANSWERED,))
    (project.root / "raw.yaml").write_text("purpos: To test.\n")
    with pytest.raises(DocumentError, match="purpos"):
        make_datasheet(project, "raw")


@pytest.mark.parametrize("ending", FORMS)
def test_every_form_can_be_written(make_project, tmp_path, ending):
    """The ending chooses: Markdown, a page, Croissant or OpenLineage."""
    out = tmp_path / f"sheet{ending}"
    make_datasheet(make_project(), "adults", out)
    text = out.read_text()
    match ending:
        case ".json":
            assert json.loads(text)["@type"] == "sc:Dataset"
        case ".jsonl":
            assert all("eventType" in json.loads(line) for line in text.splitlines())
        case _:
            assert "adults" in text


def test_an_unknown_form_is_refused_before_anything_is_read(make_project, tmp_path):
    """The endings that can be written are listed; nothing is versioned."""
    project = make_project()
    with pytest.raises(UsageError, match=r"'\.docx'; choose \.md, \.html, \.json, \.jsonl"):
        make_datasheet(project, "adults", tmp_path / "sheet.docx")
    assert project.store.ledger() == ()
