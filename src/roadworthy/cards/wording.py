"""Findings and decisions in everyday words: what would happen to whom, and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from roadworthy.cards.names import full_name, measure_title, pair_name, read_slice
from roadworthy.cards.numbers import (
    SPACE,
    Display,
    amount,
    bare,
    confidence,
    count,
    digits_apart,
    digits_for,
    digits_of_bound,
    display_of,
    interval,
)
from roadworthy.cards.phrases import GAPS, OF_DATA, PLAIN, SIGNED
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.evidence import Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.policy import Requirement
from roadworthy.records.slices import Slice

VERDICTS = {Verdict.PASS: "Passes", Verdict.UNKNOWN: "Undecided", Verdict.FAIL: "Fails"}
"""The verdict on a whole model, in one word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What sentences draw on besides the finding itself: titles, slices and the groups named."""

    specs: Mapping[str, MeasureSpec] = field(default_factory=dict)
    slices: tuple[Slice, ...] = ()
    evidence: Mapping[tuple[str, Slice], Evidence] = field(default_factory=dict)

    @classmethod
    def of(cls, record: AssessmentRecord | None) -> Words:
        """The words that an assessment offers; without one, only what the finding says itself."""
        if record is None:
            return cls()
        return cls(
            specs={spec.slug: spec for spec in record.measures},
            slices=tuple(size.slice for size in record.roster),
            evidence={(item.measure, item.slice): item for item in record.evidence},
        )

    def group(self, finding: Finding, which: str) -> Slice | None:
        """The `low`est, `high`est or `worst` group of a comparison, if it was named."""
        evidence = self.evidence.get((finding.requirement.measure, finding.slice))
        key = {"low": "lowest_group", "high": "highest_group", "worst": "worst_group"}[which]
        named = evidence.parameters.get(key) if evidence else None
        if named is None and which == "worst":
            named = finding.worst_group
        return read_slice(named, self.slices) if isinstance(named, str) else None


def claim(finding: Finding, words: Words) -> str:
    """What a finding says would happen, as a clause without its end: `would miss 4.1 points more`.

    Only a measured finding makes a claim.
    """
    measure, slice_, outcome = finding.requirement.measure, finding.slice, finding.outcome
    if not isinstance(outcome, Measured):
        raise TypeError(f"nothing was measured: {finding.reason}")
    display = display_of(measure)
    value = _value(outcome, finding.requirement, display)
    name = full_name(slice_)
    if measure in GAPS:
        return "would " + _gap(finding, value, words)
    if measure in SIGNED:
        side = "fewer" if outcome.value < 0 else "more"
        gap = value.lstrip("\N{MINUS SIGN}")
        text = SIGNED[measure].format(gap=gap, side=side, slice=name)
        return f"would {text} than in the reference group"
    if measure in PLAIN:
        group = name if slice_.terms else ""
        among, about = (f" {word} {group}" if group else "" for word in ("among", "for"))
        value = _weighed(value, outcome, finding.requirement)
        return "would " + PLAIN[measure].format(value=value, slice=name, among=among, about=about)
    if measure in OF_DATA:
        return OF_DATA[measure].format(value=value, slice=name)
    return f"{_lower(measure_title(measure, words.specs))} is {value} for {name}"


def sureness(outcome: Measured, display: Display) -> str:
    """How sure a number is: `95 % interval 2.2 to 6.0, n = 14,210`."""
    ends = interval(outcome, display)
    rows = f"n{SPACE}={SPACE}{count(outcome.rows)}"
    return f"{confidence(outcome)} interval {ends}, {rows}" if ends else f"exact, {rows}"


def allowance(requirement: Requirement, digits: int | None = None) -> str:
    """What the policy allows: `Policy allows at most 3.0 points`."""
    display = display_of(requirement.measure)
    low, high = requirement.at_least, requirement.at_most
    least = max(digits_of_bound(b, display) for b in (low, high, 0.0) if b is not None)
    digits = least if digits is None else max(digits, least)
    if low is not None and high is not None:
        return f"Policy allows {bare(low, display, digits)} to {amount(high, display, digits)}"
    if high is not None:
        return f"Policy allows at most {amount(high, display, digits)}"
    if low is not None:
        return f"Policy asks for at least {amount(low, display, digits)}"
    return "Policy asks that it be measured"


def undecided(finding: Finding) -> str:
    """Why nothing could be decided, and how many rows would settle it, if that is known."""
    if finding.rows_needed is not None:
        return f"undecided: needs about {count(_round_up(finding.rows_needed))} rows"
    if isinstance(finding.outcome, Measured):
        return "undecided: the interval reaches across the limit"
    return "undecided: not measured"


def finding_sentence(finding: Finding, words: Words) -> str:
    """One finding in a sentence: the claim, how sure it is, and what the policy allows."""
    requirement, outcome = finding.requirement, finding.outcome
    if not isinstance(outcome, Measured):
        reason = outcome.reason if isinstance(outcome, Unmeasured) else finding.reason
        title = measure_title(requirement.measure, words.specs)
        return f"{title} for {full_name(finding.slice)} is not known: {_stop(reason)}"
    display = display_of(requirement.measure)
    digits = _digits(outcome, requirement, display)
    said = _with_sureness(claim(finding, words), sureness(outcome, display))
    text = said[0].upper() + said[1:]
    text = f"The model {said}" if said.startswith("would ") else text
    tail = f" {capitalised(undecided(finding))}." if finding.verdict is Verdict.UNKNOWN else ""
    return f"{text}. {allowance(requirement, digits)}.{tail}"


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
        return _all_hold(decision)
    finding = main_finding(decision, words)
    return f"{finding_sentence(finding, words)}{_others(decision, finding)}"


def main_finding(decision: Decision, words: Words) -> Finding:
    """The finding that matters most: worst verdict, nearest to people, furthest past its limit."""
    return min(decision.findings, key=lambda finding: _rank(finding, words))


def excess(finding: Finding) -> float:
    """How far the sure side of the interval lies past the limit, in parts of the limit."""
    outcome, requirement = finding.outcome, finding.requirement
    if not isinstance(outcome, Measured):
        return 0.0
    past = [0.0]
    if requirement.at_most is not None:
        past.append((outcome.low - requirement.at_most) / (abs(requirement.at_most) or 1.0))
    if requirement.at_least is not None:
        past.append((requirement.at_least - outcome.high) / (abs(requirement.at_least) or 1.0))
    return max(past)


_NEAREST = ("fairness", "performance", "robustness", "quality", "explain")


def _rank(finding: Finding, words: Words) -> tuple[int, int, int, float, str, str]:
    spec = words.specs.get(finding.requirement.measure)
    pillar = spec.pillar if spec else _NEAREST[0]
    near = _NEAREST.index(pillar) if pillar in _NEAREST else len(_NEAREST)
    measured = isinstance(finding.outcome, Measured)
    return (
        -int(finding.counts), near, -int(measured), -excess(finding),
        finding.requirement.id, str(finding.slice),
    )  # fmt: skip


def _gap(finding: Finding, value: str, words: Words) -> str:
    template, preposition, which = GAPS[finding.requirement.measure]
    worse = words.group(finding, which) or words.group(finding, "worst")
    better = words.group(finding, {"low": "high", "high": "low"}.get(which, "worst"))
    text = template.format(gap=value)
    if worse is None:
        return f"{text} {preposition} one group than {preposition} another ({finding.slice})"
    if better is None or better == worse:
        return f"{text} {preposition} {full_name(worse)} than {preposition} the best-served group"
    return f"{text} {pair_name(worse, better, preposition)}"


def _value(outcome: Measured, requirement: Requirement, display: Display) -> str:
    return amount(outcome.value, display, _digits(outcome, requirement, display))


def _digits(outcome: Measured, requirement: Requirement, display: Display) -> int:
    bounds = [b for b in (requirement.at_least, requirement.at_most) if b is not None]
    return max(
        digits_for(outcome, display),
        *(digits_apart(outcome.value, bound, display) for bound in bounds),
        0,
    )


def _with_sureness(said: str, sure: str) -> str:
    """The claim and its interval in one pair of brackets, if the claim ends with one."""
    return f"{said[:-1]}; {sure})" if said.endswith(")") else f"{said} ({sure})"


def _weighed(value: str, outcome: Measured, requirement: Requirement) -> str:
    """The value with `only` before it, where it is less than was asked."""
    low = requirement.at_least
    return f"only {value}" if low is not None and outcome.value < low else value


def _others(decision: Decision, main: Finding) -> str:
    failing = sum(f.counts is Verdict.FAIL for f in decision.findings if f is not main)
    unknown = sum(f.counts is Verdict.UNKNOWN for f in decision.findings if f is not main)
    parts = []
    if failing:
        parts.append(f"{count(failing)} more {_plural(failing, 'finding fails', 'findings fail')}")
    if unknown:
        verb = _plural(unknown, "is", "are")
        noun = "" if failing else _plural(unknown, "more finding ", "more findings ")
        parts.append(f"{count(unknown)} {noun}{verb} undecided")
    return f" {capitalised(' and '.join(parts))}." if parts else ""


def _all_hold(decision: Decision) -> str:
    total = len(decision.findings)
    waived = sum(f.waiver is not None for f in decision.findings)
    small = sum(finding.set_aside for finding in decision.findings)
    text = f"All {count(total)} findings hold" if total > 1 else "The one finding holds"
    text += f", {count(small)} of them on groups too small to judge" if small else ""
    if waived:
        return f"{text}, {count(waived)} of them by a waiver that a named person signed for."
    return text + "."


def _round_up(rows: int) -> int:
    """Rows needed, to two figures: an estimate should look like one."""
    step: int = 10 ** max(len(str(rows)) - 2, 0)
    return -(-rows // step) * step


def _plural(number: int, one: str, many: str) -> str:
    return one if number == 1 else many


def _lower(title: str) -> str:
    first, _, rest = title.partition(" ")
    return title if first.isupper() else f"{first.lower()} {rest}".strip()


def capitalised(text: str) -> str:
    """The text with a capital letter, unless it begins with the name of a slice."""
    return text if "=" in text.split(" ", 1)[0] else text[:1].upper() + text[1:]


def _stop(text: str) -> str:
    return text if text.endswith(".") else text + "."
