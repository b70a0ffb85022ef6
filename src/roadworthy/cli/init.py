"""`roadworthy init`: write a commented project file from a data file, by asking."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from roadworthy.records.versions import ColumnRoles

NOTHING = "-"
"""The answer that takes away what is proposed."""


def init(
    data: Annotated[str, typer.Argument(help="A file, folder or glob; or the URL of a table.")],
    *,
    name: Annotated[str | None, typer.Option(help="What the system is called.")] = None,
    project: Annotated[Path, typer.Option(help="The folder to write roadworthy.yaml in.")] = Path(),
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing; take what is proposed.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite an existing roadworthy.yaml.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Look at the data, propose what its columns mean, ask, and write roadworthy.yaml.

    Risk questions that nobody answers (all of them, with --yes) count as their gravest answer.
    """
    from roadworthy import wiring
    from roadworthy.cli import rendering
    from roadworthy.data.places import is_files
    from roadworthy.errors import UsageError
    from roadworthy.policy.places import secret_in, where_secrets_belong
    from roadworthy.policy.questionnaire import assess_risk
    from roadworthy.workflows.init import interview, propose
    from roadworthy.workflows.project_file import render_project_file

    target = project / wiring.PROJECT_FILE
    if target.exists() and not force:
        raise UsageError(f"{target} exists already; to overwrite it, add --force")
    if (secret := secret_in(data)) is not None:
        raise UsageError(
            f"found {secret}, which would stand in {target}; give {where_secrets_belong(data)}"
        )
    table = wiring.engine_for(data).open(data)
    proposal = propose(
        table,
        name=name or _called(data),
        file=_relative(data, project),
        elsewhere=not is_files(data),
    )
    if not (yes or json):
        typer.echo(f"Enter takes the answer in brackets; {NOTHING} takes none.")
        proposal = interview(proposal, table, _ask)
    wiring.write_bytes(target, render_project_file(proposal).encode())
    risk, roles = assess_risk(proposal.risk), proposal.roles
    if json:
        rendering.print_json(
            {
                "written": str(target),
                "label": roles.label,
                "positive": roles.positive,
                "prediction": roles.prediction,
                "score": roles.score,
                "weight": roles.weight,
                "protected": list(roles.protected),
                "identifier": roles.identifier,
                "tier": risk.tier.name.lower(),
                "unanswered": list(risk.unanswered),
            }
        )
        return
    console = wiring.console()
    console.print(f"wrote {target}", soft_wrap=True)
    for line in _meaning(roles):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(f"  risk: {risk.tier.name.lower()} ({risk.reasons[0]})", markup=False)
    if risk.unanswered:
        console.print(
            f"  {len(risk.unanswered)} risk questions unanswered: each counts as its gravest answer"
        )
    console.print("next: roadworthy assess, then roadworthy gate")


def _called(data: str) -> str:
    from roadworthy.data.places import is_remote
    from roadworthy.policy.places import name_in

    return name_in(data) if is_remote(data) else Path(data).stem


def _relative(data: str, project: Path) -> str:
    """The path as the project file in its folder says it; an address as it is."""
    from roadworthy.data.places import is_remote

    if is_remote(data):
        return data
    path = os.path.relpath(data, project)
    return path.replace(os.sep, "/")


def _meaning(roles: ColumnRoles) -> Iterator[str]:
    """What each column is taken for: whatever would change a number, and what is not known."""
    positive = f" (positive: {roles.positive})" if roles.positive else ""
    label = f"{roles.label}{positive}" if roles.label else "not found; name it under `columns`"
    yield f"outcome: {label}"
    if roles.prediction:
        yield f"decision: {roles.prediction}"
    if roles.score:
        yield f"probability: {roles.score}"
    if not (roles.prediction or roles.score):
        yield "decision: not found; name `prediction` or `score` under `columns`, or a `model`"
    if roles.weight:
        yield f"row weights: {roles.weight}"
    yield f"groups: {', '.join(roles.protected) or 'none found'}"


def _ask(question: str, proposed: str, answers: Mapping[str, str]) -> str:
    """Ask on the terminal until the answer is one of those offered; nothing is an answer too."""
    typer.secho(question, bold=True)
    described = {key: meaning for key, meaning in answers.items() if meaning}
    for key, meaning in described.items():
        typer.echo(f"  {key}: {meaning}")
    shown = proposed or ("unanswered" if described else "none")
    while True:
        given = typer.prompt(
            f"  [{shown}]", default=proposed, show_default=False, prompt_suffix=" "
        )
        answer = str(given).strip()
        if answer == NOTHING:
            return ""
        if not answer or not answers or answer in answers:
            return answer
        typer.echo(f"  one of {', '.join(answers)}, or {NOTHING} for nothing")
