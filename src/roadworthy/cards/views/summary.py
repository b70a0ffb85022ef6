"""The top of a report: the verdict, one plain sentence, and a scorecard of the pillars."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from roadworthy.cards.conclusion import VERDICTS, main_sentence, unjudged_sentence
from roadworthy.cards.numbers import SPACE, count, interval, value_of
from roadworthy.cards.reading import MARKS, Reading
from roadworthy.cards.svg.rows import Mark
from roadworthy.cards.views.blocks import Note
from roadworthy.records.decision import Decision, Verdict
from roadworthy.records.evidence import Evidence, Measured, Unmeasured
from roadworthy.records.slices import ALL

PILLARS = {
    "quality": ("Data quality", "Is the table fit to measure on?"),
    "performance": ("Performance", "Is the model right often enough?"),
    "fairness": ("Fairness", "Is it right for everybody?"),
    "robustness": ("Robustness", "Does it hold when the data get worse?"),
    "explain": ("Explanation", "What does it lean on?"),
}
"""The pillars in the order of the scorecard, with the question that each answers."""

_KEYS = {
    "quality": ("missing-rate", "duplicate-rows-rate", "schema-mismatches"),
    "performance": (
        "accuracy",
        "balanced-accuracy",
        "roc-auc",
        "mean-absolute-error",
        "r-squared",
        "ndcg-at-10",
        "mean-reciprocal-rank",
    ),
    "fairness": ("selection-rate", "true-positive-rate"),
}


_WIDEST = (
    "equal-opportunity-difference",
    "demographic-parity-difference",
    "mean-absolute-error-gap",
    "mean-prediction-gap",
    "exposure-parity-ratio",
    "exposure-merit-ratio",
)
"""The gaps of which the widest stands for fairness: those of the task that was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many findings have a verdict."""

    mark: Mark
    number: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The verdict, the sentence that says why, the findings by verdict, and what goes with it."""

    verdict: str
    mark: Mark
    sentence: str
    policy: str = ""
    tallies: tuple[Tally, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A number that stands for a pillar: what it is, and how sure and how limited it is."""

    title: str
    value: str
    ends: str = ""
    rows: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PillarCard:
    """One pillar of the scorecard."""

    title: str
    question: str
    href: str
    mark: Mark
    verdict: str
    measured: str
    unmeasured: str
    tallies: tuple[Tally, ...]
    keys: tuple[Key, ...]


def headline(reading: Reading, notes: tuple[Note, ...] = ()) -> Headline:
    """The verdict and its sentence; without a decision, that nobody has judged."""
    decision = reading.decision
    if decision is None:
        sentence = unjudged_sentence(reading.record)
        return Headline(verdict="Not judged", mark=Mark.PLAIN, sentence=sentence, notes=notes)
    return Headline(
        verdict=VERDICTS[decision.verdict],
        mark=MARKS[decision.verdict],
        sentence=main_sentence(decision, reading.record),
        policy=decision.policy_name,
        tallies=tallies(decision),
        notes=notes,
    )


def tallies(decision: Decision, measures: frozenset[str] | None = None) -> tuple[Tally, ...]:
    """How many findings fail, are undecided, pass and are waived; of these measures, if given."""
    found = [
        finding
        for finding in decision.findings
        if measures is None or finding.requirement.measure in measures
    ]
    words = {Verdict.FAIL: "fail", Verdict.UNKNOWN: "undecided", Verdict.PASS: "pass"}
    plain = [f for f in found if f.waiver is None and not f.set_aside]
    numbers = {verdict: sum(f.verdict is verdict for f in plain) for verdict in words}
    made = [
        Tally(mark=MARKS[verdict], number=numbers[verdict], words=words[verdict])
        for verdict in words
        if numbers[verdict]
    ]
    apart = {
        "waived": sum(finding.waiver is not None for finding in found),
        "too small to judge": sum(f.set_aside and f.waiver is None for f in found),
    }
    made += [Tally(mark=Mark.PLAIN, number=n, words=why) for why, n in apart.items() if n]
    return tuple(made)


def scorecard(reading: Reading, linked: Collection[str] = ()) -> tuple[PillarCard, ...]:
    """A card for each pillar, the ones that nobody measured included.

    `linked` are the sections of the page that a card may lead to.
    """
    others = [spec.pillar for spec in reading.record.measures if spec.pillar not in PILLARS]
    named = {**PILLARS, **{slug: (slug.capitalize(), "") for slug in others}}
    return tuple(
        _card(reading, slug, title, question, f"#{slug}" if slug in linked else "")
        for slug, (title, question) in named.items()
    )


def _card(reading: Reading, slug: str, title: str, question: str, href: str) -> PillarCard:
    measures = reading.in_pillar(slug)
    items = [item for measure in measures for item in reading.of(measure)]
    unmeasured = sum(isinstance(item.outcome, Unmeasured) for item in items)
    found = tallies(reading.decision, frozenset(measures)) if reading.decision else ()
    mark, verdict = _pillar_verdict(reading, slug, len(items) > unmeasured)
    return PillarCard(
        title=title, question=question, href=href, mark=mark, verdict=verdict,
        measured=count(len(items) - unmeasured), unmeasured=count(unmeasured) if unmeasured else "",
        tallies=found, keys=_keys(reading, slug),
    )  # fmt: skip


def _pillar_verdict(reading: Reading, pillar: str, measured: bool) -> tuple[Mark, str]:
    findings = [
        finding.counts
        for finding in (reading.decision.findings if reading.decision else ())
        if reading.pillar(finding.requirement.measure) == pillar
    ]
    if findings:
        return MARKS[max(findings)], VERDICTS[max(findings)].lower()
    if not measured:
        return Mark.PLAIN, "not measured"
    return Mark.PLAIN, "nothing required" if reading.decision else "not judged"


def _keys(reading: Reading, pillar: str) -> tuple[Key, ...]:
    """Up to two numbers that stand for a pillar."""
    if pillar == "fairness":
        chosen = [item for m in _WIDEST for item in _widest(reading, reading.at_hand(m))]
    elif pillar == "robustness":
        chosen = _largest(reading, "accuracy-drop")
    elif pillar == "explain":
        chosen = _largest(reading, "permutation-importance")
    else:
        found = [reading.find(reading.at_hand(m), ALL) for m in _KEYS.get(pillar, ())]
        chosen = [item for item in found if item is not None]
    return tuple(_key(reading, item) for item in chosen[:2])


def _widest(reading: Reading, measure: str) -> list[Evidence]:
    return _top(reading.comparisons(measure))


def _largest(reading: Reading, measure: str) -> list[Evidence]:
    return _top(reading.of(measure))


def _top(items: list[Evidence]) -> list[Evidence]:
    known = [(i.outcome.value, i) for i in items if isinstance(i.outcome, Measured)]
    if not known:
        return []
    worst = min if items[0].measure.endswith("-ratio") else max
    return [worst(known, key=lambda pair: pair[0])[1]]


def _key(reading: Reading, item: Evidence) -> Key:
    title = reading.title(item.measure)
    title += f", {reading.name(item.slice)}" if item.slice != ALL else ""
    if not isinstance(item.outcome, Measured):
        return Key(title=title, value="not measured")
    display = reading.display(item.measure)
    limits = ", ".join(line.name for line in reading.limits(item.measure, [item.slice]))
    return Key(
        title=title,
        value=value_of(item.outcome, display),
        ends=interval(item.outcome, display),
        rows=f"n{SPACE}{count(item.outcome.rows)}",
        limit=limits or ("no limit" if reading.decision else ""),
    )
