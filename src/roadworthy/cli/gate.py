"""`roadworthy gate`: judge an assessment; ends with 0 only if it passes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FILES = {
    "json": "decision.json",
    "junit": "junit.xml",
    "sarif": "roadworthy.sarif",
    "statement": "statement.json",
}
"""What `--out` writes into its folder."""


def gate(
    assessment: Annotated[
        Path | None,
        typer.Argument(help="A saved assessment (file or folder); else the project's latest."),
    ] = None,
    *,
    policy: Annotated[
        str | None, typer.Option(help="A policy file or a tier; else the project's policy.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None,
    sarif: Annotated[Path | None, typer.Option(help="Write SARIF 2.1.0 here.")] = None,
    statement: Annotated[
        Path | None, typer.Option(help="Write an in-toto test-result here.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write all of them and decision.json to this folder.")
    ] = None,
    project: Annotated[Path, typer.Option(help="The project's folder or file.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print the decision as JSON.")] = False,
) -> int:
    """Judge the evidence by the policy; ends with 0 on PASS, 1 on FAIL, 2 on UNKNOWN.

    One line for each finding, the worst last: the number, its interval, the rows behind it, the
    limit, and what to do.
    """
    from roadworthy import __version__, api, wiring
    from roadworthy.cli import decisions, rendering
    from roadworthy.records import canonical
    from roadworthy.workflows.gate import write_outputs

    judged = api.gate(project, assessment=assessment, policy=policy)
    outputs = {form: out / name for form, name in FILES.items()} if out is not None else {}
    asked = {"junit": junit, "sarif": sarif, "statement": statement}
    outputs |= {form: path for form, path in asked.items() if path is not None}
    write_outputs(
        judged,
        outputs,
        write=wiring.write_bytes,
        artifact=wiring.PROJECT_FILE,
        version=__version__,
    )
    decision = judged.decision
    if json:
        rendering.print_json(
            {
                "verdict": decision.verdict.name,
                "exit_code": decision.verdict.exit_code,
                "decision": canonical.to_json(decision),
                "departures": list(judged.policy.departures),
                "written": {form: str(path) for form, path in sorted(outputs.items())},
            }
        )
    else:
        decisions.print_decision(wiring.console(), decision, judged.policy)
        for form, path in outputs.items():
            wiring.console().print(f"{form}: {path}", style="dim", soft_wrap=True)
    return decision.verdict.exit_code
