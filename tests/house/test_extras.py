"""Each extra installs what it promises, and the core needs nothing that it does not declare."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
OFFERED = ("delta", "demo", "postgres", "sklearn", "spark")
"""The extras that users install; the others are for contributors."""

PROVIDED = {name: set(map(canonicalize_name, by)) for name, by in packages_distributions().items()}
"""The distributions that each importable name comes from, in this environment."""


def requirements(extra: str | None) -> set[str]:
    """The names of the distributions that the core, or an extra, asks for."""
    lines = PROJECT["dependencies"] if extra is None else EXTRAS[extra]
    names: set[str] = set()
    for requirement in map(Requirement, lines):
        if canonicalize_name(requirement.name) == "roadworthy":
            names = names.union(*(requirements(inner) for inner in requirement.extras))
        else:
            names.add(canonicalize_name(requirement.name))
    return names


def closure(names: set[str]) -> set[str]:
    """The distributions and, recursively, all that they need on this machine."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        try:
            lines = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        waiting += [
            canonicalize_name(requirement.name)
            for requirement in map(Requirement, lines)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        ]
    return found


def imports(file: Path) -> set[str]:
    """The top-level names of other distributions that a module imports without a way out.

    An import that is tried, with an answer to `ImportError`, has one.
    """
    tree = ast.parse(file.read_text("utf-8"))
    tried = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and any(map(_answers_import_error, node.handlers))
        for statement in node.body
        for inner in ast.walk(statement)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if node in tried:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"roadworthy"}


def _answers_import_error(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.type, ast.Name) and handler.type.id in {
        "ImportError",
        "ModuleNotFoundError",
    }


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_every_extra_is_installed_and_imports(extra: str) -> None:
    """Whatever an extra asks for is installed here, and its modules import."""
    for name in sorted(requirements(extra)):
        assert distribution(name).version
        modules = [module for module, by in PROVIDED.items() if name in by]
        if extra in OFFERED:
            assert modules, f"{name} of [{extra}] brings no module"
            for module in modules:
                if module.isidentifier() and not module.startswith("_"):
                    import_module(module)


def test_every_import_is_declared() -> None:
    """What the package imports belongs to the core or to an extra that users can install."""
    declared = requirements(None).union(*(requirements(extra) for extra in OFFERED))
    undeclared = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in (ROOT / "src").rglob("*.py")
        for name in imports(file)
        if not PROVIDED.get(name, set()) & declared
    }
    by_pytest = re.compile(r"src/roadworthy/(pytest_plugin|testing/\w+)\.py: pytest")
    assert {place for place in undeclared if not by_pytest.fullmatch(place)} == set()


def test_every_requirement_is_used() -> None:
    """The core declares nothing that it does not import."""
    used = {name for file in (ROOT / "src").rglob("*.py") for name in imports(file)}
    by = set().union(*(PROVIDED.get(name, set()) for name in used))
    assert requirements(None) - by == set()


CORE_ONLY = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {forbidden!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refuse())
"""


def run_with_core_only(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code where only what a plain installation brings can be imported."""
    core = closure(requirements(None)) | {"roadworthy"}
    forbidden = {name for name, by in PROVIDED.items() if not by & core}
    script = folder / "script.py"
    script.write_text(CORE_ONLY.format(forbidden=forbidden) + code, "utf-8")
    return subprocess.run(
        [sys.executable, str(script)], cwd=folder, capture_output=True, text=True, check=False
    )


def test_core_assesses_a_table_alone(tmp_path: Path) -> None:
    """A plain installation assesses, judges and reports on a table of predictions."""
    rows = "label,prediction,sex\n" + "1,1,F\n0,1,M\n1,0,F\n0,0,M\n" * 25
    (tmp_path / "table.csv").write_text(rows, "utf-8")
    done = run_with_core_only(
        "import roadworthy as rw\n"
        "columns = {'label': 'label', 'prediction': 'prediction', 'protected': ['sex']}\n"
        "found = rw.assess('table.csv', **columns)\n"
        "assert found.table().num_rows > 50\n"
        "found.report('report.html'); found.model_card('card.md'); found.save('saved')\n"
        "print(found.judge('minimal').verdict.name)\n",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in {"PASS", "FAIL", "UNKNOWN"}
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_core_runs_every_command_as_far_as_its_help(tmp_path: Path) -> None:
    """A plain installation can start every command."""
    commands = re.findall(
        r"^## roadworthy (.+)$",
        (ROOT / "docs/reference/command-line.md").read_text("utf-8"),
        flags=re.MULTILINE,
    )
    assert len(commands) > 10
    done = run_with_core_only(
        "from roadworthy.cli.main import run\n"
        f"codes = {{words: run([*words.split(), '--help']) for words in {commands!r}}}\n"
        "assert set(codes.values()) == {0}, codes\n",
        tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    """Whoever opens a model file without the extra is told what to install."""
    (tmp_path / "model.skops").write_bytes(b"PK\x03\x04")
    done = run_with_core_only(
        "from pathlib import Path\n"
        "from roadworthy import RoadworthyError\n"
        "from roadworthy.adapters.skops import read_estimator\n"
        "try:\n"
        "    read_estimator(Path('model.skops'))\n"
        "except RoadworthyError as error:\n"
        "    print(error)\n"
        "    sys.exit(error.exit_code)\n",
        tmp_path,
    )
    assert done.returncode == 7, done.stderr
    assert "pip install 'roadworthy[sklearn]'" in done.stdout


def locked(name: str) -> dict[str, set[str]]:
    """The versions of each package in a lock file; more than one where they differ by Python."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text("utf-8").splitlines():
        if match := re.match(r"([\w.-]+)==([^\s;]+)", line):
            found.setdefault(canonicalize_name(match[1]), set()).add(match[2])
    return found


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("requirements.lock", ["demo"]), ("requirements-test.lock", sorted(EXTRAS))],
)
def test_lock_files_follow_the_project(lock: str, extras: list[str]) -> None:
    """Whatever the project and its extras ask for is locked, at versions that they allow."""
    versions = locked(lock)
    asked = [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]
    for requirement in map(Requirement, asked):
        if requirement.name != "roadworthy":
            found = versions.get(canonicalize_name(requirement.name), set())
            assert found, f"{requirement.name} is not locked; run scripts/lock"
            assert all(requirement.specifier.contains(version) for version in found)


def test_tests_run_with_what_the_demonstration_runs_with() -> None:
    """The two lock files never disagree about a version."""
    everything = locked("requirements-test.lock")
    for name, versions in locked("requirements.lock").items():
        assert versions <= everything[name], name
