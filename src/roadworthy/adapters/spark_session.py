"""`SparkConnection`: statements in a Spark session that the user made, their answers as Arrow.

Nothing in the session is changed: no setting is touched, since that would change what the user's
own frames mean, and a frame has a name of ours only while a statement runs that reads it.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from weakref import WeakValueDictionary, finalize

import pyarrow as pa
from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException, PythonException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema

from roadworthy import errors
from roadworthy.adapters.sql_connection import SqlConnection
from roadworthy.adapters.sqlglot_printer import SPARK, SqlDialect
from roadworthy.errors import DataError, HostError, RoadworthyError

_LONGEST_MESSAGE = 600
_HOST_TROUBLE = ("OutOfMemoryError", "ExecutorLostFailure", "No space left", "UNAVAILABLE")
_HOST_ERRORS = ("SparkConnectGrpcException", "RetriesExceeded")
_ENDED = ("stopped SparkContext", "SparkContext was shut down", "closed channel", "SESSION_CLOSED")
_FORBIDDEN = ("INSUFFICIENT_PERMISSIONS", "Permission denied", "AccessControlException")
_OURS = re.compile(r"roadworthy\.errors\.(?P<kind>\w+): (?P<message>.*)")
"""One of our own errors, as the last line of a worker's traceback names it."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Frame:
    """A data frame that statements know by a name, for as long as this is held.

    Attributes:
        name: what statements call it.
        data: the frame.
        needs: other frames that it reads by their names.
    """

    name: str
    data: DataFrame
    needs: tuple[Frame, ...] = ()


_FRAMES: WeakValueDictionary[str, Frame] = WeakValueDictionary()
"""Every frame that is held, by its name: tables of several engines may meet in one statement."""


_USES: Counter[str] = Counter()
"""How many statements use each view at the moment; the last one drops it."""


class SparkConnection:
    """Runs statements in one session, classic or Connect.

    Args:
        session: the user's.

    Attributes:
        session: the same.
        at_once: answers of many rows come in one piece; else a partition at a time, packed by the
            workers' Python, so that neither this process nor the driver holds them all.
    """

    def __init__(self, session: SparkSession) -> None:
        self.session = session
        self.at_once = True
        self._lock = threading.RLock()

    @property
    def dialect(self) -> SqlDialect:
        """Spark's."""
        return SPARK

    @property
    def version(self) -> str:
        """The version of Spark, such as `4.3.0`."""
        return str(self.session.version)

    def hold(self, data: DataFrame, *, needs: Iterable[Frame] = (), kept: bool = False) -> Frame:
        """Give a frame a name for statements, until the result is let go.

        Args:
            data: the frame.
            needs: other frames that it reads by their names.
            kept: the cluster keeps its rows, and forgets them when the result is let go.
        """
        frame = Frame(f"roadworthy_{uuid.uuid4().hex}", data, tuple(needs))
        _FRAMES[frame.name] = frame
        if kept:
            finalize(frame, _forget, data, frame.needs).atexit = False
        return frame

    def run(self, sql: str, *, about: str) -> pa.Table:
        """The rows of a statement; `about` opens the message if it fails.

        Raises:
            DataError: Spark refuses the statement, or meets a value that it cannot handle.
            HostError: the cluster cannot be reached, or ran out of something.
        """
        with self.frame(sql, about=about) as rows:
            found: pa.Table = rows.toArrow()
            return found

    @contextmanager
    def stream(self, sql: str, *, about: str) -> Iterator[Iterator[pa.RecordBatch]]:
        """The rows of a statement, a batch at a time; at least one batch, which may be empty."""
        with self.frame(sql, about=about) as rows:
            if self.at_once:
                found = rows.toArrow()
                yield iter(found.to_batches() or [_none(found.schema)])
            else:
                yield _unpacked(rows)

    @contextmanager
    def frame(self, sql: str, *, about: str) -> Iterator[DataFrame]:
        """The rows of a statement as a frame; the frames that it reads have names meanwhile."""
        with self._lock, explained(about), _named(frames_of(sql)):
            yield self.session.sql(sql)

    def reaches(self, other: SqlConnection) -> bool:
        """True for the same session."""
        return isinstance(other, SparkConnection) and other.session is self.session


def frames_of(sql: str) -> tuple[Frame, ...]:
    """The frames that a statement reads."""
    return tuple(frame for name, frame in list(_FRAMES.items()) if name in sql)


@contextmanager
def explained(about: str) -> Iterator[None]:
    """Errors of Spark and of the connection to it as ours, quoted after `about`."""
    try:
        yield
    except RoadworthyError:
        raise
    except (PySparkException, Py4JError, ConnectionError) as error:
        raise _explain(error, about) from error
    except ValueError as error:  # what gRPC raises once a session of Connect is stopped
        if not any(words in str(error) for words in _ENDED):
            raise
        raise _explain(error, about) from error


def _explain(error: Exception, about: str) -> RoadworthyError:
    text = str(error).strip()
    if isinstance(error, PythonException) or "Traceback (most recent call last)" in text:
        said = _last_line(text)
        if said.startswith("ModuleNotFoundError"):
            return HostError(
                f"{about}: the Python of Spark's workers lacks a package ({said}); install there "
                f"what is installed here, or name that Python by PYSPARK_PYTHON"
            )
        ours = _OURS.fullmatch(said)
        if ours and isinstance(kind := getattr(errors, ours["kind"], None), type):
            return kind(f"{about}: {ours['message']}")  # type: ignore[no-any-return]
        return DataError(f"{about}: {said}")
    short = text.split("\n\n")[0].split("\n\tat ")[0]
    short = short if len(short) <= _LONGEST_MESSAGE else short[:_LONGEST_MESSAGE] + " ..."
    if any(words in text for words in _ENDED):
        return HostError(
            f"{about}: the session has ended ({short}); make a session anew and open the data in it"
        )
    if any(words in text for words in _FORBIDDEN):
        return DataError(f"{about}: {short}; ask the owner of the data for SELECT on it")
    trouble = any(word in text for word in _HOST_TROUBLE)
    if trouble or isinstance(error, ConnectionError) or type(error).__name__ in _HOST_ERRORS:
        return HostError(f"{about}: {short}")
    return DataError(f"{about}: {short}")


def _last_line(traceback: str) -> str:
    """The line of a traceback that names the error."""
    lines = traceback.rsplit("Traceback (most recent call last)", maxsplit=1)[-1].splitlines()
    named = [line for line in lines[1:] if line and not line[0].isspace()]
    return named[0] if named else traceback[:_LONGEST_MESSAGE]


@contextmanager
def _named(frames: Iterable[Frame]) -> Iterator[None]:
    """Views with the names of these frames, and of those that they need themselves.

    Frames are forgotten when garbage is collected, which may fall between any two steps here, and
    uses the same views: so a use is counted first, and a view that is there is made again.
    """
    used: list[Frame] = []
    try:
        for frame in _in_order(frames):
            used.append(frame)
            _USES[frame.name] += 1
            frame.data.createOrReplaceTempView(frame.name)
        yield
    finally:
        for frame in used:
            _USES[frame.name] -= 1
            if not _USES[frame.name]:
                del _USES[frame.name]
                with suppress(PySparkException):  # the session may be gone
                    # `catalog.dropTempView` would also forget the rows that the user has cached
                    frame.data.sparkSession.sql(f"DROP VIEW IF EXISTS {frame.name}")


def _in_order(frames: Iterable[Frame]) -> tuple[Frame, ...]:
    """The frames, each after those that it needs itself."""
    found: dict[str, Frame] = {}
    for frame in frames:
        for item in (*_in_order(frame.needs), frame):
            found.setdefault(item.name, item)
    return tuple(found.values())


def _forget(data: DataFrame, needs: tuple[Frame, ...]) -> None:
    with suppress(Exception), _named(needs):  # the session may be gone, and its memory with it
        data.unpersist()


def _unpacked(rows: DataFrame) -> Iterator[pa.RecordBatch]:
    """The rows, a partition at a time."""
    schema = to_arrow_schema(rows.schema, timezone="UTC")
    yield _none(schema)
    packed = rows.mapInArrow(_packer(), "part binary")
    for (part,) in packed.toLocalIterator(prefetchPartitions=True):
        with pa.ipc.open_stream(part) as batches:
            yield from (batch.cast(schema) for batch in batches)


def _packer() -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What packs batches into a value each; a function within, as no worker has this module."""

    def pack(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import io

        import pyarrow as pa

        for batch in batches:
            packed = io.BytesIO()
            with pa.ipc.new_stream(packed, batch.schema) as out:
                out.write_batch(batch)
            value = pa.array([packed.getvalue()], pa.binary())
            yield pa.RecordBatch.from_arrays([value], names=["part"])

    return pack


def _none(schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pa.array([], kind) for kind in schema.types]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
