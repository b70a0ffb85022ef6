"""The Python face: the verbs as functions. Each one wires, calls one workflow and hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from roadworthy import wiring
from roadworthy.data.model import Model
from roadworthy.data.values import value_text
from roadworthy.errors import UsageError
from roadworthy.policy.judge import judge
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.policy import Policy
from roadworthy.records.record import JSON
from roadworthy.records.release import Release
from roadworthy.records.versions import ColumnRoles, DatasetVersion, DecisionRule, ModelVersion
from roadworthy.workflows.assess import Naming, Question
from roadworthy.workflows.assess import assess as assess_table
from roadworthy.workflows.assess_project import assess_project as run_project
from roadworthy.workflows.assess_project import keep_decision, latest
from roadworthy.workflows.assessment import Assessment
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
from roadworthy.workflows.snapshot import snapshots, version_of
from roadworthy.workflows.verify import Verification, verify_project, verify_release

__all__ = [
    "assess",
    "assess_project",
    "compare_datasets",
    "datasheet",
    "describe_dataset",
    "gate",
    "judge",
    "load",
    "load_policy",
    "mitigate",
    "read",
    "register_model",
    "release",
    "show",
    "snapshot",
    "verify",
    "write_model_card",
    "write_report",
]


def assess(
    data: object,
    *,
    label: str | None = None,
    prediction: str | None = None,
    score: str | None = None,
    model: object | None = None,
    protected: Sequence[str] = (),
    intersections: int = 2,
    policy: Policy | str | Path | None = None,
    reference: object | None = None,
    positive: object | None = None,
    threshold: float = 0.5,
    weight: str | None = None,
    reference_groups: Mapping[str, str] | None = None,
    reference_shares: Mapping[str, Mapping[str, float]] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    features: Sequence[str] = (),
    condition: Sequence[str] = (),
    checks: Sequence[str] | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    name: str | None = None,
    at: datetime | None = None,
    progress: Callable[[str], None] = silent,
) -> Assessment:
    """Measure a table of predictions, or a model on a table, for everybody and for each group.

    Args:
        data: a path or glob (Parquet, CSV, JSON, Arrow), a pandas or Polars frame, an Arrow table
            or a DuckDB relation; or a list of such parts with the same columns. One row is one
            case.
        label: the column of true outcomes; two values.
        prediction: the column of decisions; two values.
        score: the column of probabilities of the positive class, in [0, 1].
        model: scores the rows itself: anything with `predict_proba` or `predict`.
        protected: columns whose groups are compared.
        intersections: how many protected columns are combined at once, at least 1.
        policy: judge by this: a `Policy`, a path or a tier's name.
        reference: a table to compare with (the training data, say): schema, overlap, drift.
        positive: the positive value of the label; recognised by itself for 0/1, no/yes and such.
        threshold: a score at or above it is a positive decision, if there is no prediction.
        weight: a column of non-negative row weights.
        reference_groups: for a protected column, the group that others are compared with; its
            largest group otherwise.
        reference_shares: for a protected column, the share of each group in the population that
            the data should stand for, in [0, 1].
        ranges: for a column, the lowest and highest possible value.
        features: the model's input columns; all columns without another role otherwise.
        condition: columns that may legitimately explain a difference between groups.
        checks: slugs of the checks to run; all otherwise.
        confidence: of the intervals.
        seed: of everything that samples; the same seed gives the same evidence.
        name: what the record calls the data.
        at: the time the record carries; now otherwise.
        progress: told which step has begun.

    Raises:
        DataError: the data cannot be read, or a column is not what its role says.
        UsageError: the arguments contradict each other.
    """
    if isinstance(protected, str) or isinstance(features, str) or isinstance(condition, str):
        raise UsageError("protected, features and condition are lists of column names")
    ports = wiring.ports()
    progress("opening the data")
    table = ports.engine.open(data, name=name)
    positive_text = None if positive is None else value_text(positive)
    given = _model(model, features, positive_text, threshold)
    record = assess_table(
        table,
        Question(
            roles=ColumnRoles(
                label=label,
                positive=positive_text,
                prediction=prediction,
                score=score,
                threshold=threshold,
                weight=weight,
                protected=tuple(protected),
                features=tuple(features),
                condition=tuple(condition),
            ),
            intersections=intersections,
            reference_groups=reference_groups or {},
            reference_shares=reference_shares or {},
            ranges=ranges or {},
            checks=None if checks is None else tuple(checks),
            confidence=confidence,
            seed=seed,
        ),
        Naming(
            system=name or table.name,
            dataset=version_of(data, table, ports=ports).digest,
            dataset_name=table.name,
            producer=ports.producer,
            at=at or ports.now(),
            model=given.digest,
            model_name=given.name,
        ),
        engine=ports.engine,
        model=given.model,
        reference=None if reference is None else ports.engine.open(reference, name="reference"),
        progress=progress,
    )
    chosen = None if policy is None else ports.load_policy(policy)
    decision = judge(chosen, record, at=record.at) if chosen else None
    return Assessment(record=record, ports=ports, policy=chosen, decision=decision)


def load(path: str | Path) -> Assessment:
    """Read a saved assessment: the folder that `save` wrote, or its `assessment.json`.

    Raises:
        DataError: there is no such file.
        TrustError: the file is not an assessment.
    """
    return Assessment(record=wiring.load_assessment(Path(path)), ports=wiring.ports())


def load_policy(reference: str | Path) -> Policy:
    """Read a policy file, or the built-in policy of a tier: minimal, limited, high or critical."""
    return wiring.load_policy(reference)


# --- verbs on a project --------------------------------------------------------------------------


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
    opened = wiring.project(Path(project))
    reference = model or opened.system.model
    return run_project(
        opened,
        model=None if reference is None else wiring.load_model(reference, opened),
        dataset=dataset,
        policy=None if policy is None else opened.ports.load_policy(policy),
        progress=progress,
    )


def gate(project: str | Path = ".", *, policy: Policy | str | Path | None = None) -> Gate:
    """Judge the project's latest assessment, by its own policy unless another is named; keep it.

    Raises:
        UsageError: nothing has been assessed yet.
        PolicyError: the policy is made for less risk than the system's, or cannot be applied.
    """
    opened = wiring.project(Path(project))
    chosen = wiring.load_policy(policy, opened.system, root=opened.root)
    judged = judge_record(
        latest(opened).record, chosen, at=opened.ports.now(), system=opened.system
    )
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
        raise UsageError("name a registered model, in the project file or with model=...")
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
        DataError: there is neither a release nor a project at the path.
    """
    where = Path(path)
    if (where / "release.json").exists():
        return verify_release(wiring.folder_files(where), subject=str(where), progress=progress)
    return verify_project(wiring.project(where), progress=progress)


def show(what: str = "status", *, project: str | Path = ".") -> Listing:
    """A listing of the project: status, assessment, decision, ledger, models; or every measure."""
    if what == "measures":
        return list_measures(dict(wiring.measures()))
    return list_project(wiring.project(Path(project)), what)


# --- parts ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Given:
    model: Model | None = None
    digest: str | None = None
    name: str | None = None


def _model(
    model: object | None, features: Sequence[str], positive: str | None, threshold: float
) -> _Given:
    if model is None:
        return _Given()
    if isinstance(model, str | Path):
        loaded = wiring.load_model(str(model), None)
        return _Given(loaded.model, loaded.version.digest, loaded.version.name)
    wrapped = wiring.wrap_model(
        model, features=tuple(features) or None, positive=positive, threshold=threshold
    )
    name = f"{type(model).__name__} (in memory, not registered)"
    return _Given(wrapped, wiring.model_digest(wrapped), name)


def _shown(path: str | Path | None, project: Path, policy: str | Path | None) -> Assessment:
    """A saved assessment with all that the project knows about it."""
    if path is not None:
        found = load(path)
        chosen = None if policy is None else found.ports.load_policy(policy)
        decision = None if chosen is None else judge(chosen, found.record, at=found.ports.now())
        return replace(found, policy=chosen, decision=decision)
    opened = wiring.project(project)
    return latest(opened, None if policy is None else opened.ports.load_policy(policy))
