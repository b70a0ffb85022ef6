"""Importing Roadworthy does nothing, and does it quickly."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time

import pytest

import roadworthy

SCIENCE = {
    "duckdb",
    "narwhals",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "scipy",
    "sklearn",
}


def run_python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def seconds(code: str, *, runs: int = 5) -> float:
    """The shortest time that a fresh interpreter takes for the code."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run_python(code)
        times.append(time.perf_counter() - start)
    return min(times)


def test_import_loads_no_science_stack() -> None:
    """`import roadworthy` loads no numerical library, frame or engine."""
    loaded = run_python("import sys, roadworthy; print(*{m.split('.')[0] for m in sys.modules})")
    assert not SCIENCE & set(loaded.split())


def test_import_is_quick() -> None:
    """`import roadworthy` takes less than 0.3 seconds more than starting Python."""
    assert seconds("import roadworthy") - seconds("pass") < 0.3


@pytest.mark.parametrize("name", roadworthy.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    """Each name that the package lists exists and has a docstring."""
    assert getattr(roadworthy, name).__doc__


def test_the_trusted_base_runs_without_a_science_stack() -> None:
    """Records, policy, registry and cards import without any numerical library."""
    loaded = run_python(
        "import pkgutil, sys, importlib\n"
        "for package in ('records', 'policy', 'registry', 'cards'):\n"
        "    home = importlib.import_module('roadworthy.' + package)\n"
        "    for found in pkgutil.walk_packages(home.__path__, home.__name__ + '.'):\n"
        "        importlib.import_module(found.name)\n"
        "print(*{m.split('.')[0] for m in sys.modules})"
    )
    assert not SCIENCE & set(loaded.split())


def test_assessing_needs_no_cards() -> None:
    """The verb that measures a table imports nothing that draws, releases or repairs."""
    loaded = run_python("import sys, roadworthy; roadworthy.assess; print(*sys.modules)").split()
    idle = ("roadworthy.cards", "roadworthy.training", "roadworthy.api.projects", "jinja2")
    assert not [name for name in loaded if name.startswith(idle)]


def test_every_verb_is_found_where_it_lives() -> None:
    """Each verb that is listed can be imported, and no other name."""
    api = importlib.import_module("roadworthy.api")
    assert all(callable(getattr(api, name)) for name in api.__all__)
    assert dir(api) == sorted(api.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'asess'"):
        api.asess  # noqa: B018 - the attribute is asked for
