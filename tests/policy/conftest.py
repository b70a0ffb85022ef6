"""An assessment with an answer of each kind, and a decision with a finding of each kind."""

from __future__ import annotations

from datetime import date

import pytest
from judged_example import AT, GAP, assessment, evidence, requirement

from roadworthy.policy.judge import judge
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision
from roadworthy.records.policy import Policy, Proof, Requirement, Scope, Waiver


@pytest.fixture
def record() -> AssessmentRecord:
    """An assessment with an answer of each kind."""
    return assessment(
        evidence("rows", "all", 12_901, 12_901, 12_901, method="exact"),
        evidence(
            GAP,
            "sex",
            0.083,
            0.061,
            0.105,
            lowest_group="sex=Female",
            highest_group="sex=Male",
            worst_group="sex=Female",
        ),
        evidence(GAP, "race", 0.04, 0.0, 0.2),
        evidence("roc-auc", "all", 0.86, 0.85, 0.87),
        evidence("recall", "all", None, rows=0),
        evidence("accuracy", "all", 0.5, 0.48, 0.52),
        evidence("accuracy", "sex=Female", 0.5, 0.48, 0.52, rows=7000),
        evidence("accuracy", "sex=Male", 0.5, 0.48, 0.52, rows=5901),
    )


@pytest.fixture
def decision(record: AssessmentRecord) -> Decision:
    """A decision with a finding of each kind: passed, failed, unknown, waived and set aside."""
    rules = Policy(
        name="test",
        requirements=(
            Requirement(
                id="ranks-well",
                measure="roc-auc",
                at_least=0.8,
                why="It must rank.",
                remedy="Improve it.",
            ),
            requirement(
                slice="all", scope=Scope.ACROSS, why='Fair < unfair & "so".', remedy="Repair it."
            ),
            Requirement(id="found", measure="recall", at_least=0.6),
            Requirement(id="right", measure="accuracy", at_least=0.7, proof=Proof.POINT),
            Requirement(
                id="right-enough",
                measure="accuracy",
                scope=Scope.GROUPS,
                of=("sex",),
                at_least=0.5,
                proof=Proof.POINT,
                minimum_rows=6000,
                small="ignore",
            ),
        ),
        waivers=(
            Waiver(owner="Jane", reason="Known.", expires=date(2026, 6, 30), requirement="right"),
        ),
    )
    return judge(rules, record, at=AT)
