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

    shown = api.show(what, project=project)
    if measure is not None or unmeasured:
        shown = shown.only(measure=measure, unmeasured=unmeasured)
    if json:
        rendering.print_json(shown.to_json())
    else:
        wiring.console().print(rendering.listing(shown))
