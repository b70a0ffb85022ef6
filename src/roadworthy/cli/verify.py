"""`roadworthy verify`: check a release, or the whole project, again from bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roadworthy.cli import rendering
from roadworthy.errors import TrustError


def verify(
    release: Annotated[
        Path | None,
        typer.Argument(help="A release's folder; else everything the project has recorded."),
    ] = None,
    *,
    project: Annotated[Path, typer.Option(help="The project's folder or file.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> int:
    """Check every byte against its digest and judge the stored evidence again.

    Ends with 0 if everything holds and 6 if anything does not.
    """
    from roadworthy import api, wiring

    console = wiring.console(json)
    with rendering.progress(console, quiet=json) as tell:
        checked = api.verify(release if release is not None else project, progress=tell)
    if json:
        rendering.print_json(checked.to_json())
    else:
        rendering.print_verification(console, checked)
    return 0 if checked.holds else TrustError.exit_code
