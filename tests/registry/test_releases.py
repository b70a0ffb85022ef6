"""A bundle holds exactly what was decided about; anything else is found and named."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from roadworthy.errors import TrustError, UsageError
from roadworthy.records.assessment import AssessmentRecord, SliceSize
from roadworthy.records.canonical import digest, digest_of_bytes, to_bytes
from roadworthy.records.datasheet import Datasheet, Entry, Section
from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.evidence import Evidence, Measured
from roadworthy.records.manifest import MismatchKind, manifest_digest
from roadworthy.records.policy import Policy, Requirement
from roadworthy.records.release import Release
from roadworthy.records.slices import ALL
from roadworthy.records.system import System
from roadworthy.records.versions import (
    Column,
    ColumnRoles,
    DatasetVersion,
    DecisionRule,
    FileEntry,
    ModelFormat,
    ModelVersion,
)
from roadworthy.registry.bundle import BundleContent, file_name
from roadworthy.registry.ledger import next_entry
from roadworthy.registry.releases import build_bundle, verify_bundle

AT = datetime(2026, 1, 2, tzinfo=UTC)
WEIGHTS = b"weights"


def content() -> BundleContent:
    """Records that belong together."""
    files = (FileEntry(path="a.csv", size=2, digest="sha256:bb"),)
    columns = (Column(name="age", type="integer"),)
    dataset = DatasetVersion(
        name="people/2015",
        digest=manifest_digest(files, columns),
        files=files,
        rows=10,
        columns=columns,
        created=AT,
    )
    artefact = (FileEntry(path="model.skops", size=len(WEIGHTS), digest=digest_of_bytes(WEIGHTS)),)
    model = ModelVersion(
        name="gbm",
        digest=manifest_digest(artefact),
        format=ModelFormat.SKOPS,
        files=artefact,
        features=("age",),
        rule=DecisionRule(),
        created=AT,
    )
    outcome = Measured(value=0.9, low=0.8, high=1.0, rows=10, method="wilson")
    evidence = Evidence(
        measure="accuracy",
        slice=ALL,
        outcome=outcome,
        dataset=dataset.digest,
        model=model.digest,
        producer="test",
        at=AT,
    )
    assessment = AssessmentRecord(
        system="outreach",
        dataset=dataset.digest,
        dataset_name=dataset.name,
        model=model.digest,
        rows=10,
        roles=ColumnRoles(label="age"),
        intersections=1,
        roster=(SliceSize(slice=ALL, rows=10),),
        measures=(),
        evidence=(evidence,),
        producer="test",
        at=AT,
    )
    requirement = Requirement(id="accurate", measure="accuracy", at_least=0.7)
    policy = Policy(name="strict", requirements=(requirement,))
    finding = Finding(
        requirement=requirement, slice=ALL, verdict=Verdict.PASS, outcome=outcome, reason="fine"
    )
    decision = Decision(
        policy=digest(policy),
        policy_name="strict",
        assessment=digest(assessment),
        dataset=dataset.digest,
        model=model.digest,
        findings=(finding,),
        at=AT,
    )
    sheet = Datasheet(
        dataset=dataset.digest,
        name="people",
        title="People",
        entries=(Entry(key="purpose", section=Section.MOTIVATION, question="Why?"),),
        at=AT,
    )
    first = next_entry(None, event="assessed", subject=digest(assessment), at=AT)
    return BundleContent(
        assessment=assessment,
        policy=policy,
        decision=decision,
        datasets=(dataset,),
        model=model,
        system=System(name="outreach", owner="us", intended_use="support"),
        datasheets=(sheet,),
        ledger=(first, next_entry(first, event="decided", subject=digest(decision), at=AT)),
        model_files={"model.skops": WEIGHTS},
        documents={"cards/report.html": b"<html>"},
    )


def bundle() -> dict[str, bytes]:
    """The files of an honest bundle."""
    return build_bundle(content(), system="outreach", name="r1", at=AT)[1]


def resealed(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files with a release that lists them as they are: what a careful forger would write."""
    release = build_bundle(content(), system="outreach", name="r1", at=AT)[0]
    entries = tuple(
        FileEntry(path=path, size=len(files[path]), digest=digest_of_bytes(files[path]))
        for path in sorted(files)
        if path != "release.json"
    )
    return {**files, "release.json": to_bytes(replace(release, files=entries))}


def test_an_honest_bundle_holds_and_gives_its_records() -> None:
    """Nothing is found wrong, and every record comes back for judging again."""
    release, files = build_bundle(content(), system="outreach", name="r1", at=AT)
    check = verify_bundle(files)
    given = content()
    assert check.holds
    assert check.mismatches == ()
    assert check.files == len(files) - 1
    assert (check.release, check.assessment, check.policy) == (
        release,
        given.assessment,
        given.policy,
    )
    assert (check.decision, check.model, check.system) == (
        given.decision,
        given.model,
        given.system,
    )
    assert (check.datasets, check.datasheets, check.ledger) == (
        given.datasets,
        given.datasheets,
        given.ledger,
    )
    assert release.verdict == "PASS"


def test_a_bundle_is_the_same_bytes_each_time() -> None:
    """The same content gives the same bundle."""
    assert bundle() == bundle()


def test_a_bundle_without_a_model_holds() -> None:
    """Predictions that were brought along, in a frame, need neither model nor files."""
    given = content()
    evidence = tuple(replace(item, model=None) for item in given.assessment.evidence)
    assessment = replace(given.assessment, model=None, evidence=evidence)
    decision = replace(given.decision, model=None, assessment=digest(assessment))
    memory = replace(given.datasets[0], files=())
    smaller = BundleContent(
        assessment=assessment, policy=given.policy, decision=decision, datasets=(memory,)
    )
    assert verify_bundle(build_bundle(smaller, system="outreach", name="r", at=AT)[1]).holds


@pytest.mark.parametrize("path", sorted(set(bundle()) - {"release.json"}))
def test_every_changed_byte_is_found(path: str) -> None:
    """Whichever file is changed, it is named as changed with both digests."""
    files = bundle()
    files[path] = files[path] + b" "
    check = verify_bundle(files)
    found = next(mismatch for mismatch in check.mismatches if mismatch.path == path)
    assert not check.holds
    assert found.kind is MismatchKind.CHANGED
    assert digest_of_bytes(files[path]) in found.found


@pytest.mark.parametrize("path", sorted(bundle()))
def test_every_missing_file_is_found(path: str) -> None:
    """Whichever file is taken away, it is named as missing."""
    files = bundle()
    del files[path]
    check = verify_bundle(files)
    assert (MismatchKind.MISSING, path) in {(f.kind, f.path) for f in check.mismatches}


def test_an_added_file_is_found() -> None:
    """A file that nobody decided about is named."""
    check = verify_bundle({**bundle(), "cards/extra.html": b""})
    assert [(f.kind, f.path) for f in check.mismatches] == [
        (MismatchKind.ADDED, "cards/extra.html")
    ]


Forgery = Callable[[dict[str, bytes]], None]


def _put(path: str, change: Callable[[BundleContent], object]) -> Forgery:
    def forge(files: dict[str, bytes]) -> None:
        files[path] = to_bytes(change(content()))

    return forge


FORGERIES = {
    "a decision about another assessment": (
        _put("decision.json", lambda c: replace(c.decision, assessment="sha256:00")),
        r"the assessment sha256:00, expected the digest of assessment\.json",
    ),
    "a decision by another policy": (
        _put("policy.json", lambda c: replace(c.policy, name="lenient")),
        r"decision\.json.*the policy .*, expected the digest of policy\.json",
    ),
    "a decision about another model": (
        _put("decision.json", lambda c: replace(c.decision, model="sha256:00")),
        "the model sha256:00, expected the model that was assessed",
    ),
    "an assessment with better numbers": (
        _put("assessment.json", lambda c: replace(c.assessment, rows=99)),
        r"the digest of assessment\.json",
    ),
    "an assessment of a dataset that is not here": (
        _put("assessment.json", lambda c: replace(c.assessment, dataset="sha256:00")),
        "the dataset sha256:00, expected a dataset of the bundle",
    ),
    "evidence about other bytes": (
        _put(
            "assessment.json",
            lambda c: replace(
                c.assessment, evidence=(replace(c.assessment.evidence[0], model="sha256:00"),)
            ),
        ),
        "accuracy on all is about sha256:.*expected evidence about the assessed bytes",
    ),
    "another model version": (
        _put("model.json", lambda c: replace(c.model, digest="sha256:00")),
        r"expected the digest in model\.json, sha256:00",
    ),
    "a model version with another manifest": (
        _put("model.json", lambda c: replace(c.model, files=())),
        r"model\.json: .*expected the digest of its manifest",
    ),
    "a dataset with another manifest": (
        _put("datasets/people-2015.json", lambda c: replace(c.datasets[0], columns=())),
        r"datasets/people-2015\.json.*expected the digest of its manifest",
    ),
    "a datasheet of another dataset": (
        _put("datasheets/people.json", lambda c: replace(c.datasheets[0], dataset="sha256:00")),
        "the dataset sha256:00, expected a dataset of the bundle",
    ),
    "an assessment of more rows than there are": (
        _put("assessment.json", lambda c: replace(c.assessment, rows=99)),
        "the rows 99, expected those of the dataset, 10",
    ),
    "an assessment on the training rows": (
        _put("model.json", lambda c: replace(c.model, training=(c.datasets[0].digest,))),
        "expected data that the model was not trained on",
    ),
    "another system": (
        _put("system.json", lambda c: replace(c.system, name="pilot")),
        r"system\.json: .*the system pilot, expected the system that was assessed, outreach",
    ),
    "a decision before its evidence": (
        _put("decision.json", lambda c: replace(c.decision, at=AT - timedelta(days=1))),
        "expected those of assessment, decision and release in this order",
    ),
    "a ledger of something else": (
        lambda files: files.update(
            {"ledger.jsonl": to_bytes(next_entry(None, event="x", subject="y", at=AT)) + b"\n"}
        ),
        r"ledger\.jsonl: .*expected one about the decision, sha256:",
    ),
    "data that nobody versioned": (
        lambda files: files.update({"data/people-2015/b.csv": b"1"}),
        r"data/people-2015/b\.csv: .*a file that no dataset of the bundle lists",
    ),
    "a decision without findings": (
        _put("decision.json", lambda c: replace(c.decision, findings=())),
        "expected at least one finding",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_resealed_forgery_is_found_by_the_links(name: str) -> None:
    """A forger who also rewrites the list of files is found, since records name each other."""
    forge, expected = FORGERIES[name]
    files = bundle()
    forge(files)
    check = verify_bundle(resealed(files))
    texts = "\n".join(map(str, check.mismatches))
    assert {mismatch.kind for mismatch in check.mismatches} == {MismatchKind.INCONSISTENT}
    assert re.search(expected, texts), texts


def test_a_resealed_artefact_is_found() -> None:
    """Other weights than the model version lists are found, though the file list agrees."""
    files = bundle()
    files["model/model.skops"] = b"other"
    files["model/extra.py"] = b"import os"
    mismatches = verify_bundle(resealed(files)).mismatches
    assert [(f.kind, f.path) for f in mismatches] == [
        (MismatchKind.INCONSISTENT, "model/extra.py"),
        (MismatchKind.INCONSISTENT, "model/model.skops"),
    ]


def test_a_verdict_that_the_decision_does_not_say_is_found() -> None:
    """The release cannot claim another verdict than the decision's."""
    files = bundle()
    release = verify_bundle(files).release
    assert isinstance(release, Release)
    files["release.json"] = to_bytes(replace(release, verdict="FAIL"))
    (mismatch,) = verify_bundle(files).mismatches
    assert str(mismatch) == (
        "release.json: inconsistent; found the verdict FAIL, expected the decision's verdict, PASS"
    )


def test_a_broken_ledger_is_found() -> None:
    """The ledger in the bundle must be a chain."""
    files = bundle()
    files["ledger.jsonl"] = files["ledger.jsonl"] * 2
    (mismatch,) = verify_bundle(resealed(files)).mismatches
    assert (mismatch.kind, mismatch.path) == (MismatchKind.INCONSISTENT, "ledger.jsonl")
    assert "ledger entry 2 is missing" in mismatch.found


def test_a_file_listed_twice_is_found() -> None:
    """One list, one digest for each file."""
    files = bundle()
    release = verify_bundle(files).release
    assert isinstance(release, Release)
    files["release.json"] = to_bytes(replace(release, files=(*release.files, release.files[0])))
    (found,) = verify_bundle(files).mismatches
    assert found.found == "assessment.json listed 2 times"


def test_other_spacing_is_not_the_record() -> None:
    """A record in another spelling than the canonical one is found, though it says the same."""
    files = bundle()
    files["policy.json"] = files["policy.json"].replace(b":", b": ", 1)
    (mismatch,) = verify_bundle(resealed(files)).mismatches
    assert (mismatch.kind, mismatch.path) == (MismatchKind.CHANGED, "policy.json")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"schema": "roadworthy/policy/1"}'])
def test_a_release_that_cannot_be_read_ends_the_check(data: bytes) -> None:
    """Without a readable root nothing is believed."""
    check = verify_bundle({**bundle(), "release.json": data})
    assert [mismatch.kind for mismatch in check.mismatches] == [MismatchKind.UNREADABLE]
    assert check.release is None


def test_unsafe_paths_are_never_read() -> None:
    """A release that lists a path outside the bundle does not make the checker read it."""

    class Guarded(dict[str, bytes]):
        def __getitem__(self, path: str) -> bytes:
            assert ".." not in path
            return super().__getitem__(path)

    files = bundle()
    release = verify_bundle(files).release
    assert isinstance(release, Release)
    outside = FileEntry(path="../secret", size=1, digest="sha256:00")
    files["release.json"] = to_bytes(replace(release, files=(*release.files, outside)))
    mismatches = verify_bundle(Guarded(files)).mismatches
    assert [(f.kind, f.path) for f in mismatches] == [(MismatchKind.UNSAFE, "../secret")]


def test_a_file_that_the_reader_distrusts_is_a_mismatch() -> None:
    """A link, say, is reported like any other mismatch, and the rest is still checked."""

    class Linked(dict[str, bytes]):
        def __getitem__(self, path: str) -> bytes:
            if path == "cards/report.html":
                raise TrustError("cards/report.html is a link")
            return super().__getitem__(path)

    (mismatch,) = verify_bundle(Linked(bundle())).mismatches
    assert (mismatch.kind, mismatch.found) == (MismatchKind.UNSAFE, "cards/report.html is a link")


def test_records_that_do_not_belong_together_are_not_released() -> None:
    """A bundle is never built from a decision about something else."""
    given = content()
    other = replace(given, decision=replace(given.decision, dataset="sha256:00"))
    with pytest.raises(UsageError, match=r"do not belong together.*the dataset sha256:00"):
        build_bundle(other, system="outreach", name="r", at=AT)


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ({"../x": b""}, r"'\.\./x' cannot be a path in a bundle"),
        ({"policy.json": b""}, "would be called 'policy.json'"),
        ({"release.json": b""}, "would be called 'release.json'"),
    ],
)
def test_documents_keep_to_their_place(documents: dict[str, bytes], message: str) -> None:
    """A document can neither leave the bundle nor take the place of a record."""
    with pytest.raises(UsageError, match=message):
        build_bundle(replace(content(), documents=documents), system="s", name="r", at=AT)


def test_names_become_file_names() -> None:
    """Any name gives a plain file name."""
    assert file_name("../../etc") == "etc"
    assert file_name("Größe") == "Gr--e"
    assert file_name("///") == "unnamed"
