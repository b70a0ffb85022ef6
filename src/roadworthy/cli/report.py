"""`roadworthy report`: one self-contained page that shows an assessment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roadworthy.cli import rendering


def report(
    assessment: Annotated[
        Path | None, typer.Argument(help="A saved assessment; else the project's latest.")
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="Where to write the page.")] = Path("report.html"),
    policy: Annotated[
        str | None, typer.Option(help="Judge by this policy file or tier on the page.")
    ] = None,
    project: Annotated[Path, typer.Option(help="The project's folder or file.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print where it was written.")] = False,
) -> None:
    """Write report.html: verdict first, then every figure with its interval and its limit."""
    from roadworthy import api, wiring

    path = api.write_report(assessment, out, policy=policy, project=project)
    if json:
        rendering.print_json({"report": str(path)})
    else:
        wiring.console().print(f"report: {path}", soft_wrap=True)
