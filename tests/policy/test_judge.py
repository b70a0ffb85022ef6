"""The judge: unknown never passes, evidence decides, and the same question gets the same answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged_example import AT, GAP, SIZES, assessment, evidence, requirement

from roadworthy.errors import PolicyError, UsageError
from roadworthy.policy.judge import judge
from roadworthy.policy.pack import with_system
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord, SliceSize
from roadworthy.records.decision import Verdict
from roadworthy.records.policy import Policy, Proof, Requirement, Scope, Waiver
from roadworthy.records.slices import ALL, Slice
from roadworthy.records.system import FairnessObjective, System
from roadworthy.records.versions import ColumnRoles


def findings(record: AssessmentRecord, *requirements: Requirement, **changes: object):
    """What the judge finds."""
    rules = Policy(**{"name": "test", "requirements": requirements, **changes})
    return judge(rules, record, at=AT).findings


def only(record: AssessmentRecord, *requirements: Requirement, **changes: object):
    """The one finding there is."""
    (finding,) = findings(record, *requirements, **changes)
    return finding


# --- one answer, one verdict ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "value", "high", "proof", "verdict"),
    [
        (0.01, 0.02, 0.03, Proof.INTERVAL, Verdict.PASS),
        (0.01, 0.02, 0.05, Proof.INTERVAL, Verdict.PASS),
        (0.01, 0.02, 0.06, Proof.INTERVAL, Verdict.UNKNOWN),
        (0.04, 0.06, 0.08, Proof.INTERVAL, Verdict.UNKNOWN),
        (0.05, 0.06, 0.08, Proof.INTERVAL, Verdict.UNKNOWN),
        (0.051, 0.06, 0.08, Proof.INTERVAL, Verdict.FAIL),
        (0.01, 0.02, 0.06, Proof.POINT, Verdict.PASS),
        (0.01, 0.05, 0.06, Proof.POINT, Verdict.PASS),
        (0.04, 0.06, 0.08, Proof.POINT, Verdict.FAIL),
        (0.051, 0.06, 0.08, Proof.POINT, Verdict.FAIL),
    ],
)
def test_proof_says_how_sure_a_pass_must_be(low, value, high, proof, verdict):
    """The whole interval inside is PASS, outside is FAIL, across the limit is UNKNOWN."""
    record = assessment(evidence(GAP, "sex", value, low, high))
    assert only(record, requirement(proof=proof)).verdict is verdict


def test_both_bounds_hold():
    """A measure that must lie between two numbers fails on either side."""
    between = requirement(slice="all", at_least=0.8, at_most=1.25)
    for low, high, verdict in [
        (0.9, 1.1, Verdict.PASS),
        (0.5, 0.7, Verdict.FAIL),
        (1.3, 1.5, Verdict.FAIL),
        (0.7, 1.5, Verdict.UNKNOWN),
    ]:
        record = assessment(evidence(GAP, "all", (low + high) / 2, low, high))
        assert only(record, between).verdict is verdict


def test_nobody_measured_it_is_unknown():
    """Silence is no evidence."""
    finding = only(assessment(), requirement(remedy="Repair it."))
    assert (finding.verdict, finding.outcome, finding.evidence) == (Verdict.UNKNOWN, None, None)
    assert finding.reason == "sex: equal opportunity difference is unknown: nobody measured it"
    assert finding.remedy.startswith("Assess again with the check that measures it")


def test_what_could_not_be_measured_is_unknown_and_says_why():
    """The check's reason is the finding's reason."""
    finding = only(assessment(evidence(GAP, "sex", None)), requirement())
    assert finding.verdict is Verdict.UNKNOWN
    assert finding.reason == (
        "sex: equal opportunity difference could not be measured: no positives"
    )


def test_the_reason_gives_the_number_its_interval_the_rows_the_limit_and_the_groups():
    """One sentence that a product manager can read."""
    item = evidence(
        GAP,
        "sex",
        0.083,
        0.061,
        0.105,
        lowest_group="sex=Female",
        highest_group="sex=Male",
        worst_group="sex=Female",
    )
    finding = only(assessment(item), requirement(remedy="Repair it."))
    assert finding.reason == (
        "sex: equal opportunity difference 0.083 (95 % 0.061 to 0.105, n 12,901) is above 0.05; "
        "lowest sex=Female, highest sex=Male"
    )
    assert (finding.remedy, finding.worst_group) == ("Repair it.", "sex=Female")
    assert finding.evidence == canonical.digest(item)


def test_a_number_is_never_rounded_onto_its_limit():
    """`0.050 is above 0.05` would puzzle anybody."""
    record = assessment(evidence(GAP, "sex", 0.05002, 0.05001, 0.05003))
    assert "0.05002 (95 % 0.05001 to 0.05003" in only(record, requirement()).reason


def test_a_count_is_exact_and_says_so():
    """What was counted has no interval to doubt."""
    rows = evidence("rows", "all", 12_901, 12_901, 12_901, method="exact")
    finding = only(assessment(rows), Requirement(id="n", measure="rows", at_least=1000))
    assert finding.reason == "all: rows 12,901 (exact, n 12,901) is at least 1,000"


def test_a_straddling_interval_says_how_many_rows_would_settle_it():
    """An interval half as wide needs four times the rows."""
    finding = only(assessment(evidence(GAP, "sex", 0.04, 0.02, 0.06, rows=1000)), requirement())
    assert (finding.verdict, finding.rows_needed) == (Verdict.UNKNOWN, 4000)
    assert finding.reason.endswith(
        "is at most 0.05, but its interval crosses the limit: undecided; about 4,000 rows would "
        "settle it"
    )


@pytest.mark.parametrize(("value", "low", "high"), [(0.05, 0.04, 0.06), (0.05 - 1e-12, 0.0, 0.1)])
def test_no_number_of_rows_is_promised_where_none_would_do(value, low, high):
    """A value on its limit is never settled by more rows of the same."""
    finding = only(assessment(evidence(GAP, "sex", value, low, high)), requirement())
    assert (finding.verdict, finding.rows_needed) == (Verdict.UNKNOWN, None)


def test_an_interval_of_less_confidence_than_the_policy_asks_never_passes():
    """A 90 % interval inside the bounds proves nothing at 99 %."""
    item = evidence(GAP, "sex", 0.02, 0.01, 0.03, confidence=0.9)
    finding = only(assessment(item), requirement())
    assert finding.verdict is Verdict.UNKNOWN
    assert "but its interval has 90 % confidence and the policy asks 95 %" in finding.reason
    assert only(assessment(item), requirement(), confidence=0.9).verdict is Verdict.PASS


# --- families ------------------------------------------------------------------------------------


def test_a_family_is_judged_by_its_simultaneous_interval():
    """Fifty slices must not raise alarms, nor pass, by number alone."""
    family = {"family_low": 0.6, "family_high": 0.9, "family_confidence": 0.95, "family_size": 5}
    record = assessment(evidence("roc-auc", "sex=Male", 0.75, 0.7, 0.8, **family))
    floor = Requirement(id="auc", measure="roc-auc", slice="sex=Male", at_least=0.65)
    assert only(record, floor).verdict is Verdict.PASS
    finding = only(record, floor, family_confidence=0.95)
    assert finding.verdict is Verdict.UNKNOWN
    assert (finding.outcome.low, finding.outcome.high) == (0.6, 0.9)
    assert "simultaneous 95 % 0.6 to 0.9" in finding.reason
    assert only(record, floor, family_confidence=0.99).verdict is Verdict.UNKNOWN


def test_evidence_of_no_family_keeps_its_own_interval():
    """The whole population belongs to no family."""
    record = assessment(evidence("roc-auc", "all", 0.75, 0.7, 0.8))
    floor = Requirement(id="auc", measure="roc-auc", at_least=0.65)
    assert only(record, floor, family_confidence=0.99).verdict is Verdict.PASS


def test_a_family_interval_never_narrows():
    """Whatever the evidence says of its family, its own interval stays inside."""
    family = {"family_low": 0.74, "family_high": 0.76, "family_confidence": 0.95}
    record = assessment(evidence("roc-auc", "sex=Male", 0.75, 0.6, 0.9, **family))
    floor = Requirement(id="auc", measure="roc-auc", slice="sex=Male", at_least=0.65)
    assert only(record, floor, family_confidence=0.95).verdict is Verdict.UNKNOWN


def test_half_a_family_interval_is_refused():
    """Evidence that contradicts itself is not judged."""
    record = assessment(evidence("roc-auc", "sex=Male", 0.75, 0.6, 0.9, family_low=0.5))
    floor = Requirement(id="auc", measure="roc-auc", slice="sex=Male", at_least=0.65)
    with pytest.raises(PolicyError, match="carries no whole family interval"):
        only(record, floor, family_confidence=0.95)


# --- scopes --------------------------------------------------------------------------------------


def names(found) -> list[str]:
    """The slices of findings, as they read."""
    return [str(finding.slice) for finding in found]


def test_groups_are_those_of_the_roster():
    """Every group that exists is asked about, whether or not anybody measured it."""
    found = findings(assessment(), requirement(slice="all", scope=Scope.GROUPS))
    assert names(found) == ["sex=Female", "sex=Male", "race=Asian", "race=Inuit", "race=White"]
    assert {finding.verdict for finding in found} == {Verdict.UNKNOWN}
    assert names(findings(assessment(), requirement(scope=Scope.GROUPS, of=("race",)))) == [
        "race=Asian",
        "race=Inuit",
        "race=White",
    ]


def test_across_asks_once_for_each_column():
    """One comparison across the groups of each protected column, or of those named."""
    assert names(findings(assessment(), requirement(scope=Scope.ACROSS))) == ["sex", "race"]
    assert names(findings(assessment(), requirement(scope=Scope.ACROSS, of=("sex",)))) == ["sex"]


def test_intersections_are_those_of_the_roster_to_the_depth_assessed():
    """A combination that nobody formed is unknown, not absent."""
    both = SliceSize(slice=Slice.parse("race=White, sex=Male"), rows=12_901)
    record = assessment(roster=(*assessment().roster, both))
    deep = requirement(scope=Scope.INTERSECTIONS)
    assert names(findings(record, deep)) == ["race=White, sex=Male"]
    assert names(findings(record, requirement(scope=Scope.ACROSS_INTERSECTIONS))) == ["race, sex"]
    missing = only(assessment(), deep)
    assert missing.reason.endswith("is unknown: the assessment knows no groups of race, sex")
    flat = only(assessment(intersections=1), deep)
    assert "there are no intersections" in flat.reason
    assert flat.verdict is Verdict.UNKNOWN


def test_a_column_that_the_roster_lacks_is_unknown():
    """A misspelt column must not make a requirement vanish."""
    for scope in (Scope.GROUPS, Scope.ACROSS):
        finding = only(assessment(), requirement(scope=scope, of=("sexx",)))
        assert finding.verdict is Verdict.UNKNOWN
        assert "the assessment knows no groups of sexx" in finding.reason


def test_no_protected_column_is_unknown():
    """A question about every group of nothing is not a question that was answered."""
    finding = only(assessment(roles=ColumnRoles()), requirement(scope=Scope.GROUPS))
    assert (str(finding.slice), finding.verdict) == ("all", Verdict.UNKNOWN)
    assert "no protected column is named" in finding.reason


def test_other_terms_than_people_can_be_asked_about():
    """Columns by the roster, features by the roles, perturbations by their name."""
    record = assessment(
        evidence("missing-rate", "column=age", 0.1, 0.09, 0.11),
        evidence("accuracy-drop", "perturbation=noise, severity=0.1", 0.01, 0.0, 0.02),
        roster=(SliceSize(slice=Slice.parse("column=age"), rows=12_901),),
    )
    found = findings(
        record,
        Requirement(
            id="a", measure="missing-rate", scope=Scope.GROUPS, of=("column",), at_most=0.2
        ),
        Requirement(
            id="b", measure="accuracy-drop", slice="severity=0.1, perturbation=noise", at_most=0.1
        ),
        Requirement(id="c", measure="leak", scope=Scope.GROUPS, of=("feature",), at_most=0.9),
    )
    assert [(str(f.slice), f.verdict.name) for f in found] == [
        ("column=age", "PASS"),
        ("perturbation=noise, severity=0.1", "PASS"),
        ("feature=age", "UNKNOWN"),
        ("feature=school", "UNKNOWN"),
    ]


def test_a_slice_is_found_by_its_name_even_if_it_holds_a_comma():
    """Values come from data, and data holds anything."""
    where = Slice.of({"sex": "Female, or not said"})
    record = assessment(roster=(SliceSize(slice=where, rows=50),), rows=50)
    found = only(record, requirement(slice=str(where)))
    assert found.slice == where


def test_a_name_that_two_slices_have_is_unknown():
    """Else one of them would be judged, and nobody could say which."""
    odd = Slice.of({"race": "White, sex=Male"})
    both = Slice.of({"race": "White", "sex": "Male"})
    roster = tuple(SliceSize(slice=where, rows=50) for where in (odd, both))
    items = [replace(evidence(GAP, "all", 0.01, 0.0, 0.02), slice=where) for where in (odd, both)]
    found = only(assessment(*items, roster=roster, rows=50), requirement(slice=str(odd)))
    assert found.verdict is Verdict.UNKNOWN
    assert "2 slices read 'race=White, sex=Male'" in found.reason


@pytest.mark.parametrize(
    ("roster", "message"),
    [
        ([("sex=Female", 7000)], r"12,901 rows, and the groups of sex in its roster hold 7,000"),
        ([("sex=Female", 7000), ("sex=Male", 1)], "a group is missing, or its size was changed"),
        ([("sex=Female", 12_901), ("sex=Female", 1)], "lists sex=Female twice"),
        ([("all", 100)], "counts 12,901 rows and its roster 100"),
    ],
)
def test_groups_that_do_not_add_up_are_not_judged(roster, message):
    """A group that is dropped from the roster and the evidence alike leaves a gap in the rows."""
    sizes = tuple(SliceSize(slice=Slice.parse(name), rows=rows) for name, rows in roster)
    with pytest.raises(PolicyError, match=message):
        only(assessment(roster=sizes), requirement())


def test_a_slice_that_cannot_be_read_is_a_fault_of_the_policy():
    """Nothing is judged by a policy that cannot be read."""
    with pytest.raises(PolicyError, match="requirement 'gap': "):
        only(assessment(), requirement(slice="sex=a, race"))


# --- small slices --------------------------------------------------------------------------------

GROUPS = {"slice": "all", "scope": Scope.GROUPS, "of": ("race",), "minimum_rows": 100}


@pytest.mark.parametrize(
    ("low", "value", "high", "proof", "small", "verdict", "aside"),
    [
        (0.0, 0.01, 0.02, Proof.INTERVAL, "unknown", Verdict.UNKNOWN, False),
        (0.0, 0.01, 0.02, Proof.INTERVAL, "ignore", Verdict.PASS, True),
        (0.0, 0.04, 0.90, Proof.INTERVAL, "ignore", Verdict.PASS, True),
        (0.0, 0.40, 0.90, Proof.POINT, "unknown", Verdict.UNKNOWN, False),
        (0.0, 0.40, 0.90, Proof.POINT, "ignore", Verdict.PASS, True),
        (0.3, 0.40, 0.90, Proof.INTERVAL, "unknown", Verdict.FAIL, False),
        (0.3, 0.40, 0.90, Proof.POINT, "ignore", Verdict.FAIL, False),
    ],
)
def test_a_small_slice_only_fails_surely(low, value, high, proof, small, verdict, aside):
    """Eleven people can prove a failure; they can prove nothing else."""
    record = assessment(evidence(GAP, "race=Inuit", value, low, high, rows=11))
    found = {
        str(f.slice): f for f in findings(record, requirement(**GROUPS, proof=proof, small=small))
    }
    finding = found["race=Inuit"]
    assert (finding.verdict, finding.set_aside) == (verdict, aside)
    if verdict is not Verdict.FAIL:
        assert "its 11 rows are fewer than the 100 that the policy asks" in finding.reason
        assert finding.reason.endswith("set aside" if aside else "too few to judge")
    assert finding.rows_needed == (100 if verdict is Verdict.UNKNOWN else None)


def test_where_all_are_too_small_nobody_was_judged():
    """A minimum that no slice reaches would pass every model."""
    items = [evidence(GAP, name, 0.01, 0.0, 0.02, rows=SIZES[name]) for name in SIZES]
    everybody = evidence(GAP, "all", 0.01, 0.0, 0.02)
    record = assessment(everybody, *items)
    huge = {"minimum_rows": 10**6, "small": "ignore"}
    found = findings(record, requirement(**{**GROUPS, **huge}))
    assert {(f.verdict, f.set_aside) for f in found} == {(Verdict.UNKNOWN, False)}
    assert found[0].reason.endswith("and so is every slice of gap: nothing was judged")
    assert only(record, requirement(slice="all", **huge)).verdict is Verdict.UNKNOWN
    some = findings(record, requirement(**{**GROUPS, "minimum_rows": 5000, "small": "ignore"}))
    assert sorted(f.set_aside for f in some) == [False, True, True]


def test_a_small_slice_that_nobody_measured_is_not_set_aside():
    """Else hiding a failure would pass."""
    found = findings(assessment(), requirement(**GROUPS, small="ignore"))
    assert {finding.verdict for finding in found} == {Verdict.UNKNOWN}


def test_a_small_slice_that_could_not_be_measured_is_set_aside_with_its_reason():
    """Somebody looked, and says what was there."""
    record = assessment(evidence(GAP, "race=Inuit", None, rows=11))
    found = {str(f.slice): f for f in findings(record, requirement(**GROUPS, small="ignore"))}
    assert found["race=Inuit"].set_aside
    assert "could not be measured: no positives; its 11 rows" in found["race=Inuit"].reason


def test_a_comparison_with_a_small_group_is_unknown_unless_it_surely_fails():
    """A gap to eleven people is noise, unless the interval proves it."""
    compare = requirement(slice="all", scope=Scope.ACROSS, of=("race",), minimum_rows=100)
    passing = only(assessment(evidence(GAP, "race", 0.01, 0.0, 0.02)), compare)
    assert passing.verdict is Verdict.UNKNOWN
    assert "it compares groups of fewer than 100 rows, race=Inuit (11): too few" in passing.reason
    failing = only(assessment(evidence(GAP, "race", 0.4, 0.3, 0.5)), compare)
    assert failing.verdict is Verdict.FAIL
    judged = only(
        assessment(evidence(GAP, "race", 0.01, 0.0, 0.02)), replace(compare, small="ignore")
    )
    assert (judged.verdict, judged.set_aside) == (Verdict.PASS, False)
    named = only(
        assessment(evidence(GAP, "race", 0.01, 0.0, 0.02)),
        replace(compare, scope=Scope.SLICE, of=(), slice="race"),
    )
    assert named.verdict is Verdict.UNKNOWN


def test_many_small_groups_are_counted_not_listed():
    """A reason stays a sentence."""
    many = tuple(SliceSize(slice=Slice.of({"race": f"r{i}"}), rows=i) for i in range(9))
    record = assessment(evidence(GAP, "race", 0.01, 0.0, 0.02), roster=many, rows=36)
    compare = requirement(slice="all", scope=Scope.ACROSS, of=("race",), minimum_rows=100)
    assert "race=r0 (0), race=r1 (1), race=r2 (2) and 6 more" in only(record, compare).reason


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requirements", "message"),
    [
        ((), "policy 'test' requires nothing; it would pass everything"),
        ((requirement(at_most=None),), "'gap' has neither `at_least` nor `at_most`"),
        ((requirement(at_least=0.1),), "'gap' has bounds that nothing can meet"),
        ((requirement(at_most=float("nan")),), "'gap' has bounds that nothing can meet"),
        ((requirement(), requirement(slice="race")), "two requirements have the id 'gap'"),
        ((requirement(small="skip"),), "`small` is unknown or ignore, found 'skip'"),
    ],
)
def test_a_policy_that_cannot_be_applied_is_refused(requirements, message):
    """Nothing is judged, and the message says why."""
    with pytest.raises(PolicyError, match=message):
        findings(assessment(), *requirements)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([evidence(GAP, "sex", 0.1, 0, 1, dataset="sha256:x")], r"another dataset \(sha256:x\)"),
        ([evidence(GAP, "sex", 0.1, 0, 1, model="sha256:x")], r"another model \(sha256:x\)"),
        ([evidence(GAP, "sex", 0.1, 0, 1, model=None)], r"another model \(none\)"),
        ([evidence(GAP, "sex", 0.1, 0, 1), evidence(GAP, "sex", 0.2, 0, 1)], "is given twice"),
        ([evidence(GAP, "sex", 0.1, 0, 1)] * 2, "is given twice"),
        ([evidence(GAP, "sex=Other", 0.1, 0, 1)], "a group that the assessment's roster lacks"),
    ],
)
def test_evidence_that_contradicts_its_record_is_refused(items, message):
    """Evidence about other bytes, a second answer, a group that does not exist."""
    with pytest.raises(PolicyError, match=message):
        findings(assessment(*items), requirement())


def test_evidence_about_the_data_alone_needs_no_model():
    """Missing values are what they are, whatever the model."""
    item = evidence("missing-rate", "all", 0.01, 0.0, 0.02, model=None)
    quality = assessment(item)
    rule = Requirement(id="m", measure="missing-rate", at_most=0.1)
    assert only(quality, rule).verdict is Verdict.PASS


def test_what_this_version_does_not_understand_is_not_judged():
    """A newer Roadworthy may have said something there that would have failed."""
    newer = replace(requirement(), extra={"also_at_most": 0.01})
    with pytest.raises(PolicyError, match="'also_at_most', which this Roadworthy does not"):
        only(assessment(), newer)


def test_a_time_without_a_zone_is_refused():
    """A waiver's last day depends on it."""
    with pytest.raises(UsageError, match="needs a time zone"):
        judge(
            Policy(name="p", requirements=(requirement(),)),
            assessment(),
            at=AT.replace(tzinfo=None),
        )


# --- objectives ----------------------------------------------------------------------------------


def test_fairness_objectives_are_judged_beside_the_policy():
    """Once, whether they are given or are in the policy already."""
    aim = FairnessObjective(
        requirement=Requirement(id="found", measure="recall", at_least=0.6, why="They need it."),
        stakeholder="job seekers",
        why="They need it.",
    )
    rules = Policy(name="p", requirements=(requirement(),))
    record = assessment(evidence("recall", "all", 0.5, 0.4, 0.55))
    given_beside = judge(rules, record, at=AT, objectives=[aim])
    system = System(name="s", owner="o", intended_use="u", objectives=(aim,))
    folded = judge(with_system(rules, system), record, at=AT, objectives=[aim])
    assert [f.requirement.id for f in given_beside.findings] == ["gap", "found"]
    assert given_beside.findings == folded.findings
    assert given_beside.findings[1].requirement.why == "for job seekers: They need it."
    assert given_beside.verdict is Verdict.FAIL


def test_a_decision_names_what_was_judged(record, decision):
    """By digest, so that anybody can judge again."""
    assert decision.assessment == canonical.digest(record)
    assert (decision.dataset, decision.model) == (record.dataset, record.model)
    assert decision.at == AT
    assert [f.verdict.name for f in decision.findings] == [
        "PASS",
        "FAIL",
        "UNKNOWN",
        "UNKNOWN",
        "FAIL",
        "PASS",
        "PASS",
    ]
    assert [f.set_aside for f in decision.findings][-2:] == [False, True]
    assert decision.verdict is Verdict.FAIL


# --- laws ----------------------------------------------------------------------------------------

intervals = st.tuples(*[st.floats(0, 1)] * 3).map(sorted)
answer = st.none() | intervals
WHERE = ["all", *SIZES, "sex", "race"]
MEASURES = [GAP, "recall"]


@st.composite
def requirements(draw: st.DrawFn) -> tuple[Requirement, ...]:
    """Some requirements, each with an id of its own."""
    found = []
    for index in range(draw(st.integers(1, 4))):
        scope = draw(st.sampled_from(Scope))
        low, high = sorted(draw(st.tuples(st.floats(0, 1), st.floats(0, 1))))
        found.append(
            Requirement(
                id=f"r{index}",
                measure=draw(st.sampled_from(MEASURES)),
                scope=scope,
                slice=draw(st.sampled_from([*WHERE, "sex=Nobody"])),
                of=draw(st.sampled_from([(), ("sex",), ("race",), ("colour",)])),
                at_least=low if draw(st.booleans()) else None,
                at_most=high,
                proof=draw(st.sampled_from(Proof)),
                minimum_rows=draw(st.sampled_from([0, 12, 5000])),
                small=draw(st.sampled_from(["unknown", "ignore"])),
            )
        )
    return tuple(found)


@st.composite
def waivers(draw: st.DrawFn) -> tuple[Waiver, ...]:
    """Some waivers, held or broken."""
    return tuple(
        Waiver(
            owner=draw(st.sampled_from(["Jane", ""])),
            reason="Known.",
            expires=draw(st.sampled_from([date(2026, 2, 28), date(2026, 3, 1)])),
            requirement=f"r{draw(st.integers(0, 4))}",
            slice=draw(st.sampled_from([None, *WHERE])),
        )
        for _ in range(draw(st.integers(0, 2)))
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """A policy."""
    return Policy(
        name="any",
        requirements=draw(requirements()),
        waivers=draw(waivers()),
        confidence=draw(st.sampled_from([0.9, 0.95, 0.99])),
        family_confidence=draw(st.sampled_from([None, 0.95])),
    )


@st.composite
def records(draw: st.DrawFn) -> AssessmentRecord:
    """An assessment with some of the answers there could be."""
    items = []
    for measure in MEASURES:
        for where in draw(st.sets(st.sampled_from(WHERE))):
            found = draw(answer)
            if found is None:
                items.append(evidence(measure, where, None, rows=SIZES.get(where, 12_901)))
                continue
            low, value, high = found
            family = {}
            if "=" in where and draw(st.booleans()):
                family = {"family_low": low / 2, "family_high": high, "family_confidence": 0.95}
            items.append(evidence(measure, where, value, low, high, **family))
    return assessment(*items)


LAW = settings(max_examples=200, deadline=None)


@LAW
@given(policies(), records(), st.data())
def test_removing_evidence_never_creates_a_pass(rules, record, data):
    """Whoever measures less can only lose."""
    if not record.evidence:
        return
    gone = data.draw(st.sets(st.sampled_from(range(len(record.evidence))), min_size=1))
    kept = tuple(item for index, item in enumerate(record.evidence) if index not in gone)
    before = judge(rules, record, at=AT)
    after = judge(rules, replace(record, evidence=kept), at=AT)
    assert before.verdict is Verdict.PASS or after.verdict is not Verdict.PASS
    was = {(f.requirement.id, f.slice): f.verdict for f in before.findings}
    for finding in after.findings:
        if finding.verdict is Verdict.PASS:
            assert was[finding.requirement.id, finding.slice] is Verdict.PASS


@LAW
@given(policies(), records())
def test_waivers_never_widen(rules, record):
    """A waiver changes no verdict, covers only what it names, and a broken one only hurts."""
    plain = judge(replace(rules, waivers=()), record, at=AT)
    waived = judge(rules, record, at=AT)
    for before, after in zip(plain.findings, waived.findings, strict=False):
        assert replace(after, waiver=None) == before
        if after.waiver is not None:
            assert after.waiver in rules.waivers
            assert after.waiver.requirement == after.requirement.id
            assert after.waiver.slice in {None, str(after.slice)}
            assert after.waiver.expires >= AT.date()
            assert after.waiver.owner
    extra = waived.findings[len(plain.findings) :]
    assert all(finding.verdict is Verdict.FAIL and not finding.waiver for finding in extra)
    if extra:
        assert waived.verdict is Verdict.FAIL


@LAW
@given(policies(), records())
def test_the_worst_finding_wins(rules, record):
    """No average, no majority."""
    decision = judge(rules, record, at=AT)
    assert decision.verdict is max(finding.counts for finding in decision.findings)
    passed = all(finding.verdict is Verdict.PASS or finding.waiver for finding in decision.findings)
    assert (decision.verdict is Verdict.PASS) == passed


@LAW
@given(policies(), records(), st.randoms(use_true_random=False))
def test_the_order_of_evidence_does_not_matter(rules, record, random):
    """Nor does that of the roster."""
    items, roster = list(record.evidence), list(record.roster)
    random.shuffle(items)
    random.shuffle(roster)
    shuffled = replace(record, evidence=tuple(items), roster=tuple(roster))
    assert judge(rules, shuffled, at=AT).findings == judge(rules, record, at=AT).findings


@LAW
@given(policies(), records())
def test_judging_twice_gives_the_same_bytes(rules, record):
    """Anybody may judge again, years later, from the stored bytes."""
    first = canonical.to_bytes(judge(rules, record, at=AT))
    stored_rules = canonical.from_bytes(Policy, canonical.to_bytes(rules))
    stored = canonical.from_bytes(AssessmentRecord, canonical.to_bytes(record))
    assert canonical.to_bytes(judge(stored_rules, stored, at=AT)) == first


@LAW
@given(policies(), records())
def test_every_requirement_is_asked_and_every_unknown_explained(rules, record):
    """No requirement vanishes, and no finding is without a sentence."""
    found = judge(rules, record, at=AT).findings
    assert {r.id for r in rules.requirements} <= {f.requirement.id for f in found}
    assert all(finding.reason.startswith(f"{finding.slice}: ") for finding in found)
    assert ALL not in {f.slice for f in found if f.requirement.scope is Scope.ACROSS}
