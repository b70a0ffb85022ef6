"""What a notebook shows of an assessment or a decision: the verdict, key numbers, a few plots."""

from __future__ import annotations

from roadworthy.cards.conclusion import VERDICTS, main_sentence
from roadworthy.cards.numbers import count
from roadworthy.cards.page import environment, style
from roadworthy.cards.reading import MARKS, Reading
from roadworthy.cards.views.blocks import Figure, Table
from roadworthy.cards.views.findings import finding_order, findings_table
from roadworthy.cards.views.groups import fairness
from roadworthy.cards.views.performance import for_everyone, measure_table
from roadworthy.cards.views.summary import Headline, headline, scorecard, tallies
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision

_FIGURES, _FINDINGS = 3, 10


def render_assessment(record: AssessmentRecord, *, decision: Decision | None = None) -> str:
    """An assessment as a piece of HTML: light, without script, in its own colours."""
    reading = Reading(record, decision)
    whole = for_everyone(reading)
    return _render(
        f"{record.model_name or 'Predictions'} on {record.dataset_name}, {count(record.rows)} rows",
        headline(reading),
        table=measure_table(reading, whole) if whole else None,
        figures=_gaps(reading),
        pillars=scorecard(reading),
    )


def render_decision(decision: Decision) -> str:
    """A decision as a piece of HTML: the verdict, its sentence and the findings that matter."""
    findings = sorted(decision.findings, key=finding_order)
    top = Headline(
        verdict=VERDICTS[decision.verdict],
        mark=MARKS[decision.verdict],
        sentence=main_sentence(decision),
        policy=decision.policy_name,
        tallies=tallies(decision),
    )
    table = findings_table(findings[:_FINDINGS], {}, "")
    rest = len(findings) - _FINDINGS
    note = f"{count(rest)} more findings in `decision.findings`." if rest > 0 else ""
    return _render("Decision", top, table=table, note=note)


def _gaps(reading: Reading) -> tuple[Figure, ...]:
    found = [group.figures for group in fairness(reading).groups if not group.folded]
    return found[0][:_FIGURES] if found else ()


def _render(
    title: str,
    top: Headline,
    *,
    table: Table | None,
    figures: tuple[Figure, ...] = (),
    pillars: tuple[object, ...] = (),
    note: str = "",
) -> str:
    css = (
        style("chart.css", "notebook.css").replace(":root,.rw", ".rw").replace(":root, .rw", ".rw")
    )
    return (
        environment()
        .get_template("notebook.html.j2")
        .render(
            css=css, title=title, headline=top, table=table, figures=figures, pillars=pillars,
            note=note,
        )
    )  # fmt: skip
