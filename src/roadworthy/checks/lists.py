"""What checks of rankings ask about lists: whether a quality or an attribute belongs to them."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.checks.check import Subject
from roadworthy.checks.groups import NO_LABEL
from roadworthy.records.record import JSON


def no_quality(subject: Subject) -> str | None:
    """Why the quality of lists cannot be measured; None if it can."""
    if subject.roles.label is None:
        return NO_LABEL
    uneven, lists = subject.lists.uneven, subject.lists.queries
    if uneven:
        return (
            f"the weight {subject.roles.weight!r} differs between the rows of a list (in "
            f"{uneven:,} of {lists:,} lists), so there is no weight of the list"
        )
    return None


def of_rows(subject: Subject, attributes: Sequence[str]) -> str | None:
    """Why lists do not belong to groups of these attributes; None if they do."""
    for name in attributes:
        mixed = subject.lists.mixed[name]
        if mixed:
            return (
                f"{name!r} differs between the rows of a list (in {mixed:,} of "
                f"{subject.lists.queries:,} lists), so a list is of no group; exposure says how "
                f"the rows of each group are treated"
            )
    return None


def of_queries(subject: Subject, attributes: Sequence[str]) -> str | None:
    """Why rows of a list are not set against each other by these attributes; None if they are."""
    if any(subject.lists.mixed[name] for name in attributes):
        return None
    return (
        f"{' and '.join(map(repr, attributes))} never differs between the rows of a list, so no "
        f"group is shown in place of another; the quality of lists by group says how they are "
        f"served"
    )


def list_parameters(subject: Subject) -> dict[str, JSON]:
    """How many lists were counted, and what they are worth if they have weights."""
    found: dict[str, JSON] = {"queries": subject.lists.queries}
    if subject.roles.weight is not None:
        found["effective_queries"] = round(subject.lists.effective, 6)
    return found
