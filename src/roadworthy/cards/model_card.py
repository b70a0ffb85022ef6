"""The model card: Markdown with the Hub's metadata, or HTML with the same words and plots."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.cards.model_card_metadata import front_matter
from roadworthy.cards.page import content_policy, environment, style
from roadworthy.cards.reading import Reading
from roadworthy.cards.views.card import card_parts
from roadworthy.cards.views.notes import notes
from roadworthy.cards.views.provenance import moment
from roadworthy.cards.views.summary import headline
from roadworthy.errors import UsageError
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.decision import Decision
from roadworthy.records.policy import Policy
from roadworthy.records.system import System
from roadworthy.records.tradeoff import TradeOff
from roadworthy.records.versions import DatasetVersion, ModelVersion


def render_model_card(
    record: AssessmentRecord,
    *,
    system: System | None = None,
    model: ModelVersion | None = None,
    decision: Decision | None = None,
    policy: Policy | None = None,
    datasets: Sequence[DatasetVersion] = (),
    datasheet: Datasheet | None = None,
    tradeoff: TradeOff | None = None,
    format: str = "markdown",  # noqa: A002 - the word people use for it
) -> str:
    """The model card of what was assessed; what nobody said is shown as not given.

    Raises:
        UsageError: `format` is neither `markdown` nor `html`.
    """
    if format not in ("markdown", "html"):
        raise UsageError(f"a model card is 'markdown' or 'html', not {format!r}")
    reading = Reading(record, decision, policy)
    css = style("chart.css", "page.css")
    page = {
        "title": record.model_name or f"Predictions for {record.system}",
        "kicker": "Model card",
        "about": (record.system, f"measured {moment(record.at)}", record.producer),
        "headline": headline(reading, notes(reading, model, tradeoff)),
        "parts": card_parts(reading, system, model, datasets, datasheet),
        "producer": record.producer,
    }
    if format == "markdown":
        body = environment().get_template("document.md.j2").render(**page)
        return front_matter(reading, system, model) + body
    return (
        environment()
        .get_template("document.html.j2")
        .render(css=css, content_policy=content_policy(css), **page)
    )
