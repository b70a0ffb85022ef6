"""`roadworthy advise`: which measures fit a system, by a few questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from roadworthy.cli import rendering

advise = typer.Typer(
    help="Advice on what to measure, by a few questions.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@advise.callback()
def root() -> None:
    """Advice on what to measure, by a few questions."""


@advise.command(short_help="Find the fairness measures that fit.")
def fairness(
    *,
    answer: Annotated[str | None, typer.Option(help="decision, number or ranking.")] = None,
    labels: Annotated[str | None, typer.Option(help="Are outcomes trusted? yes or no.")] = None,
    shares: Annotated[
        str | None, typer.Option(help="Must groups get their share? no, yes or explained.")
    ] = None,
    error: Annotated[
        str | None, typer.Option(help="Which error is worse? missed, alarm or both.")
    ] = None,
    score: Annotated[
        str | None, typer.Option(help="What do people act on? decision or score.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find the fairness measures that fit a system, and why.

    Asks each question that no option answers.
    """
    from roadworthy import wiring
    from roadworthy.policy import advice

    given = {"answer": answer, "labels": labels, "shares": shares, "error": error, "score": score}
    answers: dict[str, str] = {
        question.key: given[question.key] or _ask(question.text, question.answers)
        for question in advice.QUESTIONS
    }
    found = advice.advise(answers)
    if json:
        rendering.print_json(
            {
                "answers": {**answers},
                "cautions": list(found.cautions),
                "recommendations": [
                    {"measure": item.measure, "why": item.why} for item in found.recommendations
                ],
            }
        )
        return
    console = wiring.console()
    console.print("Ask for:")
    for item in found.recommendations:
        console.print(f"  {item.measure}\n      {item.why}")
    console.print("Beware:")
    for caution in found.cautions:
        console.print(f"  {caution}")
    console.print("In a policy file, with limits of your own:")
    console.print(advice.policy_lines(found), soft_wrap=True)


def _ask(text: str, answers: Mapping[str, str]) -> str:
    """Put one question until the answer is one of those offered."""
    typer.secho(text, bold=True, err=True)
    for word, meaning in answers.items():
        typer.echo(f"  {word}: {meaning}", err=True)
    while True:
        given = str(typer.prompt("  answer", err=True)).strip()
        if given in answers:
            return given
        typer.echo(f"  one of {', '.join(answers)}", err=True)
