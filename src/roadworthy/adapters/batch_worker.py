"""What a worker process of `BatchPool` does: apply one function to batches until its input ends.

It speaks over its standard input and output, in frames that begin with their length. It is told
which function to apply, answers whether it can load it, and then answers each batch with its
columns, or with nothing at all if the function failed. It ends when its input does, so it never
outlives the process that started it, not even one that was killed.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
from typing import IO

import pyarrow as pa

from roadworthy.data.batches import BatchFunction, applied

_LENGTH = struct.Struct("<Q")


def main() -> None:
    """Serve whoever started this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one decides
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what the function prints is no answer
    serve(sys.stdin.buffer, answers)


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Load the function of the first frame, and answer each frame after it."""
    task = read_frame(questions)
    if task is None:
        return
    try:
        function, adds = pickle.loads(task)  # noqa: S301 - from the process that started this one
    except Exception:  # noqa: BLE001 - it may live in a module that only that process can import
        write_frame(answers, b"")
        return
    write_frame(answers, b"ready")
    while (question := read_frame(questions)) is not None:
        write_frame(answers, _answer(function, question, adds))


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; None at the end of the stream."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None


def write_frame(stream: IO[bytes], body: bytes | pa.Buffer) -> None:
    """Write one frame, at once."""
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def packed(table: pa.Table) -> pa.Buffer:
    """A table as the bytes of an Arrow stream; of a slice, its own rows only."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def unpacked(data: bytes) -> pa.Table:
    """The table that `packed` wrote."""
    return pa.ipc.open_stream(data).read_all()


def _answer(function: BatchFunction, question: bytes, adds: pa.Schema) -> bytes | pa.Buffer:
    try:
        return packed(applied(function, unpacked(question), adds))
    except Exception:  # noqa: BLE001 - whoever asked applies it again, and sees the error itself
        return b""
