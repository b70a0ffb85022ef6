"""How the command line shows a decision: findings, the worst last, then the verdict."""

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
    """Every finding, the worst last; where the policy departs from its pack; the verdict.

    What to do is said once for each requirement, at its worst finding. In brief: only the findings
    that do not pass, and how often the policy departs.
    """
    lines = Table.grid(padding=(0, 2))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    shown = [f for f in decision.findings if not brief or f.counts or f.waiver is not None]
    ordered = sorted(shown, key=_worst_last)
    telling = {(f.requirement.id, f.remedy): f for f in ordered if f.waiver is None}
    for finding in ordered:
        style = STYLES[finding.counts]
        words = Text(finding.reason, style="" if finding.counts else "dim")
        if finding.waiver is not None:
            words.append(
                f"\nwaived by {finding.waiver.owner} until {finding.waiver.expires}: "
                f"{finding.waiver.reason}",
                style="italic",
            )
        elif finding.remedy and telling[finding.requirement.id, finding.remedy] is finding:
            words.append(f"\n{finding.requirement.id}: {finding.remedy}", style="cyan")
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
    if decision.not_asked:
        left = ", ".join(decision.not_asked)
        console.print(
            Text(f"not asked, since meant for other kinds of systems: {left}", style="dim")
        )
    console.print(verdict_line(decision))


def _worst_last(finding: Finding) -> tuple[int, int]:
    """The failures stand beside the verdict, where a log is read from."""
    return (int(finding.counts), int(finding.verdict))


def _word(finding: Finding) -> str:
    if finding.waiver is not None:
        return "WAIVED"
    return "ASIDE" if finding.set_aside else finding.verdict.name
