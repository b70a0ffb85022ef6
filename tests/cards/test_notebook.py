"""What a notebook shows."""

from __future__ import annotations

import re

import pytest
from pages import Page, drawings

from roadworthy.cards.notebook import render_assessment, render_decision
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision


def test_an_assessment_is_light_and_well_formed(
    record: AssessmentRecord, decision: Decision
) -> None:
    """A cell's output is a fragment of a few tens of kilobytes without script or address."""
    html = render_assessment(record, decision=decision)
    page = Page(html)
    assert page.problems == []
    assert not page.addresses
    assert "script" not in [tag for tag, _ in page.elements]
    assert len(html) < 60_000
    assert drawings(html)
    assert "Fails" in page.words


def test_the_style_touches_nothing_outside(record: AssessmentRecord, decision: Decision) -> None:
    """Every rule is about our own classes, so that the notebook around keeps its looks."""
    html = render_assessment(record) + render_decision(decision)
    for css in re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL):
        bare = re.sub(r"@media[^{]*\{", "", css)
        for selectors in re.findall(r"([^{}]+)\{", bare):
            assert all(part.strip().startswith(".rw") for part in selectors.split(",")), selectors


def test_a_decision_lists_the_worst_findings_first(decision: Decision) -> None:
    """The table starts with what fails, and says how many are left out."""
    page = Page(render_decision(decision))
    assert page.problems == []
    assert page.words.index("fails") < page.words.index("undecided: needs".capitalize())
    assert "32 more findings" in page.words


@pytest.mark.parametrize("with_decision", [True, False])
def test_a_bare_record_shows_something(
    record: AssessmentRecord, decision: Decision, with_decision: bool
) -> None:
    """Judged or not, the first words say which."""
    html = render_assessment(record, decision=decision if with_decision else None)
    assert ("Fails" if with_decision else "Not judged") in Page(html).words
