"""`roadworthy release`: bind data, model, evidence and decision into one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roadworthy.cli import rendering


def release(
    out: Annotated[Path, typer.Argument(help="The folder to write; it must not exist.")],
    *,
    name: Annotated[str | None, typer.Option(help="The release's name; else the folder's.")] = None,
    project: Annotated[Path, typer.Option(help="The project's folder or file.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print the release as JSON.")] = False,
) -> int:
    """Write a release of the project's latest decision; only a PASS can be released.

    The folder holds the records, the model, the cards and, up to a size, the data; `roadworthy
    verify` checks all of it without the project.
    """
    from roadworthy import api, wiring

    made = api.release(out, name=name, project=project)
    if json:
        rendering.print_json({"release": str(out), "verdict": made.verdict, "name": made.name})
    else:
        wiring.console().print(
            f"release {made.name}: {len(made.files)} files in {out}; check it with: "
            f"roadworthy verify {out}",
            soft_wrap=True,
        )
    return 0
