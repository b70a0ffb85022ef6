"""`roadworthy data`: add, show and compare dataset versions, and write their datasheets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roadworthy.cli import rendering
from roadworthy.records import canonical

data = typer.Typer(
    help="Dataset versions: add them, show them, compare them, describe them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ProjectOption = Annotated[Path, typer.Option(help="The project's folder or file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@data.command(short_help="Fix datasets by the digest of their content.")
def add(
    names: Annotated[
        list[str] | None, typer.Argument(help="Datasets of the project file; all of them if none.")
    ] = None,
    *,
    project: ProjectOption = Path(),
    json: JsonOption = False,
) -> None:
    """Fix datasets by the digest of their content; the same bytes give the same version."""
    from roadworthy import api, wiring

    console = wiring.console(json)
    with rendering.progress(console, quiet=json) as tell:
        versions = api.snapshot(*(names or ()), project=project, progress=tell)
    if json:
        rendering.print_json([canonical.to_json(version) for version in versions])
    else:
        console.print(rendering.versions_table(versions))


@data.command()
def show(
    name: Annotated[str, typer.Argument(help="A dataset's name, or the start of a digest.")],
    *,
    project: ProjectOption = Path(),
    json: JsonOption = False,
) -> None:
    """Show a dataset version: its columns, files, roles and lineage."""
    from roadworthy import api, wiring

    version, ancestors = api.describe_dataset(name, project=project)
    if json:
        rendering.print_json(
            {
                "version": canonical.to_json(version),
                "ancestors": [canonical.to_json(item) for item in ancestors],
            }
        )
    else:
        for part in rendering.dataset(version, ancestors):
            wiring.console().print(part)


@data.command(short_help="Say what differs between two versions.")
def diff(
    old: Annotated[str, typer.Argument(help="A dataset's name, or the start of a digest.")],
    new: Annotated[str, typer.Argument(help="Another one; or the same name after a change.")],
    *,
    project: ProjectOption = Path(),
    json: JsonOption = False,
) -> int:
    """Say what differs between two versions: rows, columns, files, lineage. 1 if anything does."""
    from roadworthy import api, wiring

    differences = api.compare_datasets(old, new, project=project)
    if json:
        rendering.print_json({"differences": list(differences)})
    else:
        for line in differences or ("the versions are the same",):
            wiring.console().print(line, soft_wrap=True)
    return 1 if differences else 0


@data.command(short_help="Write a datasheet, with what nobody answered.")
def datasheet(
    name: Annotated[str, typer.Argument(help="A dataset of the project file.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(help="Where to write: .md, .html, .json (Croissant) or .jsonl (OpenLineage)."),
    ] = None,
    project: ProjectOption = Path(),
    json: JsonOption = False,
) -> None:
    """Write a datasheet: what can be measured is measured, what nobody answered is shown so."""
    from roadworthy import api, wiring

    console = wiring.console(json)
    with rendering.progress(console, quiet=json) as tell:
        sheet, path = api.datasheet(name, out, project=project, progress=tell)
    if json:
        rendering.print_json({"datasheet": str(path), "unanswered": len(sheet.unanswered)})
    else:
        asked, open_ = len(sheet.entries), len(sheet.unanswered)
        console.print(f"datasheet: {path} ({asked} questions, {open_} unanswered)", soft_wrap=True)
