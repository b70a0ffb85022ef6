"""How the command line shows a decision: findings worst first, then the verdict."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.policy import Policy

STYLES = {Verdict.PASS: "green", Verdict.UNKNOWN: "yellow", Verdict.FAIL: "bold red"}


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


def print_decision(
    console: Console,
    decision: Decision,
    policy: Policy | None = None,
    *,
    brief: bool = False,
) -> None:
    """Every finding, worst first; where the policy departs from its pack; the verdict.

    What to do is said once for each requirement. In brief: only the findings that do not pass, and
    how often the policy departs.
    """
    lines = Table.grid(padding=(0, 2))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    told: set[tuple[str, str]] = set()
    shown = [f for f in decision.findings if not brief or f.counts or f.waiver is not None]
    for finding in sorted(shown, key=_worst_first):
        remedy = (finding.requirement.id, finding.remedy)
        style = STYLES[finding.counts]
        words = Text(finding.reason, style="" if finding.counts else "dim")
        if finding.waiver is not None:
            words.append(
                f"\nwaived by {finding.waiver.owner} until {finding.waiver.expires}: "
                f"{finding.waiver.reason}",
                style="italic",
            )
        elif finding.remedy and remedy not in told:
            words.append(f"\n{finding.requirement.id}: {finding.remedy}", style="cyan")
            told.add(remedy)
        lines.add_row(Text(_word(finding), style=style), words)
    console.print(lines)
    departures = policy.departures if policy else ()
    if brief and departures:
        console.print(
            f"in {len(departures)} places this policy is laxer than its pack; `roadworthy gate` "
            f"and the report say where and why",
            style="yellow",
            soft_wrap=True,
        )
    for departure in () if brief else departures:
        console.print(Text(f"this policy is laxer than its pack: {departure}", style="yellow"))
    console.print(verdict_line(decision))


def _worst_first(finding: Finding) -> tuple[int, int]:
    return (-int(finding.counts), -int(finding.verdict))


def _word(finding: Finding) -> str:
    if finding.waiver is not None:
        return "WAIVED"
    return "ASIDE" if finding.set_aside else finding.verdict.name
