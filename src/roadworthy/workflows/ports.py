"""`Ports`: what workflows ask of the world, handed to them by whoever wires the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from roadworthy.data.engine import Engine
from roadworthy.data.learner import Learner
from roadworthy.records.policy import Policy

Progress = Callable[[str], None]
"""Told, in a few words, what is being done now."""


def silent(message: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """An engine, a clock, and the ways to read and write files.

    `write` puts bytes aside and renames, so that a reader never sees half a file. `load_policy`
    turns a path, the name of a tier or a `Policy` into a `Policy`. `engine_for` gives the engine
    that opens some data, which for most is `engine`. `tool` is the name and version of what
    measures. `learner` fits classifiers, where a library that can is installed.
    """

    engine: Engine
    engine_for: Callable[[object], Engine]
    now: Callable[[], datetime]
    read: Callable[[Path], bytes]
    write: Callable[[Path, bytes], None]
    load_policy: Callable[[object], Policy]
    tool: str
    learner: Learner | None = None

    @property
    def producer(self) -> str:
        """What measures, and with which engine, as evidence records it."""
        return f"{self.tool} on {self.engine.name}"

    def by(self, engine: Engine) -> Ports:
        """The same, with another engine."""
        return replace(self, engine=engine)
