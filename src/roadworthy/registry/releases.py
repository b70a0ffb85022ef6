"""A release bundle: what lies where in it, and whether its bytes still say what was decided.

    release.json              the root: what was decided about which bytes, and the list of files
    assessment.json           the evidence
    policy.json               what the evidence had to show
    decision.json             what the policy concluded
    system.json               the system (if given)
    model.json, model/...     the model version (if any), and its artefact
    datasets/NAME.json        the dataset versions
    datasheets/NAME.json      their datasheets
    ledger.jsonl              the ledger up to the release
    cards/..., exports/...    documents made from the records

Pure: files come as a mapping from relative path to bytes, and findings come back as values. Judging
the evidence again is the workflow's part; `BundleCheck` hands it the records to do so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from roadworthy.errors import TrustError, UsageError
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.canonical import digest, digest_of_bytes, from_bytes, to_bytes
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.decision import Decision
from roadworthy.records.manifest import is_safe_path, manifest_digest
from roadworthy.records.policy import Policy
from roadworthy.records.record import Record
from roadworthy.records.release import LedgerEntry, Release
from roadworthy.records.system import System
from roadworthy.records.versions import DatasetVersion, FileEntry, ModelVersion
from roadworthy.registry.ledger import read_chain

RELEASE = "release.json"

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleContent:
    """What goes into a bundle.

    `model_files` are the artefact's files by the paths of the model version; `documents` are other
    files (cards, exports) by their path in the bundle.
    """

    assessment: AssessmentRecord
    policy: Policy
    decision: Decision
    datasets: tuple[DatasetVersion, ...]
    model: ModelVersion | None = None
    system: System | None = None
    datasheets: tuple[Datasheet, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    model_files: Mapping[str, bytes] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict)


class FindingKind(StrEnum):
    """What is wrong with a bundle."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    UNREADABLE = "unreadable"
    INCONSISTENT = "inconsistent"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFinding:
    """One thing that does not hold: where, what was found and what was expected."""

    kind: FindingKind
    path: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.path}: {self.kind}; found {self.found}, expected {self.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleCheck:
    """What a bundle holds and what is wrong with it; a record that cannot be read is absent."""

    findings: tuple[BundleFinding, ...]
    files: int
    release: Release | None = None
    assessment: AssessmentRecord | None = None
    policy: Policy | None = None
    decision: Decision | None = None
    model: ModelVersion | None = None
    system: System | None = None
    datasets: tuple[DatasetVersion, ...] = ()
    datasheets: tuple[Datasheet, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()

    @property
    def holds(self) -> bool:
        """True if nothing is wrong."""
        return not self.findings


def build_bundle(
    content: BundleContent, *, system: str, name: str, at: datetime
) -> tuple[Release, dict[str, bytes]]:
    """The release of this content, and every file of its bundle by path, `release.json` included.

    Raises:
        UsageError: two files would have one path, a path leaves the bundle, or the records do not
            belong together.
    """
    files = _lay_out(content)
    release = Release(
        system=system,
        name=name,
        datasets=tuple(digest(version) for version in content.datasets),
        model=None if content.model is None else digest(content.model),
        assessment=digest(content.assessment),
        policy=digest(content.policy),
        decision=digest(content.decision),
        verdict=content.decision.verdict.name,
        files=tuple(
            FileEntry(path=path, size=len(files[path]), digest=digest_of_bytes(files[path]))
            for path in sorted(files)
        ),
        at=at,
    )
    files[RELEASE] = to_bytes(release)
    findings = verify_bundle(files).findings
    if findings:
        raise UsageError(f"these records do not belong together: {findings[0]}")
    return release, files


def verify_bundle(files: Mapping[str, bytes]) -> BundleCheck:
    """Check every byte of a bundle and every digest that one record names another by."""
    findings: list[BundleFinding] = []
    release = _read(files, RELEASE, Release, findings)
    if release is None:
        return BundleCheck(findings=tuple(findings), files=0)
    readable = _check_files(files, release, findings)
    check = BundleCheck(
        findings=(),
        files=len(release.files),
        release=release,
        assessment=_read(readable, "assessment.json", AssessmentRecord, findings),
        policy=_read(readable, "policy.json", Policy, findings),
        decision=_read(readable, "decision.json", Decision, findings),
        model=_read(readable, "model.json", ModelVersion, findings) if release.model else None,
        system=_read(readable, "system.json", System, findings, required=False),
        datasets=_read_all(readable, "datasets/", DatasetVersion, findings),
        datasheets=_read_all(readable, "datasheets/", Datasheet, findings),
        ledger=_read_ledger(readable, findings),
    )
    findings += _check_links(check, release)
    findings += _check_model_files(check, readable)
    return replace(check, findings=tuple(findings))


# --- laying out ----------------------------------------------------------------------------------


def _lay_out(content: BundleContent) -> dict[str, bytes]:
    pairs: list[tuple[str, bytes]] = [
        ("assessment.json", to_bytes(content.assessment)),
        ("policy.json", to_bytes(content.policy)),
        ("decision.json", to_bytes(content.decision)),
    ]
    if content.system is not None:
        pairs.append(("system.json", to_bytes(content.system)))
    if content.model is not None:
        pairs.append(("model.json", to_bytes(content.model)))
    pairs += [(f"datasets/{file_name(v.name)}.json", to_bytes(v)) for v in content.datasets]
    pairs += [(f"datasheets/{file_name(d.name)}.json", to_bytes(d)) for d in content.datasheets]
    if content.ledger:
        pairs.append(("ledger.jsonl", b"".join(to_bytes(e) + b"\n" for e in content.ledger)))
    pairs += [(f"model/{path}", content.model_files[path]) for path in sorted(content.model_files)]
    pairs += [(path, content.documents[path]) for path in sorted(content.documents)]
    files: dict[str, bytes] = {}
    for path, data in pairs:
        if not is_safe_path(path):
            raise UsageError(f"{path!r} cannot be a path in a bundle: it may leave the folder")
        if path in files or path == RELEASE:
            raise UsageError(f"two files of the bundle would be called {path!r}; rename one")
        files[path] = data
    return files


def file_name(name: str) -> str:
    """A name made fit for a file: letters, digits, `.`, `_` and `-`; the rest becomes `-`.

    >>> file_name("ACS 2015/train")
    'ACS-2015-train'
    """
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name)
    return kept.strip(".-") or "unnamed"


# --- reading -------------------------------------------------------------------------------------


def _check_files(
    files: Mapping[str, bytes], release: Release, findings: list[BundleFinding]
) -> dict[str, bytes]:
    """Compare the files with the release's list; gives those that may be read on."""
    readable: dict[str, bytes] = {}
    for entry in release.files:
        data = _fetch(files, entry, findings)
        if data is None:
            continue
        found = (digest_of_bytes(data), len(data))
        if found != (entry.digest, entry.size):
            findings.append(
                BundleFinding(
                    kind=FindingKind.CHANGED,
                    path=entry.path,
                    found=f"{found[1]:,} bytes with {found[0]}",
                    expected=f"{entry.size:,} bytes with {entry.digest}",
                )
            )
        readable[entry.path] = data
    listed = {entry.path for entry in release.files} | {RELEASE}
    findings += [
        BundleFinding(
            kind=FindingKind.ADDED,
            path=path,
            found="a file that the release does not list",
            expected="no such file",
        )
        for path in sorted(set(files) - listed)
    ]
    return readable


def _fetch(
    files: Mapping[str, bytes], entry: FileEntry, findings: list[BundleFinding]
) -> bytes | None:
    if not is_safe_path(entry.path):
        kind, found = FindingKind.UNSAFE, "a path that may leave the bundle; it was not read"
    elif entry.path not in files:
        kind, found = FindingKind.MISSING, "nothing"
    else:
        try:
            return files[entry.path]
        except TrustError as error:
            kind, found = FindingKind.UNSAFE, str(error)
    findings.append(BundleFinding(kind=kind, path=entry.path, found=found, expected=entry.digest))
    return None


def _read(
    files: Mapping[str, bytes],
    path: str,
    kind: type[R],
    findings: list[BundleFinding],
    *,
    required: bool = True,
) -> R | None:
    if path not in files:
        if required and not any(finding.path == path for finding in findings):
            findings.append(
                BundleFinding(
                    kind=FindingKind.MISSING,
                    path=path,
                    found="nothing",
                    expected=f"a {kind.__name__}",
                )
            )
        return None
    try:
        data = files[path]
        record = from_bytes(kind, data)
        canonical = to_bytes(record) == data
    except (TrustError, ValueError) as error:
        findings.append(
            BundleFinding(
                kind=FindingKind.UNREADABLE,
                path=path,
                found=str(error),
                expected=f"a {kind.__name__}",
            )
        )
        return None
    if not canonical:
        findings.append(
            BundleFinding(
                kind=FindingKind.CHANGED,
                path=path,
                found="JSON that is not in canonical form",
                expected="the canonical bytes of the record",
            )
        )
    return record


def _read_all(
    files: Mapping[str, bytes], folder: str, kind: type[R], findings: list[BundleFinding]
) -> tuple[R, ...]:
    paths = sorted(path for path in files if path.startswith(folder))
    records = (_read(files, path, kind, findings) for path in paths)
    return tuple(record for record in records if record is not None)


def _read_ledger(
    files: Mapping[str, bytes], findings: list[BundleFinding]
) -> tuple[LedgerEntry, ...]:
    if "ledger.jsonl" not in files:
        return ()
    try:
        return read_chain(files["ledger.jsonl"].splitlines())
    except TrustError as error:
        findings.append(
            BundleFinding(
                kind=FindingKind.INCONSISTENT,
                path="ledger.jsonl",
                found=str(error),
                expected="an unbroken chain",
            )
        )
        return ()


# --- links between records -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Link:
    """One record says a digest; the other has one."""

    path: str
    says: str
    said: object
    of: str
    actual: object


def _check_links(check: BundleCheck, release: Release) -> Iterable[BundleFinding]:
    links = [*_release_links(check, release), *_decision_links(check), *_subject_links(check)]
    for link in links:
        if link.said != link.actual:
            yield BundleFinding(
                kind=FindingKind.INCONSISTENT,
                path=link.path,
                found=f"{link.says} {link.said}",
                expected=f"{link.of}, {link.actual}",
            )


def _release_links(check: BundleCheck, release: Release) -> Iterable[_Link]:
    named: Sequence[tuple[str, str | None, Record | None]] = (
        ("assessment", release.assessment, check.assessment),
        ("policy", release.policy, check.policy),
        ("decision", release.decision, check.decision),
        ("model", release.model, check.model),
    )
    for name, said, record in named:
        if record is not None:
            yield _Link(RELEASE, f"the {name}", said, f"the digest of {name}.json", digest(record))
    listed = ", ".join(sorted(release.datasets)) or "none"
    held = ", ".join(sorted(digest(version) for version in check.datasets)) or "none"
    yield _Link(RELEASE, "the datasets", listed, "the digests of the files in datasets/", held)
    if check.decision is not None and check.decision.findings:
        actual = check.decision.verdict.name
        yield _Link(RELEASE, "the verdict", release.verdict, "the decision's verdict", actual)


def _decision_links(check: BundleCheck) -> Iterable[_Link]:
    decision, where = check.decision, "decision.json"
    if decision is None:
        return
    if not decision.findings:
        yield _Link(where, "findings:", "none", "at least one finding", "some")
    if check.policy is not None:
        actual = digest(check.policy)
        yield _Link(where, "the policy", decision.policy, "the digest of policy.json", actual)
    if check.assessment is not None:
        actual = digest(check.assessment)
        of = "the digest of assessment.json"
        yield _Link(where, "the assessment", decision.assessment, of, actual)
        for name in ("dataset", "model"):
            said, actual = getattr(decision, name), getattr(check.assessment, name)
            yield _Link(where, f"the {name}", said, f"the {name} that was assessed", actual)


def _subject_links(check: BundleCheck) -> Iterable[_Link]:
    assessment, where = check.assessment, "assessment.json"
    if assessment is not None:
        contents = {version.digest for version in check.datasets}
        if assessment.dataset not in contents:
            held = ", ".join(sorted(contents)) or "none"
            yield _Link(where, "the dataset", assessment.dataset, "a dataset of the bundle", held)
        actual = None if check.model is None else check.model.digest
        yield _Link(where, "the model", assessment.model, "the digest in model.json", actual)
        for item in assessment.evidence:
            if (item.dataset, item.model) != (assessment.dataset, assessment.model):
                said = f"{item.measure} on {item.slice} is about {item.dataset}, {item.model}"
                of = "evidence about the assessed bytes"
                yield _Link(
                    where, "evidence:", said, of, f"{assessment.dataset}, {assessment.model}"
                )
                break
    if check.model is not None:
        actual = manifest_digest(check.model.files)
        of = "the digest of its manifest"
        yield _Link("model.json", "the digest", check.model.digest, of, actual)
    for version in check.datasets:
        if version.files:
            path = f"datasets/{file_name(version.name)}.json"
            actual = manifest_digest(version.files, version.columns)
            yield _Link(path, "the digest", version.digest, "the digest of its manifest", actual)
    known = {version.digest for version in check.datasets}
    for sheet in check.datasheets:
        path = f"datasheets/{file_name(sheet.name)}.json"
        if sheet.dataset not in known:
            of = "a dataset of the bundle"
            yield _Link(path, "the dataset", sheet.dataset, of, ", ".join(sorted(known)) or "none")


def _check_model_files(check: BundleCheck, files: Mapping[str, bytes]) -> Iterable[BundleFinding]:
    """The model's artefact, compared with the list in the model version."""
    if check.model is None:
        return
    listed = {f"model/{entry.path}": entry for entry in check.model.files}
    for path in sorted({path for path in files if path.startswith("model/")} - set(listed)):
        yield BundleFinding(
            kind=FindingKind.INCONSISTENT,
            path=path,
            found="a file that model.json does not list",
            expected="no such file",
        )
    for path, entry in sorted(listed.items()):
        actual = digest_of_bytes(files[path]) if path in files else "nothing"
        if actual != entry.digest:
            yield BundleFinding(
                kind=FindingKind.INCONSISTENT, path=path, found=actual, expected=entry.digest
            )
