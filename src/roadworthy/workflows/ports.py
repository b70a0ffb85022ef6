"""`Ports`: what workflows ask of the world, handed to them by whoever wires the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
    turns a path, the name of a tier or a `Policy` into a `Policy`. `producer` is the name and
    version of what measures, as evidence records it. `learner` fits classifiers, where a library
    that can is installed.
    """

    engine: Engine
    now: Callable[[], datetime]
    read: Callable[[Path], bytes]
    write: Callable[[Path, bytes], None]
    load_policy: Callable[[object], Policy]
    producer: str
    learner: Learner | None = None
