"""`Project`: a project file with the folder, the store and the ports that its verbs work on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from glob import glob, has_magic
from pathlib import Path

from roadworthy.data.engine import Table
from roadworthy.data.manifest import common_folder
from roadworthy.data.places import is_delta, is_remote
from roadworthy.errors import DataError, UsageError
from roadworthy.records.manifest import is_safe_path
from roadworthy.records.system import DatasetSource, System
from roadworthy.records.versions import ColumnRoles, DatasetVersion
from roadworthy.registry.store import Store
from roadworthy.workflows.ports import Ports


def expand(path: Path) -> list[Path]:
    """The path itself, or what a glob pattern matches, in alphabetical order.

    Raises:
        DataError: the pattern matches nothing.
    """
    if not has_magic(str(path)):
        return [path]
    found = sorted(glob(str(path), recursive=True))  # noqa: PTH207 - the pattern may be anywhere
    if not found:
        raise DataError(f"no file matches the pattern {str(path)!r}")
    return [Path(item) for item in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Everything that a verb needs to work on one system.

    Attributes:
        root: the folder of the project file; paths in the file are relative to it.
        made: the folder for the files of datasets that are made from others.
        system: what the project file says.
        store: where records and artefacts are kept.
        ports: the engine, the clock and the file system.
    """

    root: Path
    made: Path
    system: System
    store: Store
    ports: Ports

    def source(self, name: str) -> DatasetSource:
        """What the project file says about a dataset.

        Raises:
            UsageError: it names no such dataset.
        """
        for source in self.system.datasets:
            if source.name == name:
                return source
        known = ", ".join(source.name for source in self.system.datasets) or "none"
        raise UsageError(f"the project file names no dataset {name!r}; it names: {known}")

    def path_of(self, name: str) -> Path:
        """The file of a dataset that is made from others.

        Raises:
            UsageError: the name would lead out of the folder for such files.
        """
        if not is_safe_path(name):
            raise UsageError(f"a dataset cannot be called {name!r}: its file would lie elsewhere")
        return self.made / name / f"{name}.parquet"

    def place_of(self, source: DatasetSource) -> str | None:
        """The address of a table elsewhere, or the path of a Delta table; None for other datasets.

        Raises:
            DataError: it is neither an address nor the folder of a Delta table.
        """
        if source.table is None or is_remote(source.table):
            return source.table
        path = self.root / source.table
        if is_delta(path):
            return str(path)
        held = "holds no Delta table" if path.exists() else "does not exist"
        raise DataError(
            f"dataset {source.name!r}: `table` names {source.table!r}, which {held}; expected the "
            f"folder of a Delta table or a URL. Files and folders of files are named by `files`"
        )

    def paths_of(self, source: DatasetSource) -> list[Path]:
        """The files and folders of a dataset, glob patterns expanded in alphabetical order.

        Raises:
            DataError: a pattern matches nothing.
        """
        return [path for file in source.files for path in expand(self.root / file)]

    def folder_of(self, version: DatasetVersion) -> Path:
        """The folder that the paths of a version's manifest are relative to."""
        source = self.source(version.name)
        if not source.files:
            return self.path_of(version.name).parent
        paths = self.paths_of(source)
        folders = [path if path.is_dir() else path.parent for path in paths]
        return common_folder(folder.resolve() for folder in folders)

    def roles_for(self, table: Table) -> ColumnRoles:
        """The column roles as far as this table has the columns (a raw table may lack some)."""
        names = {column.name for column in table.columns}
        roles = self.system.roles

        def kept(name: str | None) -> str | None:
            return name if name in names else None

        def those(wanted: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(name for name in wanted if name in names)

        return replace(
            roles,
            label=kept(roles.label),
            prediction=kept(roles.prediction),
            score=kept(roles.score),
            weight=kept(roles.weight),
            timestamp=kept(roles.timestamp),
            identifier=kept(roles.identifier),
            protected=those(roles.protected),
            features=those(roles.features),
            condition=those(roles.condition),
            labels=those(roles.labels),
            predictions={k: v for k, v in roles.predictions.items() if v in names},
            scores={k: v for k, v in roles.scores.items() if v in names},
        )
