"""Lineage: which versions a version was made from, by which code, and with which parameters."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from roadworthy.errors import UsageError
from roadworthy.records.canonical import digest_of_bytes
from roadworthy.records.record import JSON
from roadworthy.records.versions import DatasetVersion, Transformation

_LONGEST_TEXT = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One step of a lineage: `child` was made from `parent` by `transformation`."""

    parent: str
    child: str
    transformation: Transformation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A version's ancestors, nearest first; the steps between them; and parents nobody recorded."""

    ancestors: tuple[DatasetVersion, ...]
    edges: tuple[Edge, ...]
    unknown: tuple[str, ...]


def sql_transformation(
    sql: str, *, name: str, parameters: Mapping[str, JSON] | None = None
) -> Transformation:
    """A transformation by one SQL statement; its text is kept, and its digest is the code's.

    >>> sql_transformation("SELECT 1", name="one") == sql_transformation(" SELECT 1 ;", name="one")
    True
    """
    text = sql.strip().removesuffix(";").rstrip().replace("\r\n", "\n")
    return Transformation(
        name=name,
        code=digest_of_bytes(text.encode()),
        text=text if len(text) <= _LONGEST_TEXT else None,
        parameters=dict(parameters or {}),
    )


def function_transformation(
    function: Callable[..., object],
    *,
    name: str | None = None,
    parameters: Mapping[str, JSON] | None = None,
) -> Transformation:
    """A transformation by a Python function; the digest is that of its source text.

    Only the function's own text counts, not what it calls.

    Raises:
        UsageError: the function has no source to read (it was typed at a prompt, say).
    """
    called = name or str(getattr(function, "__name__", "transformation"))
    try:
        text = textwrap.dedent(inspect.getsource(function)).strip()
    except (OSError, TypeError) as error:
        raise UsageError(
            f"the source of {called!r} cannot be read, so its lineage cannot be recorded; define "
            "it in a file"
        ) from error
    return Transformation(
        name=called,
        code=digest_of_bytes(text.encode()),
        text=text if len(text) <= _LONGEST_TEXT else None,
        parameters=dict(parameters or {}),
    )


def edges_of(version: DatasetVersion) -> tuple[Edge, ...]:
    """The steps that lead from a version's parents to it."""
    return tuple(
        Edge(parent=parent, child=version.digest, transformation=version.transformation)
        for parent in version.parents
    )


def trace(version: DatasetVersion, find: Callable[[str], DatasetVersion | None]) -> Lineage:
    """Walk from a version to everything it was made from, nearest first.

    Each version is visited once: a transformation that happens to change nothing makes a version
    its own parent, for a version is its content.

    Arguments:
        version: where to start.
        find: gives the version with a content digest, or None if it is not known.
    """
    ancestors: dict[str, DatasetVersion] = {}
    edges: list[Edge] = []
    unknown: list[str] = []
    waiting = [version]
    while waiting:
        current = waiting.pop(0)
        for edge in edges_of(current):
            edges.append(edge)
            if edge.parent in {version.digest, *ancestors, *unknown}:
                continue
            parent = find(edge.parent)
            if parent is None:
                unknown.append(edge.parent)
                continue
            ancestors[edge.parent] = parent
            waiting.append(parent)
    return Lineage(ancestors=tuple(ancestors.values()), edges=tuple(edges), unknown=tuple(unknown))
