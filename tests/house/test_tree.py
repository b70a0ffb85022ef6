"""The tree says what the product does, and the documents agree with the tree."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import roadworthy

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "roadworthy"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
VAGUE = {"base", "common", "helpers", "manager", "misc", "util", "utils"}
SENTENCE = (
    "produces **evidence**; a **policy**, chosen by the system's **risk tier**, judges evidence"
)


def read(name: str) -> str:
    """The text of a file at the root of the repository."""
    return (ROOT / name).read_text("utf-8")


def test_architecture_lists_exactly_the_packages_there_are() -> None:
    """The table of ARCHITECTURE.md equals the packages and modules at the top of the tree."""
    section = read("ARCHITECTURE.md").split("## The tree is the sentence")[1].split("##")[0]
    listed = set(re.findall(r"^\| `([\w./]+)` \|", section, flags=re.MULTILINE))
    found = {f"{p.name}/" for p in PACKAGE.iterdir() if (p / "__init__.py").exists()}
    found |= {p.name for p in PACKAGE.glob("*.py") if p.name != "__init__.py"}
    assert listed == found


def test_architecture_names_only_places_that_exist() -> None:
    """Every path that ARCHITECTURE.md and the concept pages name exists."""
    pages = [ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs/concepts").glob("*.md"))]
    pattern = r"`((?:[a-z_]+/)+[a-z_]*(?:\.(?:py|md|yaml|lock))?)`"
    missing = [
        f"{page.name}: {name}"
        for page in pages
        for name in re.findall(pattern, page.read_text("utf-8"))
        if not (PACKAGE / name).exists() and not (ROOT / name).exists()
    ]
    assert missing == []


def test_the_sentence_is_the_same_everywhere() -> None:
    """The sentence that orders the tree reads the same in its places."""
    for name in ("ARCHITECTURE.md", "docs/concepts/index.md"):
        assert SENTENCE in read(name)


def test_import_contract_names_every_package() -> None:
    """The contract in pyproject.toml and the one in ARCHITECTURE.md are the same layers."""
    contract = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"][0]
    layers = [
        {name for name in layer.split(" | ") if not name.startswith("(")}
        for layer in contract["layers"]
    ]
    line = next(p for p in read("ARCHITECTURE.md").splitlines() if p.startswith("`__main__` →"))
    assert [set(part.strip("` ").split(" | ")) for part in line.split("→")] == layers


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_module_says_what_it_is(module: Path) -> None:
    """Each module has a docstring and a name that says what is in it."""
    assert ast.get_docstring(ast.parse(module.read_text("utf-8")))
    assert module.stem not in VAGUE


@pytest.mark.parametrize("file", TESTS, ids=lambda p: str(p.relative_to(ROOT / "tests")))
def test_every_test_says_what_must_hold(file: Path) -> None:
    """Each test function has a docstring."""
    tree = ast.parse(file.read_text("utf-8"))
    functions = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test")
    ]
    examinations = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.bases]
    assert functions or examinations, "a test file without tests"
    assert [node.name for node in functions if not ast.get_docstring(node)] == []


def test_tests_mirror_the_tree() -> None:
    """Each folder of tests is named like what it tests."""
    own = {"house", "integration", "reference"}
    folders = {
        p.name for p in (ROOT / "tests").iterdir() if p.is_dir() and any(p.glob("**/test_*"))
    }
    assert folders - own <= {p.stem for p in PACKAGE.iterdir()}


def test_version_stands_in_one_place() -> None:
    """The version is written in `__init__.py`; the metadata and the changelog follow it."""
    assert "version" in tomllib.loads(read("pyproject.toml"))["project"]["dynamic"]
    assert version("roadworthy") == roadworthy.__version__
    assert f"## {roadworthy.__version__}\n" in read("CHANGELOG.md")


def test_readme_commands_exist() -> None:
    """The two commands that the README tells a newcomer to type are there and can be run."""
    for command in ("demo", "test"):
        assert f"./{command}" in read("README.md")
        assert (ROOT / command).stat().st_mode & 0o111


def test_ci_runs_the_command_that_readme_names() -> None:
    """CI ends with the same test command that a newcomer types."""
    assert read(".ci/run").rstrip().splitlines()[-1] == "./test"


def test_links_between_documents_lead_somewhere() -> None:
    """Every relative link of the documents at the root leads to a file."""
    broken = [
        f"{page.name}: {target}"
        for page in sorted(ROOT.glob("*.md"))
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if "://" not in target and not (ROOT / target).exists()
    ]
    assert broken == []
