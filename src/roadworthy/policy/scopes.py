"""Which slices a requirement speaks of, found in the roster and never in the evidence.

The roster lists every slice that exists, so that a slice nobody measured is asked about all the
same. What the roster does not know cannot be asked, and is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from roadworthy.errors import PolicyError
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.policy import Requirement, Scope
from roadworthy.records.slices import ALL, CLASS, LABEL, Slice, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A slice to be judged; `obstacle` says why it cannot be asked about, if it cannot.

    `rows` is the slice's size by the roster, None if the roster does not list it. `parts` are the
    groups that a comparison compares, with their sizes.
    """

    slice: Slice
    rows: int | None = None
    parts: tuple[tuple[Slice, int], ...] = ()
    obstacle: str = ""


class Roster:
    """The slices that exist, by their attributes.

    Raises:
        PolicyError: the roster contradicts itself: a slice stands in it twice, or the groups of a
            protected column do not add up to the rows assessed.
    """

    def __init__(self, record: AssessmentRecord) -> None:
        self.protected = record.roles.protected
        self._questions = {CLASS: record.roles.classes, LABEL: record.roles.labels}
        self.depth = record.intersections
        self._rows: dict[Slice, int] = {}
        for entry in record.roster:
            if entry.slice in self._rows:
                raise PolicyError(f"the assessment's roster lists {entry.slice} twice")
            self._rows[entry.slice] = entry.rows
        if self._rows.setdefault(ALL, record.rows) != record.rows:
            raise PolicyError(
                f"the assessment counts {record.rows:,} rows and its roster {self._rows[ALL]:,}"
            )
        for feature in record.roles.features:
            self._rows.setdefault(Slice.of({"feature": feature}), record.rows)
        families: dict[tuple[str, ...], list[Slice]] = {}
        for where in self._rows:
            families.setdefault(where.attributes, []).append(where)
        self._families: Mapping[tuple[str, ...], list[Slice]] = {
            attributes: sorted(slices, key=str) for attributes, slices in families.items()
        }
        self._check_whole(record.rows)

    def __contains__(self, where: Slice) -> bool:
        return where in self._rows

    def targets(self, requirement: Requirement) -> tuple[Target, ...]:
        """Every slice that the requirement speaks of; never none.

        Raises:
            PolicyError: the requirement's slice cannot be read.
        """
        found = self._targets(requirement)
        if requirement.each is None:
            return found
        names = self._questions.get(requirement.each, ())
        return tuple(
            self._about(target, Term(attribute=requirement.each, value=name))
            for name in names
            for target in found
        ) or (
            Target(
                slice=ALL,
                obstacle=f"the assessment knows no {requirement.each} to ask about one by one",
            ),
        )

    def _targets(self, requirement: Requirement) -> tuple[Target, ...]:
        if requirement.scope is Scope.SLICE:
            return (self._one(requirement),)
        attributes = requirement.of or self.protected
        if not attributes:
            return (
                Target(
                    slice=ALL,
                    obstacle="no protected column is named, so there are no groups to ask about",
                ),
            )
        match requirement.scope:
            case Scope.GROUPS:
                found = [self._groups((attribute,)) for attribute in attributes]
            case Scope.ACROSS:
                found = [[self._across((attribute,))] for attribute in attributes]
            case Scope.INTERSECTIONS:
                found = [self._groups(family) for family in self._deeper(attributes)]
            case _:
                found = [[self._across(family)] for family in self._deeper(attributes)]
        return tuple(target for family in found for target in family) or (
            Target(
                slice=Slice.across(attributes),
                obstacle="there are no intersections: they need two columns and "
                "`intersections` of at least 2",
            ),
        )

    def _check_whole(self, rows: int) -> None:
        """The groups of protected columns hold every row; else one of them was left out."""
        for attributes, groups in self._families.items():
            if not attributes or not set(attributes) <= set(self.protected):
                continue
            held = sum(self._rows[where] for where in groups)
            if held != rows:
                raise PolicyError(
                    f"the assessment counts {rows:,} rows, and the groups of "
                    f"{Slice.across(attributes)} in its roster hold {held:,}: a group is missing, "
                    f"or its size was changed"
                )

    def _one(self, requirement: Requirement) -> Target:
        named = [where for where in self._rows if str(where) == requirement.slice]
        if len(named) > 1:
            return Target(
                slice=named[0],
                obstacle=f"{len(named)} slices read {requirement.slice!r}, since a value holds a "
                "comma or an equals sign; ask about every group instead",
            )
        if named:
            return Target(slice=named[0], rows=self._rows[named[0]])
        try:
            where = Slice.parse(requirement.slice)
        except ValueError as error:
            raise PolicyError(f"requirement {requirement.id!r}: {error}") from error
        people = where.people
        if people.is_comparison and set(people.attributes) <= set(self.protected):
            across = self._across(people.attributes)
            return self._about(across, where.question) if where.question else across
        return Target(slice=where, rows=self._rows.get(where))

    def _about(self, target: Target, question: Term) -> Target:
        """The same slice, for one class or label; as large as that class is there."""
        where = target.slice.about(question)
        parts = tuple((part.about(question), rows) for part, rows in target.parts)
        return replace(
            target,
            slice=where,
            rows=self._rows.get(where, target.rows),
            parts=tuple((part, self._rows.get(part, rows)) for part, rows in parts),
        )

    def _groups(self, attributes: tuple[str, ...]) -> list[Target]:
        groups = self._families.get(attributes, [])
        return [Target(slice=where, rows=self._rows[where]) for where in groups] or [
            _unlisted(attributes)
        ]

    def _across(self, attributes: tuple[str, ...]) -> Target:
        groups = self._families.get(attributes, [])
        if not groups:
            return _unlisted(attributes)
        parts = tuple((where, self._rows[where]) for where in groups)
        return Target(
            slice=Slice.across(attributes), rows=sum(rows for _, rows in parts), parts=parts
        )

    def _deeper(self, attributes: Iterable[str]) -> list[tuple[str, ...]]:
        names = sorted(set(attributes))
        depths = range(2, min(self.depth, len(names)) + 1)
        return [family for depth in depths for family in combinations(names, depth)]


def _unlisted(attributes: tuple[str, ...]) -> Target:
    where = Slice.across(attributes)
    return Target(slice=where, obstacle=f"the assessment knows no groups of {where}")
