"""The wheel holds what a user needs, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "roadworthy"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel built from the tree, without a network."""
    pytest.importorskip("hatchling", reason="the build backend is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    """Modules, `py.typed`, policy packs, templates, schemas and demo data all ship."""
    found = {name for name in wheel.namelist() if name.startswith("roadworthy/")}
    expected = {
        f"roadworthy/{path.relative_to(PACKAGE).as_posix()}"
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    assert found == expected
    assert "roadworthy/py.typed" in found
    for suffix in (".yaml", ".json", ".parquet"):
        assert any(name.endswith(suffix) for name in found), f"no {suffix} file ships"


def test_wheel_states_licence_and_entry_points(wheel: zipfile.ZipFile) -> None:
    """The licence, the notice, the command and the pytest plugin are in the wheel."""
    extra = {name.split("dist-info/")[1] for name in wheel.namelist() if "dist-info/" in name}
    assert {"licenses/LICENSE", "licenses/NOTICE", "entry_points.txt"} <= extra
    points = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    text = wheel.read(points).decode()
    assert "roadworthy = roadworthy.cli.main:main" in text
    assert "roadworthy = roadworthy.pytest_plugin" in text


def test_wheel_is_small(wheel: zipfile.ZipFile) -> None:
    """The package itself, data included, unpacks to less than 10 MB."""
    assert sum(item.file_size for item in wheel.infolist()) < 10_000_000
