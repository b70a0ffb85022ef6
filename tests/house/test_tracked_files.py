"""What is committed works on every machine, whatever registry it installs from."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

REGISTRIES = [
    "pypi" + r"\.org/(simple|packages)",
    "files" + r"\.pythonhosted\.org",
    "registry" + r"\.(npmjs|yarnpkg)\.",
    "(static|index)" + r"\.crates\.io",
    "deb" + r"\.debian\.org",
    r"^\s*--(extra-)?" + "index-url",
    r"^\s*--find-" + "links",
]
MACHINES = [
    r"(^|[^\w.~-])/(work|root|farm|home/\w+|Users/\w+)" + "/",
    r"(^|[^\w.~-])/opt/(wheels|pypi)",
]
LOCKS_WITH_ADDRESSES = {"uv.lock", "pylock.toml", "poetry.lock", "package-lock.json"}


def tracked() -> list[Path]:
    """The files that git tracks and that are there; the test skips outside a checkout."""
    try:
        done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    names = done.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def lines() -> Iterator[tuple[str, str]]:
    """Each line of each tracked text file, with its place."""
    for file in tracked():
        data = file.read_bytes()
        if b"\0" in data:
            continue
        for number, line in enumerate(data.decode("utf-8").splitlines(), start=1):
            yield f"{file.relative_to(ROOT)}:{number}", line


@pytest.mark.parametrize("patterns", [REGISTRIES, MACHINES], ids=["registries", "machines"])
def test_no_tracked_file_names_a_registry_or_a_machine(patterns: list[str]) -> None:
    """No tracked file holds the address of a package registry or a path of one machine."""
    pattern = re.compile("|".join(f"(?:{p})" for p in patterns))
    assert [place for place, line in lines() if pattern.search(line)] == []


def test_no_lock_file_with_addresses_is_tracked() -> None:
    """Lock files that record registry addresses stay out of the repository."""
    assert not LOCKS_WITH_ADDRESSES & {file.name for file in tracked()}


def test_every_locked_package_has_hashes() -> None:
    """Each package of the lock files has an exact version and at least one hash."""
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
        packages = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert len(packages) > 20
        bad = [p for p in packages if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", p)]
        assert bad == []


def test_large_files_are_data_that_ship() -> None:
    """No tracked file is larger than 2 MB."""
    assert [str(f) for f in tracked() if f.stat().st_size > 2_000_000] == []
