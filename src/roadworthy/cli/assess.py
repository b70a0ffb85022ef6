"""`roadworthy assess`: measure a table of predictions, or a model on a project's data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roadworthy.cli import rendering


def assess(
    data: Annotated[
        str | None,
        typer.Argument(
            help="A file, folder or glob, or a table's URL; else the project's dataset."
        ),
    ] = None,
    *,
    task: Annotated[
        str | None,
        typer.Option(help="What is answered: binary, multiclass, multilabel, regression, ranking."),
    ] = None,
    label: Annotated[str | None, typer.Option(help="Column of true outcomes.")] = None,
    positive: Annotated[str | None, typer.Option(help="Its positive value.")] = None,
    prediction: Annotated[str | None, typer.Option(help="Column of decisions.")] = None,
    score: Annotated[str | None, typer.Option(help="Column of probabilities in [0, 1].")] = None,
    threshold: Annotated[float, typer.Option(help="Scores from here on are positive.")] = 0.5,
    model: Annotated[
        str | None, typer.Option(help="A registered model: its name, digest or folder.")
    ] = None,
    protected: Annotated[
        list[str] | None,
        typer.Option(help="Columns whose groups are compared, with commas between."),
    ] = None,
    weight: Annotated[str | None, typer.Option(help="Column of row weights.")] = None,
    labels: Annotated[
        list[str] | None, typer.Option(help="Columns of several labels, with commas between.")
    ] = None,
    predictions: Annotated[
        list[str] | None, typer.Option(help="Their answers: label=column, with commas between.")
    ] = None,
    scores: Annotated[
        list[str] | None,
        typer.Option(help="Probabilities of classes or labels: class=column, or columns alone."),
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(help="Columns of response times and the like, with commas between."),
    ] = None,
    interval: Annotated[
        list[str] | None,
        typer.Option(help="Columns of the predicted lower and upper limit, with a comma between."),
    ] = None,
    interval_confidence: Annotated[
        float | None, typer.Option(help="How often that interval should hold the truth.")
    ] = None,
    query: Annotated[
        str | None, typer.Option(help="Of a ranking, the column that rows of one list share.")
    ] = None,
    rank: Annotated[
        str | None, typer.Option(help="Of a ranking, the column of places, 1 being the top.")
    ] = None,
    intersections: Annotated[int, typer.Option(help="How many columns to combine.")] = 2,
    reference: Annotated[str | None, typer.Option(help="Data to compare with.")] = None,
    policy: Annotated[
        str | None, typer.Option(help="Judge by a policy file or a tier's name.")
    ] = None,
    check: Annotated[list[str] | None, typer.Option(help="Run only this check; repeat it.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to save the assessment in.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    project: Annotated[Path, typer.Option(help="The project's folder or file.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print the evidence as JSON.")] = False,
) -> int:
    """Measure quality, performance, calibration, fairness and robustness, with intervals.

    Ends with 0 unless a policy judges; then 0 pass, 1 fail, 2 unknown.
    """
    from roadworthy import api, wiring

    console = wiring.console(json)
    with rendering.progress(console, quiet=json) as tell:
        if data is None:
            found = api.assess_project(project, model=model, policy=policy, progress=tell)
        else:
            found = api.assess(
                data,
                task=task,
                label=label,
                positive=positive,
                prediction=prediction,
                score=score,
                threshold=threshold,
                model=model,
                protected=rendering.names(protected),
                weight=weight,
                metrics=rendering.names(metrics),
                labels=rendering.names(labels),
                predictions=rendering.pairs(predictions, option="--predictions"),
                scores=rendering.pairs_or_names(scores, option="--scores"),
                interval=rendering.names(interval),
                interval_confidence=interval_confidence,
                query=query,
                rank=rank,
                intersections=intersections,
                reference=reference,
                policy=policy,
                checks=check,
                progress=tell,
            )
    if out is not None:
        found.save(out)
    if report is not None:
        found.report(report)
    if json:
        rendering.print_json(rendering.assessment_json(found))
    else:
        rendering.print_assessment(console, found, out=out, report=report)
    return found.decision.verdict.exit_code if found.decision else 0
