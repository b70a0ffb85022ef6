"""The documentation is true: its code runs, its generated pages are up to date, its site builds.

A page is a story told in one empty folder. Its `python` blocks run in order in one namespace; a
block with a `title` is written to that file; a `console` block runs each `$ roadworthy` command,
which must end with 0 unless `$ echo $?` shows another code. Output that is shown must occur in what
the command prints, line by line and in order; `...` stands for lines left out. A comment
`<!-- after: PAGE -->` runs another page's blocks first, up to its second heading of level 2.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GENERATED = DOCS / "reference"
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*)(?P<options>[^\n]*)\n(?P<text>.*?)^(?P=indent)```\n",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: its language, the file that it is, its text and its first line's number."""

    language: str
    title: str | None
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text("utf-8")
    found = []
    for match in FENCE.finditer(text):
        title = re.search(r'title="([^"]+)"', match["options"])
        found.append(
            Block(
                language=match["language"],
                title=title[1] if title else None,
                text=re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE),
                line=text.count("\n", 0, match.start()) + 2,
            )
        )
    return found


def runs(block: Block) -> bool:
    """Whether a block does something when its page is read by this test."""
    return block.title is not None or block.language in {"python", "console"}


PAGES = [
    page
    for page in sorted(DOCS.rglob("*.md"))
    if page.parent != GENERATED and any(map(runs, blocks(page)))
]


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block, with the output that is shown below it."""
    command, shown = None, []
    for line in text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = line[2:], []
        elif command and command.endswith("\\"):
            command = command[:-1] + line.strip()
        else:
            shown.append(line)
    if command:
        yield command, shown


def run_command(words: list[str]) -> tuple[int, str]:
    """The exit code of a `roadworthy` command and all that it prints."""
    from roadworthy.cli.main import run  # noqa: PLC0415 - only the pages with commands need it

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = run(words)
    return code, printed.getvalue()


def check_console(block: Block, page: Path) -> None:
    """Run the commands of a block and compare what they print with what is shown."""
    steps = list(commands(block.text))
    for number, (command, shown) in enumerate(steps):
        if command == "echo $?":
            continue
        words = shlex.split(command)
        if words[0] != "roadworthy":
            continue
        code, printed = run_command(words[1:])
        following = steps[number + 1] if number + 1 < len(steps) else ("", [])
        expected = int(following[1][0]) if following[0] == "echo $?" else 0
        place = f"{page.name}:{block.line}: {command}\n{printed}"
        assert code == expected, place
        position = 0
        for line in filter(None, (part.strip() for part in shown)):
            if line != "...":
                position = printed.find(line, position)
                assert position >= 0, f"{place}\nis shown to print:\n{line}"


def run_block(block: Block, page: Path, names: dict[str, object]) -> None:
    """Write, run or pass over a block, in the current folder."""
    if block.title is not None:
        Path(block.title).parent.mkdir(parents=True, exist_ok=True)
        Path(block.title).write_text(block.text, "utf-8")
    elif block.language == "console":
        check_console(block, page)
    elif block.language == "python":
        exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec"), names)


def beginning(page: Path) -> list[Block]:
    """The blocks of a page before its second heading of level 2."""
    heads = [m.start() for m in re.finditer(r"^## ", page.read_text("utf-8"), flags=re.MULTILINE)]
    last = page.read_text("utf-8").count("\n", 0, heads[1])
    return [block for block in blocks(page) if block.line <= last]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_code_in_pages_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python block and every shown command of a page works, in the order of reading."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    names: dict[str, object] = {"__name__": "__main__"}
    for earlier in re.findall(r"<!-- after: (\S+) -->", page.read_text("utf-8")):
        for block in beginning(DOCS / earlier):
            run_block(block, DOCS / earlier, names)
    for block in blocks(page):
        run_block(block, page, names)


def test_readme_python_is_valid() -> None:
    """The README's Python compiles and names what exists."""
    import roadworthy as rw  # noqa: PLC0415 - the test is about this name

    for block in blocks(ROOT / "README.md"):
        if block.language == "python":
            compile(block.text, "README.md", "exec")
            assert set(re.findall(r"rw\.(\w+)", block.text)) <= set(rw.__all__)


def test_generated_pages_are_up_to_date() -> None:
    """Writing the reference again from the code leaves no difference."""
    done = subprocess.run(
        [sys.executable, "scripts/generate_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_public_noun_has_a_concept_page() -> None:
    """Each concept listed in the overview has a page, and each page is listed."""
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (DOCS / "concepts/index.md").read_text("utf-8")))
    pages = {page.name for page in (DOCS / "concepts").glob("*.md")} - {"index.md"}
    assert pages <= listed


def test_every_decision_record_is_listed() -> None:
    """Each decision record is in the index, has the four parts and is about one page long."""
    index = (DOCS / "adr/index.md").read_text("utf-8")
    for record in sorted((DOCS / "adr").glob("0*.md")):
        text = record.read_text("utf-8")
        assert record.name in index
        heads = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
        assert heads == ["Context", "Options", "Choice", "What it costs"], record.name
        assert len(text.split()) < 600, record.name
