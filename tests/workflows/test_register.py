"""Registering: a model version is its bytes; the store and the ledger keep it once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from roadworthy.adapters.environment import installed_packages
from roadworthy.adapters.folder_store import FolderStore
from roadworthy.errors import UsageError
from roadworthy.records.canonical import digest
from roadworthy.records.versions import DecisionRule, ModelVersion
from roadworthy.workflows.register import (
    EVENT,
    describe_model,
    environment_digest,
    find_model,
    register_model,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)
FILES = {"model.skops": b"estimator", "model.json": b"sheet"}


def described(files=FILES, **given):
    """The version of these files."""
    facts = {"features": ["age"], "rule": DecisionRule(), "at": AT} | given
    return describe_model("m", files, **facts)


def test_the_digest_is_that_of_the_bytes():
    """Name, time, parents and parameters do not enter it; any byte of any file does."""
    plain = described()
    assert described(at=datetime(2027, 1, 1, tzinfo=UTC), parents=["p"]).digest == plain.digest
    assert described({**FILES, "model.json": b"another sheet"}).digest != plain.digest
    assert [entry.path for entry in plain.files] == ["model.json", "model.skops"]


def test_a_version_says_what_it_was_made_from():
    """Training data, parents, method, parameters, code and environment are kept as given."""
    facts = {
        "training": ("sha256:d",),
        "parents": ("sha256:p",),
        "method": "reweighing",
        "parameters": {"seed": 0},
        "code": "sha256:c",
        "environment": environment_digest(installed_packages()),
    }
    version = described(**facts)
    assert {name: getattr(version, name) for name in facts} == facts


@pytest.mark.parametrize(
    ("files", "given", "message"),
    [({}, {}, "needs the model's files"), (FILES, {"features": []}, "reads no features")],
)
def test_what_is_no_model_is_refused(files, given, message):
    """Without files or features there is nothing to register."""
    with pytest.raises(UsageError, match=message):
        described(files, **given)


def test_a_model_is_kept_once(tmp_path):
    """Registering again gives the first version back and adds nothing to the ledger."""
    store = FolderStore(tmp_path)
    first = register_model(store, described(), FILES)
    again = register_model(store, described(at=datetime(2027, 1, 1, tzinfo=UTC)), FILES)
    assert again == first
    assert [entry.event for entry in store.ledger()] == [EVENT]
    assert store.get(ModelVersion, store.names(ModelVersion)["m"]) == first
    assert store.read(first.files[1].digest) == b"estimator"


def test_the_same_bytes_from_other_parents_are_another_version(tmp_path):
    """What a model was made from is part of its record, though not of its digest."""
    store = FolderStore(tmp_path)
    register_model(store, described(), FILES)
    repaired = register_model(store, described(parents=["sha256:p"]), FILES)
    assert repaired.parents == ("sha256:p",)
    assert len(store.ledger()) == 2


def test_other_bytes_than_described_are_refused(tmp_path):
    """The store never holds a version whose files are not its own; nothing is written."""
    store = FolderStore(tmp_path)
    with pytest.raises(UsageError, match=r"model.json is not the file that 'm' describes"):
        register_model(store, described(), {**FILES, "model.json": b"x"})
    assert store.ledger() == ()


def test_the_environment_is_all_that_is_installed():
    """Python and this package's needs are among it; one version more is another digest."""
    packages = installed_packages()
    names = {package.partition("==")[0] for package in packages}
    assert {"python", "numpy", "scikit-learn"} <= names
    assert environment_digest(packages) == environment_digest(reversed(packages))
    assert environment_digest(packages) != environment_digest([*packages, "another==1"])


def test_a_version_cannot_be_changed_unnoticed():
    """Another rule in the record alone does not change the digest of the bytes."""
    version = described()
    assert replace(version, rule=DecisionRule(threshold=0.9)).digest == version.digest


def test_a_model_is_found_by_name_or_by_either_digest(tmp_path):
    """What cards and the terminal show of a model is enough to name it again."""
    store = FolderStore(tmp_path / "store")
    made = [
        register_model(
            store,
            describe_model("m", files, features=["x"], rule=DecisionRule(), at=AT),
            files,
        )
        for files in ({"a": b"one"}, {"a": b"two"})
    ]
    old, new = made
    assert find_model(store, "m") == new
    assert find_model(store, old.digest[7:19]) == old
    assert find_model(store, old.digest) == old
    assert find_model(store, digest(old)) == old
    with pytest.raises(UsageError):
        find_model(store, "nobody")
