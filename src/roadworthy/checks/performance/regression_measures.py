"""What the measures of regressions are, for policies, pictures and lay readers."""

from __future__ import annotations

from roadworthy.checks.performance.measures import INDEPENDENT, PILLAR
from roadworthy.records.evidence import Direction, MeasureSpec

HYNDMAN = "Hyndman and Koehler (2006), Another look at measures of forecast accuracy"
KOENKER = "Koenker and Bassett (1978), Regression quantiles"
GNEITING = "Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation"
LABEL_UNIT = "the label's unit"
SQUARED_UNIT = "the label's unit, squared"


def _loss(
    slug: str, title: str, plain: str, source: str = HYNDMAN, *, unit: str = LABEL_UNIT
) -> MeasureSpec:
    """An error that is never negative: 0 if every prediction is right."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.LOWER,
        low=0,
        best=0,
        unit=unit,
        assumptions=INDEPENDENT,
        source=source,
    )


def _quantile(slug: str, title: str, plain: str) -> MeasureSpec:
    """A quantile of errors."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.NEITHER,
        best=0,
        unit=LABEL_UNIT,
        assumptions=INDEPENDENT,
        source="Conover (1999), Practical nonparametric statistics",
    )


def _share(slug: str, title: str, plain: str, direction: Direction) -> MeasureSpec:
    """A share of the labels, against their predicted intervals."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=direction,
        low=0,
        high=1,
        assumptions=INDEPENDENT,
        source=GNEITING,
    )


# --- errors --------------------------------------------------------------------------------------

MEAN_ABSOLUTE_ERROR = _loss(
    "mean-absolute-error",
    "Mean absolute error",
    "How far a prediction lies from the truth, on average.",
)
MEAN_SQUARED_ERROR = _loss(
    "mean-squared-error",
    "Mean squared error",
    "The average of the squared distance of prediction and truth; a few large errors dominate it.",
    unit=SQUARED_UNIT,
)
ROOT_MEAN_SQUARED_ERROR = _loss(
    "root-mean-squared-error",
    "Root mean squared error",
    "A typical distance of prediction and truth in which large errors count for more.",
)
MAX_ERROR = _loss(
    "max-error",
    "Largest error",
    "The distance of the worst prediction from the truth, in this very table.",
)
ABSOLUTE_ERROR_90 = _loss(
    "absolute-error-p90",
    "Error of nine in ten",
    "Nine predictions in ten lie no further from the truth than this.",
)
MEAN_ERROR = MeasureSpec(
    slug="mean-error",
    pillar=PILLAR,
    title="Mean error (bias)",
    plain="Prediction minus truth, on average: above zero, predictions are too high.",
    direction=Direction.NEITHER,
    best=0,
    unit=LABEL_UNIT,
    assumptions=INDEPENDENT,
    source=HYNDMAN,
)
R_SQUARED = MeasureSpec(
    slug="r-squared",
    pillar=PILLAR,
    title="R²",
    plain="How much better the predictions are than always saying the average: 1 is perfect, 0 no "
    "better, below 0 worse.",
    direction=Direction.HIGHER,
    high=1,
    best=1,
    assumptions=f"{INDEPENDENT}; of a group, the average is that of the group's own labels",
    source="Draper and Smith (1998), Applied regression analysis",
)
EXPLAINED_VARIANCE = MeasureSpec(
    slug="explained-variance",
    pillar=PILLAR,
    title="Explained variance",
    plain="How much of the spread of the truth predictions account for, a constant error aside.",
    direction=Direction.HIGHER,
    high=1,
    best=1,
    assumptions=f"{INDEPENDENT}; a constant error in all predictions goes unnoticed",
    source="Draper and Smith (1998), Applied regression analysis",
)
PINBALL_10 = _loss(
    "pinball-loss-p10",
    "Pinball loss at 10 %",
    "The cost of predictions that are meant to be the value that one case in ten stays below.",
    KOENKER,
)
PINBALL_50 = _loss(
    "pinball-loss-p50",
    "Pinball loss at 50 %",
    "Half the mean absolute error: the cost of predictions meant to be the median.",
    KOENKER,
)
PINBALL_90 = _loss(
    "pinball-loss-p90",
    "Pinball loss at 90 %",
    "The cost of predictions that are meant to be the value that nine cases in ten stay below.",
    KOENKER,
)
ERROR_05 = _quantile(
    "error-p05",
    "Error, lowest twentieth",
    "One error in twenty is lower (more negative) than this.",
)
ERROR_50 = _quantile(
    "error-p50", "Median error", "Half of the errors lie below this and half above."
)
ERROR_95 = _quantile("error-p95", "Error, highest twentieth", "One error in twenty is above this.")

# --- predicted intervals -------------------------------------------------------------------------

INTERVAL_COVERAGE = _share(
    "interval-coverage",
    "Coverage of predicted intervals",
    "Of all cases, the share whose truth lies within the interval that was predicted for them.",
    Direction.NEITHER,
)
INTERVAL_MISS_BELOW = _share(
    "truth-below-interval-rate",
    "Truth below the interval",
    "Of all cases, the share whose truth is lower than their predicted interval.",
    Direction.LOWER,
)
INTERVAL_MISS_ABOVE = _share(
    "truth-above-interval-rate",
    "Truth above the interval",
    "Of all cases, the share whose truth is higher than their predicted interval.",
    Direction.LOWER,
)
COVERAGE_ERROR = MeasureSpec(
    slug="interval-coverage-error",
    pillar=PILLAR,
    title="Coverage against what was stated",
    plain="How much more (above zero) or less often the truth lies within its predicted interval "
    "than the system states.",
    direction=Direction.NEITHER,
    low=-1,
    high=1,
    best=0,
    assumptions=INDEPENDENT,
    source=GNEITING,
)
INTERVAL_WIDTH = _loss(
    "mean-interval-width",
    "Mean width of predicted intervals",
    "How wide the predicted intervals are on average; narrow ones say more, if they cover.",
    GNEITING,
)
INTERVAL_SCORE = _loss(
    "mean-interval-score",
    "Interval score",
    "The width of the predicted intervals plus a price for each truth outside; lower is better.",
    GNEITING,
)
