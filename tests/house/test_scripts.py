"""The two README commands say clearly what is missing, and do nothing twice."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("cat", "cksum", "dirname", "env", "rm", "sh")
"""What the scripts use beside Python; every POSIX system has them."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the scripts are for POSIX shells")


class Machine:
    """A checkout's scripts on a machine that has only a few tools, and a Python of our making."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "a checkout"
        self.tools = folder / "tools"
        self.tools.mkdir()
        (self.checkout / "scripts").mkdir(parents=True)
        names = ["demo", "test", "scripts/environment.sh", "pyproject.toml"]
        for name in [*names, "requirements.lock", "requirements-test.lock"]:
            shutil.copy(ROOT / name, self.checkout / name)
        for name in TOOLS:
            (self.tools / name).symlink_to(shutil.which(name) or name)

    def has(self, name: str, script: str) -> None:
        """Install a program."""
        write_program(self.tools / name, script)

    def run(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a README command from another folder."""
        return subprocess.run(
            [str(self.checkout / command), *words],
            cwd=self.tools,
            env={"PATH": str(self.tools)},
            capture_output=True,
            text=True,
            check=False,
        )


def write_program(path: Path, script: str) -> None:
    """Write a shell script that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{shutil.which('sh')}\n{script}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without Python."""
    return Machine(tmp_path)


@pytest.mark.parametrize("command", ["demo", "test"])
def test_an_old_python_is_named(machine: Machine, command: str) -> None:
    """Without Python 3.11, the message says which Python was found and what to do."""
    machine.has("python3", 'echo "Python 3.9.2"; exit 1')
    done = machine.run(command)
    assert done.returncode == 7
    assert "needs Python 3.11 or later, and found Python 3.9.2" in done.stderr


def test_no_python_is_named(machine: Machine) -> None:
    """Without any Python, the message says so."""
    done = machine.run("demo")
    assert done.returncode == 7
    assert "found no python3" in done.stderr


def test_a_python_without_venv_is_named(machine: Machine) -> None:
    """Where Python's venv module is incomplete, the message says what to install."""
    machine.has("python3", f'[ "$1" = -m ] && exit 1; exec "{sys.executable}" "$@"')
    done = machine.run("demo")
    assert done.returncode == 7
    assert "apt-get install python3-venv" in done.stderr
    assert not (machine.checkout / ".venv").exists()


def installed(machine: Machine) -> str:
    """What the package manager has been asked, one line a call."""
    return (machine.tools / "calls").read_text("utf-8")


def with_uv(machine: Machine) -> None:
    """A `uv` that notes its calls and makes an environment with a `roadworthy` that repeats."""
    environment = machine.checkout / ".venv/bin"
    machine.has("python3", f'exec "{sys.executable}" "$@"')
    write_program(machine.tools / "template/python", f'exec "{sys.executable}" "$@"')
    write_program(machine.tools / "template/roadworthy", 'echo "in $PWD:" "$@"')
    for name in ("mkdir", "cp"):
        (machine.tools / name).symlink_to(shutil.which(name) or name)
    machine.has(
        "uv",
        f'echo "$@" >> "{machine.tools}/calls"\n'
        f'if [ "$1" = venv ]; then mkdir -p "{environment}"; '
        f'cp "{machine.tools}/template/"* "{environment}"; fi',
    )


def test_the_first_run_installs_and_the_second_does_not(machine: Machine) -> None:
    """An environment is made from the hashed lock once; the command runs where it was called."""
    with_uv(machine)
    first = machine.run("demo", "there")
    assert first.returncode == 0, first.stderr
    assert first.stdout == f"in {machine.tools}: demo there\n"
    calls = installed(machine)
    assert "--require-hashes --requirements requirements.lock" in calls
    assert "--compile-bytecode" in calls
    again = machine.run("demo")
    assert (again.returncode, again.stderr, installed(machine)) == (0, "", calls)


def test_a_changed_lock_is_installed(machine: Machine) -> None:
    """When the lock file or pyproject.toml changes, the next run installs again."""
    with_uv(machine)
    machine.run("demo")
    calls = installed(machine)
    lock = machine.checkout / "requirements.lock"
    lock.write_text(lock.read_text("utf-8") + "# changed\n", "utf-8")
    assert machine.run("demo").returncode == 0
    assert installed(machine).count("pip install") == 2 * calls.count("pip install")


def test_a_broken_environment_is_made_anew(machine: Machine) -> None:
    """An environment whose Python has gone is replaced, and the message says so."""
    with_uv(machine)
    (machine.checkout / ".venv/bin").mkdir(parents=True)
    (machine.checkout / ".venv/bin/python").symlink_to("gone")
    done = machine.run("demo")
    assert "making it anew" in done.stderr
    assert "venv --quiet --clear" in installed(machine)
