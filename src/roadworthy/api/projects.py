"""The verbs on a project: a folder with a project file, whose records are kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from roadworthy import wiring
from roadworthy.api.notebooks import draw_decisions
from roadworthy.api.tables import load
from roadworthy.errors import UsageError
from roadworthy.policy.judge import judge
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.policy import Policy
from roadworthy.records.record import JSON
from roadworthy.records.release import Release
from roadworthy.records.versions import DatasetVersion, DecisionRule, ModelVersion
from roadworthy.workflows.assess_project import assess_project as run_project
from roadworthy.workflows.assess_project import keep_decision, latest
from roadworthy.workflows.assessment import Assessment
from roadworthy.workflows.context import check_current
from roadworthy.workflows.datasheet import make_datasheet
from roadworthy.workflows.describe import compare, describe
from roadworthy.workflows.gate import Gate
from roadworthy.workflows.gate import gate as judge_record
from roadworthy.workflows.mitigate_project import RepairedModel
from roadworthy.workflows.ports import silent
from roadworthy.workflows.release import release as make_release
from roadworthy.workflows.show import Listing, list_measures
from roadworthy.workflows.show import show as list_project
from roadworthy.workflows.snapshot import snapshot as take_snapshot
from roadworthy.workflows.snapshot import snapshots
from roadworthy.workflows.verify import Verification, verify_project, verify_release


def snapshot(
    *names: str, project: str | Path = ".", progress: Callable[[str], None] = silent
) -> tuple[DatasetVersion, ...]:
    """Fix datasets of the project file by the digest of their content; all if none is named.

    Raises:
        DataError: a file is missing or unreadable, or a transformation fails.
        UsageError: the project file names no such dataset.
    """
    opened = wiring.project(Path(project))
    wanted = names or tuple(source.name for source in opened.system.datasets)
    if not wanted:
        raise UsageError("the project file names no datasets: add some under `datasets:`")
    taken = snapshots(opened, wanted, progress=progress)
    return tuple(taken[name].version for name in wanted)


def read(
    name: str, *, project: str | Path = ".", progress: Callable[[str], None] = silent
) -> pa.Table:
    """The rows of a dataset of the project file as Arrow, after fixing its version."""
    return take_snapshot(wiring.project(Path(project)), name, progress=progress).table.read()


def describe_dataset(
    reference: str, *, project: str | Path = "."
) -> tuple[DatasetVersion, tuple[DatasetVersion, ...]]:
    """A dataset version by its name or the start of its digest, and what it comes from."""
    return describe(wiring.project(Path(project)), reference)


def compare_datasets(old: str, new: str, *, project: str | Path = ".") -> tuple[str, ...]:
    """What differs between two dataset versions, a sentence each; nothing if they are the same.

    Naming one dataset twice compares its previous version with its latest.
    """
    return compare(wiring.project(Path(project)), old, new)


def datasheet(
    name: str,
    out: str | Path | None = None,
    *,
    project: str | Path = ".",
    progress: Callable[[str], None] = silent,
) -> tuple[Datasheet, Path]:
    """Make the datasheet of a dataset and write it.

    The ending of `out` chooses: `.md`, `.html`, `.json` (Croissant) or `.jsonl` (OpenLineage).
    """
    return make_datasheet(
        wiring.project(Path(project)), name, None if out is None else Path(out), progress=progress
    )


def register_model(
    model: object,
    name: str,
    *,
    project: str | Path = ".",
    features: Sequence[str] = (),
    rule: DecisionRule | None = None,
    training: Sequence[str] = (),
    method: str = "",
    parameters: Mapping[str, JSON] | None = None,
) -> ModelVersion:
    """Keep a model as an immutable version: its artefact, inputs, rule and training data.

    Args:
        model: a scikit-learn estimator, or a folder that holds an artefact.
        name: what the model is called; the latest version of a name is the one in use.
        project: the project's folder or file.
        features: the columns it reads; those it was fitted with otherwise.
        rule: how its scores become decisions; a threshold of 0.5 otherwise.
        training: names of the project's datasets that it was trained on.
        method: how it was made, in a few words.
        parameters: what it was trained with.

    Raises:
        TrustError: the artefact is of a kind that could run code when it is read (pickle).
    """
    return wiring.register_model(
        wiring.project(Path(project)),
        model,
        name,
        features=tuple(features),
        rule=rule,
        training=tuple(training),
        method=method,
        parameters=parameters or {},
    )


def assess_project(
    project: str | Path = ".",
    *,
    model: str | None = None,
    dataset: str | None = None,
    policy: Policy | str | Path | None = None,
    progress: Callable[[str], None] = silent,
) -> Assessment:
    """Assess what the project file names, and keep the evidence in the project's store."""
    draw_decisions()
    opened = wiring.project(Path(project))
    reference = model or opened.system.model
    return run_project(
        opened,
        model=None if reference is None else wiring.load_model(reference, opened),
        dataset=dataset,
        policy=None if policy is None else opened.ports.load_policy(policy),
        progress=progress,
    )


def gate(
    project: str | Path = ".",
    *,
    assessment: str | Path | None = None,
    policy: Policy | str | Path | None = None,
) -> Gate:
    """Judge an assessment: the project's latest, and keep the decision; or a saved one.

    Args:
        project: the folder or file whose policy, objectives and waivers judge.
        assessment: a saved assessment, its file or folder. With a `policy`, it needs no project
            file, and that of another system stays out of it. Its decision is not kept.
        policy: judge by this: a `Policy`, a path or a tier's name; by the project's otherwise.

    Raises:
        UsageError: nothing has been assessed yet, the data or the model have a newer version than
            what was assessed, nothing names a policy, or the assessment is of another system.
        PolicyError: the policy is made for less risk than the system's, or cannot be applied.
    """
    where = Path(project)
    if assessment is not None:
        return _judge_saved(Path(assessment), where, policy)
    opened = wiring.project(where)
    chosen = wiring.load_policy(policy, opened.system, root=opened.root)
    record = latest(opened).record
    check_current(opened, record)
    judged = judge_record(record, chosen, at=opened.ports.now(), system=opened.system)
    keep_decision(opened, judged.decision, judged.policy)
    return judged


def mitigate(
    project: str | Path = ".",
    *,
    model: str | None = None,
    policy: Policy | str | Path | None = None,
    retrain: bool = True,
    progress: Callable[[str], None] = silent,
) -> RepairedModel:
    """Try repairs of a registered model on validation data, and register what the policy chooses.

    Raises:
        UsageError: no model or no validation dataset is named.
    """
    opened = wiring.project(Path(project))
    reference = model or opened.system.model
    if reference is None:
        raise UsageError(
            "name a registered model to repair, as `model` in the project file or on the command "
            "line; a table of predictions alone cannot be repaired"
        )
    return wiring.mitigate(
        opened,
        wiring.load_model(reference, opened),
        policy=wiring.load_policy(policy, opened.system, root=opened.root),
        retrain=retrain,
        progress=progress,
    )


def write_report(
    assessment: str | Path | None,
    out: str | Path,
    *,
    policy: str | Path | None = None,
    project: str | Path = ".",
) -> Path:
    """Write the report of a saved assessment, or of the project's latest (None)."""
    return _shown(assessment, Path(project), policy).report(out)


def write_model_card(
    assessment: str | Path | None, out: str | Path, *, project: str | Path = "."
) -> Path:
    """Write the model card of a saved assessment, or of the project's latest (None)."""
    return _shown(assessment, Path(project), None).model_card(out)


def release(out: str | Path, *, name: str | None = None, project: str | Path = ".") -> Release:
    """Bundle the project's latest decision, which must be PASS, with everything it rests on."""
    target = Path(out)
    return make_release(
        wiring.project(Path(project)),
        name=name or target.resolve().name,
        write_folder=lambda files: wiring.write_folder(target, files),
    )


def verify(path: str | Path, *, progress: Callable[[str], None] = silent) -> Verification:
    """Check a release's folder, or a project, again from bytes, and judge its evidence again.

    Raises:
        UsageError: there is neither a release nor a project at the path.
    """
    where = Path(path)
    if (where / "release.json").exists():
        return verify_release(wiring.folder_files(where), subject=str(where), progress=progress)
    if not (where / wiring.PROJECT_FILE if where.is_dir() else where).exists():
        raise UsageError(
            f"there is neither a release nor a project at {where}; expected a folder with "
            f"release.json or {wiring.PROJECT_FILE}"
        )
    return verify_project(wiring.project(where), progress=progress)


def show(what: str = "status", *, project: str | Path = ".") -> Listing:
    """A listing of the project: status, assessment, decision, ledger, models; or every measure."""
    if what == "measures":
        return list_measures(dict(wiring.measures()))
    return list_project(wiring.project(Path(project)), what)


def _shown(path: str | Path | None, project: Path, policy: str | Path | None) -> Assessment:
    """A saved assessment with all that the project knows about it."""
    if path is not None:
        found = load(path)
        chosen = None if policy is None else found.ports.load_policy(policy)
        decision = None if chosen is None else judge(chosen, found.record, at=found.ports.now())
        return replace(found, policy=chosen, decision=decision)
    opened = wiring.project(project)
    return latest(opened, None if policy is None else opened.ports.load_policy(policy))


def _judge_saved(path: Path, project: Path, policy: Policy | str | Path | None) -> Gate:
    record = wiring.load_assessment(path)
    file = project / wiring.PROJECT_FILE if project.is_dir() else project
    system = wiring.load_system(project) if file.exists() else None
    if policy is not None and system is not None and system.name != record.system:
        system = None
    chosen = wiring.load_policy(policy, system, root=file.parent if file.exists() else None)
    return judge_record(record, chosen, at=wiring.now(), system=system)
