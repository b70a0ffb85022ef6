"""What the measures of performance and calibration are, for policies, pictures and lay readers."""

from __future__ import annotations

from roadworthy.records.evidence import Direction, MeasureSpec

PILLAR = "performance"
FAWCETT = "Fawcett (2006), An introduction to ROC analysis"
INDEPENDENT = "rows are drawn independently; labels are correct"

ROWS = MeasureSpec(
    slug="rows",
    pillar=PILLAR,
    title="Rows",
    plain="How many cases there are.",
    direction=Direction.NEITHER,
    low=0,
    unit="rows",
    assumptions="a count of this table, not an estimate",
)

BASE_RATE = MeasureSpec(
    slug="base-rate",
    pillar=PILLAR,
    title="Base rate",
    plain="Of all cases, the share that truly belong to the positive class.",
    direction=Direction.NEITHER,
    low=0,
    high=1,
    assumptions=INDEPENDENT,
    source=FAWCETT,
)

ACCURACY = MeasureSpec(
    slug="accuracy",
    pillar=PILLAR,
    title="Accuracy",
    plain="Of all cases, the share that the system decides correctly.",
    direction=Direction.HIGHER,
    low=0,
    high=1,
    best=1,
    assumptions=f"{INDEPENDENT}; both kinds of error are equally bad",
    source=FAWCETT,
)

BALANCED_ACCURACY = MeasureSpec(
    slug="balanced-accuracy",
    pillar=PILLAR,
    title="Balanced accuracy",
    plain="How often the system is right, positive and negative cases counting the same; "
    "guessing gets 0.5.",
    direction=Direction.HIGHER,
    low=0,
    high=1,
    best=1,
    assumptions=INDEPENDENT,
    source="Brodersen et al. (2010), The balanced accuracy and its posterior distribution",
)

PRECISION = MeasureSpec(
    slug="precision",
    pillar=PILLAR,
    title="Precision",
    plain="Of the cases the system picks, the share that are truly positive.",
    direction=Direction.HIGHER,
    low=0,
    high=1,
    best=1,
    assumptions=INDEPENDENT,
    source=FAWCETT,
)

RECALL = MeasureSpec(
    slug="recall",
    pillar=PILLAR,
    title="Recall",
    plain="Of the truly positive cases, the share that the system finds.",
    direction=Direction.HIGHER,
    low=0,
    high=1,
    best=1,
    assumptions=INDEPENDENT,
    source=FAWCETT,
)

SPECIFICITY = MeasureSpec(
    slug="specificity",
    pillar=PILLAR,
    title="Specificity",
    plain="Of the truly negative cases, the share that the system leaves alone.",
    direction=Direction.HIGHER,
    low=0,
    high=1,
    best=1,
    assumptions=INDEPENDENT,
    source=FAWCETT,
)

F1 = MeasureSpec(
    slug="f1",
    pillar=PILLAR,
    title="F1 score",
    plain="One number for finding positive cases and not picking wrong ones; "
    "correctly left-alone cases do not count.",
    direction=Direction.HIGHER,
    low=0,
    high=1,
    best=1,
    assumptions=f"{INDEPENDENT}; depends on the base rate",
    source="van Rijsbergen (1979), Information Retrieval; interval through Jaccard's share: "
    "Hand, Christen and Kirielle (2021), F*",
)

MATTHEWS = MeasureSpec(
    slug="matthews-correlation",
    pillar=PILLAR,
    title="Matthews correlation",
    plain="How closely decisions follow the truth: 1 is always right, 0 is no better than chance, "
    "-1 is always wrong.",
    direction=Direction.HIGHER,
    low=-1,
    high=1,
    best=1,
    assumptions=INDEPENDENT,
    source="Matthews (1975); Bishop, Fienberg and Holland (1975) for its variance",
)

ROC_AUC = MeasureSpec(
    slug="roc-auc",
    pillar=PILLAR,
    title="Area under the ROC curve",
    plain="How often a positive case gets a higher score than a negative one; chance gets 0.5.",
    direction=Direction.HIGHER,
    low=0,
    high=1,
    best=1,
    assumptions=f"{INDEPENDENT}; scores in one bin of the grid count as tied",
    source="Hanley and McNeil (1982); DeLong, DeLong and Clarke-Pearson (1988); Newcombe (2006)",
)

AVERAGE_PRECISION = MeasureSpec(
    slug="average-precision",
    pillar=PILLAR,
    title="Average precision",
    plain="How pure the top of the ranking is, averaged over how far down one reads; "
    "chance gets the base rate.",
    direction=Direction.HIGHER,
    low=0,
    high=1,
    best=1,
    assumptions=f"{INDEPENDENT}; depends on the base rate; scores in one bin count as tied",
    source="Boyd, Eng and Page (2013), Area under the precision-recall curve",
)

LOG_LOSS = MeasureSpec(
    slug="log-loss",
    pillar=PILLAR,
    title="Log loss",
    plain="How surprised somebody who believed the scores would be by what happened; "
    "confident errors cost most.",
    direction=Direction.LOWER,
    low=0,
    best=0,
    unit="nats",
    assumptions=f"{INDEPENDENT}; scores are probabilities",
    source="Good (1952), Rational decisions",
)

BRIER_SCORE = MeasureSpec(
    slug="brier-score",
    pillar=PILLAR,
    title="Brier score",
    plain="The mean squared distance between the score and what happened.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    assumptions=f"{INDEPENDENT}; scores are probabilities",
    source="Brier (1950), Verification of forecasts expressed in terms of probability",
)

CALIBRATION_ERROR = MeasureSpec(
    slug="expected-calibration-error",
    pillar=PILLAR,
    title="Expected calibration error",
    plain="How far a stated chance is from how often it comes true, on average.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    assumptions=f"{INDEPENDENT}; 16 groups of scores of equal width; too high in small samples, "
    "which the interval allows for",
    source="Naeini, Cooper and Hauskrecht (2015), Obtaining well calibrated probabilities",
)

CALIBRATION_SLOPE = MeasureSpec(
    slug="calibration-slope",
    pillar=PILLAR,
    title="Calibration slope",
    plain="Whether scores are too extreme (below 1) or too timid (above 1).",
    direction=Direction.NEITHER,
    best=1,
    assumptions=f"{INDEPENDENT}; the truth is a logistic function of the score's logit",
    source="Cox (1958); Van Calster et al. (2019), Calibration: the Achilles heel",
)

CALIBRATION_INTERCEPT = MeasureSpec(
    slug="calibration-intercept",
    pillar=PILLAR,
    title="Calibration intercept",
    plain="Whether scores are too low (above 0) or too high (below 0) overall.",
    direction=Direction.NEITHER,
    best=0,
    unit="logits",
    assumptions=f"{INDEPENDENT}; calibration in the large: the slope is held at 1",
    source="Cox (1958); Van Calster et al. (2019), Calibration: the Achilles heel",
)

CALIBRATION_ERROR_DIFFERENCE = MeasureSpec(
    slug="expected-calibration-error-difference",
    pillar=PILLAR,
    title="Difference in calibration error",
    plain="How much less trustworthy the scores are for one group than for another.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    assumptions=f"{INDEPENDENT}; calibration error is too high in small groups, which the interval "
    "allows for",
    source="Pleiss et al. (2017), On fairness and calibration; Zou and Donner (2008)",
)
