"""Bad input gets a message that says what was found, what was expected and what to do."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import roadworthy as rw
from roadworthy.cli.main import run
from roadworthy.errors import DataError, HostError, UsageError
from roadworthy.records.evidence import Measured, Unmeasured


def table(rows: int = 40, **columns: object) -> pa.Table:
    """A small table of predictions; keyword arguments replace or add columns."""
    base: dict[str, object] = {
        "y": [i % 2 for i in range(rows)],
        "p": [(i % 10) / 10 for i in range(rows)],
        "sex": ["F" if i % 3 else "M" for i in range(rows)],
    }
    return pa.table({**base, **columns})


def written(folder: Path, data: pa.Table) -> Path:
    """The table as a Parquet file."""
    path = folder / "data.parquet"
    pq.write_table(data, path)
    return path


def test_missing_file(tmp_path, capsys):
    """A path that leads nowhere is named, with the nearest name beside it."""
    written(tmp_path, table())
    code = run(["assess", str(tmp_path / "dat.parquet"), "--label", "y", "--score", "p"])
    error = capsys.readouterr().err
    assert code == 4
    assert "dat.parquet" in error
    assert "data.parquet" in error


def test_unreadable_parquet(tmp_path):
    """A truncated Parquet file is called unreadable, not empty."""
    path = written(tmp_path, table())
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"data\.parquet"):
        rw.assess(path, label="y", score="p")


def test_wrong_column_suggests_the_nearest():
    """A misspelt column is answered by the nearest name."""
    with pytest.raises(DataError, match=r"protected column 'sexx'.*did you mean 'sex'"):
        rw.assess(table(), label="y", score="p", protected=["sexx"])


def test_label_with_three_values():
    """A label with three values is refused with the values and their rows."""
    data = table(y=[i % 3 for i in range(40)])
    with pytest.raises(DataError, match=r"label column 'y' has 3 values: '0' \(14 rows\).*two"):
        rw.assess(data, label="y", score="p")


def test_label_whose_positive_value_is_unclear():
    """Two values of unknown meaning are shown, and the argument that settles it is named."""
    data = table(y=["blue" if i % 2 else "green" for i in range(40)])
    with pytest.raises(UsageError, match=r"'blue' \(20 rows\).*positive=\.\.\."):
        rw.assess(data, label="y", score="p")
    assert rw.assess(data, label="y", score="p", positive="blue").record.roles.positive == "blue"


def test_score_outside_the_unit_interval():
    """Scores that are no probabilities are counted and their range is shown."""
    data = table(p=[i * 20.0 for i in range(40)])
    with pytest.raises(DataError, match=r"39 values outside \[0, 1\] \(from 0 to 780\)"):
        rw.assess(data, label="y", score="p")


def test_score_of_text():
    """A score column of text is refused by its type and one of its values."""
    with pytest.raises(DataError, match="score column 'sex' holds text values such as 'M'"):
        rw.assess(table(), label="y", score="sex")


def test_all_missing_score(tmp_path):
    """A column of nothing reads as text in a CSV file; the message says that it is empty."""
    path = tmp_path / "data.csv"
    path.write_text("y,p\n1,\n0,\n")
    with pytest.raises(DataError, match="score column 'p' has no values: all rows are missing"):
        rw.assess(path, label="y", score="p")


def test_what_is_named_is_not_there(tmp_path, capsys, monkeypatch):
    """A folder without a release, a project or an assessment is called that."""
    monkeypatch.chdir(tmp_path)
    assert run(["verify", "nowhere"]) == 3
    assert "neither a release nor a project at nowhere" in capsys.readouterr().err
    assert run(["card", "."]) == 4
    assert "the folder . holds no assessment.json" in capsys.readouterr().err


def test_all_missing_label():
    """A label without a single value is refused."""
    with pytest.raises(DataError, match="all 40 rows are missing"):
        rw.assess(table(y=pa.nulls(40, pa.int64())), label="y", score="p")


def test_all_missing_column_is_measured_as_such():
    """An all-missing feature is no reason to stop: it is measured as missing."""
    found = rw.assess(table(x=pa.nulls(40, pa.float64())), label="y", score="p")
    outcome = found.find("missing-rate", "column=x").outcome
    assert isinstance(outcome, Measured)
    assert outcome.value == 1


def test_empty_table():
    """A table without rows is refused."""
    with pytest.raises(DataError, match="no rows"):
        rw.assess(table().slice(0, 0), label="y", score="p")


def test_group_of_one_row():
    """A group of one row gets wide intervals, and what it cannot answer says so."""
    data = table(sex=["F"] * 39 + ["M"])
    found = rw.assess(data, label="y", score="p", protected=["sex"])
    rate = found.find("selection-rate", "sex=M").outcome
    assert isinstance(rate, Measured)
    assert rate.rows == 1
    assert rate.high - rate.low > 0.7
    auc = found.find("roc-auc", "sex=M").outcome
    assert isinstance(auc, Unmeasured)
    assert "class" in auc.reason or "label" in auc.reason


def test_group_present_in_one_split_only():
    """A group that the reference lacks is named, not dropped."""
    reference = table(sex=["F"] * 40)
    found = rw.assess(table(), label="y", score="p", protected=["sex"], reference=reference)
    outcome = found.find("group-representation-difference", "sex=M").outcome
    assert isinstance(outcome, Measured)
    assert outcome.value > 0.3


def test_duplicate_column_names():
    """Two columns of one name are refused by that name."""
    data = pa.table([[0, 1], [0.2, 0.8], [1, 2]], names=["y", "p", "p"])
    with pytest.raises(DataError, match="'p'"):
        rw.assess(data, label="y", score="p")


def test_mixed_types():
    """A pandas column of numbers and text is refused by its name."""
    frame = table().to_pandas()
    frame["mixed"] = pd.Series([1, "two"] * 20, dtype=object)
    with pytest.raises(DataError, match="'mixed'"):
        rw.assess(frame, label="y", score="p")


def test_ten_thousand_categories_in_a_protected_attribute():
    """An attribute with a value for nearly every row is no grouping; it is refused by its name."""
    rows = 20_000
    data = table(rows, sex=[f"person {i % 10_000}" for i in range(rows)])
    with pytest.raises(DataError, match=r"'sex'.*10,?000"):
        rw.assess(data, label="y", score="p", protected=["sex"])


@pytest.mark.parametrize("name", ["[/]", "[bold]x", "<script>alert(1)</script>", "a=b, c=d", "all"])
def test_group_and_column_names_are_shown_as_they_are(tmp_path, capsys, name):
    """Nothing in a name is taken for mark-up, by the terminal or by a page."""
    groups = [name if i % 3 else "other" for i in range(40)]
    path = written(tmp_path, table(**{"[/]col": groups}))
    out, report = tmp_path / "out", tmp_path / "report.html"
    words = ["assess", str(path), "--label", "y", "--score", "p", "--protected", "[/]col"]
    assert run([*words, "--out", str(out), "--report", str(report)]) == 0
    assert "[/]col" in capsys.readouterr().out
    assert "<script>alert" not in report.read_text()
    sizes = {str(item.slice): item.rows for item in rw.load(out).record.roster}
    assert sizes[f"[/]col={name}"] == 26


@pytest.mark.parametrize("name", ["all", "column", "feature", "a=b", "a, b"])
def test_a_protected_column_whose_groups_would_be_mistaken(name):
    """A column called `feature` would pass for the model's inputs, and `a=b` for a group."""
    with pytest.raises(UsageError, match=f"'{name}' cannot be a protected column"):
        rw.assess(table(**{name: ["x", "y"] * 20}), label="y", score="p", protected=[name])


def test_csv_that_is_not_utf8(tmp_path):
    """A Latin-1 file is refused with the way to read it."""
    path = tmp_path / "data.csv"
    path.write_bytes("y,p,ort\n1,0.5,Zürich\n0,0.2,Genève\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"UTF-8.*line 2.*iconv -f latin1"):
        rw.assess(path, label="y", score="p")


def test_yaml_with_a_tab(tmp_path, capsys):
    """A tab in the project file is found by its line."""
    (tmp_path / "roadworthy.yaml").write_text("name: x\n\towner: y\n")
    code = run(["assess", "--project", str(tmp_path)])
    error = capsys.readouterr().err
    assert code == 5
    assert "line 2" in error
    assert "tab" in error


def test_pickle_is_refused_as_data(tmp_path):
    """A pickle is never read: it could run code."""
    path = tmp_path / "data.pkl"
    path.write_bytes(pickle.dumps({"y": [1]}))
    with pytest.raises(DataError, match="pickle"):
        rw.assess(path, label="y", score="p")


def test_full_disk_leaves_nothing_behind(tmp_path):
    """A disk without room is said plainly, and no half-written file remains."""
    found = rw.assess(table(), label="y", score="p", checks=["performance"])
    script = textwrap.dedent(
        """
        import resource, signal, sys
        import roadworthy as rw
        found = rw.load(sys.argv[1])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
        try:
            found.report(sys.argv[2])
        except rw.RoadworthyError as error:
            print(type(error).__name__, error)
        """
    )
    saved = found.save(tmp_path / "saved")
    target = tmp_path / "out" / "report.html"
    done = subprocess.run(
        [sys.executable, "-c", script, str(saved), str(target)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(HostError.__name__)
    assert "report.html" in done.stdout
    assert not target.exists()
    assert list(target.parent.iterdir()) == []


def test_an_interrupt_inside_exec_ends_like_any_other(tmp_path):
    """Ctrl-C while code made from text runs, as when a dataclass is made, ends with 130 too."""
    code = """
import os, signal
import roadworthy.cli.main as cli

def command(words, **_):
    exec("os.kill(os.getpid(), signal.SIGINT); [None for _ in range(10**9)]", globals())

cli.typer.main.get_command = lambda app: command
cli.main(["assess"])
"""
    (tmp_path / "interrupted.py").write_text(code)
    command = [sys.executable, "-m", "interrupted"]  # a script would end in another way
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert done.returncode == 130, done.stderr
    assert "interrupted" in done.stderr


def test_interrupted_assessment_writes_nothing(tmp_path):
    """Ctrl-C in the middle ends with 130, one line and no file."""
    rng = np.random.default_rng(0)
    rows = 4_000_000
    data = pa.table({"y": rng.integers(0, 2, rows), "p": rng.random(rows), "g": rng.random(rows)})
    path = written(tmp_path, data)
    out = tmp_path / "out"
    command = [sys.executable, "-u", "-m", "roadworthy", "assess", str(path), "--label", "y"]
    process = subprocess.Popen(
        [*command, "--score", "p", "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
    )
    try:
        process.wait(timeout=1.5)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "interrupted" in error
    assert "Traceback" not in error
    assert not out.exists()
