"""A table's schema against the recorded one: which columns differ, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from roadworthy.errors import DataError
from roadworthy.records.versions import Column, ColumnRoles


class SchemaMismatchKind(StrEnum):
    """How a column differs from the recorded one."""

    MISSING = "missing"
    ADDED = "added"
    TYPE = "type"
    NULLABLE = "nullable"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaMismatch:
    """One column that is not as it was recorded."""

    kind: SchemaMismatchKind
    column: str
    found: str | None = None
    expected: str | None = None
    near: str | None = None

    def __str__(self) -> str:
        match self.kind:
            case SchemaMismatchKind.MISSING:
                hint = f"; is it now called {self.near!r}?" if self.near else ""
                return f"column {self.column!r} ({self.expected}) is missing{hint}"
            case SchemaMismatchKind.ADDED:
                return f"column {self.column!r} ({self.found}) was not there before"
            case SchemaMismatchKind.TYPE:
                return f"column {self.column!r} holds {self.found}, was {self.expected}"
            case SchemaMismatchKind.NULLABLE:
                return f"column {self.column!r} may now be missing in a row, and was always there"


def compare_schemas(
    expected: Sequence[Column], found: Sequence[Column], *, ignore: Sequence[str] = ()
) -> tuple[SchemaMismatch, ...]:
    """Each column that is missing, new, or of another type; the order of columns does not matter.

    Arguments:
        expected: the recorded columns.
        found: the columns of the table at hand.
        ignore: columns that are left out of the comparison on both sides.

    >>> recorded = [Column(name="age", type="integer"), Column(name="sex", type="text")]
    >>> now = [Column(name="age", type="real"), Column(name="Sex", type="text")]
    >>> for mismatch in compare_schemas(recorded, now):
    ...     print(mismatch)
    column 'age' holds real, was integer
    column 'sex' (text) is missing; is it now called 'Sex'?
    column 'Sex' (text) was not there before
    """
    before = {column.name: column for column in expected if column.name not in ignore}
    now = {column.name: column for column in found if column.name not in ignore}
    added = [name for name in now if name not in before]
    mismatches = []
    for name, column in before.items():
        if name not in now:
            mismatches.append(
                SchemaMismatch(
                    kind=SchemaMismatchKind.MISSING,
                    column=name,
                    expected=column.type,
                    near=_nearest(name, added),
                )
            )
        elif now[name].type != column.type:
            mismatches.append(
                SchemaMismatch(
                    kind=SchemaMismatchKind.TYPE,
                    column=name,
                    found=now[name].type,
                    expected=column.type,
                )
            )
        elif now[name].nullable and not column.nullable:
            mismatches.append(SchemaMismatch(kind=SchemaMismatchKind.NULLABLE, column=name))
    mismatches += [
        SchemaMismatch(kind=SchemaMismatchKind.ADDED, column=name, found=now[name].type)
        for name in added
    ]
    return tuple(mismatches)


def check_roles(columns: Sequence[Column], roles: ColumnRoles | None) -> None:
    """Every role names a column that the table has, and no column name occurs twice.

    Raises:
        DataError: a role names a column that is not there; a column name occurs twice.
    """
    names = [column.name for column in columns]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(f"column {twice[0]!r} occurs more than once; give each column its own name")
    if roles is None:
        return
    for role in ("label", "prediction", "score", "weight", "timestamp", "identifier"):
        name = getattr(roles, role)
        if name is not None and name not in names:
            raise DataError.from_missing_column(name, names, role=role)
    for role, listed in (
        ("protected", roles.protected),
        ("feature", roles.features),
        ("condition", roles.condition),
    ):
        for name in listed:
            if name not in names:
                raise DataError.from_missing_column(name, names, role=role)


def _nearest(name: str, candidates: Sequence[str]) -> str | None:
    same = [candidate for candidate in candidates if candidate.lower() == name.lower()]
    near = same or get_close_matches(name, candidates, n=1, cutoff=0.7)
    return near[0] if near else None
