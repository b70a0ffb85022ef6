"""`roadworthy slices`: find the subpopulations where a model is worst."""

from __future__ import annotations

from typing import Annotated

import typer

from roadworthy.cli import rendering


def slices(
    data: Annotated[str, typer.Argument(help="A file, folder or glob; or the URL of a table.")],
    *,
    label: Annotated[str | None, typer.Option(help="Column of true outcomes.")] = None,
    positive: Annotated[str | None, typer.Option(help="Its positive value.")] = None,
    prediction: Annotated[str | None, typer.Option(help="Column of answers.")] = None,
    score: Annotated[str | None, typer.Option(help="Column of probabilities in [0, 1].")] = None,
    threshold: Annotated[float, typer.Option(help="Scores from here on are positive.")] = 0.5,
    model: Annotated[str | None, typer.Option(help="A registered model's folder.")] = None,
    measure: Annotated[
        str | None, typer.Option(help="What is worst there, such as false-negative-rate.")
    ] = None,
    features: Annotated[
        list[str] | None, typer.Option(help="Columns to search, with commas between.")
    ] = None,
    protected: Annotated[
        list[str] | None, typer.Option(help="Columns to search as well and to point out.")
    ] = None,
    leave_out: Annotated[list[str] | None, typer.Option(help="Columns not to search.")] = None,
    depth: Annotated[int, typer.Option(help="Conditions of a slice at most, 1 to 4.")] = 3,
    min_rows: Annotated[int | None, typer.Option(help="Rows of a slice at least.")] = None,
    size_weight: Annotated[
        float, typer.Option(help="How much size counts: 0 the worst, 1 the most errors.")
    ] = 0.5,
    top: Annotated[int, typer.Option(help="Slices to report at most.")] = 10,
    seed: Annotated[int, typer.Option(help="Of the halves and of a sample.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> int:
    """Find where a model is worst: searched in half of the rows, judged on the other half.

    Ends with 0 whether or not a slice is found: what is too bad, a policy says.
    """
    from roadworthy import api, wiring

    console = wiring.console(json)
    with rendering.progress(console, quiet=json) as tell:
        found = api.find_slices(
            data,
            label=label,
            positive=positive,
            prediction=prediction,
            score=score,
            threshold=threshold,
            model=model,
            measure=measure,
            features=rendering.names(features),
            protected=rendering.names(protected),
            leave_out=rendering.names(leave_out),
            depth=depth,
            min_rows=min_rows,
            size_weight=size_weight,
            top=top,
            seed=seed,
            progress=tell,
        )
    if json:
        rendering.print_json(found.to_dict())
    else:
        console.print(repr(found), soft_wrap=True)
    return 0
