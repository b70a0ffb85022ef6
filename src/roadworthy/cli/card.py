"""`roadworthy card`: the model card, in Markdown or HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roadworthy.cli import rendering


def card(
    assessment: Annotated[
        Path | None, typer.Argument(help="A saved assessment; else the project's latest.")
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="Where to write it; .html gives a page.")] = Path(
        "MODEL_CARD.md"
    ),
    project: Annotated[Path, typer.Option(help="The project's folder or file.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print where it was written.")] = False,
) -> None:
    """Write the model card, with Hugging Face metadata, from the records alone."""
    from roadworthy import api, wiring

    path = api.write_model_card(assessment, out, project=project)
    if json:
        rendering.print_json({"model_card": str(path)})
    else:
        wiring.console().print(f"model card: {path}", soft_wrap=True)
