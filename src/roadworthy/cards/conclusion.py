"""The conclusion in one plain sentence: the verdict, and the finding that matters most."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from roadworthy.cards.names import full_name
from roadworthy.cards.numbers import count, display_of, value_of
from roadworthy.cards.wording import (
    Words,
    capitalised,
    claim_about,
    finding_sentence,
    said_of,
)
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.records.slices import ALL

VERDICTS = {Verdict.PASS: "Passes", Verdict.UNKNOWN: "Undecided", Verdict.FAIL: "Fails"}
"""The verdict on a whole model, in one word."""

_NAMED = 3
_NEAREST = ("fairness", "performance", "robustness", "quality", "explain")
_TOLD = (
    "equal-opportunity-difference",
    "demographic-parity-difference",
    "accuracy-parity-difference",
    "mean-absolute-error-gap",
    "mean-prediction-gap",
)
"""The gaps to tell of where no policy says what matters, the most telling first."""


_PLAINEST = ("accuracy", "mean-absolute-error", "ndcg-at-10")
"""What to tell of where no groups were compared."""


def decision_sentence(decision: Decision, record: AssessmentRecord | None = None) -> str:
    """The verdict, then the finding that matters most, then how many others there are."""
    verdict = decision.verdict
    opening = {
        Verdict.PASS: f"Passes {decision.policy_name}.",
        Verdict.UNKNOWN: f"Undecided under {decision.policy_name}.",
        Verdict.FAIL: f"Fails {decision.policy_name}.",
    }[verdict]
    return f"{opening} {main_sentence(decision, record)}"


def main_sentence(decision: Decision, record: AssessmentRecord | None = None) -> str:
    """The one plain sentence (and what else there is), without the verdict."""
    words = Words.of(record)
    if decision.verdict is Verdict.PASS:
        return f"{_all_hold(decision)}{_closest(decision, words)}"
    finding = main_finding(decision, words)
    return f"{finding_sentence(finding, words)}{_others(decision, finding)}"


def unjudged_sentence(record: AssessmentRecord) -> str:
    """What was found, where no policy says what is allowed: the widest gap, or the accuracy."""
    missing = sum(isinstance(item.outcome, Unmeasured) for item in record.evidence)
    tail = f"; {count(missing)} more could not be taken" if missing else ""
    return (
        f"No policy has judged this assessment.{_told(record)}"
        f" {count(len(record.evidence) - missing)} measurements were taken on"
        f" {count(record.rows)} rows{tail}."
    )


def main_finding(decision: Decision, words: Words) -> Finding:
    """The finding that matters most: worst verdict, nearest to people, furthest past its limit."""
    return min(decision.findings, key=lambda finding: _rank(finding, words))


def excess(finding: Finding) -> float:
    """How far the sure side of the interval lies past the limit, in parts of the limit."""
    return max(0.0, *_past(finding, lambda outcome: (outcome.high, outcome.low)))


def _past(finding: Finding, sides: Callable[[Measured], tuple[float, float]]) -> tuple[float, ...]:
    """How far past each of its bounds a finding lies; below zero is how much room is left.

    `sides` takes the end of the interval to hold against the least that is asked, and the end to
    hold against the most that is allowed.
    """
    outcome, requirement = finding.outcome, finding.requirement
    past: list[float] = []
    if isinstance(outcome, Measured):
        least, most = sides(outcome)
        if requirement.at_least is not None:
            past.append((requirement.at_least - least) / (abs(requirement.at_least) or 1.0))
        if requirement.at_most is not None:
            past.append((most - requirement.at_most) / (abs(requirement.at_most) or 1.0))
    return tuple(past) or (0.0,)


def _rank(finding: Finding, words: Words) -> tuple[int, int, int, float, str, str]:
    near = _NEAREST.index(pillar) if (pillar := _pillar(finding, words)) in _NEAREST else 9
    measured = isinstance(finding.outcome, Measured)
    return (
        -int(finding.counts), near, -int(measured), -excess(finding),
        finding.requirement.id, str(finding.slice),
    )  # fmt: skip


def _pillar(finding: Finding, words: Words) -> str:
    spec = words.specs.get(finding.requirement.measure)
    return spec.pillar if spec else _NEAREST[0]


def _all_hold(decision: Decision) -> str:
    small = sum(finding.set_aside for finding in decision.findings)
    waived = sum(f.waiver is not None and not f.set_aside for f in decision.findings)
    total = len(decision.findings) - small
    if not total:
        return f"Nothing was judged: {_set_aside(small)}."
    text = f"All {count(total)} findings hold" if total > 1 else "The one finding holds"
    if small:
        text = text.replace("findings hold", "findings that could be judged hold")
        text = text.replace("one finding holds", "one finding that could be judged holds")
    if waived:
        text += f", {count(waived)} of them by a waiver that a named person signed for"
    return f"{text}; {_set_aside(small)}." if small else f"{text}."


def _set_aside(number: int) -> str:
    if number == 1:
        return "1 was set aside, since its group is too small to judge"
    return f"{count(number)} were set aside, since their groups are too small to judge"


def _closest(decision: Decision, words: Words) -> str:
    """The finding with the least room to its limit: in fairness, if that is judged."""
    judged = [
        finding
        for finding in decision.findings
        if finding.verdict is Verdict.PASS
        and not finding.set_aside
        and isinstance(finding.outcome, Measured)
        and (finding.requirement.at_least, finding.requirement.at_most) != (None, None)
    ]
    for pillar, where in (("fairness", "In fairness, closest"), ("performance", "Closest")):
        found = [finding for finding in judged if _pillar(finding, words) == pillar]
        if found:
            least = min(found, key=_room)
            return f" {where} to its limit: {_within(finding_sentence(least, words))}"
    return ""


def _room(finding: Finding) -> tuple[float, str, str]:
    past = _past(finding, lambda outcome: (outcome.low, outcome.high))
    return -max(past), finding.requirement.id, str(finding.slice)


def _told(record: AssessmentRecord) -> str:
    words = Words.of(record)
    for measure in _TOLD:
        known = [
            (item, item.outcome)
            for item in record.evidence
            if item.measure == measure
            and len(item.slice.terms) == 1
            and isinstance(item.outcome, Measured)
        ]
        if known:
            item, outcome = max(known, key=lambda pair: pair[1].value)
            said = said_of(claim_about(measure, item.slice, outcome, words), outcome,
                           display_of(measure))  # fmt: skip
            return f" The widest gap: {_within(said)}."
    for item in record.evidence:
        measure = item.measure
        if measure in _PLAINEST and item.slice == ALL and isinstance(item.outcome, Measured):
            said = claim_about(measure, ALL, item.outcome, words)
            return f" {said_of(said, item.outcome, display_of(measure))}."
    return ""


def _within(sentence: str) -> str:
    """A sentence as it stands after a colon."""
    return sentence.replace("The model ", "the model ", 1)


def _others(decision: Decision, main: Finding) -> str:
    alike = [f for f in decision.findings if _is_alike(f, main)]
    alike.sort(key=lambda finding: -excess(finding))
    failing = _counted(decision.findings, Verdict.FAIL, main) - len(alike[:_NAMED])
    unknown = _counted(decision.findings, Verdict.UNKNOWN, main)
    parts = []
    if failing:
        parts.append(f"{count(failing)} more {_plural(failing, 'finding fails', 'findings fail')}")
    if unknown:
        verb = _plural(unknown, "is", "are")
        noun = "" if failing else _plural(unknown, "more finding ", "more findings ")
        parts.append(f"{count(unknown)} {noun}{verb} undecided")
    more = f" {capitalised(' and '.join(parts))}." if parts else ""
    return f" The same fails for {_listed(alike[:_NAMED])}.{more}" if alike else more


def _is_alike(finding: Finding, main: Finding) -> bool:
    """True if this fails the same requirement on another slice."""
    return (
        finding is not main
        and finding.counts is Verdict.FAIL
        and main.counts is Verdict.FAIL
        and finding.requirement == main.requirement
        and isinstance(finding.outcome, Measured)
    )


def _listed(findings: Iterable[Finding]) -> str:
    """The slices of findings, each with its value."""
    named = [
        f"{full_name(f.slice)} ({value_of(f.outcome, display_of(f.requirement.measure))})"
        for f in findings
        if isinstance(f.outcome, Measured)
    ]
    return " and ".join(part for part in (", ".join(named[:-1]), named[-1]) if part)


def _counted(findings: Iterable[Finding], verdict: Verdict, main: Finding) -> int:
    return sum(finding.counts is verdict for finding in findings if finding is not main)


def _plural(number: int, one: str, many: str) -> str:
    return one if number == 1 else many
