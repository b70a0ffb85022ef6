"""Numbers and findings in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.cards.conclusion import (
    decision_sentence,
    main_finding,
    main_sentence,
    unjudged_sentence,
)
from roadworthy.cards.names import (
    full_name,
    group_name,
    measure_title,
    pair_name,
    read_slice,
    value_name,
)
from roadworthy.cards.numbers import (
    SPACE,
    Display,
    amount,
    bare,
    digits_apart,
    display_of,
    interval,
    tick_text,
    value_of,
)
from roadworthy.cards.phrases import GAPS, OF_DATA, PLAIN, SIGNED
from roadworthy.cards.wording import (
    Words,
    allowance,
    claim,
    finding_sentence,
    undecided,
)
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.evidence import Evidence, Measured, Unmeasured
from roadworthy.records.policy import Requirement, Waiver
from roadworthy.records.slices import ALL, Slice

AT = datetime(2026, 1, 1, tzinfo=UTC)
GAP = Measured(value=0.041, low=0.022, high=0.06, rows=14_210, method="newcombe")
SEX = Slice.across(["sex"])


def plain(text: str) -> str:
    """The text with ordinary spaces."""
    return text.replace(SPACE, " ")


def a_finding(
    measure: str = "equal-opportunity-difference",
    slice_: Slice = SEX,
    outcome: Measured | Unmeasured | None = GAP,
    verdict: Verdict = Verdict.FAIL,
    **more: object,
) -> Finding:
    """A finding against a limit of three points."""
    requirement = Requirement(id="r", measure=measure, at_most=0.03)
    return Finding(
        requirement=requirement, slice=slice_, verdict=verdict, outcome=outcome, reason="because",
        **more,
    )  # fmt: skip


def words(**named: str) -> Words:
    """Words that know the groups of a comparison."""
    evidence = Evidence(
        measure="equal-opportunity-difference", slice=SEX, outcome=GAP, dataset="d",
        parameters=named, producer="p", at=AT,
    )  # fmt: skip
    return Words(evidence={("equal-opportunity-difference", SEX): evidence})


def a_decision(*findings: Finding) -> Decision:
    """A decision of these findings."""
    return Decision(
        policy="p", policy_name="strict", assessment="a", dataset="d", findings=findings, at=AT
    )


def test_the_sentence_names_harm_interval_rows_and_allowance() -> None:
    """A failing gap says who is missed, by how much, how sure that is, and what is allowed."""
    named = words(lowest_group="sex=Female", highest_group="sex=Male", worst_group="sex=Female")
    assert plain(finding_sentence(a_finding(), named)) == (
        "The model would miss 4.1 points more of the people it should find among Female than among"
        " Male (sex; 95 % interval 2.2 to 6.0, n = 14,210). Policy allows at most 3.0 points."
    )


def test_without_names_the_sentence_says_less_but_stands() -> None:
    """A finding alone still makes a whole sentence; a worst group alone is used."""
    assert "one group than among another (sex; 95" in finding_sentence(a_finding(), Words())
    worst = a_finding(worst_group="sex=Female")
    assert "among Female (sex) than among the best-served group" in finding_sentence(worst, Words())


def test_undecided_says_how_many_rows_would_settle_it() -> None:
    """Undecided is a third state with its own advice."""
    finding = a_finding(verdict=Verdict.UNKNOWN, rows_needed=9_352)
    assert undecided(finding) == "undecided: needs about 9,400 rows"
    assert finding_sentence(finding, Words()).endswith("Undecided: needs about 9,400 rows.")
    assert "reaches across" in undecided(a_finding(verdict=Verdict.UNKNOWN))


@pytest.mark.parametrize("outcome", [None, Unmeasured(reason="no rows")])
def test_what_was_not_measured_makes_no_claim(outcome: Unmeasured | None) -> None:
    """A finding without a number gives its reason instead of a number."""
    finding = a_finding(outcome=outcome, verdict=Verdict.UNKNOWN)
    reason = "no rows" if outcome else "because"
    assert finding_sentence(finding, Words()).endswith(f"is not known: {reason}.")
    assert undecided(finding) == "undecided: not measured"
    with pytest.raises(TypeError, match="nothing was measured"):
        claim(finding, Words())


@pytest.mark.parametrize("measure", sorted({**GAPS, **SIGNED, **PLAIN, **OF_DATA, "roc-xyz": ""}))
def test_every_measure_has_a_sentence(measure: str) -> None:
    """Every measure that has a phrase makes a sentence without a hole, and so does any other."""
    for slice_ in (ALL, SEX, Slice.of({"sex": "Female"}), Slice.of({"column": "AGEP"})):
        sentence = finding_sentence(a_finding(measure, slice_), words(lowest_group="sex=F"))
        assert "{" not in sentence
        assert "4.1" in sentence or "0.041" in sentence or "0.04" in sentence
        assert sentence[0].isupper() or sentence[0].isdigit()


def test_a_signed_difference_says_more_or_fewer() -> None:
    """A negative difference is said as fewer, without a sign."""
    low = Measured(value=-0.05, low=-0.06, high=-0.04, rows=900, method="newcombe")
    group = Slice.of({"sex": "Female"})
    sentence = plain(claim(a_finding("true-positive-rate-difference", group, low), Words()))
    assert sentence == (
        "would find 5.0 points fewer of the people it should find among Female (sex)"
        " than in the reference group"
    )


def test_the_decision_sentence_starts_with_the_verdict() -> None:
    """Verdict first, then the finding that matters, then the others."""
    holds = a_finding("accuracy", ALL, GAP, Verdict.PASS)
    open_ = a_finding("roc-auc", ALL, GAP, Verdict.UNKNOWN)
    fails = decision_sentence(a_decision(holds, open_, a_finding()))
    assert fails.startswith("Fails strict. The model would miss")
    assert fails.endswith("1 more finding is undecided.")
    assert decision_sentence(a_decision(holds, open_)).startswith("Undecided under strict. ")
    assert decision_sentence(a_decision(holds)).startswith("Passes strict. The one finding holds.")
    both = decision_sentence(a_decision(holds, holds))
    assert both.startswith("Passes strict. All 2 findings hold.")


def test_a_pass_tells_the_finding_with_the_least_room() -> None:
    """The reader of a pass learns what came closest to failing, with its number and its limit."""
    near = Measured(value=0.65, low=0.62, high=0.68, rows=900, method="wilson")
    far = Measured(value=0.90, low=0.88, high=0.92, rows=900, method="wilson")
    requirement = Requirement(id="floor", measure="true-positive-rate", at_least=0.6)
    findings = [
        Finding(
            requirement=requirement, slice=Slice.of({"age": age}), verdict=Verdict.PASS,
            outcome=outcome, reason="r",
        )
        for age, outcome in (("16-24", far), ("45-64", near), ("65+", far))
    ]  # fmt: skip
    assert plain(main_sentence(a_decision(*findings))) == (
        "All 3 findings hold. In fairness, closest to its limit: the model would find 65.0 % of the"
        " people it should find among age 45-64 (95 % interval 62.0 to 68.0, n = 900). Policy asks"
        " for at least 60.0 %."
    )


def test_an_assessment_that_nobody_judged_tells_its_widest_gap(record: AssessmentRecord) -> None:
    """Without a policy the sentence still says what would happen to whom."""
    sentence = plain(unjudged_sentence(record))
    assert sentence.startswith("No policy has judged this assessment. The widest gap: the model")
    assert "would miss 28.5 points more of the people it should find among Asian" in sentence
    alone = replace(record, evidence=tuple(e for e in record.evidence if e.measure == "accuracy"))
    assert "The model would be right in" in unjudged_sentence(alone)
    none = replace(record, evidence=())
    assert "0 measurements were taken" in unjudged_sentence(none)


def test_every_failing_group_of_the_main_finding_is_named() -> None:
    """When a requirement fails for several groups, the sentence does not hide the others."""
    requirement = Requirement(id="floor", measure="true-positive-rate", at_least=0.6)
    findings = []
    for age, value in (
        ("16-24", 0.40),
        ("25-44", 0.42),
        ("45-64", 0.45),
        ("65+", 0.47),
        ("?", 0.5),
    ):
        low = Measured(value=value, low=value - 0.03, high=value + 0.03, rows=900, method="wilson")
        findings.append(
            Finding(
                requirement=requirement, slice=Slice.of({"age": age}), verdict=Verdict.FAIL,
                outcome=low, reason="r",
            )
        )  # fmt: skip
    assert plain(main_sentence(a_decision(*findings[:2]))).endswith(
        "The same fails for age 25-44 (42.0 %)."
    )
    assert plain(main_sentence(a_decision(*findings))).endswith(
        "The same fails for age 25-44 (42.0 %), age 45-64 (45.0 %) and age 65+ (47.0 %)."
        " 1 more finding fails."
    )


def test_a_widened_interval_says_so() -> None:
    """The interval of a family of groups differs from the group's own, so it has another name."""
    wide = replace(GAP, method="newcombe simultaneous")
    sentence = plain(finding_sentence(a_finding(outcome=wide), Words()))
    assert "simultaneous 95 % interval 2.2 to 6.0" in sentence
    assert "simultaneous" not in finding_sentence(a_finding(), Words())


def test_a_waiver_is_said() -> None:
    """A pass that rests on a waiver says so."""
    waiver = Waiver(owner="o", reason="r", expires=date(2027, 1, 1), requirement="r")
    sentence = decision_sentence(a_decision(a_finding(waiver=waiver), a_finding(waiver=waiver)))
    assert "2 of them by a waiver" in sentence


def test_the_main_finding_is_the_surest_excess_in_the_pillar_nearest_to_people(
    record: AssessmentRecord, decision: Decision
) -> None:
    """Among failing findings, fairness comes first, and the greatest sure excess within it."""
    main = main_finding(decision, Words.of(record))
    assert main.verdict is Verdict.FAIL
    assert str(main.slice) == "race"


def test_allowance_says_bounds_exactly() -> None:
    """A bound is said with as many digits as it has."""
    both = Requirement(id="r", measure="selection-rate", at_least=0.2, at_most=0.4125)
    assert plain(allowance(both)) == "Policy allows 20.00 to 41.25 %"
    least = Requirement(id="r", measure="demographic-parity-ratio", at_least=0.8)
    assert allowance(least) == "Policy asks for at least 0.80"
    assert allowance(Requirement(id="r", measure="f1")) == "Policy asks that it be measured"


@pytest.mark.parametrize(
    ("value", "display", "said"),
    [
        (0.521, Display.PERCENT, "52.1 %"),
        (-0.0412, Display.POINTS, "−4.1 points"),
        (0.8, Display.RATIO, "0.80"),
        (14210, Display.COUNT, "14,210"),
        (0.81234, Display.NUMBER, "0.812"),
        (-0.0, Display.POINTS, "0.0 points"),
    ],
)
def test_amounts(value: float, display: Display, said: str) -> None:
    """Each kind of number is written in its own way, and never as minus zero."""
    assert plain(amount(value, display)) == said


def test_units_follow_from_the_measure() -> None:
    """Rates are per cent, gaps are points, ratios and areas are numbers."""
    shown = {m: display_of(m).value for m in ("accuracy", "missing-rate", "accuracy-drop", "rows")}
    assert shown == {
        "accuracy": "percent", "missing-rate": "percent", "accuracy-drop": "points",
        "rows": "count",
    }  # fmt: skip
    assert display_of("selection-rate-difference") is Display.POINTS
    assert display_of("treatment-equality-difference") is Display.NUMBER


def test_an_interval_never_reads_as_a_point() -> None:
    """A narrow interval gets more digits; an exact quantity has none."""
    narrow = Measured(value=0.5, low=0.49999, high=0.50001, rows=10**9, method="wilson")
    assert interval(narrow, Display.PERCENT) == "49.999 to 50.001"
    exact = Measured(value=3, low=3, high=3, rows=3, method="exact")
    assert interval(exact, Display.COUNT) == ""
    little = Measured(value=0.0002, low=0.00001, high=0.0005, rows=9999, method="wilson")
    assert plain(value_of(little, Display.PERCENT)) == "0.02 %"


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_value_never_reads_as_a_bound_it_is_not(value: float, bound: float) -> None:
    """Apart by more than a thousandth of a point, value and bound read differently."""
    digits = digits_apart(value, bound, Display.POINTS)
    if abs(value - bound) > 1e-5:
        assert bare(value, Display.POINTS, digits) != bare(bound, Display.POINTS, digits)


def test_ticks_are_short() -> None:
    """A tick has no needless zeros, and no minus before zero."""
    ticks = [tick_text(v, Display.NUMBER) for v in (-0.05, -0.0, 0.5, 10.0)]
    assert ticks == ["−0.05", "0", "0.5", "10"]
    assert plain(tick_text(0.125, Display.PERCENT)) == "12.5 %"


def test_groups_are_called_by_their_values_unless_these_say_nothing() -> None:
    """`yes` and numbers keep their attribute; names stand alone."""
    assert group_name(Slice.of({"sex": "Female"})) == "Female"
    assert group_name(Slice.of({"disability": "yes"})) == "disability yes"
    assert group_name(Slice.of({"age": "16-24"})) == "age 16-24"
    assert group_name(Slice.of({"race": "(missing)"})) == "race missing"
    assert value_name(None) == "missing"
    assert (
        full_name(Slice.of({"perturbation": "noise", "severity": "0.2"})) == "noise, severity 0.2"
    )
    shift = {"age": "65+", "perturbation": "prevalence-shift", "severity": "2"}
    assert full_name(Slice.of(shift)) == "prevalence shift, severity 2, age 65+"


def test_pairs_name_their_attributes_once() -> None:
    """Two groups of one attribute share its name; two that name themselves need none."""
    young, old = Slice.of({"age": "16-24"}), Slice.of({"age": "65+"})
    assert pair_name(young, old, "for") == "for age 16-24 than for age 65+"


def test_slices_are_read_back_from_their_names() -> None:
    """Known slices win, so that a value with a comma in it is read right."""
    comma = Slice.of({"job": "cook, chef", "sex": "F"})
    assert read_slice(str(comma), [comma]) == comma
    assert read_slice("sex=F") == Slice.of({"sex": "F"})
    assert read_slice("all") == ALL
    assert str(read_slice("what is this")) == "what is this"


def test_a_measure_nobody_described_is_named_by_its_slug() -> None:
    """Abbreviations keep their capitals."""
    assert measure_title("matthews-correlation", {}) == "Matthews correlation"
    assert measure_title("f1", {}) == "F1"


def test_groups_too_small_to_judge_are_counted_apart() -> None:
    """A pass that rests on setting groups aside says so."""
    small = a_finding("accuracy", ALL, GAP, Verdict.PASS, set_aside=True)
    sentence = decision_sentence(a_decision(small, a_finding("f1", ALL, GAP, Verdict.PASS)))
    assert "The one finding that could be judged holds; 1 was set aside" in sentence
    nothing = decision_sentence(a_decision(small, small))
    assert "Nothing was judged: 2 were set aside" in nothing


def test_less_than_asked_is_only_so_much() -> None:
    """A share below what the policy asks is `only` so much, and everyone needs no name."""
    share = Measured(value=0.676, low=0.666, high=0.685, rows=9_504, method="wilson")
    requirement = Requirement(id="recall", measure="recall", at_least=0.7)
    finding = Finding(
        requirement=requirement, slice=ALL, verdict=Verdict.FAIL, outcome=share, reason="r"
    )
    assert plain(finding_sentence(finding, Words())) == (
        "The model would find only 67.6 % of the people it should find"
        " (95 % interval 66.6 to 68.5, n = 9,504). Policy asks for at least 70.0 %."
    )


def test_numbers_in_the_unit_of_the_data_show_four_figures() -> None:
    """Large ones without decimals, small ones with as many as they need, never with noise."""
    assert bare(52_341.237, Display.QUANTITY) == "52,341"
    assert bare(0.04721, Display.QUANTITY) == "0.04721"
    assert bare(0.0, Display.QUANTITY) == "0.000"
    flat = Measured(value=17_000, low=17_000 - 1e-4, high=17_000 + 1e-4, rows=9, method="student")
    assert interval(flat, Display.QUANTITY) == "17,000 to 17,000"


@pytest.mark.parametrize(
    "measure",
    ["mean-error", "mean-absolute-error-gap", "error-p05", "pinball-loss-p90", "mean-prediction"],
)
def test_measures_of_numbers_have_the_unit_of_the_data(measure: str) -> None:
    """They are neither shares nor points."""
    assert display_of(measure) is Display.QUANTITY
