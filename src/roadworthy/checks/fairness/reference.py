"""The reference group: the one that a family's other groups are compared with."""

from __future__ import annotations

from roadworthy.checks.check import Subject
from roadworthy.checks.groups import Family
from roadworthy.stats.groups import SliceTable


def find_reference(subject: Subject, table: SliceTable, family: Family) -> int | str:
    """The position of the family's reference group, or why there is none.

    It is the largest group that agrees with every reference group stated for the family's
    attributes; without any statement, the largest group. The first one wins a tie.
    """
    stated = {
        attribute: group
        for attribute, group in subject.reference_groups.items()
        if attribute in family.attributes
    }
    members: list[int] = family.members.tolist()
    candidates = [
        position
        for position in members
        if all(
            stated.get(term.attribute, term.value) == term.value
            for term in table.slices[position].terms
        )
    ]
    if not candidates:
        named = ", ".join(f"{attribute}={group}" for attribute, group in sorted(stated.items()))
        return f"the stated reference group {named} does not occur"
    return max(candidates, key=lambda position: (int(table.rows[position]), -position))
