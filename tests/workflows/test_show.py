"""Listings say what a project holds, in text that a terminal or a page can draw."""

from __future__ import annotations

import pytest

from roadworthy.checks.catalogue import measures
from roadworthy.errors import UsageError
from roadworthy.policy.questionnaire import QUESTIONS
from roadworthy.workflows.show import Listing, list_measures, show

LISTING = Listing(
    title="evidence",
    columns=("measure", "value"),
    rows=(("recall", "0.8"), ("recall", "unmeasured"), ("rows", "12")),
    measured=(True, False, True),
)


def test_a_listing_is_narrowed_by_measure_and_by_mark():
    """Both at once too; the marks stay with their rows."""
    assert LISTING.only(measure="recall").rows == LISTING.rows[:2]
    assert LISTING.only(unmeasured=True).rows == (("recall", "unmeasured"),)
    both = LISTING.only(measure="recall", unmeasured=True)
    assert (both.rows, both.measured) == ((("recall", "unmeasured"),), (False,))


def test_a_measure_that_is_not_listed_is_misuse():
    """The message names the nearest and lists those that are."""
    with pytest.raises(UsageError, match="no rows for 'recal'; did you mean 'recall'"):
        LISTING.only(measure="recal")


def test_machines_get_an_object_for_each_row():
    """With the names of the columns."""
    assert LISTING.to_json()[0] == {"measure": "recall", "value": "0.8"}
    assert LISTING.only(unmeasured=True).to_json() == [{"measure": "recall", "value": "unmeasured"}]


def test_every_measure_is_listed():
    """The catalogue, in its order."""
    listed = list_measures(dict(measures()))
    assert [row[0] for row in listed.rows] == list(measures())


def test_an_empty_project_has_a_status_and_nothing_else(make_project):
    """What is not there yet names the command that makes it."""
    project = make_project()
    assert show(project, "status").rows == ()
    assert "next: roadworthy data add" in show(project, "status").empty
    assert show(project, "models").rows == ()
    assert "register_model" in show(project, "models").empty
    assert show(project, "ledger").rows == ()
    with pytest.raises(UsageError, match="nothing has been assessed yet; run: roadworthy assess"):
        show(project, "assessment")
    with pytest.raises(UsageError, match="decided about 'toy'; run: roadworthy gate"):
        show(project, "decision")


def test_a_question_without_answer_counts_as_its_gravest(make_project):
    """The listing says so, question by question."""
    rows = show(make_project(risk={"affected": "nobody"}), "risk").rows
    assert len(rows) == len(QUESTIONS)
    assert sum(row[1].startswith("unanswered; counted as: ") for row in rows) == len(QUESTIONS) - 1


def test_an_unknown_listing_is_misuse(make_project):
    """The message lists what can be shown."""
    with pytest.raises(UsageError, match="cannot show 'all'; choose one of: assessment, decision"):
        show(make_project(), "all")
