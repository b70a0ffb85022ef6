"""The report: self-contained, honest, safe."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import card_records
import pytest
from pages import Page, drawings

from roadworthy.cards.model_card import render_model_card
from roadworthy.cards.report import render_report
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord, SliceSize
from roadworthy.records.decision import Decision, Verdict
from roadworthy.records.evidence import Curve, Direction, Evidence, Point, Unmeasured
from roadworthy.records.slices import ALL, MISSING, Slice
from roadworthy.records.versions import ColumnRoles, DecisionRule, ModelVersion

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


def by_group(**more: object) -> ModelVersion:
    """A model whose rule reads a protected attribute."""
    rule = DecisionRule(threshold=0.5, attribute="race", thresholds={"Asian": 0.4, "Black": 0.45})
    return replace(card_records.model(), rule=rule, **more)


@pytest.mark.parametrize("form", ["report", "markdown", "html"])
def test_a_rule_that_reads_a_protected_attribute_is_said_loudly(
    record: AssessmentRecord, decision: Decision, form: str
) -> None:
    """Before anything else but the verdict, who has which threshold, and that people must ask."""
    if form == "report":
        text = render_report(record, decision=decision, model=by_group())
    else:
        text = render_model_card(record, decision=decision, model=by_group(), format=form)
    top = text.partition("Data quality" if form == "report" else "Model Details")[0]
    assert "Each group of race has a threshold of its own" in top
    assert "Asian from 0.4, Black from 0.45, anybody else from 0.5" in top
    assert "Race is a protected attribute." in top
    plain = render_report(record, decision=decision, model=card_records.model())
    assert "a threshold of its own" not in plain


def test_a_model_that_reads_a_protected_attribute_says_so(record: AssessmentRecord) -> None:
    """An input that is protected is told beside the verdict, and leads to what the model uses."""
    model = replace(card_records.model(), features=(*card_records.FEATURES, "sex"))
    html = render_report(record, model=model)
    assert '<a href="#explain"><b>The model reads sex.</b></a>' in html


def test_a_repair_tells_its_price_at_the_top(record: AssessmentRecord) -> None:
    """What a repair gained and what was paid for it stands beside the verdict."""
    made = card_records.tradeoff()
    candidates = tuple(
        replace(c, model=record.model) if c.chosen else c for c in made.candidates
    )  # fmt: skip
    html = render_report(record, tradeoff=replace(made, candidates=candidates))
    top = Page(html).words.replace("\u00a0", " ").partition("Data quality")[0]
    assert "the equal opportunity difference across race went from 9.4 points (7.6 to 11.2" in top
    assert "the accuracy went from 81.2 % (80.6 to 81.8, n 13,602) to 80.1 %" in top
    assert "Repaired, at a price" not in render_report(record, tradeoff=made)


def test_what_a_policy_loosens_is_told_at_the_top(
    record: AssessmentRecord, decision: Decision
) -> None:
    """A pass under a loosened policy leads to where it is loosened, and why."""
    policy = replace(card_records.policy(), departures=("gap left out, because it is small",))
    html = render_report(record, decision=decision, policy=policy)
    assert '<a href="#departures"><b>The policy is laxer' in html
    assert "<b>gap left out.</b> It is small." in html
    card = render_model_card(record, decision=decision, policy=policy)
    assert "The policy is laxer than the one it extends in one place" in card
    assert "- gap left out. It is small." in card


def test_what_was_set_aside_is_named(record: AssessmentRecord, decision: Decision) -> None:
    """A group too small to judge is no pass: which one, and its number, stand on the page."""
    first = next(f for f in decision.findings if f.verdict is Verdict.PASS)
    aside = replace(first, set_aside=True, requirement=replace(first.requirement, minimum_rows=500))
    judged = replace(decision, findings=(aside,))
    texts = [render(record, decision=judged) for render in (render_report, render_model_card)]
    for text in texts:
        assert "Nothing was judged: 1 was set aside" in text
        assert "It judges groups of at least 500 rows." in text
    assert "0 findings pass, 1 set aside" in texts[0]


@pytest.mark.parametrize("floor", [True, False])
def test_the_trade_off_says_which_way_is_better(
    record: AssessmentRecord, decision: Decision, floor: bool
) -> None:
    """A share of people found must be high and a gap low; the limit says which it is."""
    made = card_records.tradeoff()
    if floor:
        where = {"y_measure": "true-positive-rate", "y_slice": "race=Black", "limit": 0.65}
        made = replace(made, **where)
    words = Page(render_report(record, decision=decision, tradeoff=made)).words
    assert ("Right and up is better" in words) is floor
    assert ("Right and down is better" in words) is not floor
    assert ("at least 65" if floor else "at most 5.0") in words
    spec = replace(card_records.specs()[0], slug=made.y_measure, direction=Direction.HIGHER)
    alone = replace(record, measures=(spec,), evidence=())
    assert "Right and up is better" in render_report(alone, tradeoff=made)


def test_every_number_of_the_scorecard_has_its_rows_and_its_limit(report: str) -> None:
    """No number stands alone: how many rows are behind it, and what is allowed."""
    cards = report.partition('class="cards"')[2].partition("<nav")[0]
    assert cards.count("<dd><b>") == cards.count('<small class="basis">') > 4
    assert "no limit" in cards
    assert "at least 75" in cards


def test_without_a_decision_no_pillar_is_called_free_of_requirements(
    record: AssessmentRecord,
) -> None:
    """Nobody judged; that is not the same as nothing being required."""
    words = Page(render_report(record)).words
    assert "not judged" in words
    assert "nothing required" not in words
    assert "what the policy allows" not in words


def test_tables_of_groups_have_limits_where_there_is_a_policy(
    record: AssessmentRecord, report: str
) -> None:
    """The table behind a plot says what the dashed line says."""
    assert '<th scope="col" class="c-text">Limit</th>' in report
    assert '<th scope="col" class="c-text">Limit</th>' not in render_report(record)


def test_what_nobody_measured_is_not_drawn(record: AssessmentRecord) -> None:
    """Rows of nothing fill no plot; the section says why it is empty."""
    lost = tuple(
        replace(e, outcome=Unmeasured(reason="no model was given"))
        if e.measure == "permutation-importance" else e
        for e in record.evidence
    )  # fmt: skip
    html = render_report(replace(record, evidence=lost, curves=()))
    section = html.partition('<section id="explain"')[2].partition("</section>")[0]
    assert "Nothing was measured: no model was given." in section
    assert "<svg" not in section


def test_accuracy_leads_the_table_of_performance(record: AssessmentRecord) -> None:
    """People ask first how often the model is right."""
    items = tuple(sorted(record.evidence, key=lambda e: e.measure != "roc-auc"))
    html = render_report(replace(record, evidence=items))
    table = html.partition('<section id="performance"')[2].partition("</table>")[0]
    assert table.index("Accuracy") < table.index("ROC AUC") < table.index("calibration")


def test_columns_are_not_called_groups(record: AssessmentRecord, decision: Decision) -> None:
    """A requirement on every column says so."""
    html = render_report(record, decision=decision)
    assert "Missing values of each column" in html
    assert "Missing values of each group" not in html


def test_curves_of_everybody_are_drawn_where_no_group_is(record: AssessmentRecord) -> None:
    """Without protected attributes there is one calibration and one ROC curve, and thresholds."""
    whole = tuple(curve for curve in record.curves if curve.slice == ALL)
    sweep = replace(whole[0], slug="threshold", x_title="Threshold", y_title="Accuracy")
    alone = replace(record, curves=(*whole, sweep), roles=ColumnRoles())
    page = Page(render_report(alone))
    assert "For everyone" in page.words
    assert "At every threshold" in page.words
    assert "as predicted" in page.words
