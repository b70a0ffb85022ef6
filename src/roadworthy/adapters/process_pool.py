"""`map_in_order`: a function applied to batches of rows, on every core where that pays.

The first batch is worked on here, which shows what one costs. Worker processes are started only if
the rest would take longer without them, and only for a function that another process can load: one
that stands in a module, not a lambda and not something typed into a notebook or a script.

Workers are plain processes, not those of `multiprocessing`, which would import the user's script
again and so run it twice if it lacks the `__main__` guard, and which may outlive a killed parent.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Self

import pyarrow as pa

from roadworthy.adapters.batch_worker import packed, read_frame, unpacked, write_frame
from roadworthy.data.batches import BATCH, BatchFunction, applied
from roadworthy.errors import HostError

START = 3.0
"""Seconds that a worker takes to start and to import what a model needs."""

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from roadworthy.adapters.batch_worker import main; main()"
)
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


def map_in_order(
    function: BatchFunction,
    batches: Iterable[pa.Table],
    adds: pa.Schema,
    *,
    rows: int,
    name: str,
    processes: int | None = None,
) -> Iterator[pa.Table]:
    """What the function makes of each batch, in the order of the batches; a few are held at once.

    Args:
        function: makes the columns of `adds` from a batch of rows.
        batches: the rows, `BATCH` of them at a time.
        adds: the columns that the function makes.
        rows: how many rows there are in all, at most; decides whether workers pay.
        name: what errors call the rows.
        processes: how many may work at once; by default one for each core.

    Raises:
        UsageError: the function makes other columns, other types or another number of rows.
        HostError: a worker ended before its work was done.
        Exception: whatever the function raises, with a note of the rows that it concerns.
    """
    here = _Here(function, adds, name)
    numbered = _numbered(batches)
    first = next(numbered, None)
    if first is None:
        return
    wall, own = time.perf_counter(), time.process_time()
    yield here(first)
    cost = _Cost(wall=time.perf_counter() - wall, own=time.process_time() - own)
    wanted = min(processes or cores(), -(-rows // BATCH) - 1)
    task = _portable(function, adds) if cost.pays(rows, wanted) else None
    if task is None:
        yield from map(here, numbered)
        return
    with BatchPool(task, wanted, here) as pool:
        yield from pool.answers(numbered)


def cores() -> int:
    """How many cores this process may use.

    >>> cores() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cost:
    """What one batch took: seconds by the clock, and seconds of all threads of this process."""

    wall: float
    own: float

    def pays(self, rows: int, processes: int) -> bool:
        """True if so many processes are done sooner, after they have started."""
        left = rows / BATCH - 1
        if processes <= 1 or left <= 1:
            return False
        return self.wall * left > START + self.own * left / processes


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some rows, and the place of the first one in the table."""

    start: int
    rows: pa.Table


def _numbered(batches: Iterable[pa.Table]) -> Iterator[_Batch]:
    start = 0
    for rows in batches:
        yield _Batch(start, rows)
        start += rows.num_rows


@dataclass(frozen=True, slots=True)
class _Here:
    """The work in this process."""

    function: BatchFunction
    adds: pa.Schema
    name: str

    def __call__(self, batch: _Batch) -> pa.Table:
        try:
            return applied(self.function, batch.rows, self.adds)
        except Exception as error:
            error.add_note(self.place(batch))
            raise

    def place(self, batch: _Batch) -> str:
        last = batch.start + batch.rows.num_rows - 1
        return f"in the rows {batch.start:,} to {last:,} of {self.name}, counted from 0"


# --- in other processes --------------------------------------------------------------------------


class BatchPool:
    """Worker processes that apply one function; leaving the context ends them all.

    If a worker cannot load the function, or the function fails in one, the batch is worked on in
    this process instead: what it raises comes out as it is, with its own traceback.
    """

    def __init__(self, task: bytes, processes: int, here: _Here) -> None:
        self._task = task
        self._processes = processes
        self._here = here
        self._alone = (
            threading.Lock()
        )  # the user's function may not bear to be called twice at once
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        # threads that wait for a worker end when it does, so the workers are ended first
        self._threads = self._ending.enter_context(ThreadPoolExecutor(self._processes))
        try:
            for _ in range(self._processes):
                worker = _Worker(self._task)
                self._ending.callback(worker.end)
                self._idle.put(worker)
        except BaseException:
            self._ending.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def answers(self, batches: Iterator[_Batch]) -> Iterator[pa.Table]:
        """What the function makes of each batch, in order; two batches wait for each worker."""
        waiting: deque[Future[pa.Table]] = deque()
        try:
            for batch in batches:
                waiting.append(self._threads.submit(self._ask, batch))
                if len(waiting) > 2 * self._processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _ask(self, batch: _Batch) -> pa.Table:
        worker = self._idle.get()
        try:
            made = worker.ask(batch.rows)
        except HostError as error:
            error.add_note(self._here.place(batch))
            raise
        finally:
            self._idle.put(worker)
        if made is not None:
            return made
        with self._alone:
            return self._here(batch)


class _Worker:
    """One process, and the two pipes to it."""

    def __init__(self, task: bytes) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this Python, and a program of our own
            [sys.executable, "-c", _BOOT, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | _ONE_THREAD,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._questions, self._answers = self._process.stdin, self._process.stdout
        self._task: bytes | None = task
        self._loaded = False

    def ask(self, rows: pa.Table) -> pa.Table | None:
        """What the function makes of the rows; None if it fails there."""
        if self._task is not None:
            self._loaded = bool(self._exchange(self._task))
            self._task = None
        answer = self._exchange(packed(rows)) if self._loaded else b""
        return unpacked(answer) if answer else None

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._questions, self._answers):
            with suppress(OSError):  # a frame that was not sent whole
                pipe.close()

    def _exchange(self, question: bytes | pa.Buffer) -> bytes:
        answer = None
        with suppress(OSError):  # it has ended, so there is no answer
            write_frame(self._questions, question)
            answer = read_frame(self._answers)
        if answer is None:
            raise HostError(
                f"a worker process ended before its work was done (status "
                f"{self._process.wait()}); memory may have run out: give the engine fewer threads"
            )
        return answer


class _Portable(pickle.Pickler):
    """Refuses what only this process can import: functions and classes of the user's script."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, type | FunctionType) and value.__module__ == "__main__":
            raise pickle.PicklingError(f"{value.__qualname__} stands in no module")
        return NotImplemented


def _portable(function: BatchFunction, adds: pa.Schema) -> bytes | None:
    """The function as bytes that another process can load; None if there are none."""
    sink = io.BytesIO()
    try:
        _Portable(sink, protocol=5).dump((function, adds))
    except Exception:  # noqa: BLE001 - an object's own way to be pickled may raise anything
        return None
    return sink.getvalue() if sys.executable else None
