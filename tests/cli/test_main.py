"""`roadworthy` itself: its help, and how it ends where no command ran to its end."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from roadworthy.cli.main import app, run


def test_help_says_what_each_command_does_in_one_line(capsys, monkeypatch):
    """Whole sentences: nothing is cut off at 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["--help"]) == 0
    out = capsys.readouterr().out.split("Commands:")[1]
    assert run(["data", "--help"]) == 0
    assert "..." not in out + capsys.readouterr().out.split("Commands:")[1]
    assert all(f"  {command.callback.__name__} " in out for command in app.registered_commands)


def test_no_command_shows_the_help(capsys):
    """It is misuse, but the help is no error message."""
    assert run([]) == 3
    assert capsys.readouterr().err.startswith("Usage: ")


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_closed_pipe_is_no_verdict(project, form):
    """A gate whose reader has gone ends neither with PASS nor with FAIL."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-u", "-m", "roadworthy", "gate", *form]
    done = subprocess.run(
        command, cwd=project, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert done.returncode == 141, done.stderr
    assert "Traceback" not in done.stderr
