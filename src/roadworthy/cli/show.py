"""`roadworthy show`: what the project holds now: data, models, decisions, events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roadworthy.cli import rendering


def show(
    what: Annotated[
        str, typer.Argument(help="status, risk, assessment, decision, ledger, models or measures.")
    ] = "status",
    assessment: Annotated[
        Path | None,
        typer.Argument(help="With assessment: a saved one; else the project's latest."),
    ] = None,
    *,
    unmeasured: Annotated[
        bool, typer.Option("--unmeasured", help="With assessment: only what has no number.")
    ] = False,
    measure: Annotated[
        str | None, typer.Option(help="With assessment: only this measure, on every slice.")
    ] = None,
    project: Annotated[Path, typer.Option(help="The project's folder or file.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what the project holds; the evidence in full, every slice, with its reason."""
    from roadworthy import api, wiring
    from roadworthy.errors import UsageError
    from roadworthy.workflows.show import list_evidence

    if assessment is None:
        shown = api.show(what, project=project)
    elif what == "assessment":
        shown = list_evidence(wiring.load_assessment(assessment))
    else:
        raise UsageError(f"{assessment} goes with `show assessment`, not with `show {what}`")
    if measure is not None or unmeasured:
        shown = shown.only(measure=measure, unmeasured=unmeasured)
    if json:
        rendering.print_json(shown.to_json())
    else:
        rendering.print_listing(wiring.console(), shown)
