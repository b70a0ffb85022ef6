"""`roadworthy mitigate`: try repairs of a model, show what each costs, and register the best."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roadworthy.cli import rendering
from roadworthy.records.record import JSON

if TYPE_CHECKING:
    from rich.console import Console

    from roadworthy.records.evidence import Measured, Unmeasured
    from roadworthy.records.tradeoff import TradeOff
    from roadworthy.workflows.mitigate_project import RepairedModel


def mitigate(
    model: Annotated[
        str | None, typer.Argument(help="A registered model; else the project's.")
    ] = None,
    *,
    policy: Annotated[
        str | None, typer.Option(help="A policy file or a tier's name; else the project's.")
    ] = None,
    retrain: Annotated[
        bool, typer.Option(help="Also try repairs that train the model again.")
    ] = True,
    project: Annotated[Path, typer.Option(help="The project's folder or file.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print the trade-off as JSON.")] = False,
) -> int:
    """Try reweighing and group thresholds, choose by the policy's objective, register the choice.

    Repairs are made and compared on the `train` and `validate` datasets; the dataset that is
    assessed is not touched. Ends with 0 if a repair was registered or none was needed.
    """
    from roadworthy import api, wiring

    console = wiring.console(json)
    with rendering.progress(console, quiet=json) as tell:
        found = api.mitigate(project, model=model, policy=policy, retrain=retrain, progress=tell)
    if json:
        rendering.print_json(_as_json(found))
    else:
        print_repair(console, found)
    return 0


def print_repair(console: Console, found: RepairedModel) -> None:
    """The trade-off as a table, what was chosen and why, and what to do next."""
    print_tradeoff(console, found.repair.tradeoff)
    for line in (*found.repair.chosen.made.notes, *found.repair.skipped):
        console.print(f"  note: {line}", style="dim", markup=False)
    name, digest = found.version.name, found.version.digest[:19]
    if found.repair.is_repaired:
        console.print(f"registered as {name} {digest}; next: roadworthy assess", markup=False)
    else:
        console.print(f"{name} {digest} stays as it is; nothing was registered", markup=False)


def print_tradeoff(console: Console, tradeoff: TradeOff) -> None:
    """Every candidate with its two measures, its findings and the reason for or against it."""
    from rich.table import Table
    from rich.text import Text

    x, y = (
        _title(tradeoff.x_measure, tradeoff.x_slice),
        _title(tradeoff.y_measure, tradeoff.y_slice),
    )
    table = Table(
        title=f"trade-off on validation data: {tradeoff.objective}",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
    )
    for heading in ("", "candidate", x, y, "fails", "unknown"):
        right = heading in {x, y, "fails", "unknown"}
        table.add_column(heading, justify="right" if right else "left", header_style="dim")
    for candidate in tradeoff.candidates:
        table.add_row(
            "→" if candidate.chosen else "",
            Text(candidate.name),
            _shown(candidate.x),
            _shown(candidate.y),
            str(candidate.failing),
            str(candidate.unknown),
            style="bold" if candidate.chosen else "",
        )
    console.print(table)
    if chosen := tradeoff.chosen:
        console.print(f"chosen: {chosen.name}: {chosen.reason}", markup=False)


def _shown(outcome: Measured | Unmeasured) -> str:
    from roadworthy.records.evidence import Measured

    if not isinstance(outcome, Measured):
        return "–"
    half = (outcome.high - outcome.low) / 2
    return f"{rendering.number(outcome.value)} ± {rendering.number(half)}"


def _title(measure: str, where: str) -> str:
    words = measure.replace("-", " ")
    return words if where == "all" else f"{words}\n{where}"


def _as_json(found: RepairedModel) -> JSON:
    from roadworthy.records import canonical

    return {
        "tradeoff": canonical.to_json(found.repair.tradeoff),
        "model": canonical.to_json(found.version),
        "repaired": found.repair.is_repaired,
        "notes": [*found.repair.chosen.made.notes],
        "skipped": [*found.repair.skipped],
    }
