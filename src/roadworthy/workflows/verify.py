"""Verify: check a release, or a project, again from bytes, and judge the stored evidence again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from roadworthy.data.content import digest_of_table
from roadworthy.data.manifest import verify_files
from roadworthy.errors import RoadworthyError, TrustError, UsageError
from roadworthy.policy.judge import judge
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.decision import Decision, Verdict
from roadworthy.records.manifest import MismatchKind
from roadworthy.records.record import JSON, Record
from roadworthy.records.release import Release
from roadworthy.records.system import System
from roadworthy.records.tradeoff import TradeOff
from roadworthy.records.versions import DatasetVersion, ModelVersion
from roadworthy.registry.bundle import BundleCheck, file_name
from roadworthy.registry.releases import verify_bundle
from roadworthy.registry.store import Store
from roadworthy.workflows.gate import check_judged
from roadworthy.workflows.ports import silent
from roadworthy.workflows.project import Project

RECORDED: tuple[type[Record], ...] = (
    DatasetVersion,
    ModelVersion,
    Datasheet,
    AssessmentRecord,
    Decision,
    TradeOff,
    Release,
)
"""The records that the ledger tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was checked: what, whether it holds, and what was found."""

    what: str
    holds: bool
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Everything that was checked; it holds if every step holds."""

    subject: str
    steps: tuple[Step, ...]

    @property
    def holds(self) -> bool:
        """True if every step holds."""
        return all(step.holds for step in self.steps)

    def to_json(self) -> dict[str, JSON]:
        """For machines: the subject, whether it holds, and each step."""
        steps: list[JSON] = [
            {"what": s.what, "holds": s.holds, "found": list(s.found)} for s in self.steps
        ]
        return {"subject": self.subject, "holds": self.holds, "steps": steps}


def verify_release(
    files: Mapping[str, bytes],
    *,
    subject: str,
    progress: Callable[[str], None] = silent,
) -> Verification:
    """Check a bundle's bytes and links, its data, and that judging again decides the same."""
    progress("checking every file of the bundle")
    check = verify_bundle(files)
    steps = [
        Step(
            what=f"{check.files} files and the records that name each other",
            holds=check.holds,
            found=tuple(map(str, check.mismatches)) or (_root(check),),
        ),
        _check_data(check, files),
    ]
    progress("judging the stored evidence again")
    steps.append(_judge_again(check))
    if check.system is not None:
        steps.append(_ask_again(check, check.system))
    return Verification(subject=subject, steps=tuple(steps))


def verify_project(project: Project, *, progress: Callable[[str], None] = silent) -> Verification:
    """Check the project's ledger, records, artefacts and the data files where they lie."""
    progress("checking the ledger")
    steps = [_check_ledger(project), _check_records(project)]
    for version in _latest_datasets(project):
        progress(f"checking {version.name}")
        steps.append(_check_dataset(project, version))
    return Verification(subject=project.system.name, steps=tuple(steps))


# --- a release -----------------------------------------------------------------------------------


def _root(check: BundleCheck) -> str:
    root = "unread" if check.release is None else canonical.digest(check.release)
    return f"every digest is as recorded; that of the release itself is {root}"


def _check_data(check: BundleCheck, files: Mapping[str, bytes]) -> Step:
    """The data that the bundle carries is the data of its dataset versions."""
    wrong: list[str] = []
    carried = 0
    for version in check.datasets:
        folder = f"data/{file_name(version.name)}/"
        if not any(path.startswith(folder) for path in files):
            continue
        carried += 1
        for entry in version.files:
            path = folder + entry.path
            found = canonical.digest_of_bytes(files[path]) if path in files else "nothing"
            if found != entry.digest:
                wrong.append(f"{path}: found {found}, expected {entry.digest}")
    absent = len(check.datasets) - carried
    note = f"{carried} of {len(check.datasets)} dataset versions are carried and unchanged" + (
        f"; {absent} are not carried and were not checked" if absent else ""
    )
    return Step(what="the data", holds=not wrong, found=tuple(wrong) or (note,))


def _judge_again(check: BundleCheck) -> Step:
    what = "the decision, judged again from the stored evidence"
    if check.policy is None or check.assessment is None or check.decision is None:
        return Step(what=what, holds=False, found=("the records could not be read",))
    stored = check.decision
    try:
        again = judge(check.policy, check.assessment, at=stored.at)
    except RoadworthyError as error:
        return Step(what=what, holds=False, found=(f"judging failed: {error}",))
    if canonical.to_bytes(again) == canonical.to_bytes(stored):
        if again.verdict is not Verdict.PASS:
            note = f"{again.verdict.name}: only a PASS can be released"
            return Step(what=what, holds=False, found=(note,))
        note = f"{again.verdict.name}, the same {len(again.findings)} findings"
        return Step(what=what, holds=True, found=(note,))
    return Step(what=what, holds=False, found=_differences(stored, again))


def _ask_again(check: BundleCheck, system: System) -> Step:
    what = "the policy and the groups, compared with what the system's file asks"
    if check.policy is None or check.assessment is None:
        return Step(what=what, holds=False, found=("the records could not be read",))
    try:
        check_judged(check.assessment, check.policy, system)
    except RoadworthyError as error:
        return Step(what=what, holds=False, found=(str(error),))
    laxer = len(check.policy.departures)
    places = f"; it is laxer than its pack in {laxer} places" if laxer else ""
    return Step(what=what, holds=True, found=(f"all of it was asked{places}",))


def _differences(stored: Decision, again: Decision) -> tuple[str, ...]:
    old = {(f.requirement.id, str(f.slice)): f for f in stored.findings}
    new = {(f.requirement.id, str(f.slice)): f for f in again.findings}
    lines = [f"stored {stored.verdict.name}, judged again {again.verdict.name}"]
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was != now:
            before = was.verdict.name if was else "absent"
            after = now.verdict.name if now else "absent"
            lines.append(f"{key[0]} on {key[1]}: stored {before}, judged again {after}")
    return tuple(lines)


# --- a project -----------------------------------------------------------------------------------


def _check_ledger(project: Project) -> Step:
    what = "the ledger's chain"
    try:
        entries = project.store.ledger()
    except TrustError as error:
        return Step(what=what, holds=False, found=(str(error),))
    return Step(what=what, holds=True, found=(f"{len(entries)} entries, unbroken",))


def _check_records(project: Project) -> Step:
    """Every record and every model's file is as it was put, and the ledger tells of each record."""
    what = "the records, each told of in the ledger"
    wrong: list[str] = []
    held: set[str] = set()
    try:
        entries = project.store.ledger()
    except TrustError:
        return Step(what=what, holds=False, found=("the ledger cannot be read",))
    told = {entry.subject for entry in entries}
    for kind in RECORDED:
        for key in project.store.digests(kind):
            names, problem = _check_record(project.store, kind, key)
            held |= names
            if problem is None and not names & told:
                problem = f"the {kind.__name__} {key}: the ledger does not tell of it"
            wrong += [problem] if problem else []
    wrong += [
        f"ledger entry {entry.index} ({entry.event}): the store lacks {entry.subject}"
        for entry in entries
        if entry.subject not in held
    ]
    return Step(what=what, holds=not wrong, found=tuple(wrong) or (f"{len(told)} as recorded",))


def _check_record(store: Store, kind: type[Record], key: str) -> tuple[set[str], str | None]:
    """The digests that the ledger may call a record by, and what is wrong with it."""
    try:
        record = store.get(kind, key)
        for entry in record.files if isinstance(record, ModelVersion) else ():
            store.read(entry.digest)
    except (TrustError, UsageError) as error:
        return {key}, str(error)
    return {key, str(getattr(record, "digest", key))}, None


def _latest_datasets(project: Project) -> tuple[DatasetVersion, ...]:
    names = project.store.names(DatasetVersion)
    return tuple(project.store.get(DatasetVersion, names[name]) for name in sorted(names))


def _check_dataset(project: Project, version: DatasetVersion) -> Step:
    what = f"dataset {version.name} ({version.digest[:19]})"
    known = {source.name for source in project.system.datasets}
    if version.name not in known:
        note = "the project file no longer names it; only its record was checked"
        return Step(what=what, holds=True, found=(note,))
    if version.origin is not None or project.source(version.name).table is not None:
        return _check_table(project, version, what)
    root = project.folder_of(version)
    whole_folder = any(
        (project.root / file).is_dir() for file in project.source(version.name).files
    )
    wrong = tuple(
        str(item)
        for item in verify_files(version, root)
        if whole_folder or item.kind is not MismatchKind.ADDED
    )
    note = f"{len(version.files)} files as recorded, in {root}"
    return Step(what=what, holds=not wrong, found=wrong or (note,))


def _check_table(project: Project, version: DatasetVersion, what: str) -> Step:
    """The rows of a table elsewhere are those that were recorded; it is read again to see."""
    try:
        place = project.place_of(project.source(version.name))
        if place is None or version.origin is None:
            note = (
                f"the project file names {place or 'files'} by now, and no longer "
                f"{version.origin or 'files'}; fix the dataset again with: roadworthy data add"
            )
            return Step(what=what, holds=False, found=(note,))
        table = project.ports.engine_for(place).open(place, name=version.name)
        digest = digest_of_table(table)
    except RoadworthyError as error:
        return Step(what=what, holds=False, found=(str(error),))
    if digest == version.digest:
        note = f"{version.rows:,} rows as recorded, in {version.origin}"
        return Step(what=what, holds=True, found=(note,))
    note = (
        f"{version.origin}: changed; found {table.rows:,} rows with {digest}, "
        f"expected {version.rows:,} with {version.digest}"
    )
    return Step(what=what, holds=False, found=(note,))
