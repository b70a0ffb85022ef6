"""Release: bind data, model, evidence and decision into one folder that can be checked anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from roadworthy.cards.datasheet import render_datasheet
from roadworthy.errors import PolicyError
from roadworthy.policy.judge import judge
from roadworthy.policy.statement import render_statement
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.decision import Verdict
from roadworthy.records.policy import Policy
from roadworthy.records.release import Release
from roadworthy.records.versions import DatasetVersion, ModelVersion
from roadworthy.registry.bundle import BundleContent, file_name
from roadworthy.registry.releases import build_bundle
from roadworthy.registry.store import Event, Store
from roadworthy.workflows.assessment import Assessment
from roadworthy.workflows.context import context_of, datasheets_of, latest_decision
from roadworthy.workflows.gate import check_judged
from roadworthy.workflows.project import Project

CARRIED = 64 * 1024 * 1024
"""A bundle carries the data itself up to this many bytes; beyond, only its digests."""


def release(
    project: Project,
    *,
    name: str,
    write_folder: Callable[[Mapping[str, bytes]], None],
) -> Release:
    """Bundle the project's latest decision with everything it rests on.

    Args:
        project: the project, with its store.
        name: what the release is called.
        write_folder: writes the bundle's files whole or not at all.

    Raises:
        UsageError: nothing has been decided yet.
        PolicyError: the latest decision is not PASS, would not be today, or was made without what
            the project file says by now.
    """
    store, system = project.store, project.system
    decision = latest_decision(project)
    if decision.verdict is not Verdict.PASS:
        raise PolicyError(
            f"the latest decision is {decision.verdict.name}, and only PASS can be released; "
            f"read its findings with: roadworthy gate"
        )
    assessment = store.get(AssessmentRecord, decision.assessment)
    policy = store.get(Policy, decision.policy)
    check_judged(assessment, policy, system)
    now = project.ports.now()
    if judge(policy, assessment, at=now).verdict is not Verdict.PASS:
        raise PolicyError(
            "the latest decision is PASS no longer: a waiver has expired since; judge again with: "
            "roadworthy gate"
        )
    context = context_of(project, assessment)
    sheets = datasheets_of(store, context.datasets)
    content = BundleContent(
        assessment=assessment,
        policy=policy,
        decision=decision,
        datasets=context.datasets,
        model=context.model,
        system=system,
        datasheets=sheets,
        ledger=store.ledger(),
        model_files=_artefact(store, context.model),
        documents={
            **_cards(
                Assessment(
                    record=assessment,
                    ports=project.ports,
                    policy=policy,
                    decision=decision,
                    context=context,
                ),
                sheets,
            ),
            **_data(store, context.datasets),
        },
    )
    made, files = build_bundle(content, system=system.name, name=name, at=now)
    write_folder(files)
    store.put(made, name=name, event=Event(event="released", name=name, at=made.at))
    return made


def _artefact(store: Store, model: ModelVersion | None) -> dict[str, bytes]:
    return {entry.path: store.read(entry.digest) for entry in model.files} if model else {}


def _data(store: Store, datasets: tuple[DatasetVersion, ...]) -> dict[str, bytes]:
    """The data itself, smallest dataset first, as long as it fits."""
    carried: dict[str, bytes] = {}
    room = CARRIED
    for version in sorted(datasets, key=lambda v: (sum(e.size for e in v.files), v.name)):
        room -= sum(entry.size for entry in version.files)
        if room < 0:
            break
        for entry in version.files:
            path = f"data/{file_name(version.name)}/{entry.path}"
            carried[path] = store.read(entry.digest)
    return carried


def _cards(shown: Assessment, sheets: tuple[Datasheet, ...]) -> dict[str, bytes]:
    texts = {
        "cards/report.html": shown.report_html(),
        "cards/model_card.md": shown.model_card_text("markdown"),
        "cards/model_card.html": shown.model_card_text("html"),
    }
    if shown.decision is not None:
        texts["exports/statement.json"] = render_statement(shown.decision)
    for item in sheets:
        stem = f"cards/datasheet-{file_name(item.name)}"
        texts[f"{stem}.md"] = render_datasheet(item, format="markdown")
        texts[f"{stem}.html"] = render_datasheet(item, format="html")
    return {path: text.encode() for path, text in texts.items()}
