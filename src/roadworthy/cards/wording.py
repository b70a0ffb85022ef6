"""Findings in everyday words: what would happen to whom, and what is allowed."""

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
from roadworthy.records.decision import Finding, Verdict
from roadworthy.records.evidence import Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.policy import Requirement
from roadworthy.records.slices import Slice

_SIMULTANEOUS = "simultaneous"


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

    def group(
        self, measure: str, slice_: Slice, which: str, worst: str | None = None
    ) -> Slice | None:
        """The `low`est, `high`est or `worst` group of a comparison, if it was named."""
        evidence = self.evidence.get((measure, slice_))
        key = {"low": "lowest_group", "high": "highest_group", "worst": "worst_group"}[which]
        named = evidence.parameters.get(key) if evidence else None
        if named is None and which == "worst":
            named = worst
        return read_slice(named, self.slices) if isinstance(named, str) else None


def claim(finding: Finding, words: Words) -> str:
    """What a finding says would happen, as a clause without its end: `would miss 4.1 points more`.

    Only a measured finding makes a claim.
    """
    if not isinstance(finding.outcome, Measured):
        raise TypeError(f"nothing was measured: {finding.reason}")
    requirement = finding.requirement
    return claim_about(
        requirement.measure, finding.slice, finding.outcome, words,
        bounds=(requirement.at_least, requirement.at_most), worst=finding.worst_group,
    )  # fmt: skip


def claim_about(
    measure: str,
    slice_: Slice,
    outcome: Measured,
    words: Words,
    *,
    bounds: tuple[float | None, float | None] = (None, None),
    worst: str | None = None,
) -> str:
    """What a measurement says would happen, whether or not a policy bounds it.

    `bounds` are the least and the most that are allowed; `worst` is a group to fall back on.
    """
    display = display_of(measure)
    value = amount(outcome.value, display, _digits(outcome, bounds, display))
    name = full_name(slice_)
    if measure in GAPS:
        return "would " + _gap(measure, slice_, value, words, worst)
    if measure in SIGNED:
        side = "fewer" if outcome.value < 0 else "more"
        gap = value.lstrip("\N{MINUS SIGN}")
        text = SIGNED[measure].format(gap=gap, side=side, slice=name)
        return f"would {text} than in the reference group"
    if measure in PLAIN:
        group = name if slice_.terms else ""
        among, about = (f" {word} {group}" if group else "" for word in ("among", "for"))
        value = f"only {value}" if bounds[0] is not None and outcome.value < bounds[0] else value
        return "would " + PLAIN[measure].format(value=value, slice=name, among=among, about=about)
    if measure in OF_DATA:
        return OF_DATA[measure].format(value=value, slice=name)
    return f"{lowered(measure_title(measure, words.specs))} is {value} for {name}"


def sureness(outcome: Measured, display: Display) -> str:
    """How sure a number is: `95 % interval 2.2 to 6.0, n = 14,210`.

    An interval that was widened so that those of all groups hold at once says so.
    """
    ends = interval(outcome, display)
    wide = "simultaneous " if _SIMULTANEOUS in outcome.method.split(" ") else ""
    rows = f"n{SPACE}={SPACE}{count(outcome.rows)}"
    return f"{wide}{confidence(outcome)} interval {ends}, {rows}" if ends else f"exact, {rows}"


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
        stop = "" if reason.endswith(".") else "."
        return f"{title} for {full_name(finding.slice)} is not known: {reason}{stop}"
    display = display_of(requirement.measure)
    digits = _digits(outcome, (requirement.at_least, requirement.at_most), display)
    text = said_of(claim(finding, words), outcome, display)
    tail = f" {capitalised(undecided(finding))}." if finding.verdict is Verdict.UNKNOWN else ""
    return f"{text}. {allowance(requirement, digits)}.{tail}"


def said_of(claimed: str, outcome: Measured, display: Display) -> str:
    """A claim as a sentence without its stop, and how sure it is in brackets."""
    sure = sureness(outcome, display)
    said = f"{claimed[:-1]}; {sure})" if claimed.endswith(")") else f"{claimed} ({sure})"
    return f"The model {said}" if said.startswith("would ") else said[0].upper() + said[1:]


def _gap(measure: str, slice_: Slice, value: str, words: Words, worst: str | None) -> str:
    template, preposition, which = GAPS[measure]
    fallen = words.group(measure, slice_, "worst", worst)
    worse = words.group(measure, slice_, which, worst) or fallen
    other = {"low": "high", "high": "low"}.get(which, "worst")
    better = words.group(measure, slice_, other, worst)
    text = template.format(gap=value)
    if worse is None:
        return f"{text} {preposition} one group than {preposition} another ({slice_})"
    if better is None or better == worse:
        return f"{text} {preposition} {full_name(worse)} than {preposition} the best-served group"
    return f"{text} {pair_name(worse, better, preposition)}"


def _digits(outcome: Measured, bounds: tuple[float | None, float | None], display: Display) -> int:
    return max(
        digits_for(outcome, display),
        *(digits_apart(outcome.value, bound, display) for bound in bounds if bound is not None),
        0,
    )


def _round_up(rows: int) -> int:
    """Rows needed, to two figures: an estimate should look like one."""
    step: int = 10 ** max(len(str(rows)) - 2, 0)
    return -(-rows // step) * step


def lowered(title: str) -> str:
    """A title as it stands inside a sentence; abbreviations keep their capitals.

    >>> lowered("Area under the ROC curve"), lowered("ROC AUC")
    ('area under the ROC curve', 'ROC AUC')
    """
    first, _, rest = title.partition(" ")
    return title if first.isupper() else f"{first.lower()} {rest}".strip()


def capitalised(text: str) -> str:
    """The text with a capital letter, unless it begins with the name of a slice."""
    return text if "=" in text.split(" ", 1)[0] else text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """What somebody wrote, with a capital letter and a stop; nothing stays nothing.

    >>> sentence("nobody may be missed"), sentence("")
    ('Nobody may be missed.', '')
    """
    text = capitalised(text)
    return text if text.endswith((".", "!", "?")) or not text else f"{text}."
