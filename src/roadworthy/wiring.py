"""The one place that picks adapters: an engine, a store, a clock and the file system."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from roadworthy import __version__
from roadworthy.errors import DataError, HostError, TrustError, UsageError
from roadworthy.policy.pack import load_policy as parse_policy
from roadworthy.policy.pack import pack_for
from roadworthy.policy.questionnaire import assess_risk
from roadworthy.policy.system_file import parse_system
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.evidence import MeasureSpec
from roadworthy.records.policy import Policy, Tier
from roadworthy.records.record import JSON
from roadworthy.records.system import System
from roadworthy.records.versions import DecisionRule, ModelVersion

if TYPE_CHECKING:
    from rich.console import Console

    from roadworthy.data.engine import Engine
    from roadworthy.data.learner import Learner
    from roadworthy.data.model import Model
    from roadworthy.registry.store import Store
    from roadworthy.workflows.assess_project import LoadedModel
    from roadworthy.workflows.mitigate_project import RepairedModel
    from roadworthy.workflows.ports import Ports
    from roadworthy.workflows.project import Project

PROJECT_FILE = "roadworthy.yaml"
STATE = ".roadworthy"
"""The folder beside the project file that holds records, artefacts and the ledger."""


@cache
def engine() -> Engine:
    """The embedded engine."""
    from roadworthy.adapters.duckdb import DuckDBEngine

    return DuckDBEngine()


def engine_for(data: object) -> Engine:
    """The engine that opens some data: a database's for its tables, the embedded one for the rest.

    Raises:
        HostError: the engine needs a library that is not installed.
        UsageError: the data is a list in which a part is in a database.
    """
    from roadworthy.adapters.engines import engine_for as choose

    return choose(data, embedded=engine)


def learner() -> Learner | None:
    """What fits classifiers for checks; None where the library for it is not installed."""
    from roadworthy.adapters.boosting import boosted_trees

    return boosted_trees()


def store(root: Path) -> Store:
    """The embedded store of the project in `root`."""
    from roadworthy.adapters.folder_store import FolderStore

    return FolderStore(root / STATE)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        DataError: there is no such file, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error


def read_text(path: Path) -> str:
    """The text of a file in UTF-8.

    Raises:
        DataError: there is no such file, or it is not UTF-8.
    """
    data = read_bytes(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8: byte 0x{data[error.start]:02x} at position {error.start}; "
            f"save it as UTF-8"
        ) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, making its folder if need be."""
    from roadworthy.adapters.files import write_bytes as write

    write(path, data)


def console(json: bool = False) -> Console:
    """Where people read; with `json`, standard error, so that standard output is the document."""
    from rich.console import Console

    return Console(stderr=json, highlight=False, markup=False)


def load_system(path: Path) -> System:
    """The project file at `path`, or `roadworthy.yaml` in it if it is a folder."""
    file = path / PROJECT_FILE if path.is_dir() else path
    if not file.exists():
        raise UsageError(
            f"there is no project file {file}; write one with: roadworthy init DATA, "
            f"or name a table or a saved assessment on the command line"
        )
    from roadworthy.checks.catalogue import names_of_checks

    return parse_system(
        read_text(file), str(file), known_measures=measures(), known_checks=names_of_checks()
    )


def project(path: Path) -> Project:
    """The project whose file is at `path` (a folder or the file itself), wired to work."""
    from roadworthy.workflows.project import Project

    root = path if path.is_dir() else path.parent
    return Project(
        root=root,
        made=root / STATE / "data",
        system=load_system(path),
        store=store(root),
        ports=ports(root),
    )


def ports(root: Path | None = None, *, by: Engine | None = None) -> Ports:
    """What workflows ask of the world: with the embedded engine, or `by` another."""
    from roadworthy.workflows.ports import Ports

    return Ports(
        engine=by or engine(),
        engine_for=engine_for,
        now=now,
        read=read_bytes,
        write=write_bytes,
        load_policy=lambda reference: load_policy(reference, root=root),
        tool=f"roadworthy {__version__}",
        learner=learner(),
    )


def load_policy(
    reference: object, system: System | None = None, *, root: Path | None = None
) -> Policy:
    """A policy: a `Policy`, a path, the name of a tier, or None for the one the system's risk asks.

    Raises:
        UsageError: nothing names a policy.
        DocumentError: the file is malformed.
    """
    if isinstance(reference, Policy):
        return reference
    wanted = reference if reference is not None else (system.policy if system else None)
    if wanted is None:
        if system is None:
            raise UsageError(f"name a policy: the path of a file, or a tier ({_tiers()})")
        return pack_for(assess_risk(system.risk).tier)
    name = str(wanted)
    if name.upper() in Tier.__members__:
        return pack_for(Tier[name.upper()])
    path = (root / name) if root and not Path(name).is_absolute() else Path(name)
    if not path.exists():
        raise UsageError(f"policy {name!r} is neither a file ({path}) nor a tier ({_tiers()})")
    return parse_policy(read_text(path), str(path), known_measures=measures())


def load_assessment(path: Path) -> AssessmentRecord:
    """A saved assessment: its file, or the folder that holds it.

    Raises:
        DataError: there is no such file.
        TrustError: the file is not an assessment.
    """
    file = path / "assessment.json" if path.is_dir() else path
    if path.is_dir() and not file.exists():
        raise DataError(
            f"the folder {path} holds no {file.name}; save one with: "
            f"roadworthy assess ... --out FOLDER"
        )
    data = read_bytes(file)
    try:
        return canonical.from_bytes(AssessmentRecord, data)
    except TrustError as error:
        raise TrustError(f"{file} is not a saved assessment: {error}") from error


def _tiers() -> str:
    return ", ".join(tier.name.lower() for tier in Tier)


def measures() -> Mapping[str, MeasureSpec]:
    """Every measure that the built-in checks answer."""
    from roadworthy.checks.catalogue import measures as known

    return known()


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder of files whole or not at all."""
    from roadworthy.adapters.files import write_folder as write

    write(path, files)


def folder_files(path: Path) -> Mapping[str, bytes]:
    """The files of a folder by relative path, read when they are asked for."""
    from roadworthy.adapters.files import FolderFiles

    return FolderFiles(path)


# --- models --------------------------------------------------------------------------------------


def wrap_model(
    model: object,
    *,
    features: tuple[str, ...] | None = None,
    positive: str | None = None,
    threshold: float = 0.5,
) -> Model:
    """Any Python object that predicts, as a model to be assessed."""
    from roadworthy.adapters.models import wrap

    return wrap(model, features=features, positive=positive, threshold=threshold)


def wrap_regressor(model: object, *, features: tuple[str, ...] | None = None) -> Model:
    """Any Python object that predicts numbers, as a model to be assessed."""
    from roadworthy.adapters.regressor import wrap_regressor as wrap

    return wrap(model, features=features)


def wrap_classifier(model: object, *, features: tuple[str, ...] | None = None) -> Model:
    """Any Python object that decides between several classes, as a model to be assessed."""
    from roadworthy.adapters.classifier import wrap_classifier as wrap

    return wrap(model, features=features)


def number_of_classes(model: object) -> int | None:
    """How many classes a Python object decides between; None if it does not tell."""
    if model is None or isinstance(model, str | Path):
        return None
    from roadworthy.adapters.classifier import number_of_classes as count

    return count(model)


def model_digest(model: Model) -> str | None:
    """The digest that a model would be registered under; None if it cannot be saved."""
    from roadworthy.adapters.models import file_entries, model_files
    from roadworthy.records.manifest import manifest_digest

    try:
        return manifest_digest(file_entries(model_files(model)))
    except (UsageError, HostError, TrustError):
        return None


def load_model(reference: str, within: Project | None) -> LoadedModel:
    """A registered model, by its name or digest in the project, or by the folder of its files.

    Raises:
        UsageError: nothing matches.
        TrustError: its bytes are not those that were registered.
    """
    from roadworthy.adapters.models import model_from_files
    from roadworthy.workflows.assess_project import LoadedModel
    from roadworthy.workflows.register import find_model

    folder = Path(reference)
    if within is None:
        root = Path()
        if folder.is_dir() or not (root / PROJECT_FILE).exists():
            return _load_folder(folder)
        within = project(root)
    kept = within.store
    try:
        version = find_model(kept, reference)
    except UsageError:
        if not folder.exists():
            raise
        return _load_folder(folder)
    files = {entry.path: kept.read(entry.digest) for entry in version.files}
    return LoadedModel(version=version, model=model_from_files(files, version))


def _load_folder(folder: Path) -> LoadedModel:
    """The model in a folder: a release's `model/`, or what `save_model` wrote."""
    from roadworthy.adapters.models import load_model as load
    from roadworthy.adapters.models import model_files
    from roadworthy.workflows.assess_project import LoadedModel
    from roadworthy.workflows.register import describe_model

    if not folder.is_dir():
        raise UsageError(
            f"{str(folder)!r} is neither a registered model nor a folder that holds one; "
            f"register models with roadworthy.register_model"
        )
    model = load(folder)
    version = describe_model(
        folder.resolve().name,
        model_files(model),
        features=model.features,
        rule=model.rule,
        at=now(),
    )
    return LoadedModel(version=version, model=model)


def register_model(
    project: Project,
    model: object,
    name: str,
    *,
    features: tuple[str, ...],
    rule: DecisionRule | None,
    training: tuple[str, ...],
    parents: tuple[str, ...] = (),
    method: str,
    parameters: Mapping[str, JSON],
) -> ModelVersion:
    """Keep a model in the project's store as an immutable version."""
    from roadworthy.adapters.environment import installed_packages
    from roadworthy.adapters.models import model_files, wrap
    from roadworthy.workflows.register import (
        describe_model,
        environment_digest,
        register_model,
        training_digests,
    )

    made = wrap(model, features=features or None, rule=rule)
    files = model_files(made)
    version = describe_model(
        name,
        files,
        features=made.features,
        rule=made.rule,
        at=now(),
        training=training_digests(project.store, training),
        parents=parents,
        method=method,
        parameters=parameters,
        environment=environment_digest(installed_packages()),
    )
    return register_model(project.store, version, files)


def mitigate(
    project: Project,
    loaded: LoadedModel,
    *,
    policy: Policy,
    retrain: bool,
    progress: Callable[[str], None],
) -> RepairedModel:
    """Repair a registered model, with the trainer that fits its kind again."""
    from roadworthy.adapters.environment import installed_packages
    from roadworthy.adapters.models import model_files
    from roadworthy.adapters.sklearn import trainer_for
    from roadworthy.workflows.mitigate_project import mitigate_project
    from roadworthy.workflows.register import environment_digest

    return mitigate_project(
        project,
        loaded,
        policy=policy,
        trainer=trainer_for(loaded.model) if retrain else None,
        files_of=model_files,
        environment=environment_digest(installed_packages()),
        progress=progress,
    )
