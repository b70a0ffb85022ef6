"""A subject for the quality checks, made from columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.checks.check import Check, Subject
from roadworthy.records.evidence import Evidence
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.tally import TallyPlan

Columns: TypeAlias = "Mapping[str, object] | pa.Table | str"
MakeSubject: TypeAlias = Callable[..., Subject]
Answers: TypeAlias = Callable[[Check, Subject], dict[tuple[str, str], Evidence]]


@pytest.fixture(scope="session")
def engine() -> DuckDBEngine:
    """The embedded engine."""
    return DuckDBEngine()


@pytest.fixture
def make_subject(engine: DuckDBEngine) -> MakeSubject:
    """Makes a subject from columns (or a table, or a path), roles and whatever else it has."""

    def make(
        data: Columns,
        *,
        reference: Columns | None = None,
        classes: Sequence[str] = ("0", "1"),
        roles: ColumnRoles | None = None,
        intersections: int = 2,
        **options: object,
    ) -> Subject:
        def open_(columns: Columns) -> object:
            given = columns if isinstance(columns, str | pa.Table) else pa.table(dict(columns))
            return engine.open(given, name="the reference" if columns is reference else "data")

        known = roles or ColumnRoles()
        return Subject(
            table=open_(data),  # type: ignore[arg-type]
            reference=None if reference is None else open_(reference),  # type: ignore[arg-type]
            engine=engine,
            roles=known,
            dataset="sha256:aa",
            producer="test",
            at=datetime(2026, 1, 2, tzinfo=UTC),
            plan=TallyPlan(attributes=known.protected, label=known.label, classes=tuple(classes)),
            intersections=intersections,
            **options,  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def answers() -> Answers:
    """Measures, and gives the evidence by measure and slice; every measure must have an answer."""

    def measure(check: Check, subject: Subject) -> dict[tuple[str, str], Evidence]:
        found = [item for item in check.measure(subject) if isinstance(item, Evidence)]
        by_question = {(item.measure, str(item.slice)): item for item in found}
        assert len(by_question) == len(found), "one question was answered twice"
        assert {measure for measure, _ in by_question} == {m.slug for m in check.spec.measures}
        return by_question

    return measure
