"""`Datasheet`: what is known about a dataset, and what nobody has answered yet.

The seven sections are those of Gebru et al., *Datasheets for Datasets* (2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from roadworthy.records.record import Record


class Section(StrEnum):
    """The seven sections of a datasheet, in their order."""

    MOTIVATION = "motivation"
    COMPOSITION = "composition"
    COLLECTION = "collection-process"
    PREPROCESSING = "preprocessing-cleaning-labeling"
    USES = "uses"
    DISTRIBUTION = "distribution"
    MAINTENANCE = "maintenance"


class Origin(StrEnum):
    """Who answered a question."""

    MEASURED = "measured"
    PERSON = "person"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Record):
    """One question and its answer; `answer` is None while nobody has answered.

    `rai` is the Croissant-RAI property that the answer is exported to, if there is one.
    """

    key: str
    section: Section
    question: str
    answer: str | None = None
    origin: Origin = Origin.NOBODY
    rai: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Datasheet(Record):
    """The datasheet of one dataset version."""

    schema: ClassVar[str] = "roadworthy/datasheet/1"

    dataset: str
    name: str
    title: str
    description: str = ""
    license: str | None = None
    creator: str | None = None
    url: str | None = None
    published: str | None = None
    entries: tuple[Entry, ...]
    at: datetime

    @property
    def unanswered(self) -> tuple[Entry, ...]:
        """The questions that nobody has answered."""
        return tuple(entry for entry in self.entries if entry.answer is None)
