"""DuckDB passes the examination of engines."""

from __future__ import annotations

import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.testing.engine import EngineExamination


class TestDuckDB(EngineExamination):
    """The embedded engine."""

    @pytest.fixture
    def engine(self) -> DuckDBEngine:
        """An engine with two threads."""
        return DuckDBEngine(threads=2)
