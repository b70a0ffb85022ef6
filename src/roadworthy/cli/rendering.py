"""How the command line shows records: tables, verdicts and progress; nothing is computed here."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision, Verdict
from roadworthy.records.evidence import Evidence, Measured
from roadworthy.records.record import JSON

STYLES = {Verdict.PASS: "green", Verdict.UNKNOWN: "yellow", Verdict.FAIL: "bold red"}

HEADLINES = (
    "accuracy",
    "balanced-accuracy",
    "recall",
    "precision",
    "roc-auc",
    "brier-score",
    "expected-calibration-error",
)
"""The measures of the whole population that a summary shows, in this order."""

GAPS = (
    "demographic-parity-difference",
    "demographic-parity-ratio",
    "equal-opportunity-difference",
    "equalized-odds-difference",
    "predictive-parity-difference",
)
"""The comparisons across groups that a summary shows, in this order."""


def print_json(value: JSON) -> None:
    """Print JSON for machines: one document on stdout, nothing else."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def progress(console: Console, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A live line that says what is being done; steps remain visible when they end."""
    if quiet:
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda message: bar.update(task, description=message)


def number(value: float) -> str:
    """A number to three significant decimals, as the tables show it."""
    return f"{value:.3f}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004


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


def summary(record: AssessmentRecord) -> Iterator[Table | Text]:
    """What an assessment says, on one screen: the whole population, then the gaps across groups."""
    evidence = {(item.measure, str(item.slice)): item for item in record.evidence}
    titles = {spec.slug: spec.title for spec in record.measures}
    whole = _table("whole population", "measure", "value", "95 % interval", "n")
    for slug in HEADLINES:
        if item := evidence.get((slug, "all")):
            whole.add_row(titles[slug], *interval(item))
    yield whole
    gaps = _table("gaps across groups", "measure", "groups of", "value", "95 % interval", "worst")
    for slug in GAPS:
        for attribute in record.roles.protected:
            if item := evidence.get((slug, attribute)):
                value, low_high, _ = interval(item)
                worst = str(item.parameters.get("worst_group", ""))
                gaps.add_row(titles[slug], attribute, value, low_high, worst)
    if gaps.row_count:
        yield gaps
    missing = sum(not isinstance(item.outcome, Measured) for item in record.evidence)
    yield Text(
        f"{len(record.evidence) - missing:,} measured, {missing:,} could not be measured "
        f"(each says why: roadworthy show assessment --unmeasured)",
        style="dim",
    )


def verdict_line(decision: Decision) -> Text:
    """The verdict and how many findings stand behind it."""
    counts = {v: sum(f.counts is v for f in decision.findings) for v in Verdict}
    text = Text()
    text.append(f" {decision.verdict.name} ", style=f"reverse {STYLES[decision.verdict]}")
    text.append(
        f" by policy {decision.policy_name}: {counts[Verdict.PASS]} passed, "
        f"{counts[Verdict.FAIL]} failed, {counts[Verdict.UNKNOWN]} unknown"
    )
    return text


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        right = column in {"value", "n"}
        table.add_column(column, justify="right" if right else "left", header_style="dim")
    return table
