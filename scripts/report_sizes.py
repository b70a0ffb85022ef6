"""Lists the modules and functions that have grown long; a mirror, not a gate."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULE_LINES = 300
UNREASONABLE_LINES = 500
FUNCTION_LINES = 50


def long_modules(files: list[Path]) -> Iterator[str]:
    """One line for each module above the limit, longest first."""
    sizes = sorted(((len(f.read_text("utf-8").splitlines()), f) for f in files), reverse=True)
    for lines, file in sizes:
        if lines > MODULE_LINES:
            mark = "  <- more than 500" if lines > UNREASONABLE_LINES else ""
            yield f"{lines:5} lines  {file.relative_to(ROOT)}{mark}"


def long_functions(files: list[Path]) -> Iterator[str]:
    """One line for each function above the limit, in the order of the files."""
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    yield f"{lines:5} lines  {file.relative_to(ROOT)}:{node.lineno} {node.name}"


def main() -> None:
    """Print the report."""
    files = sorted((ROOT / "src").rglob("*.py"))
    total = sum(len(file.read_text("utf-8").splitlines()) for file in files)
    print(f"{len(files)} modules, {total} lines, {total // max(len(files), 1)} on average")
    print("\n".join([*long_modules(files), *long_functions(files)]) or "nothing is long")


if __name__ == "__main__":
    main()
