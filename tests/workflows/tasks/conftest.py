"""Assessments of tables made in a test, looked up by measure and slice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.evidence import Evidence, Measured, Unmeasured
from roadworthy.records.versions import ColumnRoles
from roadworthy.workflows.assess import Naming, Question, assess


class Answers:
    """The evidence of an assessment by measure and by the text of the slice."""

    def __init__(self, record: AssessmentRecord) -> None:
        self.record = record
        self.evidence: dict[tuple[str, str], Evidence] = {
            (item.measure, str(item.slice)): item for item in record.evidence
        }
        assert len(self.evidence) == len(record.evidence), "two answers to one question"
        failed = [
            item.outcome.reason
            for item in record.evidence
            if isinstance(item.outcome, Unmeasured) and "failed" in item.outcome.reason
        ]
        assert not failed, failed

    def value(self, measure: str, where: str = "all") -> float:
        """The number; fails where there is none."""
        outcome = self.evidence[measure, where].outcome
        assert isinstance(outcome, Measured), outcome
        assert outcome.low <= outcome.value <= outcome.high
        return outcome.value

    def reason(self, measure: str, where: str = "all") -> str:
        """Why there is no number; fails where there is one."""
        outcome = self.evidence[measure, where].outcome
        assert isinstance(outcome, Unmeasured), outcome
        return outcome.reason

    def is_measured(self, measure: str, where: str = "all") -> bool:
        """True if there is a number."""
        return isinstance(self.evidence[measure, where].outcome, Measured)


@pytest.fixture(scope="session")
def assessed() -> Callable[..., Answers]:
    """A function that assesses columns by roles."""
    engine = DuckDBEngine()

    def measure(columns: dict, checks: tuple[str, ...] | None = None, **roles) -> Answers:
        record = assess(
            engine.open(pa.table(columns)),
            Question(roles=ColumnRoles(**roles), checks=checks),
            Naming(
                system="test",
                dataset="sha256:0",
                dataset_name="test",
                producer="test",
                at=datetime(2026, 1, 1, tzinfo=UTC),
            ),
            engine=engine,
        )
        return Answers(record)

    return measure
