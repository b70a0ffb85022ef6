"""An assessment small enough to read, which the tests of policies share."""

from __future__ import annotations

from datetime import UTC, datetime

from roadworthy.records.assessment import AssessmentRecord, SliceSize
from roadworthy.records.evidence import Direction, Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.policy import Requirement
from roadworthy.records.slices import Slice
from roadworthy.records.versions import ColumnRoles

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATASET, MODEL = "sha256:" + "d" * 64, "sha256:" + "e" * 64
SIZES = {
    "sex=Female": 7000,
    "sex=Male": 5901,
    "race=Asian": 2000,
    "race=White": 10_890,
    "race=Inuit": 11,
}
GAP = "equal-opportunity-difference"


SPECS = tuple(
    MeasureSpec(slug=slug, pillar=pillar, title=title, plain="", direction=direction)
    for slug, pillar, title, direction in [
        (GAP, "fairness", "Equal opportunity difference", Direction.LOWER),
        ("roc-auc", "performance", "ROC AUC", Direction.HIGHER),
        ("missing-rate", "quality", "Missing values", Direction.LOWER),
    ]
)


def evidence(
    measure: str, where: str, value: float | None, low: float = 0, high: float = 0, **more: object
) -> Evidence:
    """Evidence about the example; without a value, nobody could measure it."""
    rows = more.pop("rows", 12_901)
    given_fields = {"dataset": DATASET, "model": MODEL, "producer": "test", "at": AT}
    given_fields |= {key: more.pop(key) for key in ("dataset", "model") if key in more}
    measured = {"method": "wilson", "confidence": 0.95}
    measured |= {key: more.pop(key) for key in ("method", "confidence") if key in more}
    outcome = (
        Unmeasured(reason="no positives", rows=rows)
        if value is None
        else Measured(value=value, low=low, high=high, rows=rows, **measured)
    )
    return Evidence(
        measure=measure, slice=Slice.parse(where), outcome=outcome, parameters=more, **given_fields
    )


def assessment(*items: Evidence, **changes: object) -> AssessmentRecord:
    """A record of this evidence."""
    roster = tuple(SliceSize(slice=Slice.parse(name), rows=rows) for name, rows in SIZES.items())
    given_fields = {
        "system": "outreach",
        "dataset": DATASET,
        "dataset_name": "holdout",
        "model": MODEL,
        "model_name": "boosted",
        "rows": 12_901,
        "roles": ColumnRoles(label="y", protected=("sex", "race"), features=("age", "school")),
        "intersections": 2,
        "roster": roster,
        "measures": SPECS,
        "evidence": items,
        "producer": "test",
        "at": AT,
    }
    return AssessmentRecord(**{**given_fields, **changes})


def requirement(**changes: object) -> Requirement:
    """A gap between the sexes that must stay small."""
    return Requirement(**{"id": "gap", "measure": GAP, "slice": "sex", "at_most": 0.05, **changes})
