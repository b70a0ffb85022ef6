"""Show: what a project holds now, as plain listings that a terminal or a page can draw."""

from __future__ import annotations

from dataclasses import dataclass, replace

from roadworthy.errors import UsageError
from roadworthy.policy.questionnaire import QUESTIONS, assess_risk
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision
from roadworthy.records.evidence import Measured, MeasureSpec
from roadworthy.records.record import JSON
from roadworthy.records.release import Release
from roadworthy.records.versions import DatasetVersion, ModelVersion
from roadworthy.workflows.context import latest_decision, latest_record
from roadworthy.workflows.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Rows under column names; `measured` says of each row whether it holds a number."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    measured: tuple[bool, ...] = ()

    def only(self, *, measure: str | None = None, unmeasured: bool = False) -> Listing:
        """The rows of one measure, or those without a number."""
        marks = self.measured or (True,) * len(self.rows)
        kept = [
            (row, mark)
            for row, mark in zip(self.rows, marks, strict=True)
            if (measure is None or row[0] == measure) and not (unmeasured and mark)
        ]
        if measure is not None and not kept:
            known = ", ".join(sorted({row[0] for row in self.rows}))
            raise UsageError(f"no rows for {measure!r}; there are: {known}")
        return replace(
            self, rows=tuple(row for row, _ in kept), measured=tuple(mark for _, mark in kept)
        )

    def to_json(self) -> list[JSON]:
        """For machines: an object for each row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def show(project: Project, what: str) -> Listing:
    """A listing of the project: status, risk, assessment, decision, ledger or models.

    Raises:
        UsageError: there is no such listing, or nothing to list yet.
    """
    listings = {
        "status": _status,
        "assessment": _assessment,
        "decision": _decision,
        "ledger": _ledger,
        "models": _models,
        "risk": _risk,
    }
    if what not in listings:
        raise UsageError(f"cannot show {what!r}; choose one of: {', '.join(sorted(listings))}")
    return listings[what](project)


def list_measures(measures: dict[str, MeasureSpec]) -> Listing:
    """Every measure that a policy can name."""
    rows = tuple(
        (spec.slug, spec.pillar, spec.title, spec.direction.value) for spec in measures.values()
    )
    return Listing(title="measures", columns=("measure", "pillar", "title", "better"), rows=rows)


def _status(project: Project) -> Listing:
    store = project.store
    rows: list[tuple[str, ...]] = []
    for name, key in sorted(store.names(DatasetVersion).items()):
        version = store.get(DatasetVersion, key)
        rows.append(("dataset", name, f"{version.rows:,} rows", version.digest[:19]))
    for name, key in sorted(store.names(ModelVersion).items()):
        model = store.get(ModelVersion, key)
        rows.append(("model", name, model.method or model.format.value, model.digest[:19]))
    for name, key in sorted(store.names(AssessmentRecord).items()):
        record = store.get(AssessmentRecord, key)
        rows.append(("assessment", name, f"{len(record.evidence)} measurements", key[:19]))
    for name, key in sorted(store.names(Decision).items()):
        decision = store.get(Decision, key)
        rows.append(("decision", name, decision.verdict.name, key[:19]))
    for name, key in sorted(store.names(Release).items()):
        made = store.get(Release, key)
        rows.append(("release", name, made.verdict, key[:19]))
    return Listing(
        title=project.system.name, columns=("kind", "name", "what", "digest"), rows=tuple(rows)
    )


def _assessment(project: Project) -> Listing:
    record = latest_record(project)
    rows, marks = [], []
    for item in record.evidence:
        outcome = item.outcome
        marks.append(isinstance(outcome, Measured))
        if isinstance(outcome, Measured):
            value, note = f"{outcome.value:.4g}", f"{outcome.low:.4g} to {outcome.high:.4g}"
        else:
            value, note = "unmeasured", outcome.reason
        rows.append((item.measure, str(item.slice), value, note, f"{outcome.rows:,}"))
    return Listing(
        title=f"assessment of {record.dataset_name} ({canonical.digest(record)[:19]})",
        columns=("measure", "slice", "value", "interval or reason", "n"),
        rows=tuple(rows),
        measured=tuple(marks),
    )


def _decision(project: Project) -> Listing:
    decision = latest_decision(project)
    rows = tuple(
        (f.verdict.name, f.requirement.id, str(f.slice), f.reason) for f in decision.findings
    )
    return Listing(
        title=f"decision {decision.verdict.name} by {decision.policy_name}",
        columns=("verdict", "requirement", "slice", "reason"),
        rows=rows,
    )


def _ledger(project: Project) -> Listing:
    rows = tuple(
        (
            str(entry.index),
            f"{entry.at:%Y-%m-%d %H:%M:%S}",
            entry.event,
            entry.name,
            entry.subject[:19],
        )
        for entry in project.store.ledger()
    )
    return Listing(title="ledger", columns=("#", "time (UTC)", "event", "name", "of"), rows=rows)


def _models(project: Project) -> Listing:
    store = project.store
    rows = []
    for name, key in sorted(store.names(ModelVersion).items()):
        model = store.get(ModelVersion, key)
        rows.append((name, model.method, model.format.value, model.digest[:19]))
    return Listing(
        title="models", columns=("model", "method", "format", "digest"), rows=tuple(rows)
    )


def _risk(project: Project) -> Listing:
    risk = assess_risk(project.system.risk)
    rows = tuple(
        (question.asks, question.answers[risk.answers.get(question.key, question.gravest)])
        if question.key in risk.answers
        else (question.asks, f"unanswered; counted as: {question.answers[question.gravest]}")
        for question in QUESTIONS
    )
    return Listing(
        title=risk.reasons[0],
        columns=("question", "answer"),
        rows=rows,
    )
