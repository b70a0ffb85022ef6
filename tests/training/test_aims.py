"""Aims: which thresholds a finding that does not pass leads to."""

from __future__ import annotations

import pytest

from roadworthy.records.decision import Finding, Verdict
from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.records.policy import Proof, Requirement
from roadworthy.records.slices import Slice
from roadworthy.training.aims import Aim, AimKind, aims_of, shortfall

PROTECTED = ("sex", "race", "age")


def finding(measure, where, verdict=Verdict.FAIL, *, value=0.4, half=0.03, **bounds):
    """A finding about a slice, with an interval of this half-width."""
    requirement = Requirement(id=measure, measure=measure, **bounds)
    outcome = Measured(value=value, low=value - half, high=value + half, rows=100, method="wilson")
    return Finding(
        requirement=requirement, slice=where, verdict=verdict, outcome=outcome, reason="told"
    )


OLD = Slice.of({"age": "old"})
SEX = Slice.across(["sex"])


def test_too_few_found_leads_to_a_floor_with_room():
    """Two and three half-intervals above what is asked."""
    found = aims_of([finding("true-positive-rate", OLD, at_least=0.6)], PROTECTED)
    assert found == (
        Aim(kind=AimKind.FLOOR, attributes=("age",), level=0.66),
        Aim(kind=AimKind.FLOOR, attributes=("age",), level=0.69),
    )


def test_a_ceiling_on_misses_is_a_floor():
    """At most 40 % missed is at least 60 % found."""
    found = aims_of([finding("false-negative-rate", OLD, at_most=0.4)], PROTECTED)
    assert {aim.level for aim in found} == {0.66, 0.69}


def test_a_point_proof_needs_no_room():
    """Where the estimate alone is judged, the bound itself is aimed at."""
    asked = finding("recall", OLD, at_least=0.6, proof=Proof.POINT)
    assert [aim.level for aim in aims_of([asked], PROTECTED)] == [0.6]


@pytest.mark.parametrize(
    ("measure", "kind"),
    [
        ("equal-opportunity-difference", AimKind.OPPORTUNITY),
        ("equalized-odds-difference", AimKind.OPPORTUNITY),
        ("demographic-parity-difference", AimKind.PARITY),
    ],
)
def test_a_gap_leads_to_a_smaller_gap(measure, kind):
    """Two and three half-intervals below the bound, and never below 0."""
    found = aims_of([finding(measure, SEX, value=0.3, at_most=0.08)], PROTECTED)
    assert [(aim.kind, aim.level) for aim in found] == [(kind, 0.02), (kind, 0.0)]


def test_a_ratio_leads_to_equal_rates():
    """A ratio has no gap of its own; equality satisfies it."""
    found = aims_of([finding("demographic-parity-ratio", SEX, at_least=0.8)], PROTECTED)
    assert [aim.level for aim in found] == [0.0]


def test_a_floor_takes_in_the_columns_that_fail_otherwise():
    """The columns with the worst findings come first, then the others that are open."""
    open_ = [
        finding("true-positive-rate", OLD, at_least=0.6),
        finding("equal-opportunity-difference", SEX, Verdict.UNKNOWN, value=0.07, at_most=0.05),
    ]
    sets = [aim.attributes for aim in aims_of(open_, PROTECTED) if aim.kind is AimKind.FLOOR]
    assert list(dict.fromkeys(sets)) == [("age",), ("age", "sex")]
    others = {aim.attributes for aim in aims_of(open_, PROTECTED) if aim.kind is not AimKind.FLOOR}
    assert others == {("sex",)}


def test_an_intersection_is_aimed_at_as_one():
    """A finding about two columns leads to thresholds by both."""
    both = Slice.of({"age": "old", "sex": "Female"})
    found = aims_of([finding("recall", both, at_least=0.6)], PROTECTED)
    assert {aim.attributes for aim in found} == {("age", "sex")}


@pytest.mark.parametrize(
    "item",
    [
        finding("true-positive-rate", OLD, Verdict.PASS, at_least=0.6),
        finding("recall", Slice(), at_least=0.6),
        finding("roc-auc", OLD, at_least=0.6),
        finding("accuracy-drop", Slice.of({"perturbation": "noise"}), at_most=0.1),
    ],
)
def test_other_findings_lead_to_no_thresholds(item):
    """Passed ones, the whole population, measures without thresholds, slices that are no groups."""
    assert aims_of([item], PROTECTED) == ()


def test_the_shortfall_is_the_distance_to_the_bound():
    """0 inside; nothing if it was not measured."""
    assert shortfall(finding("recall", OLD, value=0.4, at_least=0.6)) == pytest.approx(0.2)
    assert shortfall(finding("recall", OLD, value=0.7, at_least=0.6)) == 0.0
    gap = finding("equal-opportunity-difference", SEX, value=0.3, at_most=0.1)
    assert shortfall(gap) == pytest.approx(0.2)
    unmeasured = Finding(
        requirement=gap.requirement,
        slice=SEX,
        verdict=Verdict.UNKNOWN,
        outcome=Unmeasured(reason="no rows"),
        reason="told",
    )
    assert shortfall(unmeasured) == 0.0


def test_aims_are_named_for_people():
    """What, for which groups, how much."""
    assert Aim(kind=AimKind.FLOOR, attributes=("age", "sex"), level=0.66).name == (
        "thresholds by age × sex: find at least 66% of each"
    )
    assert Aim(kind=AimKind.FLOOR, attributes=("age",), level=0.695).name == (
        "thresholds by age: find at least 69.5% of each"
    )
    assert Aim(kind=AimKind.PARITY, attributes=("sex",), level=0.02).name == (
        "thresholds by sex: demographic parity within 2.0 points"
    )
    assert Aim(kind=AimKind.OPPORTUNITY, attributes=("sex",), level=0.0).name == (
        "thresholds by sex: equal opportunity"
    )
