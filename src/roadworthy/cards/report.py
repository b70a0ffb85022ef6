"""The report: one self-contained page, the verdict and one plain sentence first."""

from __future__ import annotations

from roadworthy.cards.page import content_policy, environment, style
from roadworthy.cards.reading import Reading
from roadworthy.cards.views.blocks import Section
from roadworthy.cards.views.findings import findings_section
from roadworthy.cards.views.groups import fairness, intersections
from roadworthy.cards.views.notes import notes
from roadworthy.cards.views.other_pillars import (
    explanations,
    other_sections,
    quality,
    robustness,
)
from roadworthy.cards.views.performance import curves, performance
from roadworthy.cards.views.provenance import moment, provenance, unmeasured
from roadworthy.cards.views.repair import repair
from roadworthy.cards.views.residuals import residuals
from roadworthy.cards.views.summary import PILLARS, headline, scorecard
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.decision import Decision
from roadworthy.records.policy import Policy
from roadworthy.records.system import System
from roadworthy.records.tradeoff import TradeOff
from roadworthy.records.versions import ModelVersion


def render_report(
    record: AssessmentRecord,
    *,
    decision: Decision | None = None,
    policy: Policy | None = None,
    system: System | None = None,
    model: ModelVersion | None = None,
    datasheet: Datasheet | None = None,
    tradeoff: TradeOff | None = None,
    reproduce: str | None = None,
) -> str:
    """The whole report as HTML that opens from disk and asks nothing of the network.

    `reproduce` is the command that makes the report again, if it is known.
    """
    reading = Reading(record, decision, policy)
    shown = sections(reading, tradeoff)
    slugs = [section.slug for section in shown]
    findings = findings_section(reading)
    marked = [*slugs, "provenance", *(["departures"] if findings and findings.departures else [])]
    css = style("chart.css", "page.css")
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            css=css,
            content_policy=content_policy(css),
            title=f"{record.system}: roadworthiness report",
            system=system,
            record=record,
            model_name=record.model_name or "predictions without a model",
            rows=f"{record.rows:,}",
            measured_at=moment(record.at),
            headline=headline(reading, notes(reading, model, tradeoff, marked)),
            scorecard=scorecard(reading, slugs),
            findings=findings,
            sections=shown,
            provenance=provenance(
                reading, system=system, model=model, datasheet=datasheet, reproduce=reproduce
            ),
        )
    )


def sections(reading: Reading, tradeoff: TradeOff | None = None) -> tuple[Section, ...]:
    """Every section that has something to show, in the order of the report."""
    made = (
        fairness(reading),
        intersections(reading),
        performance(reading),
        curves(reading),
        residuals(reading),
        repair(reading, tradeoff) if tradeoff else None,
        quality(reading),
        robustness(reading),
        explanations(reading),
        *other_sections(reading, tuple(PILLARS)),
        unmeasured(reading),
    )
    return tuple(section for section in made if section is not None and section.groups)
