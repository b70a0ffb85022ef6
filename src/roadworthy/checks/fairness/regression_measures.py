"""What the measures of fairness of regressions are, for policies, pictures and lay readers."""

from __future__ import annotations

from roadworthy.checks.fairness.measures import INDEPENDENT, LABELLED, PILLAR
from roadworthy.records.evidence import Direction, MeasureSpec

AGARWAL = "Agarwal, Dudík and Wu (2019), Fair regression: quantitative definitions and reductions"
CALDERS = "Calders et al. (2013), Controlling attribute effect in linear regression"
CHZHEN = "Chzhen et al. (2020), Fair regression with Wasserstein barycenters"
LABEL_UNIT = "the label's unit"
SQUARED_UNIT = "the label's unit, squared"


def _mean(slug: str, title: str, plain: str, *, labelled: bool) -> MeasureSpec:
    """A number of a group, good or bad only beside another group's."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.NEITHER,
        unit=LABEL_UNIT,
        assumptions=LABELLED if labelled else INDEPENDENT,
        source=CALDERS,
    )


def _gap(
    slug: str, title: str, plain: str, source: str, *, labelled: bool = True, unit: str = LABEL_UNIT
) -> MeasureSpec:
    """The largest difference between two groups: 0 if all are alike."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.LOWER,
        low=0,
        high=1 if unit == "1" else None,
        best=0,
        unit=unit,
        assumptions=LABELLED if labelled else INDEPENDENT,
        source=source,
    )


def _ratio(slug: str, title: str, plain: str) -> MeasureSpec:
    """The smallest ratio between two groups: 1 if all are alike."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.HIGHER,
        low=0,
        high=1,
        best=1,
        assumptions=LABELLED,
        source=AGARWAL,
    )


def _worst(slug: str, title: str, plain: str, unit: str) -> MeasureSpec:
    """The loss of the group that fares worst."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.LOWER,
        low=0,
        best=0,
        unit=unit,
        assumptions=f"{LABELLED}; the intervals of all groups hold together",
        source=AGARWAL,
    )


# --- of one group --------------------------------------------------------------------------------

MEAN_PREDICTION = _mean(
    "mean-prediction", "Mean prediction", "What the system predicts on average.", labelled=False
)
MEAN_LABEL = _mean("mean-label", "Mean outcome", "What is true on average.", labelled=True)

# --- across groups -------------------------------------------------------------------------------

MEAN_PREDICTION_GAP = _gap(
    "mean-prediction-gap",
    "Gap in mean prediction",
    "How far apart the average predictions of two groups are at most.",
    CALDERS,
    labelled=False,
)
CONDITIONAL_MEAN_PREDICTION_GAP = _gap(
    "conditional-mean-prediction-gap",
    "Gap in mean prediction among like cases",
    "How far apart the average predictions of two groups are, comparing only cases that are alike "
    "in what may legitimately matter.",
    CALDERS,
    labelled=False,
)
MEAN_LABEL_GAP = _gap(
    "mean-label-gap",
    "Gap in mean outcome",
    "How far apart the true averages of two groups are at most.",
    CALDERS,
)
PREDICTION_P10_GAP = _gap(
    "prediction-p10-gap",
    "Gap in low predictions",
    "How far apart the values are that one prediction in ten of a group stays below.",
    CHZHEN,
    labelled=False,
)
PREDICTION_P50_GAP = _gap(
    "prediction-p50-gap",
    "Gap in median prediction",
    "How far apart the middle predictions of two groups are at most.",
    CHZHEN,
    labelled=False,
)
PREDICTION_P90_GAP = _gap(
    "prediction-p90-gap",
    "Gap in high predictions",
    "How far apart the values are that nine predictions in ten of a group stay below.",
    CHZHEN,
    labelled=False,
)
PREDICTION_KS = _gap(
    "prediction-kolmogorov-smirnov",
    "Statistical parity, largest gap in shares",
    "For the worst choice of a limit, how much larger a share of one group than of another is "
    "predicted to lie below it.",
    AGARWAL,
    labelled=False,
    unit="1",
)
PREDICTION_WASSERSTEIN = _gap(
    "prediction-wasserstein",
    "Statistical parity, distance to move",
    "How far one group's predictions would have to move, on average, to be spread like another's.",
    CHZHEN,
    labelled=False,
)
MEAN_ERROR_GAP = _gap(
    "mean-error-gap",
    "Gap in bias",
    "How much more one group's predictions are too high, on average, than another's.",
    CALDERS,
)
MEAN_ABSOLUTE_ERROR_GAP = _gap(
    "mean-absolute-error-gap",
    "Gap in mean absolute error",
    "How much further from the truth predictions are for one group than for another, on average.",
    AGARWAL,
)
ROOT_MEAN_SQUARED_ERROR_GAP = _gap(
    "root-mean-squared-error-gap",
    "Gap in root mean squared error",
    "How much larger a typical error is for one group than for another.",
    AGARWAL,
)
MEAN_ABSOLUTE_ERROR_RATIO = _ratio(
    "mean-absolute-error-ratio",
    "Ratio of mean absolute errors",
    "The smallest average error of a group as a share of the largest: 1 if all are alike.",
)
ROOT_MEAN_SQUARED_ERROR_RATIO = _ratio(
    "root-mean-squared-error-ratio",
    "Ratio of root mean squared errors",
    "The smallest typical error of a group as a share of the largest: 1 if all are alike.",
)
INTERVAL_COVERAGE_DIFFERENCE = _gap(
    "interval-coverage-difference",
    "Gap in coverage",
    "How much more often the truth lies within its predicted interval for one group than for "
    "another.",
    "Romano et al. (2020), With malice toward none: assessing uncertainty via equalized coverage",
    unit="1",
)
WORST_ABSOLUTE_LOSS = _worst(
    "worst-group-absolute-error",
    "Bounded group loss, absolute",
    "The mean absolute error of the group for which it is largest.",
    LABEL_UNIT,
)
WORST_SQUARED_LOSS = _worst(
    "worst-group-squared-error",
    "Bounded group loss, squared",
    "The mean squared error of the group for which it is largest.",
    SQUARED_UNIT,
)
