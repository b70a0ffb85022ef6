"""`Record`: what every stored noun has in common.

A record is frozen, built by keyword, and free of I/O and of numerical libraries. Its meaning never
changes: a changed meaning is a new schema version. Fields that a newer version wrote and this one
does not know are kept in `extra`, so that reading and writing a record again keeps its bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The root of all records; `schema` names the type and its version in stored bytes."""

    schema: ClassVar[str] = ""

    extra: Mapping[str, JSON] = field(default_factory=dict, hash=False, repr=False)
