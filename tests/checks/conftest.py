"""Subjects made of columns, and what checks say about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.checks.check import Subject
from roadworthy.checks.run import run
from roadworthy.records.evidence import Curve, Evidence, Measured, Unmeasured
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.tally import TallyPlan


class Findings:
    """Evidence and curves, looked up by measure and by the text of the slice."""

    def __init__(self, evidence: tuple[Evidence, ...], curves: tuple[Curve, ...]) -> None:
        self.evidence = {(item.measure, str(item.slice)): item for item in evidence}
        assert len(self.evidence) == len(evidence), "two answers to one question"
        self.curves = {(item.slug, str(item.slice), item.subject): item for item in curves}
        assert len(self.curves) == len(curves), "two curves of one kind"

    def __getitem__(self, question: tuple[str, str]) -> Measured | Unmeasured:
        return self.evidence[question].outcome

    def value(self, measure: str, where: str = "all") -> float:
        """The number; fails where there is none."""
        outcome = self[measure, where]
        assert isinstance(outcome, Measured), outcome
        return outcome.value

    def reason(self, measure: str, where: str = "all") -> str:
        """Why there is no number; fails where there is one."""
        outcome = self[measure, where]
        assert isinstance(outcome, Unmeasured), outcome
        return outcome.reason

    def parameters(self, measure: str, where: str = "all") -> dict:
        """What the evidence says beside its number."""
        return dict(self.evidence[measure, where].parameters)


def make_subject(columns: dict, **given) -> Subject:
    """A subject of these columns; roles are named by keyword, like the subject's other fields."""
    known = {name: given.pop(name, None) for name in ("label", "prediction", "score", "weight")}
    protected = tuple(given.pop("protected", ()))
    condition = tuple(given.pop("condition", ()))
    threshold = given.pop("threshold", 0.5)
    engine = DuckDBEngine()
    return Subject(
        table=engine.open(pa.table(columns)),
        engine=engine,
        roles=ColumnRoles(protected=protected, condition=condition, threshold=threshold, **known),
        dataset="sha256:0",
        producer="test",
        at=datetime(2026, 1, 1, tzinfo=UTC),
        plan=TallyPlan(
            attributes=tuple(dict.fromkeys([*protected, *condition])), threshold=threshold, **known
        ),
        **given,
    )


@pytest.fixture(scope="session")
def subject_of() -> Callable[..., Subject]:
    """A function that makes a subject of columns."""
    return make_subject


@pytest.fixture(scope="session")
def ask() -> Callable[..., Findings]:
    """A function that runs one check, or several, on columns."""

    def measure(checks, columns, **given) -> Findings:
        listed = checks if isinstance(checks, tuple) else (checks,)
        return Findings(*run(listed, make_subject(columns, **given)))

    return measure
