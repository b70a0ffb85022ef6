"""PostgreSQL passes the examination of engines, on a real server."""

from __future__ import annotations

from typing import Any

import pytest

from roadworthy.adapters.postgres import PostgresEngine
from roadworthy.testing.engine import EngineExamination, Opened


class TestPostgres(EngineExamination):
    """Tables in a database, written there by the test and opened by their URL."""

    @pytest.fixture
    def engine(self) -> PostgresEngine:
        """An engine that is told of the database by each URL."""
        return PostgresEngine()

    @pytest.fixture
    def opened(self, engine: PostgresEngine, postgres: Any) -> Opened:
        """Rows in a table of the database."""
        return lambda rows, name=None: engine.open(postgres.put(rows), name=name)
