"""Mitigate a project's model: repair it on the validation dataset and register what was chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from roadworthy.data.engine import Table
from roadworthy.data.model import Model
from roadworthy.errors import UsageError
from roadworthy.records.policy import Policy
from roadworthy.records.versions import ModelVersion
from roadworthy.registry.store import Event
from roadworthy.training.trainer import Trainer
from roadworthy.workflows.assess import Naming, Question
from roadworthy.workflows.assess_project import LoadedModel
from roadworthy.workflows.gate import policy_for
from roadworthy.workflows.mitigate import Repair, mitigate, validation_assessor
from roadworthy.workflows.ports import silent
from roadworthy.workflows.project import Project
from roadworthy.workflows.register import describe_model, register_model
from roadworthy.workflows.snapshot import Snapshot, snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedModel:
    """A repair and the version under which its chosen model was registered.

    `version` is the version of the model as it was trained if no repair was better.
    """

    repair: Repair
    version: ModelVersion


def mitigate_project(
    project: Project,
    loaded: LoadedModel,
    *,
    policy: Policy,
    trainer: Trainer | None,
    files_of: Callable[[Model], Mapping[str, bytes]],
    environment: str | None = None,
    progress: Callable[[str], None] = silent,
) -> RepairedModel:
    """Repair a registered model on the project's validation dataset; keep what was chosen.

    The new version has the same name, and names the version it repairs as its parent. The dataset
    that is assessed for release is not read.

    Args:
        project: says which dataset is for training and which for validation.
        loaded: the model to repair.
        policy: what to meet, and the objective to choose by.
        trainer: fits the model again; None to leave reweighing out.
        files_of: the files of a model's artefact.
        environment: the digest of the installed packages.
        progress: told what is being done.

    Raises:
        UsageError: the project names no validation dataset, or the policy asks for nothing that a
            repair could change.
    """
    policy = policy_for(project.system, policy)
    validation = _validation(project, progress)
    train = _train(project, trainer, progress)
    at, ports = project.ports.now(), project.ports.by(validation.engine)
    repair = mitigate(
        loaded.model,
        train=None if train is None else train.table,
        validation=validation.table,
        roles=project.roles_for(validation.table),
        policy=policy,
        assess=validation_assessor(
            validation.table,
            _question(project, validation.table),
            Naming(
                system=project.system.name,
                dataset=validation.version.digest,
                dataset_name=validation.version.name,
                producer=ports.producer,
                at=at,
            ),
            engine=ports.engine,
            policy=policy,
        ),
        trainer=trainer,
        at=at,
        fingerprint=lambda model: _describe(loaded, model, files_of, at).digest,
        progress=progress,
    )
    version = loaded.version
    if repair.is_repaired:
        made = repair.chosen.made
        described = replace(
            _describe(loaded, made.model, files_of, at),
            method=repair.chosen.name,
            parameters={**loaded.version.parameters, **made.parameters},
            environment=environment or loaded.version.environment,
            training=tuple(dict.fromkeys([*loaded.version.training, validation.version.digest])),
        )
        version = register_model(project.store, described, files_of(made.model))
    name = loaded.version.name
    project.store.put(repair.tradeoff, name=name, event=Event(event="mitigated", name=name, at=at))
    return RepairedModel(repair=repair, version=version)


def _validation(project: Project, progress: Callable[[str], None]) -> Snapshot:
    name = project.system.validate
    if name is None:
        raise UsageError(
            "the project file does not say which dataset thresholds may be chosen on: "
            "add `validate: NAME`; it must not be the dataset that is assessed"
        )
    if name == project.system.assess:
        raise UsageError(
            f"`validate` and `assess` both name {name!r}; a repair that is chosen on the rows it "
            f"is judged by looks better than it is, so give them different rows"
        )
    return snapshot(project, name, progress=progress)


def _train(
    project: Project, trainer: Trainer | None, progress: Callable[[str], None]
) -> Snapshot | None:
    name = project.system.train
    if trainer is None or name is None:
        return None
    return snapshot(project, name, progress=progress)


def _question(project: Project, validation: Table) -> Question:
    return Question(
        roles=project.roles_for(validation),
        intersections=project.system.intersections,
        reference_groups=project.system.reference_groups,
    )


def _describe(
    loaded: LoadedModel,
    model: Model,
    files_of: Callable[[Model], Mapping[str, bytes]],
    at: datetime,
) -> ModelVersion:
    old = loaded.version
    if model is loaded.model:
        return old
    return describe_model(
        old.name,
        files_of(model),
        features=model.features,
        rule=model.rule,
        at=at,
        format=old.format,
        training=old.training,
        parents=(old.digest,),
        code=old.code,
    )
