"""`roadworthy assess` on several classes and several labels."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyarrow import csv

from roadworthy.cli import rendering
from roadworthy.cli.main import run
from roadworthy.errors import UsageError


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """Two files: animals with probabilities, and tickets with two labels."""
    monkeypatch.chdir(tmp_path)
    animals = {
        "y": ["cat", "dog", "eel"] * 20,
        "p_cat": [0.6, 0.3, 0.2] * 20,
        "p_dog": [0.3, 0.4, 0.5] * 20,
        "p_eel": [0.1, 0.3, 0.3] * 20,
        "sex": ["F", "M"] * 30,
    }
    tickets = {"a": [0, 1] * 30, "b": [1, 0, 0] * 20, "said_a": [0, 1] * 30, "said_b": [1] * 60}
    csv.write_csv(pa.table(animals), "animals.csv")
    csv.write_csv(pa.table(tickets), "tickets.csv")
    return tmp_path


@pytest.mark.usefixtures("tables")
def test_each_class_is_a_line_the_worst_first(capsys):
    """The eel is never found; the gaps name the class where they are widest."""
    roles = ["--label", "y", "--scores", "p_cat,p_dog,p_eel", "--protected", "sex"]
    assert run(["assess", "animals.csv", *roles, "--check", "performance"]) == 0
    lines = capsys.readouterr().out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("each class"))
    assert [line.split()[0] for line in lines[start + 2 : start + 5]] == ["eel", "dog", "cat"]
    assert any(line.startswith("Cohen's kappa") for line in lines)


@pytest.mark.usefixtures("tables")
def test_labels_are_answered_by_columns(capsys):
    """Each label names the column that answers it."""
    roles = ["--labels", "a,b", "--predictions", "a=said_a,b=said_b", "--task", "multilabel"]
    assert run(["assess", "tickets.csv", *roles, "--check", "performance"]) == 0
    out = capsys.readouterr().out
    assert "each label" in out
    assert "Share of labels wrong" in out


@pytest.mark.usefixtures("tables")
def test_an_unknown_task_is_refused_with_the_choices(capsys):
    """The message lists what there is."""
    assert run(["assess", "animals.csv", "--label", "y", "--task", "classes"]) != 0
    assert "task is one of binary, multiclass" in capsys.readouterr().err


def test_columns_are_listed_or_named():
    """`cat=p_cat` names what a column answers; columns alone are called like it."""
    assert rendering.pairs_or_names(["p_a, p_b"], option="--scores") == ["p_a", "p_b"]
    assert rendering.pairs_or_names(["a=p_a", "b=p_b"], option="--scores") == {
        "a": "p_a",
        "b": "p_b",
    }
    with pytest.raises(UsageError, match=r"--scores takes name=column.*found 'p_b'"):
        rendering.pairs_or_names(["a=p_a,p_b"], option="--scores")
