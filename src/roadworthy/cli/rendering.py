"""How the command line shows records: tables, verdicts and progress; nothing is computed here."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from roadworthy.cards.views.weak_slices import search_of
from roadworthy.cards.weak_slices import search_text
from roadworthy.cli.decisions import print_decision
from roadworthy.errors import UsageError
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.evidence import Evidence, Measured, Unmeasured, expected_slug
from roadworthy.records.record import JSON
from roadworthy.records.versions import ColumnRoles, DatasetVersion

if TYPE_CHECKING:
    from roadworthy.workflows.assessment import Assessment
    from roadworthy.workflows.show import Listing
    from roadworthy.workflows.verify import Verification

HEADLINES = (
    "accuracy",
    "balanced-accuracy",
    "recall",
    "precision",
    "macro-f1",
    "cohen-kappa",
    "micro-f1",
    "subset-accuracy",
    "hamming-loss",
    "roc-auc",
    "macro-roc-auc",
    "brier-score",
    "expected-calibration-error",
    "top-label-calibration-error",
    "mean-absolute-error",
    "root-mean-squared-error",
    "r-squared",
    "mean-error",
    "interval-coverage",
    "ndcg-at-10",
    "mean-average-precision",
    "mean-reciprocal-rank",
    "worst-slice-error-rate",
    "worst-slice-absolute-error",
    "worst-slice-error-ratio",
    "weak-slices-error-share",
)
"""The measures of the whole population that a summary shows, in this order."""

GAPS = (
    "demographic-parity-difference",
    "demographic-parity-ratio",
    "equal-opportunity-difference",
    "equalized-odds-difference",
    "predictive-parity-difference",
    "confusion-rate-difference",
    "hamming-loss-difference",
    "mean-prediction-gap",
    "mean-absolute-error-gap",
    "mean-error-gap",
    "worst-group-absolute-error",
    "interval-coverage-difference",
    "exposure-parity-ratio",
    "exposure-merit-ratio",
    "top-10-parity-ratio",
)
"""The comparisons across groups that a summary shows, in this order."""

MOST_REASONS = 4
"""How many reasons for missing numbers a summary gives; `show` gives all."""


def print_json(value: JSON) -> None:
    """Print JSON for machines: one document on stdout, nothing else."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def progress(console: Console, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A live line that says what is being done; none where no terminal would show it live."""
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    said = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), said, TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda message: bar.update(task, description=message)


def names(given: Sequence[str] | None) -> list[str]:
    """The names given to an option: repeated, or with commas between."""
    return [name.strip() for part in given or () for name in part.split(",") if name.strip()]


def pairs(given: Sequence[str] | None, *, option: str) -> dict[str, str]:
    """The columns given to an option by what they answer: `urgent=said_urgent,legal=said_legal`.

    Raises:
        UsageError: an entry has no `=`.
    """
    found = {}
    for entry in names(given):
        answered, equals, column = entry.partition("=")
        if not equals:
            raise UsageError(f"{option} takes name=column, with commas between; found {entry!r}")
        found[answered.strip()] = column.strip()
    return found


def pairs_or_names(given: Sequence[str] | None, *, option: str) -> dict[str, str] | list[str]:
    """Columns by what they answer, or a list of columns if no entry says what it answers."""
    listed = names(given)
    return pairs(given, option=option) if any("=" in entry for entry in listed) else listed


def number(value: float) -> str:
    """A number to three significant decimals, as the tables show it."""
    return f"{value:.3f}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004


def _worst(item: Evidence, attribute: str) -> str:
    """The worst group of a comparison and, of several classes, the class where it is worst."""
    group = str(item.parameters.get("worst_group", "")).removeprefix(f"{attribute}=")
    question = item.parameters.get("worst_class") or item.parameters.get("worst_label")
    return f"{group} ({question})" if question else group


def interval(item: Evidence) -> tuple[str, str, str]:
    """The value, its interval and its rows; dashes where nothing could be measured."""
    outcome = item.outcome
    if not isinstance(outcome, Measured):
        return ("–", "unmeasured", f"{outcome.rows:,}")
    return (
        number(outcome.value),
        f"{number(outcome.low)} to {number(outcome.high)}",
        f"{outcome.rows:,}",
    )


def summary(record: AssessmentRecord, *, more: str) -> Iterator[Table | Text]:
    """What an assessment says, on one screen: the whole population, then the gaps across groups.

    Where these tables have no number, the lines below them say why; `more` says where all the other
    reasons are.
    """
    evidence = {(item.measure, str(item.slice)): item for item in record.evidence}
    titles = {spec.slug: spec.title for spec in record.measures}
    reasons: dict[str, None] = {}
    sure = f"{100 * _confidence(record):g} % interval"
    whole = _table("whole population", "measure", "value", sure, "n")
    for slug in HEADLINES:
        if item := evidence.get((expected_slug(slug), "all"), evidence.get((slug, "all"))):
            whole.add_row(titles[item.measure], *interval(item))
            reasons |= _reason(item)
    yield whole
    yield from questions(record)
    for attribute in record.roles.protected:
        gaps = _table(f"gaps across groups of {attribute}", "measure", "value", sure, "n", "worst")
        for slug in GAPS:
            expected = evidence.get((expected_slug(slug), attribute))
            if item := expected or evidence.get((slug, attribute)):
                worst = _worst(item, attribute)
                gaps.add_row(titles[item.measure], *interval(item), Text(worst))
                reasons |= _reason(item)
        if gaps.row_count:
            yield gaps
    for reason in list(reasons)[:MOST_REASONS]:
        yield Text(f"unmeasured: {reason}", style="yellow")
    yield from _weak_slices(record)
    missing = sum(not isinstance(item.outcome, Measured) for item in record.evidence)
    yield Text(
        f"{len(record.evidence) - missing:,} measured, {missing:,} could not be measured; {more}",
        style="dim",
    )


def _weak_slices(record: AssessmentRecord) -> Iterator[Text]:
    """Where the system is worst, if that was searched for."""
    search = search_of(record)
    if search is not None:
        yield Text(f"\n{search_text(search)}\n")


def questions(record: AssessmentRecord) -> Iterator[Table]:
    """Each class, or each label, against the rest: the one with the lowest F1 first."""
    found: dict[str, dict[str, Evidence]] = {}
    for item in record.evidence:
        question = item.slice.question
        if question is not None and len(item.slice.terms) == 1:
            found.setdefault(f"{question.value}", {})[item.measure] = item
    if not found:
        return
    what = "label" if record.roles.labels else "class"
    awaited = any(expected_slug("f1") in items for items in found.values())
    when = ", expected" if awaited else ""
    table = _table(f"each {what}{when}", what, "recall", "precision", "F1", "n")
    for name, items in sorted(found.items(), key=lambda pair: _value(_at_hand(pair[1], "f1"))):
        known = [_at_hand(items, measure) for measure in ("recall", "precision", "f1")]
        cells = ["–" if item is None else interval(item)[0] for item in known]
        rows = next(
            (s.rows for s in record.roster if str(s.slice) == f"{what}={name}"), record.rows
        )
        table.add_row(Text(name), *cells, f"{rows:,}")
    yield table


def _at_hand(items: Mapping[str, Evidence], measure: str) -> Evidence | None:
    """What a measure is expected to be where its labels are awaited, or else the measure."""
    return items.get(expected_slug(measure), items.get(measure))


def _value(item: Evidence | None) -> float:
    """The value, for sorting; what nobody could measure comes first."""
    return item.outcome.value if item and isinstance(item.outcome, Measured) else -1.0


def _confidence(record: AssessmentRecord) -> float:
    """The confidence of the intervals; an assessment has one, and exact numbers have none."""
    outcomes = (item.outcome for item in record.evidence)
    estimates = (o for o in outcomes if isinstance(o, Measured) and o.method != "exact")
    return next((estimate.confidence for estimate in estimates), 0.95)


def _reason(item: Evidence) -> dict[str, None]:
    return {item.outcome.reason: None} if isinstance(item.outcome, Unmeasured) else {}


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        right = column in {"value", "n"}
        table.add_column(
            column,
            justify="right" if right else "left",
            header_style="dim",
            overflow="fold",
            no_wrap=right,
        )
    return table


def print_assessment(
    console: Console, found: Assessment, *, out: Path | None, report: Path | None
) -> None:
    """The summary of an assessment, the verdict if there is one, and where things were written."""
    record = found.record
    model = f" by model {record.model_name}" if record.model_name else ""
    console.print(Text(f"{record.dataset_name}: {record.rows:,} rows{model}", style="bold"))
    for part in summary(record, more=_where_reasons_are(found, out)):
        console.print(part)
    if found.decision is not None:
        print_decision(console, found.decision, brief=True)
    for label, path in (("assessment", out), ("report", report)):
        if path is not None:
            console.print(f"{label}: {path}", soft_wrap=True)


def _where_reasons_are(found: Assessment, out: Path | None) -> str:
    if out is not None:
        return f"why: roadworthy show assessment {out} --unmeasured"
    if found.context.system is not None:
        return "why: roadworthy show assessment --unmeasured"
    return "save it with --out FOLDER to read why"


def assessment_json(found: Assessment) -> dict[str, JSON]:
    """An assessment for machines: the record and, if it was judged, the decision."""
    tree: dict[str, JSON] = {"assessment": canonical.to_json(found.record)}
    if found.decision is not None:
        tree["decision"] = canonical.to_json(found.decision)
        tree["verdict"] = found.decision.verdict.name
    return tree


def print_verification(console: Console, checked: Verification) -> None:
    """Each step with a mark, what was found, and the conclusion."""
    for step in checked.steps:
        mark = Text("holds  ", "green") if step.holds else Text("BROKEN ", "bold red")
        console.print(mark + Text(step.what))
        for line in step.found:
            console.print(f"       {line}", style="dim" if step.holds else "", soft_wrap=True)
    if checked.holds:
        console.print(Text(f"{checked.subject} holds", style="bold green"))
    else:
        broken = sum(not step.holds for step in checked.steps)
        console.print(
            Text(f"{checked.subject} does not hold: {broken} of {len(checked.steps)} steps broken")
        )


def versions_table(versions: Sequence[DatasetVersion]) -> Table:
    """Dataset versions, a line each."""
    table = _table("", "dataset", "n", "columns", "digest", "made by")
    table.title = None
    for version in versions:
        read = "files" if version.files else "a table elsewhere"
        made = version.transformation.name if version.transformation else read
        table.add_row(
            version.name,
            f"{version.rows:,}",
            str(len(version.columns)),
            version.digest[:19],
            made,
        )
    return table


def dataset(version: DatasetVersion, ancestors: Sequence[DatasetVersion]) -> Iterator[Table | Text]:
    """A dataset version: its digest, roles, files, columns and where it comes from."""
    yield Text(f"{version.name}: {version.rows:,} rows", style="bold")
    yield Text(f"digest {version.digest}\nadded {version.created:%Y-%m-%d %H:%M} UTC")
    if version.origin is not None:
        yield Text(f"rows of {version.origin}")
    for entry in version.files:
        yield Text(f"file {entry.path}, {entry.size:,} bytes, {entry.digest}")
    if version.transformation is not None:
        step = version.transformation
        given = ", ".join(f"{key} {value}" for key, value in step.parameters.items())
        yield Text(f"made by {step.name}{f' ({given})' if given else ''}, code {step.code[:19]}")
    for ancestor in ancestors:
        yield Text(f"from {ancestor.name}, {ancestor.rows:,} rows, {ancestor.digest[:19]}")
    yield _columns(version)


def _columns(version: DatasetVersion) -> Table:
    table = _table("columns", "column", "type", "role")
    for column in version.columns:
        table.add_row(column.name, column.type, role_of(version.roles, column.name))
    return table


def role_of(roles: ColumnRoles | None, name: str) -> str:
    """What a column means to the system, in a word or two."""
    if roles is None:
        return ""
    single = {
        roles.label: "label",
        roles.prediction: "prediction",
        roles.score: "score",
        roles.weight: "weight",
        roles.timestamp: "time",
        roles.identifier: "identifier",
    }
    words = [single[name]] if name in single else []
    words += ["protected"] if name in roles.protected else []
    words += ["feature"] if name in roles.features else []
    words += ["condition"] if name in roles.condition else []
    return ", ".join(words)


def print_listing(console: Console, shown: Listing) -> None:
    """A listing as a table with nothing cut off; a line each where no terminal sets the width."""
    if not shown.rows:
        console.print(Text(f"{shown.title}: {shown.empty}"))
        return
    table = _table(shown.title, *shown.columns)
    for row in shown.rows:
        table.add_row(*(Text(cell) for cell in row))
    narrow = console.width
    if not console.is_terminal and "COLUMNS" not in os.environ:
        free = console.options.update(max_width=100_000)
        console.width = max(narrow, console.measure(table, options=free).maximum)
    console.print(table)
    console.width = narrow
