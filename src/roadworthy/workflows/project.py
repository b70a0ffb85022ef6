"""`Project`: a project file with the folder, the store and the ports that its verbs work on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roadworthy.errors import UsageError
from roadworthy.records.system import DatasetSource, System
from roadworthy.registry.store import Store
from roadworthy.workflows.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Everything that a verb needs to work on one system.

    Attributes:
        root: the folder of the project file; paths in the file are relative to it.
        system: what the project file says.
        store: where records and artefacts are kept.
        ports: the engine, the clock and the file system.
    """

    root: Path
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
