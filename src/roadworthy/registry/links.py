"""Whether the records of a bundle name each other by the digests that they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.canonical import digest, digest_of_bytes
from roadworthy.records.manifest import Mismatch, MismatchKind, manifest_digest
from roadworthy.records.record import Record
from roadworthy.records.release import Release
from roadworthy.registry.bundle import RELEASE, BundleCheck, file_name


@dataclass(frozen=True, slots=True)
class _Link:
    """One record says a digest; the other has one."""

    path: str
    says: str
    said: object
    of: str
    actual: object


def check_links(check: BundleCheck, release: Release) -> Iterable[Mismatch]:
    """Every digest that a record says and the record it speaks of does not have."""
    links = [
        *_release_links(check, release),
        *_system_links(check, release),
        *_decision_links(check),
        *_subject_links(check),
        *_ledger_links(check),
    ]
    for link in links:
        if link.said != link.actual:
            yield Mismatch(
                kind=MismatchKind.INCONSISTENT,
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


def _system_links(check: BundleCheck, release: Release) -> Iterable[_Link]:
    """The release is of the system that was assessed, and came after it was."""
    assessment, decision = check.assessment, check.decision
    if assessment is None:
        return
    of = "the system that was assessed"
    yield _Link(RELEASE, "the system", release.system, of, assessment.system)
    if check.system is not None:
        yield _Link("system.json", "the system", check.system.name, of, assessment.system)
    if decision is not None:
        times = [assessment.at, decision.at, release.at]
        said, order = (", ".join(map(str, found)) for found in (times, sorted(times)))
        of = "those of assessment, decision and release in this order"
        yield _Link(RELEASE, "the times", said, of, order)


def _ledger_links(check: BundleCheck) -> Iterable[_Link]:
    """A ledger that is carried tells of the assessment and of the decision."""
    subjects = {entry.subject for entry in check.ledger}
    for name, record in (("assessment", check.assessment), ("decision", check.decision)):
        if subjects and record is not None and digest(record) not in subjects:
            yield _Link(
                "ledger.jsonl", "its entries:", "others", f"one about the {name}", digest(record)
            )


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
    if check.assessment is not None:
        yield from _assessment_links(check, check.assessment)
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


def _assessment_links(check: BundleCheck, assessment: AssessmentRecord) -> Iterable[_Link]:
    where = "assessment.json"
    rows = {version.digest: version.rows for version in check.datasets}
    if assessment.dataset in rows:
        of = "those of the dataset"
        yield _Link(where, "the rows", assessment.rows, of, rows[assessment.dataset])
    else:
        held = ", ".join(sorted(rows)) or "none"
        yield _Link(where, "the dataset", assessment.dataset, "a dataset of the bundle", held)
    actual = None if check.model is None else check.model.digest
    yield _Link(where, "the model", assessment.model, "the digest in model.json", actual)
    if check.model is not None and assessment.dataset in check.model.training:
        of = "data that the model was not trained on"
        yield _Link(where, "the dataset", assessment.dataset, of, "another one")
    for item in assessment.evidence:
        if (item.dataset, item.model) != (assessment.dataset, assessment.model):
            said = f"{item.measure} on {item.slice} is about {item.dataset}, {item.model}"
            of = "evidence about the assessed bytes"
            yield _Link(where, "evidence:", said, of, f"{assessment.dataset}, {assessment.model}")
            break


def check_model_files(check: BundleCheck, files: Mapping[str, bytes]) -> Iterable[Mismatch]:
    """The model's artefact, compared with the list in the model version."""
    if check.model is None:
        return
    listed = {f"model/{entry.path}": entry for entry in check.model.files}
    for path in sorted({path for path in files if path.startswith("model/")} - set(listed)):
        yield Mismatch(
            kind=MismatchKind.INCONSISTENT,
            path=path,
            found="a file that model.json does not list",
            expected="no such file",
        )
    for path, entry in sorted(listed.items()):
        actual = digest_of_bytes(files[path]) if path in files else "nothing"
        if actual != entry.digest:
            yield Mismatch(
                kind=MismatchKind.INCONSISTENT, path=path, found=actual, expected=entry.digest
            )


def check_data_files(check: BundleCheck, files: Mapping[str, bytes]) -> Iterable[Mismatch]:
    """Under `data/` lies nothing but the files of the bundle's dataset versions."""
    known = {
        f"data/{file_name(version.name)}/{entry.path}"
        for version in check.datasets
        for entry in version.files
    }
    for path in sorted({path for path in files if path.startswith("data/")} - known):
        yield Mismatch(
            kind=MismatchKind.INCONSISTENT,
            path=path,
            found="a file that no dataset of the bundle lists",
            expected="no such file",
        )
