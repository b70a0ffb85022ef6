"""A release bundle is built, and its bytes are checked: do they still say what was decided?

Pure: files come as a mapping from relative path to bytes, and mismatches come back as values.
Judging the evidence again is the workflow's part; `BundleCheck` hands it the records to do so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from roadworthy.errors import TrustError, UsageError
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.canonical import digest, digest_of_bytes, from_bytes, to_bytes
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.decision import Decision
from roadworthy.records.manifest import Mismatch, MismatchKind, is_safe_path
from roadworthy.records.policy import Policy
from roadworthy.records.record import Record
from roadworthy.records.release import LedgerEntry, Release
from roadworthy.records.system import System
from roadworthy.records.versions import DatasetVersion, FileEntry, ModelVersion
from roadworthy.registry.bundle import RELEASE, BundleCheck, BundleContent, file_name
from roadworthy.registry.ledger import read_chain
from roadworthy.registry.links import check_data_files, check_links, check_model_files

R = TypeVar("R", bound=Record)


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
    mismatches = verify_bundle(files).mismatches
    if mismatches:
        raise UsageError(f"these records do not belong together: {mismatches[0]}")
    return release, files


def verify_bundle(files: Mapping[str, bytes]) -> BundleCheck:
    """Check every byte of a bundle and every digest that one record names another by."""
    mismatches: list[Mismatch] = []
    release = _read(files, RELEASE, Release, mismatches)
    if release is None:
        return BundleCheck(mismatches=tuple(mismatches), files=0)
    readable = _check_files(files, release, mismatches)
    check = BundleCheck(
        mismatches=(),
        files=len(release.files),
        release=release,
        assessment=_read(readable, "assessment.json", AssessmentRecord, mismatches),
        policy=_read(readable, "policy.json", Policy, mismatches),
        decision=_read(readable, "decision.json", Decision, mismatches),
        model=_read(readable, "model.json", ModelVersion, mismatches) if release.model else None,
        system=_read(readable, "system.json", System, mismatches, required=False),
        datasets=_read_all(readable, "datasets/", DatasetVersion, mismatches),
        datasheets=_read_all(readable, "datasheets/", Datasheet, mismatches),
        ledger=_read_ledger(readable, mismatches),
    )
    mismatches += check_links(check, release)
    mismatches += check_model_files(check, readable)
    mismatches += check_data_files(check, readable)
    return replace(check, mismatches=tuple(mismatches))


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


# --- reading -------------------------------------------------------------------------------------


def _check_files(
    files: Mapping[str, bytes], release: Release, mismatches: list[Mismatch]
) -> dict[str, bytes]:
    """Compare the files with the release's list; gives those that may be read on."""
    readable: dict[str, bytes] = {}
    paths = Counter(entry.path for entry in release.files)
    mismatches += [
        Mismatch(
            kind=MismatchKind.INCONSISTENT,
            path=RELEASE,
            found=f"{path} listed {paths[path]} times",
            expected="each file once",
        )
        for path in sorted(paths)
        if paths[path] > 1
    ]
    for entry in release.files:
        data = _fetch(files, entry, mismatches)
        if data is None:
            continue
        found = (digest_of_bytes(data), len(data))
        if found != (entry.digest, entry.size):
            mismatches.append(
                Mismatch(
                    kind=MismatchKind.CHANGED,
                    path=entry.path,
                    found=f"{found[1]:,} bytes with {found[0]}",
                    expected=f"{entry.size:,} bytes with {entry.digest}",
                )
            )
        readable[entry.path] = data
    listed = {entry.path for entry in release.files} | {RELEASE}
    mismatches += [
        Mismatch(
            kind=MismatchKind.ADDED,
            path=path,
            found="a file that the release does not list",
            expected="no such file",
        )
        for path in sorted(set(files) - listed)
    ]
    return readable


def _fetch(
    files: Mapping[str, bytes], entry: FileEntry, mismatches: list[Mismatch]
) -> bytes | None:
    if not is_safe_path(entry.path):
        kind, found = MismatchKind.UNSAFE, "a path that may leave the bundle; it was not read"
    elif entry.path not in files:
        kind, found = MismatchKind.MISSING, "nothing"
    else:
        try:
            return files[entry.path]
        except TrustError as error:
            kind, found = MismatchKind.UNSAFE, str(error)
    mismatches.append(Mismatch(kind=kind, path=entry.path, found=found, expected=entry.digest))
    return None


def _read(
    files: Mapping[str, bytes],
    path: str,
    kind: type[R],
    mismatches: list[Mismatch],
    *,
    required: bool = True,
) -> R | None:
    if path not in files:
        if required and not any(mismatch.path == path for mismatch in mismatches):
            mismatches.append(
                Mismatch(
                    kind=MismatchKind.MISSING,
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
        mismatches.append(
            Mismatch(
                kind=MismatchKind.UNREADABLE,
                path=path,
                found=str(error),
                expected=f"a {kind.__name__}",
            )
        )
        return None
    if not canonical:
        mismatches.append(
            Mismatch(
                kind=MismatchKind.CHANGED,
                path=path,
                found="JSON that is not in canonical form",
                expected="the canonical bytes of the record",
            )
        )
    return record


def _read_all(
    files: Mapping[str, bytes], folder: str, kind: type[R], mismatches: list[Mismatch]
) -> tuple[R, ...]:
    paths = sorted(path for path in files if path.startswith(folder))
    records = (_read(files, path, kind, mismatches) for path in paths)
    return tuple(record for record in records if record is not None)


def _read_ledger(files: Mapping[str, bytes], mismatches: list[Mismatch]) -> tuple[LedgerEntry, ...]:
    if "ledger.jsonl" not in files:
        return ()
    try:
        return read_chain(files["ledger.jsonl"].splitlines())
    except TrustError as error:
        mismatches.append(
            Mismatch(
                kind=MismatchKind.INCONSISTENT,
                path="ledger.jsonl",
                found=str(error),
                expected="an unbroken chain",
            )
        )
        return ()
