"""`roadworthy demo`: the whole road from raw data to a verified release, on real census data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from roadworthy.cli import rendering

if TYPE_CHECKING:
    from rich.console import Console


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
            console.rule(Text(title, style="bold"), align="left", style="dim")
            if command:
                console.print(f"$ {command}", style="dim", soft_wrap=True)

        story = tell(
            folder,
            Telling(
                heading=heading,
                line=lambda text: console.print(text, soft_wrap=True),
                show=lambda item: _show(console, item),
                progress=live,
            ),
        )
    if json:
        rendering.print_json(story.to_json())
    return story.exit_code


def _show(console: Console, item: object) -> None:
    """Print what a verb handed back as its own command prints it; a decision, in short."""
    from roadworthy.cli.decisions import print_decision
    from roadworthy.cli.mitigate import print_repair
    from roadworthy.workflows.assessment import Assessment
    from roadworthy.workflows.gate import Gate
    from roadworthy.workflows.mitigate_project import RepairedModel
    from roadworthy.workflows.show import Listing
    from roadworthy.workflows.verify import Verification

    match item:
        case Assessment():
            rendering.print_assessment(console, item, out=None, report=None)
        case Gate():
            print_decision(console, item.decision, item.policy, brief=True)
        case RepairedModel():
            print_repair(console, item)
        case Listing():
            rendering.print_listing(console, item)
        case Verification():
            rendering.print_verification(console, item)
        case tuple():
            console.print(rendering.versions_table(item))
        case _:
            raise TypeError(f"nothing prints a {type(item).__name__}")
