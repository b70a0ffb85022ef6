"""What robustness measures: how far performance falls when inputs or the population change."""

from __future__ import annotations

from roadworthy.records.evidence import Direction, MeasureSpec

_ASSUMPTIONS = (
    "What is perturbed here is not all that goes wrong in service; missing values are missing "
    "completely at random."
)

ACCURACY_DROP = MeasureSpec(
    slug="accuracy-drop",
    pillar="robustness",
    title="Drop in accuracy",
    plain="How much less often the model is right when its inputs are disturbed.",
    direction=Direction.LOWER,
    low=-1.0,
    high=1.0,
    best=0.0,
    assumptions=_ASSUMPTIONS,
    source="Paired difference: Agresti and Min (2005).",
)
ROC_AUC_DROP = MeasureSpec(
    slug="roc-auc-drop",
    pillar="robustness",
    title="Drop in ROC AUC",
    plain="How much worse the model tells the two classes apart when its inputs are disturbed.",
    direction=Direction.LOWER,
    low=-1.0,
    high=1.0,
    best=0.0,
    assumptions=_ASSUMPTIONS,
    source="Paired difference: DeLong, DeLong and Clarke-Pearson (1988).",
)
SELECTION_RATE_SHIFT = MeasureSpec(
    slug="selection-rate-shift",
    pillar="robustness",
    title="Shift in selection rate",
    plain="How many more (or, below 0, fewer) people are selected when inputs are disturbed.",
    direction=Direction.NEITHER,
    low=-1.0,
    high=1.0,
    best=0.0,
    assumptions=_ASSUMPTIONS,
    source="Paired difference: Agresti and Min (2005).",
)
MEASURES = (ACCURACY_DROP, ROC_AUC_DROP, SELECTION_RATE_SHIFT)
