"""Findings, a card for each requirement: failing and undecided first, each with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from roadworthy.cards.conclusion import excess
from roadworthy.cards.names import full_name, group_name, measure_title
from roadworthy.cards.numbers import SPACE, count, display_of
from roadworthy.cards.reading import MARKS, Reading, bound_text, finding_mark, limit_lines
from roadworthy.cards.svg.interval_plot import Frame, interval_plot
from roadworthy.cards.svg.rows import Mark
from roadworthy.cards.views.blocks import (
    WORDS,
    Cell,
    Figure,
    Table,
    digest_cell,
    head,
    text,
    verdict_cell,
)
from roadworthy.cards.views.plots import (
    describe,
    evidence_words,
    finding_row,
    frame_of,
    outcome_cells,
)
from roadworthy.cards.wording import (
    allowance,
    finding_sentence,
    sentence,
    undecided,
)
from roadworthy.records.decision import Finding, Verdict
from roadworthy.records.evidence import Measured, MeasureSpec, Unmeasured
from roadworthy.records.policy import Requirement, Scope

_SHOWN, _REASON = 8, 7
_OF_TABLE = {"column": "of each column", "feature": "of each feature"}
_SCOPES = {
    Scope.SLICE: "",
    Scope.GROUPS: "of each group",
    Scope.ACROSS: "between groups",
    Scope.INTERSECTIONS: "of each intersection",
    Scope.ACROSS_INTERSECTIONS: "between intersections",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One requirement with its findings."""

    id: str
    title: str
    allowance: str
    mark: Mark
    verdict: str
    tally: str
    sentence: str
    why: str
    remedies: tuple[str, ...]
    waivers: tuple[str, ...]
    figure: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The section on findings: what is open, what was set aside, what holds, what was loosened."""

    lead: str
    cards: tuple[Card, ...] = ()
    aside: tuple[str, ...] = ()
    held: Table | None = None
    departures: tuple[tuple[str, str], ...] = ()


def findings_section(reading: Reading) -> Findings | None:
    """The section on findings; None where no policy judged and none is at hand."""
    if reading.decision is None and not (reading.policy and reading.policy.departures):
        return None
    cards = finding_cards(reading)
    lead = "Nothing that the policy asks fails or is left undecided."
    if reading.decision is None:
        lead = "No policy has judged."
    elif cards:
        lead = (
            "What the policy asks and the evidence does not settle, the worst first. A dot is the"
            " estimate, the line its interval, the dashed line what the policy allows. A disc"
            " passes, a ring is undecided, a diamond fails."
        )
    return Findings(
        lead=lead, cards=cards, aside=aside(reading), held=held_table(reading),
        departures=departures(reading),
    )  # fmt: skip


def aside(reading: Reading) -> tuple[str, ...]:
    """The findings on slices too small to judge, in words, as many as are read."""
    small = [f for f in (reading.decision.findings if reading.decision else ()) if f.set_aside]
    told = tuple(
        f"{finding_sentence(f, reading.words)} It judges groups of at least"
        f" {count(f.requirement.minimum_rows)} rows."
        for f in small[:_SHOWN]
    )
    rest = len(small) - len(told)
    return (*told, f"{count(rest)} more, in the table of what passes.") if rest else told


def departures(reading: Reading) -> tuple[tuple[str, str], ...]:
    """What was loosened, and the reason that its author gives."""
    found = []
    for departure in reading.policy.departures if reading.policy else ():
        what, _, why = departure.partition(", because ")
        found.append((what, sentence(why)))
    return tuple(found)


def finding_cards(reading: Reading) -> tuple[Card, ...]:
    """A card for each requirement that does not simply hold, the worst first."""
    open_ones = [
        found
        for found in by_requirement(reading)
        if any(finding.verdict is not Verdict.PASS for finding in found)
    ]
    return tuple(_card(reading, found) for found in sorted(open_ones, key=_order))


def held_table(reading: Reading) -> Table | None:
    """The findings of the requirements that hold, in one folded table."""
    held = [
        finding
        for found in by_requirement(reading)
        if all(finding.verdict is Verdict.PASS for finding in found)
        for finding in found
    ]
    if not held:
        return None
    small = sum(finding.set_aside for finding in held)
    total = len(held) - small
    everything = reading.decision.findings if reading.decision else ()
    further = "further " if len(held) < len(everything) else ""
    words = f"{count(total)} {further}{'finding passes' if total == 1 else 'findings pass'}"
    words += f", {count(small)} set aside" if small else ""
    return findings_table(held, reading.specs, words, reasons=False)


def by_requirement(reading: Reading) -> list[list[Finding]]:
    """The findings of each requirement, worst first; requirements as the policy lists them."""
    found: dict[str, list[Finding]] = {}
    for finding in reading.decision.findings if reading.decision else ():
        found.setdefault(finding.requirement.id, []).append(finding)
    return [sorted(findings, key=finding_order) for findings in found.values()]


def finding_order(finding: Finding) -> tuple[int, int, float, int, str]:
    """Worst verdict first, then furthest past the limit, then most rows."""
    outcome = finding.outcome
    known = isinstance(outcome, Measured)
    return (
        -int(finding.counts), -int(known), -excess(finding),
        -(outcome.rows if outcome else 0), str(finding.slice),
    )  # fmt: skip


def findings_table(
    findings: Sequence[Finding],
    specs: Mapping[str, MeasureSpec],
    summary: str,
    *,
    named: bool = True,
    reasons: bool = True,
) -> Table:
    """Findings as a table, each with its number, its limit, its reason and its evidence.

    `named` says whether the table names the requirement of each finding, and is printed on paper.
    Without `reasons` it is narrower: what passes has none beside its number and its limit.
    """
    heads = head(
        "Requirement", "Slice", "Value", "Interval", "n", "Limit", "Verdict", "Reason", "Evidence",
        numbers=(2, 3, 4),
    )  # fmt: skip
    kept = [i for i in range(len(heads)) if (named or i > 0) and (reasons or i != _REASON)]
    rows = [_cells(finding, specs) for finding in findings]
    return Table(
        head=tuple(heads[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in rows),
        summary=summary,
        printed=named,
    )


def _order(findings: Sequence[Finding]) -> tuple[int, float]:
    return -max(int(finding.counts) for finding in findings), -max(map(excess, findings))


def _card(reading: Reading, findings: Sequence[Finding]) -> Card:
    first = findings[0]
    requirement = first.requirement
    worst = max(finding.counts for finding in findings)
    return Card(
        id=requirement.id,
        title=_title(reading, requirement, findings),
        allowance=allowance(requirement),
        mark=Mark.PLAIN if worst is Verdict.PASS else MARKS[worst],
        verdict="waived" if worst is Verdict.PASS else WORDS[MARKS[worst]],
        tally=_tally(findings),
        sentence=finding_sentence(first, reading.words),
        why=sentence(requirement.why),
        remedies=_distinct(f.remedy for f in findings if f.counts is not Verdict.PASS),
        waivers=_distinct(_waiver(finding) for finding in findings if finding.waiver),
        figure=_figure(reading, findings),
    )


def _title(reading: Reading, requirement: Requirement, findings: Sequence[Finding]) -> str:
    if len(findings) == 1 and findings[0].slice.terms:
        return f"{reading.title(requirement.measure)}, {full_name(findings[0].slice)}"
    return asked_title(reading, requirement, findings[0].slice.attributes)


def asked_title(reading: Reading, requirement: Requirement, of: Sequence[str] = ()) -> str:
    """What a requirement speaks of: its measure, and for which slices; `of` are their attributes.

    A single slice is named by its finding.
    """
    title = reading.title(requirement.measure)
    kinds = {_OF_TABLE.get(name, _SCOPES[requirement.scope]) for name in of}
    return f"{title} {kinds.pop() if len(kinds) == 1 else _SCOPES[requirement.scope]}".strip()


def _figure(reading: Reading, findings: Sequence[Finding]) -> Figure:
    requirement = findings[0].requirement
    display = reading.display(requirement.measure)
    shown = [f for f in findings if f.verdict is not Verdict.PASS][:_SHOWN]
    frame = _frame(reading, requirement)
    same = len({finding.slice.attributes for finding in shown}) == 1
    name = group_name if same or shown[0].slice.is_comparison else full_name
    rows = [finding_row(f, display, name, MARKS[f.verdict]) for f in shown]
    title = reading.title(requirement.measure)
    drawing = interval_plot(rows, frame, title=title, desc=describe(rows, frame, display))
    left_out = len(findings) - len(shown)
    note = f"Shown: {count(len(shown))} of {count(len(findings))} findings." if left_out else ""
    words = evidence_words([f.evidence for f in findings if f.evidence])
    which = f"All {count(len(findings))} findings" if len(findings) > 1 else "The finding"
    table = findings_table(findings, reading.specs, f"{which}, {words}", named=False)
    return Figure(title=title, drawing=drawing, note=note, data=table)


def _frame(reading: Reading, requirement: Requirement) -> Frame:
    gap = requirement.at_most is not None
    plain = frame_of(reading, requirement.measure, (), zero=gap)
    return Frame(axis=plain.axis, show=plain.show, zero=gap, limits=tuple(limit_lines(requirement)))


def _cells(finding: Finding, specs: Mapping[str, MeasureSpec]) -> tuple[Cell, ...]:
    requirement = finding.requirement
    outcome = finding.outcome or Unmeasured(reason=finding.reason)
    mark = finding_mark(finding)
    words = "too small" if finding.set_aside else WORDS[mark]
    words += " (waived)" if finding.waiver else ""
    reason = sentence(finding.reason)
    if finding.rows_needed is not None and " rows" not in reason:
        reason += f" {undecided(finding).capitalize()}."
    if mark is Mark.PASS and finding.waiver is None:
        reason = ""
    return (
        text(measure_title(requirement.measure, specs), requirement.id),
        text(full_name(finding.slice), str(finding.slice)),
        *outcome_cells(outcome, display_of(requirement.measure)),
        text(_bounds(requirement)),
        verdict_cell(mark, words),
        text(reason),
        digest_cell(finding.evidence) if finding.evidence else text("none"),
    )


def _bounds(requirement: Requirement) -> str:
    display = display_of(requirement.measure)
    low, high = requirement.at_least, requirement.at_most
    parts = [f"≥{SPACE}{bound_text(low, display)}"] if low is not None else []
    parts += [f"≤{SPACE}{bound_text(high, display)}"] if high is not None else []
    return ", ".join(parts) or "measured"


def _tally(findings: Sequence[Finding]) -> str:
    words = {Verdict.FAIL: "fail", Verdict.UNKNOWN: "undecided", Verdict.PASS: "pass"}
    numbers = {words[v]: sum(f.verdict is v and not f.set_aside for f in findings) for v in words}
    numbers["too small to judge"] = sum(finding.set_aside for finding in findings)
    return ", ".join(f"{count(number)} {name}" for name, number in numbers.items() if number)


def _waiver(finding: Finding) -> str:
    waiver = finding.waiver
    if waiver is None:
        return ""
    where = full_name(finding.slice)
    return (
        f"{where}: accepted by {waiver.owner} until {waiver.expires.isoformat()}. {waiver.reason}"
    )


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t for t in texts if t))
