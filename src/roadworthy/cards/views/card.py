"""The parts of a model card, in the order that the Hugging Face Hub has made usual."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.cards.names import full_name
from roadworthy.cards.numbers import count
from roadworthy.cards.reading import Reading
from roadworthy.cards.views.blocks import Figure, Table, head, text
from roadworthy.cards.views.document import MISSING, Part, listed, said
from roadworthy.cards.views.findings import (
    aside,
    asked_title,
    departures,
    finding_order,
    findings_table,
)
from roadworthy.cards.views.groups import fairness
from roadworthy.cards.views.performance import for_everyone, measure_table
from roadworthy.cards.views.plots import data_table
from roadworthy.cards.views.provenance import answered, plain, rule_words, unmeasured
from roadworthy.cards.wording import allowance, finding_sentence, lowered, sentence
from roadworthy.records.datasheet import Datasheet, Section
from roadworthy.records.decision import Verdict
from roadworthy.records.evidence import Evidence
from roadworthy.records.system import System
from roadworthy.records.versions import DatasetVersion, ModelVersion

_GROUP_MEASURES = (
    "accuracy", "selection-rate", "true-positive-rate", "false-positive-rate",
    "mean-absolute-error", "mean-error", "mean-prediction",
)  # fmt: skip
_MOST_SENTENCES = 8
_LIMITING = frozenset({"sampling", "known-errors", "labelling"})
"""Questions of a datasheet, beside those about uses, whose answers limit what a model can be."""


def card_parts(
    reading: Reading,
    system: System | None,
    model: ModelVersion | None,
    datasets: Sequence[DatasetVersion],
    datasheet: Datasheet | None = None,
) -> tuple[Part, ...]:
    """Every part of the card; what nobody said is a part that says so."""
    return (
        *_details(reading, system, model),
        *_uses(reading, system),
        *_limitations(reading),
        *_data_limits(datasheet),
        *_training(model, datasets),
        *_evaluation(reading),
        *_decision(reading),
        said("Environmental Impact"),
        *_technical(reading, model),
        said("Citation"),
        _glossary(reading),
        said("Model Card Authors", system.owner if system else None),
        said("Model Card Contact", system.contact if system else None),
    )


def _details(
    reading: Reading, system: System | None, model: ModelVersion | None
) -> tuple[Part, ...]:
    record = reading.record
    items = (
        f"Developed by: {system.owner if system else MISSING}",
        f"Made by: {model.method if model and model.method else MISSING}",
        f"License: {system.license if system and system.license else MISSING}",
        f"System: {record.system}",
        f"Model digest: {record.model or _without_digest(record.model_name)}",
        f"Repairs: {_parents(model)}",
    )
    return (Part(title="Model Details", items=items),)


def _without_digest(name: str | None) -> str:
    return "none; only predictions were assessed" if name is None else "none; it is not registered"


def _parents(model: ModelVersion | None) -> str:
    if model is None:
        return MISSING
    return ", ".join(model.parents) or "no other model"


def _uses(reading: Reading, system: System | None) -> tuple[Part, ...]:
    people = tuple(
        f"{one.name}: {one.affected}" + (f". Harm to avoid: {one.harm}" if one.harm else "")
        for one in (system.stakeholders if system else ())
    )
    objectives = tuple(
        f"For {one.stakeholder}: {lowered(asked_title(reading, one.requirement))}"
        f" ({one.requirement.id}). {allowance(one.requirement)}. {sentence(one.why)}"
        for one in (system.objectives if system else ())
    )
    return (
        Part(title="Uses"),
        said("Direct Use", system.intended_use if system else None, level=3),
        said("Downstream Use", level=3),
        listed("Out-of-Scope Use", system.out_of_scope if system else (), level=3),
        listed("People Affected", people, level=3),
        listed("What Fairness Means Here", objectives, level=3),
    )


def _limitations(reading: Reading) -> tuple[Part, ...]:
    decision = reading.decision
    missing = unmeasured(reading)
    tables = missing.groups[0].tables[:1] if missing else ()
    found = sorted(
        (f for f in (decision.findings if decision else ()) if f.verdict is not Verdict.PASS),
        key=finding_order,
    )
    sentences = tuple(finding_sentence(f, reading.words) for f in found[:_MOST_SENTENCES])
    rest = len(found) - len(sentences)
    if rest > 0:
        sentences += (f"{count(rest)} more findings fail or are undecided; see the decision.",)
    if decision is None:
        failed = said("Failed and Undecided Findings", "No policy has judged this model.", level=3)
    elif not found:
        failed = said(
            "Failed and Undecided Findings",
            "None: every finding that could be judged passes.",
            level=3,
        )
    else:
        failed = listed("Failed and Undecided Findings", sentences, level=3)
    unknown = Part(
        title="What Could Not Be Measured",
        level=3,
        text=(missing.lead if missing else "Everything that was tried was measured.",),
        tables=tables,
    )
    small = aside(reading)
    loosened = tuple(f"{what}. {why}" for what, why in departures(reading))
    parts = [Part(title="Bias, Risks, and Limitations"), failed]
    if small:
        parts.append(listed("Groups Too Small to Judge", small, level=3))
    if loosened:
        parts.append(listed("Where the Policy Is Laxer Than Its Pack", loosened, level=3))
    return (*parts, unknown)


def _data_limits(datasheet: Datasheet | None) -> tuple[Part, ...]:
    """What people said about the limits of the data, and how much nobody has said."""
    if datasheet is None:
        return (said("What the Data Do Not Show", level=3),)
    told = tuple(
        f"{entry.question} {entry.answer}"
        for entry in datasheet.entries
        if entry.answer and (entry.section is Section.USES or entry.key in _LIMITING)
    )
    lead = f"From the datasheet of {datasheet.name}, {answered(datasheet)}."
    return (Part(title="What the Data Do Not Show", level=3, text=(lead,), items=told),)


def _training(model: ModelVersion | None, datasets: Sequence[DatasetVersion]) -> tuple[Part, ...]:
    named = {version.digest: version for version in datasets}
    digests = model.training if model else tuple(named)
    items = tuple(
        f"{named[digest].name}, {count(named[digest].rows)} rows: {digest}"
        if digest in named
        else digest
        for digest in digests
    )
    settings = tuple(
        f"{name}: {plain(value)}" for name, value in sorted(model.parameters.items())
    ) if model else ()  # fmt: skip
    return (
        Part(title="Training Details"),
        listed("Training Data", items, level=3),
        listed("Training Procedure", settings, level=3, lead=model.method if model else ""),
    )


def _evaluation(reading: Reading) -> tuple[Part, ...]:
    record = reading.record
    whole = for_everyone(reading)
    gaps = [i for m in reading.in_pillar("fairness") for i in reading.comparisons(m)]
    data = f"{record.dataset_name}, {count(record.rows)} rows: {record.dataset}"
    factors = tuple(record.roles.protected)
    plots = [g.figures for g in fairness(reading).groups if g.title == "Gaps between groups"]
    figures: tuple[Figure, ...] = plots[0] if plots else ()
    measured = dict.fromkeys(reading.title(item.measure) for item in (*whole, *gaps))
    return (
        Part(title="Evaluation"),
        said("Testing Data", data, level=3),
        listed("Factors", factors, level=3, lead="Results are given for each group of:"),
        said("Metrics", _metrics(tuple(measured)), level=3),
        Part(
            title="Results",
            level=3,
            text=() if whole else ("Nothing was measured over everybody.",),
            tables=(measure_table(reading, whole),) if whole else (),
        ),
        Part(
            title="Fairness by Group",
            level=3,
            text=() if gaps else ("No gap between groups was measured.",),
            tables=tuple(_group_tables(reading, gaps)),
            figures=figures,
        ),
    )


def _group_tables(reading: Reading, gaps: Sequence[Evidence]) -> list[Table]:
    tables = [_titled(reading, measure, gaps) for measure in dict.fromkeys(g.measure for g in gaps)]
    for measure in _GROUP_MEASURES:
        items = [
            item
            for name in reading.record.roles.protected
            for item in reading.groups(measure, [name])
        ]
        if items:
            tables.append(data_table(reading, items, f"{reading.title(measure)} of each group"))
    return tables


def _titled(reading: Reading, measure: str, gaps: Sequence[Evidence]) -> Table:
    items = [item for item in gaps if item.measure == measure]
    return data_table(reading, items, reading.title(measure))


def _decision(reading: Reading) -> tuple[Part, ...]:
    decision = reading.decision
    if decision is None:
        return (said("Decision", "No policy has judged this model."),)
    verdict = decision.verdict.name.lower()
    text = (
        f"Policy {decision.policy_name} ({decision.policy}) judged: {verdict}.",
        f"Assessment {decision.assessment}, judged {decision.at:%Y-%m-%d %H:%M} UTC.",
    )
    waived = tuple(
        f"{reading.title(f.requirement.measure)} on {full_name(f.slice)}: accepted by"
        f" {f.waiver.owner} until {f.waiver.expires.isoformat()}. {f.waiver.reason}"
        for f in decision.findings
        if f.waiver
    )
    findings = sorted(decision.findings, key=finding_order)
    total = f"All {count(len(findings))} findings"
    open_ones = any(f.verdict is not Verdict.PASS or f.waiver for f in findings)
    table = findings_table(findings, reading.specs, total, reasons=open_ones)
    return (Part(title="Decision", text=text, items=waived, tables=(table,)),)


def _technical(reading: Reading, model: ModelVersion | None) -> tuple[Part, ...]:
    roles = reading.record.roles
    items = [f"Inputs: {', '.join(model.features if model else roles.features) or MISSING}"]
    if model is None:
        items.append(f"Decision rule: positive from a score of {roles.threshold:g}")
        return (listed("Technical Specifications", tuple(items)),)
    items += [
        f"Decision rule: {rule_words(model.rule)}",
        f"Format: {model.format.value}",
        f"Code: {model.code or MISSING}",
        f"Environment: {model.environment or MISSING}",
    ]
    return (listed("Technical Specifications", tuple(items)),)


def _metrics(titles: tuple[str, ...]) -> str:
    if not titles:
        return ""
    return (
        f"{'; '.join(titles)}. Each has its interval and the rows behind it; the glossary says what"
        " it means."
    )


def _glossary(reading: Reading) -> Part:
    """What each measure means, folded away where that can be."""
    rows = tuple(
        (text(spec.title), text(spec.slug), text(spec.plain))
        for spec in reading.record.measures
        if spec.plain
    )
    if not rows:
        return said("Glossary")
    words = f"What {count(len(rows))} measures mean"
    table = Table(head=head("Measure", "Name in files", "Meaning"), rows=rows, summary=words)
    return Part(title="Glossary", tables=(table,))
