"""The report: self-contained, honest, safe."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import card_records
import pytest
from pages import Page, drawings

from roadworthy.cards.report import render_report
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord, SliceSize
from roadworthy.records.decision import Decision, Verdict
from roadworthy.records.evidence import Curve, Evidence, Point, Unmeasured
from roadworthy.records.slices import ALL, MISSING, Slice
from roadworthy.records.versions import ColumnRoles, DecisionRule

HOSTILE = "<script>alert(1)</script>\"' onload=x & {{ 7*7 }}"


def test_the_page_is_well_formed(report: str) -> None:
    """Every element is closed in its place and every id is the only one of its name."""
    page = Page(report)
    assert page.problems == []
    ids = page.having("id")
    assert len(ids) == len(set(ids))


def test_the_page_needs_nothing_from_outside(report: str) -> None:
    """No address leaves the page, no script runs, and the policy forbids both."""
    page = Page(report)
    assert all(address.startswith("#") for address in page.addresses)
    assert "@import" not in report
    assert not re.search(r"url\(\s*['\"]?(?!#)", report)
    assert not [tag for tag, _ in page.elements if tag in ("script", "iframe", "link", "object")]
    assert not [values for _, values in page.elements if "style" in values]
    policy = next(v["content"] for t, v in page.elements if v.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_links_inside_the_page_lead_somewhere(report: str) -> None:
    """Every anchor has its target."""
    page = Page(report)
    targets = {address[1:] for address in page.addresses}
    assert targets <= set(page.having("id"))


def test_every_drawing_is_xml(report: str) -> None:
    """Every chart of the page parses on its own."""
    found = drawings(report)
    assert len(found) > 30
    for drawing in found:
        ET.fromstring(drawing)


def test_every_digest_shown_exists(
    report: str, record: AssessmentRecord, decision: Decision
) -> None:
    """A digest on the page is that of evidence, a curve or a record that was given."""
    model = card_records.model()
    known = {canonical.digest(item) for item in (*record.evidence, *record.curves)}
    known |= {canonical.digest(record), canonical.digest(decision), decision.policy}
    known |= {record.dataset, record.model or "", model.code or "", model.environment or ""}
    known |= set(model.training) | {c.model or "" for c in card_records.tradeoff().candidates}
    shown = {v["title"] for _, v in Page(report).elements if v.get("class") == "digest"}
    assert shown
    assert shown <= known


def test_the_verdict_and_the_sentence_come_first(report: str) -> None:
    """Before any chart stands the verdict and what would happen to whom."""
    before = Page(report[: report.index("<svg ")]).words.replace("\u00a0", " ")
    assert "Fails policy high-risk" in before
    assert "would miss 28.5 points more of the people it should find among Asian" in before
    assert before.index("Fails") < before.index("Data quality")


def test_failing_and_undecided_findings_come_before_passing_ones(
    report: str, decision: Decision
) -> None:
    """Cards are ordered by how bad they are; what holds is folded away."""
    marks = re.findall(r'class="finding finding-(\w+)"', report)
    order = ["fail", "unknown", "plain", "pass"]
    assert marks == sorted(marks, key=order.index)
    assert "3 further findings pass" in report
    needed = {f.rows_needed for f in decision.findings if f.rows_needed}
    assert needed
    assert "undecided: needs about" in report


def test_what_could_not_be_measured_is_listed(report: str, record: AssessmentRecord) -> None:
    """Every reason stands on the page."""
    words = Page(report).words
    for item in record.evidence:
        if isinstance(item.outcome, Unmeasured):
            assert item.outcome.reason in words


def test_every_number_of_evidence_is_on_the_page(report: str, record: AssessmentRecord) -> None:
    """Each group's rates stand on the page with their evidence."""
    shown = {v["title"] for _, v in Page(report).elements if v.get("class") == "digest"}
    for item in record.evidence:
        if item.measure in ("selection-rate", "true-positive-rate") and len(item.slice.terms) == 1:
            assert canonical.digest(item) in shown


def test_equal_records_make_equal_bytes(record: AssessmentRecord, decision: Decision) -> None:
    """Nothing on the page depends on when it was made."""
    first = render_report(record, decision=decision)
    assert first == render_report(card_records.assessment(), decision=decision)


def test_hostile_names_do_nothing() -> None:
    """Names of systems, groups, columns, reasons and policies stay text, whatever they hold."""
    group = Slice.of({"sex": HOSTILE})
    item = card_records.evidence("selection-rate", group, card_records.rate(1, 3, ""))
    lost = card_records.evidence("accuracy", ALL, Unmeasured(reason=HOSTILE))
    record = AssessmentRecord(
        system=HOSTILE, dataset=card_records.DATASET, dataset_name=HOSTILE, model_name=HOSTILE,
        rows=3, roles=ColumnRoles(protected=("sex",), label=HOSTILE), intersections=1,
        roster=(SliceSize(slice=ALL, rows=3), SliceSize(slice=group, rows=3)),
        measures=tuple(replace(s, title=HOSTILE, plain=HOSTILE) for s in card_records.specs()),
        evidence=(item, lost), parameters={HOSTILE: HOSTILE}, producer=HOSTILE, at=card_records.AT,
    )  # fmt: skip
    requirement = replace(card_records.policy().requirements[4], why=HOSTILE, remedy=HOSTILE)
    finding = replace(
        card_records.decision().findings[0], requirement=requirement, slice=ALL,
        outcome=lost.outcome, reason=HOSTILE, remedy=HOSTILE, verdict=Verdict.UNKNOWN,
    )  # fmt: skip
    decision = replace(card_records.decision(), findings=(finding,), policy_name=HOSTILE)
    policy = replace(card_records.policy(), departures=(HOSTILE,))
    html = render_report(record, decision=decision, policy=policy, reproduce=HOSTILE)
    page = Page(html)
    assert page.problems == []
    assert not [tag for tag, _ in page.elements if tag == "script"]
    assert not [name for _, values in page.elements for name in values if name.startswith("on")]
    assert page.words.count("{{ 7*7 }}") > 5
    assert HOSTILE in page.words
    for drawing in drawings(html):
        ET.fromstring(drawing)


def test_without_a_decision_nothing_is_judged(record: AssessmentRecord) -> None:
    """A report without a decision says so, and its charts show no verdict."""
    html = render_report(record)
    words = Page(html).words
    assert "Not judged" in words
    assert "No policy has judged this assessment." in words
    assert 'class="rw-row rw-fail"' not in html
    assert "finding-fail" not in html


def test_a_policy_alone_draws_its_limits(record: AssessmentRecord) -> None:
    """Without a decision, the limits of a policy are still shown."""
    assert "at most 5.0" not in render_report(record)
    assert "at most 5.0" in render_report(record, policy=card_records.policy())


def test_departures_from_the_parent_policy_are_shown(
    record: AssessmentRecord, decision: Decision
) -> None:
    """Where a policy is laxer than the one it extends, the reader is told."""
    policy = replace(card_records.policy(), departures=("miss-gap: 0.05 instead of 0.03.",))
    html = render_report(record, decision=decision, policy=policy)
    assert "miss-gap: 0.05 instead of 0.03." in html


@pytest.mark.parametrize("keep", [0, 1, 5])
def test_a_small_record_makes_a_page(record: AssessmentRecord, keep: int) -> None:
    """A record with little or nothing in it still makes a whole page."""
    small = replace(
        record, evidence=record.evidence[:keep], curves=(), roster=record.roster[:1],
        measures=(), roles=ColumnRoles(), model=None, model_name=None,
    )  # fmt: skip
    page = Page(render_report(small))
    assert page.problems == []
    assert "none: the table brought its own predictions" in page.words
    assert {address[1:] for address in page.addresses} <= set(page.having("id"))


def test_a_record_without_any_number_makes_a_page(record: AssessmentRecord) -> None:
    """If everything was tried and nothing measured, the page says so everywhere."""
    lost = tuple(replace(e, outcome=Unmeasured(reason="no labels")) for e in record.evidence)
    html = render_report(replace(record, evidence=lost, curves=()))
    assert Page(html).problems == []
    assert "no labels" in html
    for drawing in drawings(html):
        ET.fromstring(drawing)


def test_a_pillar_that_nobody_knows_has_a_section(record: AssessmentRecord) -> None:
    """Evidence of a later version's pillar is shown, not dropped."""
    spec = replace(card_records.specs()[0], slug="membership-advantage", pillar="privacy")
    item = card_records.evidence("membership-advantage", ALL, card_records.rate(1, 9, ""))
    later = replace(record, measures=(*record.measures, spec), evidence=(*record.evidence, item))
    page = Page(render_report(later))
    assert "privacy" in page.having("id")
    assert "Privacy" in page.words


def test_missing_groups_and_many_groups_are_readable(record: AssessmentRecord) -> None:
    """A group named missing is called so; of many groups the largest are drawn, all are listed."""
    names = [MISSING, *(f"code {i:03d}" for i in range(80))]
    sizes = [SliceSize(slice=Slice.of({"job": n}), rows=10 + i) for i, n in enumerate(names)]
    items: list[Evidence] = []
    for size in sizes:
        made = card_records.rate(size.rows // 3, size.rows, "")
        items.append(card_records.evidence("selection-rate", size.slice, made))
    many = replace(
        record, evidence=tuple(items), roster=tuple(sizes), curves=(),
        roles=ColumnRoles(protected=("job",)),
    )  # fmt: skip
    html = render_report(many)
    assert "the 12 largest of 81 groups" in html
    assert "missing" in Page(html).words
    shown = {v["title"] for _, v in Page(html).elements if v.get("class") == "digest"}
    assert {canonical.digest(item) for item in items} <= shown


def test_waived_findings_are_shown_with_their_owner(report: str) -> None:
    """A waiver names who accepted what, until when, and why."""
    words = Page(report).words
    assert "accepted by R. Okafor until 2027-05-01" in words


def test_categories_are_rows_and_quantities_are_lines(record: AssessmentRecord) -> None:
    """The order of categories means nothing, so no line may join them."""
    points = tuple(Point(x=float(i), y=0.1 * i, label=f"kind {i}", rows=9) for i in range(4))
    curve = Curve(
        slug="response", slice=ALL, subject="job", points=points, x_title="job", y_title="score"
    )
    html = render_report(replace(record, curves=(curve,)))
    drawing = next(d for d in drawings(html) if "kind 3" in d)
    assert "rw-line" not in drawing
    assert drawing.count("<circle") == 4


def test_code_in_advice_is_set_as_code(record: AssessmentRecord, decision: Decision) -> None:
    """A command between backticks is code, and a lone backtick is only a backtick."""
    finding = replace(decision.findings[0], remedy="try `roadworthy mitigate` <now>")
    html = render_report(record, decision=replace(decision, findings=(finding,)))
    assert "try <code>roadworthy mitigate</code> &lt;now&gt;" in html


def test_a_model_with_thresholds_by_group_says_its_rule(record: AssessmentRecord) -> None:
    """Who gets which threshold is provenance, and read in words."""
    rule = DecisionRule(threshold=0.5, attribute="race", thresholds={"Asian": 0.4, "Black": 0.45})
    html = render_report(record, model=replace(card_records.model(), rule=rule))
    assert "depends on race: Asian 0.4, Black 0.45, else 0.5" in Page(html).words


def test_curves_of_everybody_are_drawn_where_no_group_is(record: AssessmentRecord) -> None:
    """Without protected attributes there is one calibration and one ROC curve, and thresholds."""
    whole = tuple(curve for curve in record.curves if curve.slice == ALL)
    sweep = replace(whole[0], slug="threshold", x_title="Threshold", y_title="Accuracy")
    alone = replace(record, curves=(*whole, sweep), roles=ColumnRoles())
    page = Page(render_report(alone))
    assert "For everyone" in page.words
    assert "At every threshold" in page.words
    assert "as predicted" in page.words
