"""What a reader must know beside the verdict: whom the rule tells apart, and what a repair cost."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from roadworthy.cards.names import attribute_name, full_name, measure_title, read_slice
from roadworthy.cards.numbers import SPACE, count, display_of, interval, value_of
from roadworthy.cards.reading import Reading
from roadworthy.cards.views.blocks import Note
from roadworthy.cards.wording import capitalised, lowered
from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.records.tradeoff import TradeOff
from roadworthy.records.versions import ModelVersion

_LAW = "Whether the law allows that is for people to say; nothing on this page answers it."


def notes(
    reading: Reading,
    model: ModelVersion | None = None,
    tradeoff: TradeOff | None = None,
    linked: Collection[str] = (),
) -> tuple[Note, ...]:
    """The notes of a report or a card, the gravest first; `linked` are the parts of its page."""
    found = (
        *_rule(reading, model),
        *_inputs(reading, model),
        *_repair(reading, tradeoff),
        *_laxer(reading),
    )
    return tuple(note if note.href[1:] in linked else replace(note, href="") for note in found)


def rule_by_group(model: ModelVersion) -> str:
    """The score from which each group is positive; empty where all share one threshold."""
    rule = model.rule
    if rule.attribute is None:
        return ""
    groups = [f"{name} from {score:.3g}" for name, score in sorted(rule.thresholds.items())]
    return ", ".join([*groups, f"anybody else from {rule.threshold:.3g}"])


def _rule(reading: Reading, model: ModelVersion | None) -> Iterable[Note]:
    if model is None or model.rule.attribute is None:
        return
    protected = set(model.rule.attributes) & set(reading.record.roles.protected)
    across = _names(model.rule.attributes)
    read = f"Positive by score and {across}: {rule_by_group(model)}."
    yield Note(
        title=f"Each group of {across} has a threshold of its own",
        text=f"{read} {_protected(protected)}{_LAW}" if protected else read,
        href="#provenance",
    )


def _inputs(reading: Reading, model: ModelVersion | None) -> Iterable[Note]:
    features = model.features if model else reading.record.roles.features
    read = [name for name in reading.record.roles.protected if name in features]
    if read and (model is not None or reading.record.model_name is not None):
        yield Note(
            title=f"The model reads {_names(read)}",
            text=f"{_protected(read)}{_LAW}",
            href="#explain",
        )


def _repair(reading: Reading, tradeoff: TradeOff | None) -> Iterable[Note]:
    chosen = tradeoff.chosen if tradeoff else None
    if tradeoff is None or chosen is None or chosen is tradeoff.candidates[0]:
        return
    if chosen.model not in (None, reading.record.model):
        return
    before = tradeoff.candidates[0]
    gained = _change(reading, tradeoff.y_measure, tradeoff.y_slice, before.y, chosen.y)
    paid = _change(reading, tradeoff.x_measure, tradeoff.x_slice, before.x, chosen.x)
    yield Note(
        title="Repaired, at a price",
        text=f"{capitalised(chosen.name)}. On the validation data, {gained}; {paid}.",
        href="#trade-off",
    )


def _laxer(reading: Reading) -> Iterable[Note]:
    number = len(reading.policy.departures) if reading.policy else 0
    if number:
        places = "one place" if number == 1 else f"{count(number)} places"
        yield Note(
            title=f"The policy is laxer than the one it extends in {places}",
            text="Each place, and why, stands below.",
            href="#departures",
        )


def _change(
    reading: Reading,
    measure: str,
    where: str,
    before: Measured | Unmeasured,
    after: Measured | Unmeasured,
) -> str:
    slice_ = read_slice(where)
    name = f"the {lowered(measure_title(measure, reading.specs))}"
    if slice_.terms:
        name += f" {full_name(slice_)}" if slice_.is_comparison else f" of {full_name(slice_)}"
    return f"{name} went from {_ends(measure, before)} to {_ends(measure, after)}"


def _ends(measure: str, outcome: Measured | Unmeasured) -> str:
    if isinstance(outcome, Unmeasured):
        return "what could not be measured"
    display = display_of(measure)
    ends = interval(outcome, display)
    rows = f"n{SPACE}{count(outcome.rows)}"
    return f"{value_of(outcome, display)} ({f'{ends}, {rows}' if ends else rows})"


def _protected(names: Iterable[str]) -> str:
    found = list(names)
    kind = "a protected attribute" if len(found) == 1 else "protected attributes"
    verb = "is" if len(found) == 1 else "are"
    text = f"{_names(found)} {verb} {kind}. "
    return text[:1].upper() + text[1:]


def _names(attributes: Iterable[str]) -> str:
    return " and ".join(map(attribute_name, sorted(attributes)))
