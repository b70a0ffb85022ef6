"""What could not be measured, and where everything comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from roadworthy.cards.numbers import count
from roadworthy.cards.reading import Reading
from roadworthy.cards.views.blocks import (
    Cell,
    Group,
    Section,
    Table,
    digest_cell,
    figure_cell,
    head,
    text,
)
from roadworthy.cards.wording import capitalised
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.evidence import Evidence, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.system import System
from roadworthy.records.versions import DecisionRule, ModelVersion

_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the provenance: a name, and a cell or several."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where everything comes from, and the command that makes it again."""

    facts: tuple[Fact, ...]
    command: str = ""


def unmeasured(reading: Reading) -> Section | None:
    """What could not be measured and why, a row a reason; None if everything was measured."""
    items = [item for item in reading.record.evidence if isinstance(item.outcome, Unmeasured)]
    if not items:
        return None
    found: dict[str, list[Evidence]] = {}
    for item in items:
        found.setdefault(_why(reading, item), []).append(item)
    things = "measurement was" if len(items) == 1 else "measurements were"
    by_reason = Table(
        head=head("Reason", "Measures", "Slices", "Count", numbers=(3,)),
        rows=tuple(_reason(reading, why, same) for why, same in found.items()),
    )
    one_by_one = Table(
        head=head("Measure", "Slice", "Reason", "Evidence"),
        rows=tuple(_one(reading, item) for item in items),
        summary=f"One by one ({count(len(items))})",
    )
    return Section(
        slug="unmeasured",
        title="What could not be measured",
        lead=f"{count(len(items))} {things} tried and gave no number. Nothing stands in for them:"
        " where the policy asks, they count as undecided.",
        groups=(Group(title="", tables=(by_reason, one_by_one)),),
    )


def _why(reading: Reading, item: Evidence) -> str:
    """The reason, with the group that it names replaced, so that like reasons gather."""
    reason = item.outcome.reason if isinstance(item.outcome, Unmeasured) else ""
    names = [str(item.slice)] if not item.slice.is_comparison else []
    names += [
        str(size.slice)
        for size in reading.record.roster
        if item.slice.is_comparison and size.slice.attributes == item.slice.attributes
    ]
    for name in sorted(names, key=len, reverse=True):
        if name != "all" and name in reason:
            return reason.replace(name, "a group")
    return reason


def _reason(reading: Reading, why: str, items: list[Evidence]) -> tuple[Cell, ...]:
    measures = [reading.title(item.measure) for item in items]
    slices = [reading.name(item.slice) for item in items]
    return (
        text(capitalised(why)), text(_some(measures)), text(_some(slices)),
        figure_cell(count(len(items))),
    )  # fmt: skip


def _one(reading: Reading, item: Evidence) -> tuple[Cell, ...]:
    reason = item.outcome.reason if isinstance(item.outcome, Unmeasured) else ""
    return (
        text(reading.title(item.measure)), text(reading.name(item.slice), str(item.slice)),
        text(reason), digest_cell(reading.digest(item)),
    )  # fmt: skip


def _some(names: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(names))
    shown = "; ".join(distinct[:_NAMED])
    rest = len(distinct) - _NAMED
    return f"{shown} and {count(rest)} more" if rest > 0 else shown


def provenance(
    reading: Reading,
    *,
    system: System | None = None,
    model: ModelVersion | None = None,
    datasheet: Datasheet | None = None,
    reproduce: str | None = None,
) -> Provenance:
    """Digests, times, producer and parameters; what was not given is not shown as known."""
    record, decision = reading.record, reading.decision
    facts = [
        Fact(name="System", cells=(text(record.system),)),
        Fact(name="Owner", cells=(text(system.owner if system else "not given"),)),
        Fact(name="Data", cells=(text(record.dataset_name), digest_cell(record.dataset))),
        Fact(name="Rows", cells=(text(count(record.rows)),)),
        Fact(name="Model", cells=_model(reading)),
        *(_model_facts(model) if model else ()),
        Fact(name="Assessment", cells=(digest_cell(reading.digest(record)),)),
        Fact(name="Measured by", cells=(text(record.producer), text(moment(record.at)))),
    ]
    if decision is not None:
        facts += [
            Fact(name="Policy", cells=(text(decision.policy_name), digest_cell(decision.policy))),
            Fact(name="Decision", cells=(digest_cell(reading.digest(decision)),)),
            Fact(name="Judged", cells=(text(moment(decision.at)),)),
        ]
    if datasheet is not None:
        facts.append(
            Fact(name="Datasheet", cells=(text(f"{datasheet.name}: {answered(datasheet)}"),))
        )
    facts += _columns(reading)
    facts += [Fact(name="Settings", cells=(text(_settings(record.parameters)),))]
    return Provenance(facts=tuple(facts), command=reproduce or "")


def moment(at: datetime) -> str:
    """A time, to the minute, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def answered(datasheet: Datasheet) -> str:
    """How many questions of a datasheet have an answer."""
    total = len(datasheet.entries)
    done = total - len(datasheet.unanswered)
    return f"{count(done)} of {count(total)} questions answered"


def rule_words(rule: DecisionRule) -> str:
    """How a score becomes a decision."""
    if rule.attribute is None:
        return f"positive from a score of {rule.threshold:g}"
    groups = ", ".join(f"{name} {value:g}" for name, value in sorted(rule.thresholds.items()))
    other = f"else {rule.threshold:g}"
    return f"positive from a score that depends on {rule.attribute}: {groups}, {other}"


def _model(reading: Reading) -> tuple[Cell, ...]:
    record = reading.record
    if record.model is None:
        return (text(record.model_name or "none: the table brought its own predictions"),)
    return (text(record.model_name or "unnamed"), digest_cell(record.model))


def _model_facts(model: ModelVersion) -> list[Fact]:
    facts = [
        Fact(name="Method", cells=(text(model.method or "not given"),)),
        Fact(name="Decision rule", cells=(text(rule_words(model.rule)),)),
    ]
    if model.training:
        facts.append(Fact(name="Trained on", cells=tuple(map(digest_cell, model.training))))
    if model.code:
        facts.append(Fact(name="Code", cells=(digest_cell(model.code),)))
    if model.environment:
        facts.append(Fact(name="Environment", cells=(digest_cell(model.environment),)))
    return facts


def _columns(reading: Reading) -> list[Fact]:
    roles = reading.record.roles
    named = [("Label", roles.label), ("Prediction", roles.prediction), ("Score", roles.score)]
    facts = [Fact(name=name, cells=(text(_column(value)),)) for name, value in named if value]
    if roles.protected:
        facts.append(Fact(name="Protected attributes", cells=(text(", ".join(roles.protected)),)))
    return facts


def _column(name: str) -> str:
    """A column's name; one that was added while measuring is the model's own answer."""
    return "computed by the model" if name.startswith("_roadworthy") else name


def _settings(parameters: Mapping[str, JSON]) -> str:
    if not parameters:
        return "defaults"
    return ", ".join(f"{name} {plain(value)}" for name, value in sorted(parameters.items()))


def plain(value: JSON) -> str:
    """A parameter as people write it: `16-24 0.41, 65+ 0.3`; never a programming language's."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain(item)}" for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
