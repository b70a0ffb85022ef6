"""Register: make a model an immutable version that names its bytes and what it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from roadworthy.errors import UsageError
from roadworthy.records.canonical import canonical_json, digest_of_bytes
from roadworthy.records.manifest import manifest_digest
from roadworthy.records.record import JSON
from roadworthy.records.versions import (
    DatasetVersion,
    DecisionRule,
    FileEntry,
    ModelFormat,
    ModelVersion,
)
from roadworthy.registry.store import Event, Store

EVENT = "model-registered"
"""What the ledger calls it."""


def describe_model(
    name: str,
    files: Mapping[str, bytes],
    *,
    features: Sequence[str],
    rule: DecisionRule,
    at: datetime,
    format: ModelFormat = ModelFormat.SKOPS,  # noqa: A002 - the record's own word
    training: Sequence[str] = (),
    parents: Sequence[str] = (),
    method: str = "",
    parameters: Mapping[str, JSON] | None = None,
    code: str | None = None,
    environment: str | None = None,
) -> ModelVersion:
    """The version of a model whose artefact is these bytes.

    The digest covers the files and their names, nothing else: the same bytes are the same model,
    whoever registers them and when. The decision rule is one of the files.

    Args:
        name: what people call the model.
        files: the artefact, by file name.
        features: the columns the model reads.
        rule: how its scores become decisions.
        at: when it was registered.
        format: how the artefact is stored.
        training: digests of the dataset versions it was fitted on.
        parents: digests of the model versions that it repairs.
        method: how it was made, in a few words (`as trained`, `reweighing by sex`).
        parameters: what must be known to make it again.
        code: the digest of the code that trained it.
        environment: the digest of the installed packages (`environment_digest`).

    Raises:
        UsageError: there are no files, or the model reads no features.
    """
    if not files:
        raise UsageError("a model version needs the model's files, found none")
    if not features:
        raise UsageError(f"model {name!r} reads no features; nothing can be said about it")
    entries = tuple(
        FileEntry(path=path, size=len(files[path]), digest=digest_of_bytes(files[path]))
        for path in sorted(files)
    )
    return ModelVersion(
        name=name,
        digest=manifest_digest(entries),
        format=format,
        files=entries,
        features=tuple(features),
        rule=rule,
        created=at,
        training=tuple(training),
        parents=tuple(parents),
        method=method,
        parameters=dict(parameters or {}),
        code=code,
        environment=environment,
    )


def register_model(store: Store, version: ModelVersion, files: Mapping[str, bytes]) -> ModelVersion:
    """Keep a model version and its files, and write it into the ledger.

    A model that the store already holds is not registered again: the version recorded first is
    given back.

    Raises:
        UsageError: the files are not those of the version.
        HostError: the store cannot be written.
    """
    for entry in version.files:
        if entry.path not in files or digest_of_bytes(files[entry.path]) != entry.digest:
            raise UsageError(f"{entry.path} is not the file that {version.name!r} describes")
    known = [
        held
        for held in store.with_content(ModelVersion, version.digest)
        if (held.name, held.parents, held.training)
        == (version.name, version.parents, version.training)
    ]
    if known:
        return known[0]
    for entry in version.files:
        store.put_bytes(files[entry.path])
    told = Event(event=EVENT, subject=version.digest, name=version.name, at=version.created)
    store.put(version, name=version.name, event=told)
    return version


def training_digests(store: Store, names: Iterable[str]) -> tuple[str, ...]:
    """The digests of the latest versions of these datasets.

    Raises:
        UsageError: the store holds no dataset of such a name.
    """
    known = store.names(DatasetVersion)
    digests = []
    for name in names:
        if name not in known:
            raise UsageError(
                f"training names {name!r}, which is no dataset of the project's store; "
                f"add it with: roadworthy data add {name}"
            )
        digests.append(store.get(DatasetVersion, known[name]).digest)
    return tuple(digests)


def environment_digest(packages: Iterable[str]) -> str:
    """The digest of the installed packages, given as `name==version`, in any order.

    >>> environment_digest(["numpy==2.4", "A==1"]) == environment_digest(["a==1", "numpy==2.4"])
    True
    """
    lines: list[JSON] = []
    lines.extend(sorted({package.strip().lower() for package in packages}))
    return digest_of_bytes(canonical_json(lines))


def find_model(store: Store, reference: str) -> ModelVersion:
    """A registered model, by its name or by the start of its content's or its record's digest.

    Raises:
        UsageError: nothing matches, or more than one model does.
    """
    if reference not in store.names(ModelVersion):
        start = f"sha256:{reference.removeprefix('sha256:')}"
        versions = (store.get(ModelVersion, key) for key in store.digests(ModelVersion))
        found = {
            version.digest: version for version in versions if version.digest.startswith(start)
        }
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            raise UsageError(f"{reference!r} begins {len(found)} models: {', '.join(found)}")
    return store.get(ModelVersion, store.resolve(ModelVersion, reference))
