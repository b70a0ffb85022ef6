"""Counting the parts and views of a subject together."""

from __future__ import annotations

from dataclasses import replace

from roadworthy.checks.check import Subject
from roadworthy.data.shared_counts import SharedCounts


def share_counts(subject: Subject) -> Subject:
    """The subject, its parts and views counted together where they are about the same table.

    The first count that a check asks for makes all of that table, in one pass if the table can.
    """
    others = [*(part.subject for part in subject.parts), *subject.views.values()]
    counts = {}
    for other in others:
        if id(other.table) not in counts:
            plans = [same.counted for same in others if same.table is other.table]
            counts[id(other.table)] = SharedCounts(other.table, plans, other.families)

    def sharing(other: Subject) -> Subject:
        return replace(other, shared=counts[id(other.table)])

    return replace(
        subject,
        parts=tuple(replace(part, subject=sharing(part.subject)) for part in subject.parts),
        views={name: sharing(view) for name, view in subject.views.items()},
    )
