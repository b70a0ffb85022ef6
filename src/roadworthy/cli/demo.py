"""`roadworthy demo`: the whole road from raw data to a verified release, on real census data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roadworthy.cli import rendering


def demo(
    folder: Annotated[
        Path, typer.Argument(help="Where to work; an earlier demonstration there is replaced.")
    ] = Path("roadworthy-demo"),
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> int:
    """Version, train, measure, refuse, repair, approve, document and verify a real model.

    The data are person records of the American Community Survey; they ship with the package.
    """
    from roadworthy import wiring
    from roadworthy.demo.story import Telling, tell

    console = wiring.console(json)
    with rendering.progress(console, quiet=json) as live:

        def heading(title: str, command: str) -> None:
            console.print()
            console.rule(f"[bold]{title}", align="left", style="dim")
            if command:
                console.print(f"[dim]$ {command}", soft_wrap=True)

        story = tell(
            folder,
            Telling(
                heading=heading,
                line=lambda text: console.print(text, soft_wrap=True),
                show=lambda item: rendering.show(console, item),
                progress=live,
            ),
        )
    if json:
        rendering.print_json(story.to_json())
    return story.exit_code
