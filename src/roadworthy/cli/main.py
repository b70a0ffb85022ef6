"""`roadworthy`: one command for each verb; errors become one clear message and an exit code.

Exit codes: 0 pass, 1 fail, 2 unknown, 3 misuse, 4 data, 5 document or policy, 6 trust, 7 machine,
130 interrupted, 141 cut off because nobody reads the output any more.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

from roadworthy import __version__
from roadworthy.cli.advise import advise
from roadworthy.cli.assess import assess
from roadworthy.cli.card import card
from roadworthy.cli.data import data
from roadworthy.cli.demo import demo
from roadworthy.cli.gate import gate
from roadworthy.cli.init import init
from roadworthy.cli.mitigate import mitigate
from roadworthy.cli.release import release
from roadworthy.cli.report import report
from roadworthy.cli.show import show
from roadworthy.cli.slices import slices
from roadworthy.cli.verify import verify
from roadworthy.errors import RoadworthyError, UsageError

INTERRUPTED = 130
CUT_OFF = 141
"""The reader of the output has gone (`| head`), as shells number it; it is no verdict."""

app = typer.Typer(
    name="roadworthy",
    help="Prove a machine-learning model fit to go into service, and keep it so.",
    epilog=(
        "Exit codes: 0 pass, 1 fail, 2 unknown, 3 misuse, 4 data, 5 document or policy, 6 trust, "
        "7 machine, 130 interrupted, 141 output cut off."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"roadworthy {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Prove a machine-learning model fit to go into service, and keep it so."""


for command, purpose in (
    (init, "Look at a table and write roadworthy.yaml."),
    (demo, "See all of it on census data, in a minute."),
    (assess, "Measure a table of predictions, or a model."),
    (slices, "Find where a model is worst."),
    (mitigate, "Repair an unfair model, and see what it costs."),
    (gate, "Judge by the policy; 0 only on PASS."),
    (card, "Write the model card."),
    (report, "Write report.html."),
    (release, "Bind data, model, evidence and decision."),
    (verify, "Check a release again from its bytes."),
    (show, "Show what the project holds."),
):
    app.command(short_help=purpose)(command)
app.add_typer(advise, name="advise", short_help="Find the measures that fit, by a few questions.")
app.add_typer(data, name="data", short_help="Add, show, compare and describe datasets.")


class Interrupted(KeyboardInterrupt):
    """Ctrl-C.

    Where a plain `KeyboardInterrupt` has left `exec`, as it may while a dataclass is made, Python
    ends the process by the signal, even if somebody has caught it. One of its own kind is spared.
    """


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command; end the process with its exit code."""
    signal.signal(signal.SIGINT, _interrupt)
    # Threads that wait for each other give the core away: on a busy machine, scikit-learn's would
    # otherwise burn it, and scoring takes five times as long. Whoever sets the variable is obeyed.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    words = sys.argv[1:] if arguments is None else arguments
    sys.exit(run(words))


def run(words: list[str]) -> int:
    """Run a command and give its exit code; every expected error is one message on stderr."""
    try:
        outcome = typer.main.get_command(app)(words, standalone_mode=False)
    except typer.Exit as ended:
        outcome = int(ended.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        outcome = INTERRUPTED
    except typer.TyperException as error:
        if error.format_message().startswith("Usage:"):  # no command was named: the help is shown
            typer.echo(error.format_message(), err=True)
            return UsageError.exit_code
        return _fail(UsageError.exit_code, error.format_message(), words)
    except RoadworthyError as error:
        message = "; ".join([str(error), *getattr(error, "__notes__", ())])
        return _fail(error.exit_code, message, words, kind=type(error).__name__)
    except (BrokenPipeError, SystemExit):  # Typer and Rich end with 1, which would read as FAIL
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CUT_OFF
    if outcome == INTERRUPTED:
        return _fail(INTERRUPTED, "interrupted; nothing was left half-written", words)
    return outcome if isinstance(outcome, int) else 0


def _fail(code: int, message: str, words: list[str], *, kind: str = "UsageError") -> int:
    if "--json" in words:
        typer.echo(json.dumps({"error": {"kind": kind, "message": message, "exit_code": code}}))
    else:
        typer.secho("error: ", fg=typer.colors.RED, bold=True, nl=False, err=True)
        typer.echo(message, err=True)
    return code
