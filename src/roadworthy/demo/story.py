"""The demonstration: every step is the verb that a user would call, on real census data.

Nothing here measures or judges; it calls the public functions in the order in which a team would,
and prints the command that does the same from a shell.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path

from roadworthy import api
from roadworthy.errors import UsageError
from roadworthy.records.decision import Decision, Verdict

MODEL = "outreach"
CANDIDATE, REPAIRED = "candidate", "repaired"
PROJECT_FILE = "roadworthy.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Where the story goes: headings, lines, tables, and a live line while something is done."""

    heading: Callable[[str, str], None]
    line: Callable[[str], None]
    show: Callable[[object], None]
    progress: Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Story:
    """What the demonstration found out, for the summary at its end."""

    folder: Path
    seconds: dict[str, float] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began


def prepare(folder: Path) -> None:
    """Copy the project into the folder; a demonstration that ran there before is replaced.

    Raises:
        UsageError: something else is in the folder.
    """
    if folder.exists() and any(folder.iterdir()):
        if not _is_demo(folder):
            raise UsageError(
                f"{folder} is not empty and is no earlier demonstration; "
                f"choose another folder with: roadworthy demo FOLDER"
            )
        shutil.rmtree(folder)
    with as_file(files("roadworthy.demo") / "project") as source:
        shutil.copytree(source, folder, dirs_exist_ok=True)


def _is_demo(folder: Path) -> bool:
    file = folder / PROJECT_FILE
    return file.exists() and "job-seeker-outreach" in file.read_text(encoding="utf-8")
