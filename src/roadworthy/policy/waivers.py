"""Waivers: a named person's acceptance of named findings, until a day.

A waiver never changes a verdict: the finding keeps it, and only the decision lets it pass. A waiver
covers exactly the findings that have its requirement and its slice, nothing wider. One that has
expired, that matches nothing, or that names no owner or no reason covers nothing and fails by
itself, so that no exemption rots in silence. A waiver of a finding that meanwhile passes is not a
failure: else measuring less would turn a failure into a pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from roadworthy.records.decision import Finding, Verdict
from roadworthy.records.policy import Requirement, Waiver
from roadworthy.records.slices import ALL, Slice


def apply_waivers(
    findings: Sequence[Finding], waivers: Sequence[Waiver], *, at: datetime
) -> tuple[Finding, ...]:
    """The findings with their waivers, and a FAIL for each waiver that does not hold."""
    held = [waiver for waiver in waivers if not _broken(waiver, findings, at)]
    waived = tuple(
        replace(finding, waiver=_waiver_of(finding, held))
        if finding.verdict is not Verdict.PASS
        else finding
        for finding in findings
    )
    broken = [(waiver, _broken(waiver, findings, at)) for waiver in waivers]
    return (*waived, *(_failure(waiver, problem) for waiver, problem in broken if problem))


def matches(waiver: Waiver, finding: Finding) -> bool:
    """True if the waiver names this finding's requirement, and its slice or every slice."""
    if waiver.requirement != finding.requirement.id:
        return False
    return waiver.slice is None or _slice(waiver) == finding.slice


def _waiver_of(finding: Finding, waivers: Sequence[Waiver]) -> Waiver | None:
    return max(
        (waiver for waiver in waivers if matches(waiver, finding)),
        key=lambda waiver: (waiver.expires, waiver.owner, waiver.reason),
        default=None,
    )


def _broken(waiver: Waiver, findings: Sequence[Finding], at: datetime) -> str:
    if not waiver.owner.strip() or not waiver.reason.strip():
        return "it names no owner or no reason"
    if at.astimezone(UTC).date() > waiver.expires:
        return f"it expired on {waiver.expires.isoformat()}"
    if not any(matches(waiver, finding) for finding in findings):
        return "it matches no finding"
    return ""


def _failure(waiver: Waiver, problem: str) -> Finding:
    where = _slice(waiver) or ALL
    owner = waiver.owner.strip() or "nobody"
    covers = f"{waiver.requirement} on {waiver.slice or 'every slice'}"
    return Finding(
        requirement=Requirement(
            id=f"waiver-of-{waiver.requirement}",
            measure="waiver",
            slice=str(where),
            at_most=0,
            why="A waiver that does not hold hides what nobody has accepted.",
        ),
        slice=where,
        verdict=Verdict.FAIL,
        reason=f"{where}: the waiver of {covers} by {owner} does not hold: {problem}",
        remedy="Remove the waiver, or have its owner renew it with a reason and a new last day.",
    )


def _slice(waiver: Waiver) -> Slice | None:
    if waiver.slice is None:
        return None
    try:
        return Slice.parse(waiver.slice)
    except ValueError:
        return None
