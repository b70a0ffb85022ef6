"""Describe and compare dataset versions that a project has recorded."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.data.lineage import trace
from roadworthy.data.schema import compare_schemas
from roadworthy.errors import UsageError
from roadworthy.records.versions import DatasetVersion
from roadworthy.registry.store import Store
from roadworthy.workflows.project import Project


def describe(project: Project, reference: str) -> tuple[DatasetVersion, tuple[DatasetVersion, ...]]:
    """A version by its name or the start of its digest, and its ancestors, nearest first.

    Raises:
        UsageError: nothing matches.
    """
    version = find(project.store, reference)
    return version, trace(version, lambda key: _by_content(project.store, key)).ancestors


def compare(project: Project, old: str, new: str) -> tuple[str, ...]:
    """What differs between two versions, a sentence each; one name twice means before and now.

    Raises:
        UsageError: nothing matches, or a name has had only one version.
    """
    store = project.store
    if old == new:
        history = store.history(DatasetVersion, old)
        if len(history) < 2:  # noqa: PLR2004 - before and now
            raise UsageError(
                f"dataset {old!r} has had one version only; there is nothing to compare"
            )
        before = store.get(DatasetVersion, history[-2])
        after = store.get(DatasetVersion, history[-1])
    else:
        before, after = find(store, old), find(store, new)
    return tuple(_differences(before, after))


def find(store: Store, reference: str) -> DatasetVersion:
    """A version by its name, or by the start of its record's or its content's digest."""
    start = reference if reference.startswith("sha256:") else f"sha256:{reference}"
    by_content = [
        version
        for key in store.digests(DatasetVersion)
        if (version := store.get(DatasetVersion, key)).digest.startswith(start)
    ]
    if by_content and reference not in store.names(DatasetVersion):
        return by_content[-1]
    return store.get(DatasetVersion, store.resolve(DatasetVersion, reference))


def _by_content(store: Store, content: str) -> DatasetVersion | None:
    found = store.with_content(DatasetVersion, content)
    return found[-1] if found else None


def _differences(old: DatasetVersion, new: DatasetVersion) -> Iterator[str]:
    if old.digest == new.digest:
        return
    if old.rows != new.rows:
        yield f"rows: {old.rows:,} -> {new.rows:,} ({new.rows - old.rows:+,})"
    yield from map(str, compare_schemas(old.columns, new.columns))
    before = {entry.path: entry for entry in old.files}
    after = {entry.path: entry for entry in new.files}
    for path in sorted(before.keys() | after.keys()):
        if path not in after:
            yield f"file {path}: gone"
        elif path not in before:
            yield f"file {path}: new, {after[path].size:,} bytes"
        elif before[path].digest != after[path].digest:
            yield f"file {path}: changed, {before[path].size:,} -> {after[path].size:,} bytes"
    yield from _differences_elsewhere(old, new)
    if old.parents != new.parents:
        yield "made from other versions"
    if old.transformation != new.transformation:
        yield "made by other code or parameters"


def _differences_elsewhere(old: DatasetVersion, new: DatasetVersion) -> Iterator[str]:
    """What differs between versions of tables that are no files here."""
    if old.origin != new.origin:
        yield f"read from {new.origin or 'files'}, before from {old.origin or 'files'}"
    both = old.origin is not None and new.origin is not None  # else digests say nothing of values
    if both and (old.rows, old.columns) == (new.rows, new.columns):
        yield "other values in as many rows"
