"""Tests of the names that frames have while a statement runs; `test_spark` asks a real cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

SparkConnection = pytest.importorskip("roadworthy.adapters.spark_session").SparkConnection


@dataclass
class FakeSession:
    """A session that knows which views there are, and reads none that is missing."""

    views: set[str] = field(default_factory=set)

    def sql(self, statement: str) -> str:
        """Drop a view, or read one that is there."""
        name = statement.rsplit(maxsplit=1)[-1]
        if statement.startswith("DROP"):
            self.views.discard(name)
        else:
            assert name in self.views, f"{name} is missing"
        return statement


@dataclass
class FakeData:
    """A frame that may do something else just before its view is made, as a collector does."""

    sparkSession: FakeSession  # noqa: N815 - Spark's own name
    meanwhile: Callable[[], None] = lambda: None

    def createOrReplaceTempView(self, name: str) -> None:  # noqa: N802 - Spark's own name
        """Make the view."""
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        self.sparkSession.views.add(name)
        meanwhile()


def held(session: FakeSession) -> tuple[Any, Any, FakeData]:
    """A connection to a session, and a frame of it."""
    connection, data = SparkConnection(session), FakeData(session)
    return connection, connection.hold(data), data


def test_a_statement_inside_another_leaves_its_view() -> None:
    """The view of a frame is there until the last statement that reads it has ended."""
    session = FakeSession()
    connection, frame, _ = held(session)
    with connection.frame(f"SELECT * FROM {frame.name}", about="outside"):
        with connection.frame(f"SELECT 1 FROM {frame.name}", about="inside"):
            pass
        assert session.views == {frame.name}
    assert session.views == set()


def test_a_statement_survives_what_the_collector_forgets_meanwhile() -> None:
    """What uses the same view while it is being made does not take it away."""
    session = FakeSession()
    connection, frame, data = held(session)

    def forget() -> None:
        with connection.frame(f"SELECT 1 FROM {frame.name}", about="forgotten"):
            pass

    data.meanwhile = forget
    with connection.frame(f"SELECT * FROM {frame.name}", about="outside") as rows:
        assert str(rows).endswith(frame.name)
        assert session.views == {frame.name}
    assert session.views == set()
