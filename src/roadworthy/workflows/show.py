"""Show: what a project holds now, as plain listings that a terminal or a page can draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from roadworthy.errors import UsageError
from roadworthy.policy.questionnaire import QUESTIONS, assess_risk
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision
from roadworthy.records.evidence import Measured, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.release import Release
from roadworthy.records.versions import DatasetVersion, ModelVersion
from roadworthy.workflows.context import latest_decision, latest_record
from roadworthy.workflows.project import Project

_SHORT = len("sha256:") + 12
"""How much of a digest people see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Rows under column names, as people read them.

    `measured` says of each row whether it holds a number, `objects` is each row for machines (the
    row itself, where there are none), and `empty` is said where there are no rows.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    measured: tuple[bool, ...] = ()
    objects: tuple[JSON, ...] = ()
    empty: str = "nothing yet"

    def only(self, *, measure: str | None = None, unmeasured: bool = False) -> Listing:
        """The rows of one measure, or those without a number."""
        marks = self.measured or (True,) * len(self.rows)
        kept = [
            (row, mark, object_)
            for row, mark, object_ in zip(self.rows, marks, self.to_json(), strict=True)
            if (measure is None or row[0] == measure) and not (unmeasured and mark)
        ]
        if measure is not None and measure not in (known := sorted({row[0] for row in self.rows})):
            near = get_close_matches(measure, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? There are" if near else "there are"
            raise UsageError(f"no rows for {measure!r}; {hint}: {', '.join(known)}")
        return replace(
            self,
            rows=tuple(row for row, _, _ in kept),
            measured=tuple(mark for _, mark, _ in kept),
            objects=tuple(object_ for _, _, object_ in kept),
            empty="none",
        )

    def to_json(self) -> list[JSON]:
        """For machines: an object for each row."""
        if self.objects or not self.rows:
            return list(self.objects)
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def show(project: Project, what: str) -> Listing:
    """A listing of the project: status, risk, assessment, decision, ledger or models.

    Raises:
        UsageError: there is no such listing, or nothing to list yet.
    """
    listings = {
        "status": _status,
        "assessment": lambda given: list_evidence(latest_record(given)),
        "decision": _decision,
        "ledger": _ledger,
        "models": _models,
        "risk": _risk,
    }
    if what not in listings:
        choices = ", ".join(sorted([*listings, "measures"]))
        raise UsageError(f"cannot show {what!r}; choose one of: {choices}")
    return listings[what](project)


def list_measures(measures: dict[str, MeasureSpec]) -> Listing:
    """Every measure that a policy can name."""
    rows = tuple(
        (spec.slug, spec.pillar, spec.title, spec.direction.value) for spec in measures.values()
    )
    return Listing(title="measures", columns=("measure", "pillar", "title", "better"), rows=rows)


def list_evidence(record: AssessmentRecord) -> Listing:
    """The evidence of an assessment, every slice; what could not be measured says why."""
    rows: list[tuple[str, ...]] = []
    objects: list[JSON] = []
    for item in record.evidence:
        outcome = item.outcome
        known = outcome if isinstance(outcome, Measured) else None
        value, note = (
            ("unmeasured", outcome.reason)
            if isinstance(outcome, Unmeasured)
            else (f"{outcome.value:.4g}", f"{outcome.low:.4g} to {outcome.high:.4g}")
        )
        rows.append((item.measure, str(item.slice), value, note, f"{outcome.rows:,}"))
        objects.append(
            {
                "measure": item.measure,
                "slice": str(item.slice),
                "value": known.value if known else None,
                "low": known.low if known else None,
                "high": known.high if known else None,
                "n": outcome.rows,
                "reason": outcome.reason if isinstance(outcome, Unmeasured) else None,
            }
        )
    return Listing(
        title=f"assessment of {record.dataset_name} ({canonical.digest(record)[:_SHORT]})",
        columns=("measure", "slice", "value", "interval or reason", "n"),
        rows=tuple(rows),
        measured=tuple(isinstance(item.outcome, Measured) for item in record.evidence),
        objects=tuple(objects),
    )


def _status(project: Project) -> Listing:
    store = project.store
    rows: list[tuple[str, ...]] = []
    for name, key in sorted(store.names(DatasetVersion).items()):
        version = store.get(DatasetVersion, key)
        rows.append(("dataset", name, f"{version.rows:,} rows", version.digest))
    for name, key in sorted(store.names(ModelVersion).items()):
        model = store.get(ModelVersion, key)
        rows.append(("model", name, model.method or model.format.value, model.digest))
    for name, key in sorted(store.names(AssessmentRecord).items()):
        record = store.get(AssessmentRecord, key)
        rows.append(("assessment", name, f"{len(record.evidence):,} measurements", key))
    for name, key in sorted(store.names(Decision).items()):
        decision = store.get(Decision, key)
        rows.append(("decision", name, decision.verdict.name, key))
    for name, key in sorted(store.names(Release).items()):
        made = store.get(Release, key)
        rows.append(("release", name, made.verdict, key))
    return _with_digests(
        project.system.name,
        ("kind", "name", "what", "digest"),
        rows,
        empty="nothing yet; next: roadworthy data add, then roadworthy assess",
    )


def _with_digests(
    title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, empty: str
) -> Listing:
    """Rows that end with a digest: its beginning for people, the whole of it for machines."""
    return Listing(
        title=title,
        columns=columns,
        rows=tuple((*row[:-1], row[-1][:_SHORT]) for row in rows),
        objects=tuple(dict(zip(columns, row, strict=True)) for row in rows),
        empty=empty,
    )


def _decision(project: Project) -> Listing:
    decision = latest_decision(project)
    worst_first = sorted(decision.findings, key=lambda finding: -int(finding.verdict))
    return Listing(
        title=f"decision {decision.verdict.name} by {decision.policy_name}",
        columns=("verdict", "requirement", "reason"),
        rows=tuple((f.verdict.name, f.requirement.id, f.reason) for f in worst_first),
        objects=tuple(
            {
                "verdict": f.verdict.name,
                "requirement": f.requirement.id,
                "slice": str(f.slice),
                "reason": f.reason,
            }
            for f in worst_first
        ),
    )


def _ledger(project: Project) -> Listing:
    entries = project.store.ledger()
    return Listing(
        title="ledger",
        columns=("#", "time (UTC)", "event", "name", "record"),
        rows=tuple(
            (
                str(entry.index),
                f"{entry.at:%Y-%m-%d %H:%M:%S}",
                entry.event,
                entry.name,
                entry.subject[:_SHORT],
            )
            for entry in entries
        ),
        objects=tuple(
            {
                "index": entry.index,
                "at": entry.at.isoformat(),
                "event": entry.event,
                "name": entry.name,
                "record": entry.subject,
            }
            for entry in entries
        ),
    )


def _models(project: Project) -> Listing:
    store = project.store
    rows = []
    for name, key in sorted(store.names(ModelVersion).items()):
        model = store.get(ModelVersion, key)
        rows.append((name, model.method, model.format.value, model.digest))
    return _with_digests(
        "models",
        ("model", "method", "format", "digest"),
        rows,
        empty="none yet; register one with roadworthy.register_model",
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
