"""Snapshot: fix a dataset by the digest of its content, with its lineage, and keep it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from roadworthy.data.content import Digested
from roadworthy.data.engine import Engine, Table
from roadworthy.data.lineage import sql_transformation
from roadworthy.data.manifest import (
    find_files,
    version_of_files,
    version_of_table,
    version_of_written,
)
from roadworthy.data.places import is_files
from roadworthy.data.splits import split_sql
from roadworthy.errors import DataError, UsageError
from roadworthy.records.record import JSON
from roadworthy.records.system import DatasetSource
from roadworthy.records.versions import DatasetVersion, Transformation
from roadworthy.registry.store import Event
from roadworthy.workflows.ports import Ports, silent
from roadworthy.workflows.project import Project, expand

KEPT_WITHIN = 256 * 1024 * 1024
"""Files up to this many bytes are copied into the store, so that a release can carry them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A dataset version with the table that it fixes, its engine, and the files that hold it.

    A table elsewhere has no files here.
    """

    version: DatasetVersion
    table: Table
    engine: Engine
    files: tuple[Path, ...] = ()


def snapshot(project: Project, name: str, *, progress: Callable[[str], None] = silent) -> Snapshot:
    """Fix a dataset that the project file names, making those it comes from first.

    Adding the same bytes twice gives the same version and leaves the store as it was.

    Raises:
        DataError: a file is missing or unreadable, or the transformation fails.
        UsageError: the project file names no such dataset, or datasets come from each other.
    """
    return snapshots(project, [name], progress=progress)[name]


def snapshots(
    project: Project, names: Iterable[str], *, progress: Callable[[str], None] = silent
) -> dict[str, Snapshot]:
    """Fix several datasets, each of those that they come from only once; raises as `snapshot`."""
    making = _Making(project=project, progress=progress)
    return {name: making.take(name) for name in names}


def version_of(data: object, table: Table, *, ports: Ports) -> DatasetVersion:
    """The version of data that no project file names: of its files, or of a table's content.

    A table in a database is hashed there, in any order, in the very state that is measured. A Delta
    table and files in an object store are fixed by their rows, not by bytes that may change.
    """
    created = ports.now()
    if isinstance(table, Digested):
        return version_of_table(table.name, table, created=created)
    parts = data if isinstance(data, list | tuple) else [data]
    named = [Path(str(part)) for part in parts if is_files(part)]
    if len(named) == len(parts):
        paths = [path for part in named for path in expand(part)]
        return version_of_files(table.name, paths, table, created=created)
    return version_of_table(table.name, table, created=created)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making:
    """What has been made so far in one run, so that nothing is made twice."""

    project: Project
    progress: Callable[[str], None]
    done: dict[str, Snapshot] = field(default_factory=dict)

    def take(self, name: str, waiting: tuple[str, ...] = ()) -> Snapshot:
        """The dataset, made now or before."""
        if name in waiting:
            raise UsageError(f"datasets come from each other: {' -> '.join([*waiting, name])}")
        if name not in self.done:
            self.done[name] = self._make(self.project.source(name), (*waiting, name))
        return self.done[name]

    def _make(self, source: DatasetSource, waiting: tuple[str, ...]) -> Snapshot:
        if (place := self.project.place_of(source)) is not None:
            made = _from_table(self.project, source, place)
        elif source.files:
            made = _from_files(self.project, source)
        else:
            names = (source.split.of,) if source.split else source.inputs
            inputs = {name: self.take(name, waiting) for name in names}
            made = _from_others(self.project, source, inputs)
        _keep(self.project, made)
        version = made.version
        self.progress(f"versioned {source.name}: {version.rows:,} rows, {version.digest[:19]}")
        return made


def _from_table(project: Project, source: DatasetSource, place: str) -> Snapshot:
    engine = project.ports.engine_for(place)
    table = engine.open(place, name=source.name)
    version = version_of_table(
        source.name,
        table,
        created=project.ports.now(),
        roles=project.roles_for(table),
        sensitivity=source.sensitivity,
        origin=source.table,
    )
    return Snapshot(version=version, table=table, engine=engine)


def _from_files(project: Project, source: DatasetSource) -> Snapshot:
    paths, engine = project.paths_of(source), project.ports.engine
    if not all(map(is_files, paths)):
        raise UsageError(
            f"dataset {source.name!r} is a Delta table, whose log says which of its files count: "
            f"name its folder by `table` instead of `files`"
        )
    alone = len(source.files) == 1  # a pattern tells the engine which folders are values
    table = engine.open(project.root / source.files[0] if alone else paths, name=source.name)
    version = version_of_files(
        source.name,
        paths,
        table,
        created=project.ports.now(),
        roles=project.roles_for(table),
        sensitivity=source.sensitivity,
    )
    _, files = find_files(paths)
    return Snapshot(version=version, table=table, engine=engine, files=files)


def _from_others(project: Project, source: DatasetSource, inputs: dict[str, Snapshot]) -> Snapshot:
    transformation, sql = _transformation(project, source, inputs)
    embedded = project.ports.engine
    elsewhere = [made.engine for made in inputs.values() if made.engine is not embedded]
    engine = elsewhere[0] if elsewhere else embedded  # copies its own tables in little memory
    table = engine.transform(sql, {n: made.table for n, made in inputs.items()}, name=source.name)
    path = project.path_of(source.name)
    version = version_of_written(
        source.name,
        table,
        engine,
        path,
        created=project.ports.now(),
        reader=embedded,
        parents=tuple(made.version.digest for made in inputs.values()),
        transformation=transformation,
        roles=project.roles_for(table),
        sensitivity=source.sensitivity,
    )
    reopened = embedded.open(path, name=source.name)
    return Snapshot(version=version, table=reopened, engine=embedded, files=(path,))


def _transformation(
    project: Project, source: DatasetSource, inputs: dict[str, Snapshot]
) -> tuple[Transformation, str]:
    if source.split:
        split = source.split
        table = inputs[split.of].table
        if split.by not in (names := [column.name for column in table.columns]):
            raise DataError.from_missing_column(split.by, names, role=f"split of {source.name}: by")
        sql = split_sql(split)
        parameters: dict[str, JSON] = {
            "by": split.by,
            "low": split.low,
            "high": split.high,
            "seed": split.seed,
        }
        return sql_transformation(sql, name="split", parameters=parameters), sql
    if source.sql is None:
        raise UsageError(f"dataset {source.name!r} names no files, no table, no sql and no split")
    sql = project.ports.read(project.root / source.sql).decode()
    return sql_transformation(sql, name=source.sql, parameters=source.parameters), sql


def _keep(project: Project, made: Snapshot) -> None:
    store, version = project.store, made.version
    known = store.with_content(DatasetVersion, version.digest)
    if any(item.name == version.name for item in known):
        return
    if sum(entry.size for entry in version.files) <= KEPT_WITHIN:
        for path in made.files:
            store.put_file(path)
    told = Event(event="dataset-added", name=version.name, at=version.created)
    store.put(version, name=version.name, event=told)
