"""Batches are worked on in order, here or in other processes, and nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

from roadworthy.adapters.process_pool import map_in_order
from roadworthy.data.batches import BATCH
from roadworthy.errors import HostError

MANY = BATCH * 10_000
"""So many rows that workers pay for anything that takes a millisecond."""

MODULE = """
import os, sys, time
import pyarrow as pa

def doubled(rows):
    time.sleep(0.005)
    print("not an answer")
    return pa.table({"x": [2 * x for x in rows["x"].to_pylist()], "by": [os.getpid()] * len(rows)})

def picky(rows):
    time.sleep(0.005)
    if rows["x"][0].as_py() == 8:
        raise KeyError("eight")
    return pa.table({"x": rows["x"], "by": rows["x"]})

def deadly(rows):
    time.sleep(0.005)
    if rows["x"][0].as_py() == 8:
        os._exit(3)
    return pa.table({"x": rows["x"], "by": rows["x"]})
"""
LOCAL = """
def local(rows):
    time.sleep(0.005)
    return pa.table({"x": rows["x"], "by": [os.getpid()] * len(rows)})
"""
KINDS: dict[str, pa.DataType] = {"x": pa.int64(), "by": pa.int64()}
ADDS = pa.schema(KINDS)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A module of functions that other processes can import."""
    (tmp_path / "work_for_workers.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    import work_for_workers  # noqa: PLC0415 - it was written just now

    yield work_for_workers
    del sys.modules["work_for_workers"]


def batches(count: int) -> Iterator[pa.Table]:
    """Batches of two rows each: 0 and 1, 2 and 3, and so on."""
    return (pa.table({"x": [2 * i, 2 * i + 1]}) for i in range(count))


def mapped(function: Any, count: int, **options: Any) -> pa.Table:
    """What a function makes of so many batches."""
    options = {"rows": MANY, "name": "people", "processes": 2} | options
    return pa.concat_tables(map_in_order(function, batches(count), ADDS, **options))


def children() -> set[int]:
    """The processes that this one has started and that still run, save the one that tells."""
    asked = ["ps", "-o", "pid=", "--ppid", str(os.getpid())]
    with subprocess.Popen(asked, stdout=subprocess.PIPE) as teller:
        assert teller.stdout is not None
        return set(map(int, teller.stdout.read().split())) - {teller.pid}


def test_workers_answer_in_order(work: Any) -> None:
    """Two workers share the batches, and the answers come in the order of the rows."""
    found = mapped(work.doubled, 40)
    assert found["x"].to_pylist() == [2 * i for i in range(80)]
    assert len(set(found["by"].to_pylist()) - {os.getpid()}) == 2
    assert found["by"].to_pylist()[:2] == [os.getpid()] * 2  # the first batch shows what one costs


@pytest.mark.parametrize("options", [{"rows": 40}, {"processes": 1}])
def test_little_work_is_done_here(work: Any, options: dict[str, int]) -> None:
    """No process is started for few rows, or where one is all there may be."""
    assert set(mapped(work.doubled, 5, **options)["by"].to_pylist()) == {os.getpid()}


def test_what_others_cannot_load_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lambda, and a function of a module that only this process knows, run in this process."""
    made = ModuleType("nowhere")
    exec("import os, time\nimport pyarrow as pa\n" + LOCAL, made.__dict__)
    monkeypatch.setitem(sys.modules, "nowhere", made)
    for function in (made.local, lambda rows: made.local(rows)):  # noqa: PLW0108 - that is the point
        assert set(mapped(function, 5)["by"].to_pylist()) == {os.getpid()}


def test_errors_come_out_as_they_are(work: Any) -> None:
    """What the function raises in a worker is raised here, with the rows that it concerns."""
    before = children()
    with pytest.raises(KeyError, match="eight") as caught:
        mapped(work.picky, 40)
    assert caught.value.__notes__ == ["in the rows 8 to 9 of people, counted from 0"]
    assert caught.traceback[-1].name == "picky"
    assert children() <= before


def test_a_worker_that_dies_is_missed(work: Any) -> None:
    """A worker that ends in the midst of its work is an error that says what to do."""
    with pytest.raises(HostError, match=r"status 3\); memory may have run out") as caught:
        mapped(work.deadly, 40)
    assert caught.value.__notes__ == ["in the rows 8 to 9 of people, counted from 0"]


def test_nothing_runs_when_nobody_asks(work: Any) -> None:
    """Whoever stops reading the answers leaves no process behind."""
    before = children()
    answers = map_in_order(work.doubled, batches(10**6), ADDS, rows=MANY, name="x", processes=2)
    for _ in range(5):
        next(answers)
    assert len(children() - before) == 2
    answers.close()  # type: ignore[attr-defined]
    assert children() <= before


def test_of_nothing_comes_nothing(work: Any) -> None:
    """No batches give no answers."""
    assert list(map_in_order(work.doubled, iter(()), ADDS, rows=0, name="people")) == []


SCRIPT = """
import os, sys, time
sys.path.insert(0, {folder!r})
import pyarrow as pa
from roadworthy.adapters.process_pool import map_in_order
import work_for_workers as work
print("once", flush=True)
batches = (pa.table({{"x": [i]}}) for i in range(10**6))
adds = pa.schema([("x", pa.int64()), ("by", pa.int64())])
for made in map_in_order(work.doubled, batches, adds, rows={rows}, name="x", processes=2):
    if made["by"][0].as_py() != os.getpid():
        print(made["by"][0].as_py(), flush=True)
"""


def test_workers_end_with_a_killed_parent(work: Any, tmp_path: Path) -> None:
    """A script without a main guard runs once, and its workers do not outlive it."""
    assert work
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(folder=str(tmp_path), rows=MANY))
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        lines = [parent.stdout.readline().strip() for _ in range(40)]
        parent.send_signal(signal.SIGKILL)
    workers = {int(line) for line in lines if line.isdecimal()}
    assert "once" in lines
    assert len(workers) == 2
    deadline = time.monotonic() + 30
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, workers))


def alive(process: int) -> bool:
    """True if a process runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
