"""Release: bind data, model, evidence and decision into one folder that can be checked anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from roadworthy.cards.datasheet import render_datasheet
from roadworthy.cards.model_card import render_model_card
from roadworthy.cards.report import render_report
from roadworthy.errors import PolicyError, UsageError
from roadworthy.policy.statement import render_statement
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.decision import Decision, Verdict
from roadworthy.records.policy import Policy
from roadworthy.records.release import Release
from roadworthy.records.tradeoff import TradeOff
from roadworthy.records.versions import DatasetVersion, ModelVersion
from roadworthy.registry.releases import BundleContent, build_bundle, file_name
from roadworthy.registry.store import Store
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
        PolicyError: the latest decision is not PASS.
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
    model = _model(store, decision.model)
    datasets = _datasets(project, decision.dataset, model)
    sheets = _datasheets(store, datasets)
    tradeoff = _tradeoff(store, model)
    content = BundleContent(
        assessment=assessment,
        policy=policy,
        decision=decision,
        datasets=datasets,
        model=model,
        system=system,
        datasheets=sheets,
        ledger=store.ledger(),
        model_files=_artefact(store, model),
        documents={
            **_cards(project, assessment, decision, policy, model, sheets, tradeoff),
            **_data(store, datasets),
        },
    )
    made, files = build_bundle(content, system=system.name, name=name, at=project.ports.now())
    write_folder(files)
    store.put(made, name=name)
    store.append(event="released", subject=canonical.digest(made), name=name, at=made.at)
    return made


def latest_decision(project: Project) -> Decision:
    """The latest decision on the project's system.

    Raises:
        UsageError: nothing has been decided yet.
    """
    names = project.store.names(Decision)
    if project.system.name not in names:
        raise UsageError(
            f"nothing has been decided about {project.system.name!r}; run: roadworthy gate"
        )
    return project.store.get(Decision, names[project.system.name])


def _model(store: Store, content: str | None) -> ModelVersion | None:
    if content is None:
        return None
    return store.with_content(ModelVersion, content)[-1]


def _datasets(
    project: Project, assessed: str, model: ModelVersion | None
) -> tuple[DatasetVersion, ...]:
    """The assessed dataset, those the model was trained on, and everything they come from."""
    waiting = [assessed, *(model.training if model else ())]
    found: dict[str, DatasetVersion] = {}
    while waiting:
        content = waiting.pop()
        if content in found:
            continue
        versions = project.store.with_content(DatasetVersion, content)
        if not versions:
            raise UsageError(
                f"the dataset version {content[:19]} is not in the store; "
                f"add it with: roadworthy data add"
            )
        found[content] = versions[-1]
        waiting.extend(versions[-1].parents)
    return tuple(sorted(found.values(), key=lambda version: version.name))


def _datasheets(store: Store, datasets: tuple[DatasetVersion, ...]) -> tuple[Datasheet, ...]:
    names = store.names(Datasheet)
    sheets = (store.get(Datasheet, names[v.name]) for v in datasets if v.name in names)
    known = {version.digest for version in datasets}
    return tuple(sheet for sheet in sheets if sheet.dataset in known)


def _tradeoff(store: Store, model: ModelVersion | None) -> TradeOff | None:
    for key in reversed(store.digests(TradeOff)):
        found = store.get(TradeOff, key)
        if model and found.chosen and found.chosen.model == model.digest:
            return found
    return None


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


def _cards(
    project: Project,
    assessment: AssessmentRecord,
    decision: Decision,
    policy: Policy,
    model: ModelVersion | None,
    sheets: tuple[Datasheet, ...],
    tradeoff: TradeOff | None,
) -> dict[str, bytes]:
    system = project.system
    sheet = next((s for s in sheets if s.dataset == assessment.dataset), None)
    texts = {
        "cards/report.html": render_report(
            assessment,
            decision=decision,
            policy=policy,
            system=system,
            model=model,
            datasheet=sheet,
            tradeoff=tradeoff,
        ),
        "cards/model_card.md": render_model_card(
            assessment, system=system, model=model, decision=decision, format="markdown"
        ),
        "cards/model_card.html": render_model_card(
            assessment, system=system, model=model, decision=decision, format="html"
        ),
        "exports/statement.json": render_statement(decision),
    }
    for item in sheets:
        stem = f"cards/datasheet-{file_name(item.name)}"
        texts[f"{stem}.md"] = render_datasheet(item, format="markdown")
        texts[f"{stem}.html"] = render_datasheet(item, format="html")
    return {path: text.encode() for path, text in texts.items()}
