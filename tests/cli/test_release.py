"""`roadworthy release`: a folder that holds what was decided and everything it rests on."""

from __future__ import annotations

import json

from roadworthy.cli.main import run


def test_a_pass_is_released(project, capsys):
    """The folder is written whole, and the command says how to check it."""
    assert run(["release", "r1"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("release r1: ")
    assert "roadworthy verify r1" in out
    listed = json.loads((project / "r1" / "release.json").read_text())["files"]
    assert all((project / "r1" / entry["path"]).exists() for entry in listed)


def test_json_names_the_release(project, capsys):
    """With the verdict, for a script."""
    assert run(["release", "out/r2", "--name", "second", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == {"release": "out/r2", "verdict": "PASS", "name": "second"}
    assert (project / "out" / "r2" / "release.json").exists()


def test_only_a_pass_can_be_released(project, capsys):
    """After a failing decision nothing is written."""
    assert run(["gate", "--policy", "strict.yaml"]) == 1
    capsys.readouterr()
    assert run(["release", "r1"]) == 5
    assert "the latest decision is FAIL" in capsys.readouterr().err
    assert not (project / "r1").exists()


def test_a_folder_in_use_is_kept(project, capsys):
    """What lies in it is not overwritten."""
    (project / "r1").mkdir()
    (project / "r1" / "mine").touch()
    assert run(["release", "r1"]) == 3
    assert "exists already" in capsys.readouterr().err
    assert [path.name for path in (project / "r1").iterdir()] == ["mine"]
