"""Waivers: a name, a reason, a last day; and one that does not hold fails by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from judged_example import AT, GAP, assessment, evidence, requirement

from roadworthy.policy.judge import judge
from roadworthy.policy.waivers import apply_waivers
from roadworthy.records.decision import Verdict
from roadworthy.records.policy import Policy, Scope, Waiver

RULE = requirement(slice="all", scope=Scope.ACROSS)
RECORD = assessment(evidence(GAP, "sex", 0.1, 0.08, 0.12), evidence(GAP, "race", 0.2, 0.18, 0.22))
WAIVER = Waiver(
    owner="Jane", reason="Known.", expires=date(2026, 3, 1), requirement="gap", slice="sex"
)


def decide(*waivers, at=AT):
    """The decision with these waivers."""
    return judge(Policy(name="p", requirements=(RULE,), waivers=waivers), RECORD, at=at)


def test_a_waived_finding_keeps_its_verdict_and_the_decision_lets_it_pass():
    """The number stays on the page, with the name of who accepted it."""
    decision = decide(WAIVER, replace(WAIVER, slice="race"))
    assert [finding.verdict for finding in decision.findings] == [Verdict.FAIL, Verdict.FAIL]
    assert [finding.counts for finding in decision.findings] == [Verdict.PASS, Verdict.PASS]
    assert decision.verdict is Verdict.PASS


def test_a_waiver_covers_its_slice_alone():
    """Accepting one gap accepts no other."""
    decision = decide(WAIVER)
    assert [finding.waiver for finding in decision.findings] == [WAIVER, None]
    assert decision.verdict is Verdict.FAIL


def test_a_waiver_without_a_slice_covers_every_slice_of_its_requirement():
    """Said once for all of them."""
    assert decide(replace(WAIVER, slice=None)).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"expires": date(2026, 2, 28)}, "does not hold: it expired on 2026-02-28"),
        ({"slice": "sex=Other"}, "does not hold: it matches no finding"),
        ({"requirement": "gone", "slice": None}, "waiver of gone on every slice by Jane does not"),
        ({"slice": "sex=a, race"}, "does not hold: it matches no finding"),
        ({"owner": " "}, "by nobody does not hold: it names no owner or no reason"),
        ({"reason": ""}, "it names no owner or no reason"),
    ],
)
def test_a_waiver_that_does_not_hold_fails_by_itself(changes, problem):
    """No exemption rots in silence; it covers nothing, and is a finding of its own."""
    decision = decide(replace(WAIVER, **changes))
    *findings, extra = decision.findings
    assert all(finding.waiver is None for finding in findings)
    assert extra.verdict is Verdict.FAIL
    assert extra.requirement.id == f"waiver-of-{changes.get('requirement', 'gap')}"
    assert problem in extra.reason
    assert extra.remedy.startswith("Remove the waiver")


def test_the_last_day_counts_in_utc():
    """A waiver holds to the end of its last day, wherever the clock stands."""
    late = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    assert decide(WAIVER, at=late).findings[0].waiver == WAIVER
    assert decide(WAIVER, at=late + timedelta(minutes=1)).findings[0].waiver is None
    west = datetime(2026, 3, 1, 20, 0, tzinfo=timezone(timedelta(hours=-5)))
    assert decide(WAIVER, at=west).findings[0].waiver is None


def test_of_two_waivers_the_one_that_lasts_longer_is_shown():
    """Whatever their order."""
    longer = replace(WAIVER, expires=date(2027, 1, 1))
    assert decide(WAIVER, longer).findings[0].waiver == longer
    assert decide(longer, WAIVER).findings[0].waiver == longer


def test_a_finding_that_passes_needs_no_waiver_and_does_not_break_it():
    """Else measuring less would turn a failure into a pass."""
    record = assessment(
        evidence(GAP, "sex", 0.01, 0.0, 0.02), evidence(GAP, "race", 0.0, 0.0, 0.01)
    )
    decision = judge(Policy(name="p", requirements=(RULE,), waivers=(WAIVER,)), record, at=AT)
    assert decision.verdict is Verdict.PASS
    assert decision.findings[0].waiver is None
    assert len(decision.findings) == 2


def test_no_waivers_change_nothing():
    """The findings come back as they are."""
    findings = decide().findings
    assert apply_waivers(findings, (), at=AT) == findings
