"""The one place that picks adapters: an engine, a store, a clock and the file system."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from roadworthy import __version__
from roadworthy.errors import DataError, UsageError
from roadworthy.policy.pack import load_policy as parse_policy
from roadworthy.policy.pack import pack_for
from roadworthy.policy.questionnaire import assess_risk
from roadworthy.policy.system_file import parse_system
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.policy import Policy, Tier
from roadworthy.records.system import System

if TYPE_CHECKING:
    from rich.console import Console

    from roadworthy.data.engine import Engine
    from roadworthy.registry.store import Store
    from roadworthy.workflows.ports import Ports
    from roadworthy.workflows.project import Project

PROJECT_FILE = "roadworthy.yaml"
STATE = ".roadworthy"
"""The folder beside the project file that holds records, artefacts and the ledger."""


@cache
def engine() -> Engine:
    """The embedded engine."""
    from roadworthy.adapters.duckdb import DuckDBEngine

    return DuckDBEngine()


def store(root: Path) -> Store:
    """The embedded store of the project in `root`."""
    from roadworthy.adapters.folder_store import FolderStore

    return FolderStore(root / STATE)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def producer() -> str:
    """Who measures, as evidence records it."""
    return f"roadworthy {__version__} on {engine().name}"


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        DataError: there is no such file, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error


def read_text(path: Path) -> str:
    """The text of a file in UTF-8.

    Raises:
        DataError: there is no such file, or it is not UTF-8.
    """
    data = read_bytes(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8: byte 0x{data[error.start]:02x} at position {error.start}; "
            f"save it as UTF-8"
        ) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, making its folder if need be."""
    from roadworthy.adapters.files import write_bytes as write

    write(path, data)


def console(json: bool = False) -> Console:
    """Where people read; with `json`, standard error, so that standard output is the document."""
    from rich.console import Console

    return Console(stderr=json, highlight=False)


def load_system(path: Path) -> System:
    """The project file at `path`, or `roadworthy.yaml` in it if it is a folder."""
    file = path / PROJECT_FILE if path.is_dir() else path
    if not file.exists():
        raise UsageError(
            f"there is no project file {file}; write one with: roadworthy init DATA, "
            f"or name the data and its columns on the command line"
        )
    return parse_system(read_text(file), str(file))


def project(path: Path) -> Project:
    """The project whose file is at `path` (a folder or the file itself), wired to work."""
    from roadworthy.workflows.project import Project

    root = path if path.is_dir() else path.parent
    return Project(
        root=root,
        made=root / STATE / "data",
        system=load_system(path),
        store=store(root),
        ports=ports(root),
    )


def ports(root: Path | None = None) -> Ports:
    """What workflows ask of the world."""
    from roadworthy.workflows.ports import Ports

    return Ports(
        engine=engine(),
        now=now,
        read=read_bytes,
        write=write_bytes,
        load_policy=lambda reference: load_policy(reference, root=root),
        producer=producer(),
    )


def load_policy(
    reference: object, system: System | None = None, *, root: Path | None = None
) -> Policy:
    """A policy: a `Policy`, a path, the name of a tier, or None for the one the system's risk asks.

    Raises:
        UsageError: nothing names a policy.
        DocumentError: the file is malformed.
    """
    if isinstance(reference, Policy):
        return reference
    wanted = reference if reference is not None else (system.policy if system else None)
    if wanted is None:
        if system is None:
            raise UsageError(f"name a policy: the path of a file, or a tier ({_tiers()})")
        return pack_for(assess_risk(system.risk).tier)
    name = str(wanted)
    if name.upper() in Tier.__members__:
        return pack_for(Tier[name.upper()])
    path = (root / name) if root and not Path(name).is_absolute() else Path(name)
    if not path.exists():
        raise UsageError(f"policy {name!r} is neither a file ({path}) nor a tier ({_tiers()})")
    from roadworthy.checks.catalogue import measures

    return parse_policy(read_text(path), str(path), known_measures=measures())


def load_assessment(path: Path | None) -> AssessmentRecord:
    """An assessment: a saved file, a folder that holds one, or the project's latest (None)."""
    if path is not None:
        file = path / "assessment.json" if path.is_dir() else path
        return canonical.from_bytes(AssessmentRecord, read_bytes(file))
    root = Path()
    if not (root / STATE).is_dir():
        raise UsageError(
            "there is no assessment here: run `roadworthy assess` first, or name the folder that "
            "one was saved to"
        )
    kept = store(root)
    digests = kept.digests(AssessmentRecord)
    if not digests:
        raise UsageError("nothing has been assessed in this project; run `roadworthy assess` first")
    return kept.get(AssessmentRecord, digests[-1])


def _tiers() -> str:
    return ", ".join(tier.name.lower() for tier in Tier)
