"""The datasheet as a document."""

from __future__ import annotations

from dataclasses import replace

import pytest
from card_records import datasheet
from pages import Page

from roadworthy.cards.datasheet import TITLES, render_datasheet
from roadworthy.errors import UsageError
from roadworthy.records.datasheet import Entry, Origin, Section


@pytest.mark.parametrize("format_", ["markdown", "html"])
def test_seven_sections_in_their_order(format_: str) -> None:
    """Every section stands there, even one without a question."""
    text = render_datasheet(replace(datasheet(), entries=()), format=format_)
    places = [text.index(f"{TITLES[section]}") for section in Section]
    assert places == sorted(places)
    assert text.count("No question was asked.") == 7


def test_unanswered_questions_are_counted_on_top_and_shown() -> None:
    """The count stands before the first section, and the question itself below."""
    text = render_datasheet(datasheet())
    assert "1 of 12 questions is unanswered." in text.split("## ")[0]
    assert "### What is missing? (unanswered)\n\nNobody has answered this yet." in text


def test_a_complete_datasheet_says_so() -> None:
    """Without open questions, the datasheet is complete."""
    whole = tuple(replace(e, answer="Yes.", origin=Origin.PERSON) for e in datasheet().entries)
    text = render_datasheet(replace(datasheet(), entries=whole))
    assert "**Complete.** All 12 questions are answered." in text


def test_measured_answers_are_marked() -> None:
    """A reader sees which answers a machine measured and which a person gave."""
    text = render_datasheet(datasheet())
    assert "### How many rows are there? (measured)" in text
    assert "### What is a row?\n" in text


@pytest.mark.parametrize("format_", ["markdown", "html"])
def test_hostile_answers_stay_text(format_: str) -> None:
    """An answer can open no tag and add no heading."""
    hostile = "<script>alert(1)</script>\n\n# Not a heading"
    entry = Entry(
        key="k", section=Section.USES, question="<b>Q</b>", answer=hostile, origin=Origin.PERSON
    )
    text = render_datasheet(replace(datasheet(), entries=(entry,)), format=format_)
    assert "<script" not in text.replace("\\<script", "")
    assert "\n# Not a heading" not in text
    if format_ == "html":
        page = Page(text)
        assert page.problems == []
        assert not page.addresses


def test_an_unknown_format_is_refused() -> None:
    """The message says which formats there are."""
    with pytest.raises(UsageError, match="'markdown' or 'html', not 'docx'"):
        render_datasheet(datasheet(), format="docx")
