"""What a project has recorded around an assessment: its model, its data and what they come from."""

from __future__ import annotations

from roadworthy.errors import UsageError
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.decision import Decision
from roadworthy.records.tradeoff import TradeOff
from roadworthy.records.versions import DatasetVersion, ModelVersion
from roadworthy.registry.store import Store
from roadworthy.workflows.assessment import Context
from roadworthy.workflows.project import Project


def context_of(project: Project, record: AssessmentRecord) -> Context:
    """Everything that the cards tell beside the evidence.

    Raises:
        UsageError: the store does not hold the assessed dataset or one that it comes from.
    """
    store = project.store
    model = _model(store, record.model)
    datasets = _datasets(store, record.dataset, model)
    lineage = _lineage(record.dataset, datasets)
    sheets = {sheet.dataset: sheet for sheet in datasheets_of(store, datasets)}
    return Context(
        system=project.system,
        model=model,
        datasets=datasets,
        datasheet=next((sheets[content] for content in lineage if content in sheets), None),
        tradeoff=_tradeoff(store, model),
    )


def latest_record(project: Project) -> AssessmentRecord:
    """The latest assessment of the project's system.

    Raises:
        UsageError: nothing has been assessed yet.
    """
    digests = project.store.digests(AssessmentRecord)
    if not digests:
        raise UsageError("nothing has been assessed yet; run: roadworthy assess")
    return project.store.get(AssessmentRecord, digests[-1])


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
    versions = store.with_content(ModelVersion, content)
    return versions[-1] if versions else None


def _datasets(
    store: Store, assessed: str, model: ModelVersion | None
) -> tuple[DatasetVersion, ...]:
    """The assessed dataset, those the model was trained on, and everything they come from."""
    waiting = [assessed, *(model.training if model else ())]
    found: dict[str, DatasetVersion] = {}
    while waiting:
        content = waiting.pop()
        if content in found:
            continue
        versions = store.with_content(DatasetVersion, content)
        if not versions:
            raise UsageError(
                f"the dataset version {content[:19]} is not in the store; "
                f"add it with: roadworthy data add"
            )
        found[content] = versions[-1]
        waiting.extend(versions[-1].parents)
    return tuple(sorted(found.values(), key=lambda version: version.name))


def _lineage(content: str, datasets: tuple[DatasetVersion, ...]) -> list[str]:
    """A dataset version and what it comes from, nearest first, as content digests."""
    parents = {version.digest: version.parents for version in datasets}
    walk = [content]
    for item in walk:
        walk.extend(parent for parent in parents.get(item, ()) if parent not in walk)
    return walk


def datasheets_of(store: Store, datasets: tuple[DatasetVersion, ...]) -> tuple[Datasheet, ...]:
    """The latest datasheets of these dataset versions, where there are any."""
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


def check_current(project: Project, record: AssessmentRecord) -> None:
    """Refuse an assessment of data or of a model that the project has replaced since.

    Raises:
        UsageError: a newer version is in the store; the message names both.
    """
    store, model = project.store, project.system.model
    name = record.dataset_name
    if name in (datasets := store.names(DatasetVersion)):
        newest = store.get(DatasetVersion, datasets[name]).digest
        _check_same("dataset", name, record.dataset, newest)
    models = store.names(ModelVersion)
    if record.model is not None and model is not None and model in models:
        _check_same("model", model, record.model, store.get(ModelVersion, models[model]).digest)


def _check_same(kind: str, name: str, assessed: str, newest: str) -> None:
    if assessed != newest:
        raise UsageError(
            f"the latest assessment is of an earlier version of the {kind} {name!r} "
            f"({assessed[:19]}; now {newest[:19]}): run roadworthy assess, then gate again"
        )
