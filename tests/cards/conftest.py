"""Records and pages that the tests of the cards share."""

from __future__ import annotations

import card_records
import pytest

from roadworthy.cards.report import render_report
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision


@pytest.fixture(scope="session")
def record() -> AssessmentRecord:
    """An assessment with everything a card can show."""
    return card_records.assessment()


@pytest.fixture(scope="session")
def decision(record: AssessmentRecord) -> Decision:
    """Findings that pass, are undecided, fail and are waived."""
    return card_records.decision(record)


@pytest.fixture(scope="session")
def report(record: AssessmentRecord, decision: Decision) -> str:
    """The whole report."""
    return render_report(
        record,
        decision=decision,
        policy=card_records.policy(),
        system=card_records.system(),
        model=card_records.model(),
        datasheet=card_records.datasheet(),
        tradeoff=card_records.tradeoff(),
        reproduce="roadworthy report",
    )
